/** What the programs did, as they say it themselves: who emitted, who heard, and what nobody listened for. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { EventNode } from '../../server/dashboard/api.ts'
import { toTail } from '../lib/capture-words.ts'
import { eventLines } from '../lib/event-lines.ts'
import { formatClock, formatInterval, plural } from '../lib/format.ts'
import { Icon } from './icons.tsx'

export interface EventsProps {
  events: readonly EventNode[]
  selectedPacket: number | null
  /** Nothing more will come. */
  file: boolean
  onPacket: (number: number) => void
}

export function Events({ events, selectedPacket, file, onPacket }: EventsProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const [atTail, setAtTail] = useState(true)
  const newest = events.at(-1)?.id
  useLayoutEffect(() => {
    const element = scroller.current
    if (atTail && element !== null) element.scrollTop = element.scrollHeight
  }, [newest, atTail])

  if (events.length === 0) {
    return (
      <div class="events events--empty">
        <p>
          Programs speak in events before a packet is made and after it is read. Connect a Socket.IO client to
          see them.
        </p>
      </div>
    )
  }
  return (
    <div class="events">
      <div
        class="events__scroller"
        ref={scroller}
        tabIndex={0}
        role="region"
        aria-label="Events, oldest first"
        onScroll={({ currentTarget: at }) => setAtTail(at.scrollHeight - at.clientHeight - at.scrollTop < 40)}
      >
        <table class="events__table">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Where</th>
              <th scope="col">What happened</th>
              <th scope="col">Packet</th>
            </tr>
          </thead>
          <tbody>
            {eventLines(events).map((line) =>
              line.kind === 'lag' ? (
                <tr key={`lag-${line.id}`} class="events__line events__line--lag">
                  <td class="events__time">{formatClock(line.time)}</td>
                  <td class="events__where">services</td>
                  <td class="events__what" colSpan={2}>
                    late {line.times === 1 ? '' : `${line.times} times, by at most `}
                    {formatInterval(line.worst / 1000)}: busy with something else, so packets waited here, not
                    on the wire
                  </td>
                </tr>
              ) : (
                <EventLine
                  key={line.event.id}
                  event={line.event}
                  selected={line.event.packet !== null && line.event.packet === selectedPacket}
                  onPacket={onPacket}
                />
              ),
            )}
          </tbody>
        </table>
      </div>
      {!atTail && (
        <button type="button" class="packet-list__tail" onClick={() => setAtTail(true)}>
          {toTail(file)}
          <Icon name="down" />
        </button>
      )}
    </div>
  )
}

function EventLine({
  event,
  selected,
  onPacket,
}: {
  event: EventNode
  selected: boolean
  onPacket: (number: number) => void
}) {
  const unheard = event.kind === 'on' && event.listeners === 0
  return (
    <tr class={`events__line${selected ? ' is-selected' : ''}${unheard ? ' is-unheard' : ''}`}>
      <td class="events__time">{formatClock(event.time)}</td>
      <td class="events__where">
        {event.service}
        {event.nsp !== null && event.nsp !== '/' && <span class="events__nsp"> {event.nsp}</span>}
        {event.socket !== null && (
          <span class="events__socket" title={`socket.id ${event.socket}`}>
            {' '}
            {event.socket.slice(0, 6)}
          </span>
        )}
      </td>
      <td class="events__what">
        <strong class="events__kind">{sentence(event)}</strong>
        {event.args !== null && event.args !== '[]' && <code class="events__args">{event.args}</code>}
        {event.kind === 'on' && (
          <span class={unheard ? 'tag tag--broken' : 'events__heard'}>
            {unheard ? 'nobody listens for it' : `heard by ${plural(event.listeners ?? 0, 'listener')}`}
          </span>
        )}
        {event.rooms !== null && event.rooms.length > 0 && (
          <span class="events__rooms">{event.rooms.map((room) => room.slice(0, 24)).join(', ')}</span>
        )}
      </td>
      <td class="events__packet">
        {event.packet !== null && (
          <button
            type="button"
            class="events__open"
            aria-label={`Open packet ${event.packet}`}
            onClick={() => onPacket(event.packet ?? 0)}
          >
            {event.packet}
          </button>
        )}
      </td>
    </tr>
  )
}

function sentence(event: EventNode): string {
  const name = event.event === null ? '' : ` “${event.event}”`
  switch (event.kind) {
    case 'connect':
      return event.remotePort === null ? 'connected' : `connected from port ${event.remotePort}`
    case 'disconnect':
      return event.reason === null ? 'disconnected' : `disconnected: ${event.reason}`
    case 'upgrade':
      return 'upgraded from polling to websocket'
    case 'emit':
      return event.direction === 'in' ? `the client emitted${name}` : `the server emitted${name}`
    case 'on':
      return `the server got${name}`
    case 'join':
      return 'joined'
    case 'leave':
      return 'left'
    case 'lag':
      return 'the services’ event loop was late'
  }
}
