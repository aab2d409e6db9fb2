/** One line of the events: when, where, what happened, and who heard it. */
import type { EventNode } from '../../server/dashboard/api.ts'
import type { Answer, Emission } from '../lib/emissions.ts'
import { type EventLine, packetsOf } from '../lib/event-lines.ts'
import { formatClock, formatInterval, plural } from '../lib/format.ts'
import { ARRIVED, aimOf } from '../lib/who-heard.ts'
import { HeardMark } from './heard-mark.tsx'

export interface EventRowProps {
  line: EventLine
  /** Among all rows, from 1. */
  index: number
  /** Pixels from the first. */
  top: number
  chosen: boolean
  /** The keyboard is on it. */
  active: boolean
  onChoose: () => void
  onPacket: (number: number) => void
}

export function EventRow({ line, index, top, chosen, active, onChoose, onPacket }: EventRowProps) {
  const packets = packetsOf(line)
  const unheard = line.kind === 'emission' && line.emission.listeners === 0
  const state = `${chosen ? ' is-selected' : ''}${active ? ' is-active' : ''}${unheard ? ' is-unheard' : ''}`
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid around it has the keys
    <div
      id={`event-${line.id}`}
      class={`events__row events__line${line.kind === 'lag' ? ' events__line--lag' : ''}${state}`}
      role="row"
      aria-rowindex={index}
      aria-selected={chosen}
      style={`transform: translateY(${top}px)`}
      data-packet={packets.length === 0 ? undefined : packets.join(' ')}
      data-filter={packets.length === 0 ? undefined : `frame.number == ${packets[0]}`}
      onClick={onChoose}
    >
      <span class="events__time" role="gridcell">
        {formatClock(line.kind === 'lag' ? line.time : line.event.time)}
      </span>
      <span class="events__what" role="gridcell">
        <What line={line} />
      </span>
      <span class="events__heard" role="gridcell">
        <HeardWords line={line} />
      </span>
      <span class="events__packet" role="gridcell">
        {packets[0] !== undefined && (
          <button
            type="button"
            class="events__open"
            tabIndex={-1}
            onClick={(event) => {
              event.stopPropagation()
              onPacket(packets[0] ?? 0)
            }}
          >
            <span class="visually-hidden">Open packet </span>
            {packets[0]}
            {packets.length > 1 && <i> +{packets.length - 1}</i>}
          </button>
        )}
      </span>
    </div>
  )
}

/** Who did it: a socket by its first characters, or a service; and in which world. */
function Who({ event, hub }: { event: EventNode; hub: boolean }) {
  const { service, nsp, socket, eioSid } = event
  const id = hub ? null : (socket ?? eioSid)
  return (
    <>
      {id === null ? (
        <b>{service}</b>
      ) : (
        <b class="events__socket" title={socket === null ? `session ${eioSid}` : `socket.id ${socket}`}>
          {id.slice(0, 4)}
        </b>
      )}
      {nsp !== null && nsp !== '/' && <span class="events__nsp"> {nsp}</span>}{' '}
    </>
  )
}

function What({ line }: { line: EventLine }) {
  if (line.kind === 'lag') {
    return (
      <>
        late {line.times === 1 ? '' : `${line.times} times, by at most `}
        {formatInterval(line.worst / 1000)}: busy with something else, so packets waited here, not on the wire
      </>
    )
  }
  const { event } = line
  const args = event.args !== null && event.args !== '[]' && <code class="events__args">{event.args}</code>
  if (line.kind === 'answer') {
    return (
      <>
        <Who event={event} hub={event.direction === 'out'} />
        <strong class="events__kind">answers{line.of !== null && ` “${line.of.event}”`}</strong>{' '}
        {event.direction === 'out' && <span class="events__to">to {event.socket?.slice(0, 4)} </span>}
        {args}
      </>
    )
  }
  const attachments = event.attachments ?? 0
  return (
    <>
      <Who event={event} hub={line.kind === 'emission' && line.emission.from === 'hub'} />
      <strong class="events__kind">
        {line.kind === 'emission' ? `emits “${event.event}”` : sentence(event)}
      </strong>{' '}
      {line.kind === 'emission' && line.emission.from === 'hub' && (
        <span class="events__to">to {aimOf(line.emission)} </span>
      )}
      {args}
      {attachments > 0 && <span class="tag">{plural(attachments, 'binary argument')}</span>}
      {event.volatile === true && <span class="tag">volatile</span>}
      {line.kind === 'event' && event.rooms !== null && event.rooms.length > 0 && (
        <span class="events__rooms">{event.rooms.map((room) => room.slice(0, 24)).join(', ')}</span>
      )}
    </>
  )
}

function HeardWords({ line }: { line: EventLine }) {
  if (line.kind === 'answer') {
    const seconds = line.of === null ? null : answerSeconds(line.of, line.id)
    return seconds === null ? null : <>after {formatInterval(seconds)}</>
  }
  if (line.kind !== 'emission') {
    const { kind, listeners } = line.kind === 'event' ? line.event : { kind: 'lag', listeners: null }
    return kind === 'on' && listeners !== null ? <Listeners count={listeners} /> : null
  }
  const { emission } = line
  if (emission.from === 'client') {
    return (
      <>
        {emission.listeners !== null && <Listeners count={emission.listeners} />}
        {emission.wire && emission.answer === undefined && (
          <span title={ARRIVED}>arrived; listeners unknown</span>
        )}
        <Answered answer={emission.answer} />
      </>
    )
  }
  const { deliveries } = emission
  const seen = deliveries.filter(({ packet }) => packet !== null).length
  const answered = deliveries.filter(({ answer }) => answer !== null && answer !== undefined).length
  const asked = deliveries.some(({ answer }) => answer !== undefined)
  return (
    <>
      <HeardMark heard={seen === deliveries.length ? 'delivered' : 'going'} />
      {deliveries.length === 1
        ? seen === 1
          ? 'delivered'
          : 'on the way'
        : emission.wire
          ? `${seen} delivered`
          : `${seen} of ${deliveries.length}`}
      {asked && `, ${answered} answered`}
    </>
  )
}

function Listeners({ count }: { count: number }) {
  if (count === 0) return <span class="tag tag--broken">nobody listens for it</span>
  return <span>{plural(count, 'listener')}</span>
}

function Answered({ answer }: { answer: Answer | null | undefined }) {
  if (answer === undefined) return null
  if (answer === null) return <span class="events__awaited">answer awaited</span>
  return <span>answered {formatInterval(answer.seconds)}</span>
}

function answerSeconds(of: Emission, id: number): number | null {
  if (of.answer?.event === id) return of.answer.seconds
  return of.deliveries.find(({ answer }) => answer?.event === id)?.answer?.seconds ?? null
}

function sentence(event: EventNode): string {
  const name = event.event === null ? '' : ` “${event.event}”`
  switch (event.kind) {
    case 'connect':
      if (event.reason !== null) return `refused: ${event.reason}`
      return event.socket === null
        ? `session opened${event.remotePort === null ? '' : ` from port ${event.remotePort}`}`
        : event.seen === 'wire'
          ? `connected to ${event.service}`
          : 'connected'
    case 'disconnect':
      return event.reason === null ? 'disconnected' : `disconnected: ${event.reason}`
    case 'upgrade':
      return 'upgraded from polling to websocket'
    case 'emit':
      return event.nsp === null ? (event.event === 'write' ? 'wrote' : 'sent') : `emitted${name}`
    case 'on':
      return `got${name}`
    case 'join':
      return 'joined'
    case 'leave':
      return 'left'
    case 'lag':
      return 'the services’ event loop was late'
  }
}
