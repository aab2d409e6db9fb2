/** What the programs did, as they say it themselves: who emitted, who heard, and what nobody listened for. */
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { EventNode } from '../../server/dashboard/api.ts'
import type { SocketNode } from '../../server/dashboard/api-events.ts'
import { toTail } from '../lib/capture-words.ts'
import type { Emission } from '../lib/emissions.ts'
import { type EventLine, eventLines, packetsOf } from '../lib/event-lines.ts'
import { listWindow, moveAlong, reveal, tail } from '../lib/virtual-list.ts'
import { EventPicture } from './event-picture.tsx'
import { EventRow } from './event-row.tsx'
import { Icon } from './icons.tsx'
import { useViewport } from './viewport.ts'

export interface EventsProps {
  /** Oldest first. */
  events: readonly EventNode[]
  /** Who was at the hub when. */
  sockets: readonly SocketNode[]
  selectedPacket: number | null
  /** Nothing more will come. */
  file: boolean
  onPacket: (number: number) => void
}

const ROW_HEIGHT = 27
const HEAD_HEIGHT = 27

export function Events({ events, sockets, selectedPacket, file, onPacket }: EventsProps) {
  const lines = useMemo(() => eventLines(events), [events])
  /** The line that was chosen by hand; else the selected packet's, else the newest. */
  const [chosen, setChosen] = useState<number | null>(null)
  if (lines.length === 0) {
    return (
      <div class="events events--empty">
        <p>
          Programs speak in events before a packet is made and after it is read. Connect a Socket.IO client to
          see them.
        </p>
      </div>
    )
  }
  const shown = shownLine(lines, chosen, selectedPacket)
  const emission = shown === undefined ? undefined : emissionOf(shown.line)
  return (
    <div class="events">
      <Lines
        lines={lines}
        shown={shown?.by === 'newest' ? null : (shown?.line.id ?? null)}
        file={file}
        onChoose={(line) => {
          setChosen(line.id)
          const [packet] = packetsOf(line)
          if (packet !== undefined) onPacket(packet)
        }}
        onPacket={onPacket}
      />
      {emission !== undefined && (
        <EventPicture
          emission={emission}
          sockets={sockets}
          newest={shown?.by === 'newest'}
          selected={selectedPacket}
          onSelect={onPacket}
        />
      )}
    </div>
  )
}

const emissionOf = (line: EventLine): Emission | undefined =>
  line.kind === 'emission' ? line.emission : line.kind === 'answer' ? (line.of ?? undefined) : undefined

/** What is drawn: a line that was chosen and whose packet is still the selected one, a line of that packet, the newest. */
function shownLine(lines: readonly EventLine[], chosen: number | null, packet: number | null) {
  const own = lines.find(({ id }) => id === chosen)
  const fits = own !== undefined && (packet === null || packetsOf(own).length === 0 || covers(own, packet))
  if (fits) return { line: own, by: 'hand' as const }
  const ofPacket = packet === null ? undefined : lines.findLast((line) => packetsOf(line).includes(packet))
  if (ofPacket !== undefined) return { line: ofPacket, by: 'packet' as const }
  const newest = lines.findLast((line) => line.kind === 'emission')
  return newest === undefined ? undefined : { line: newest, by: 'newest' as const }
}

/** Whether a packet is a part of the picture that the line has. */
function covers(line: EventLine, packet: number): boolean {
  const emission = emissionOf(line)
  const root = emission?.cause ?? emission
  const all = [root, ...(root?.effects ?? [])]
  return (
    packetsOf(line).includes(packet) ||
    all.some(
      (one) =>
        one?.packet === packet ||
        one?.answer?.packet === packet ||
        one?.deliveries.some((each) => each.packet === packet || each.answer?.packet === packet),
    )
  )
}

interface LinesProps {
  lines: readonly EventLine[]
  shown: number | null
  file: boolean
  onChoose: (line: EventLine) => void
  onPacket: (number: number) => void
}

function Lines({ lines, shown, file, onChoose, onPacket }: LinesProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const viewport = useViewport(scroller)
  const [atTail, setAtTail] = useState(true)
  const [active, setActive] = useState<number | null>(null)
  const shape = { total: lines.length, rowHeight: ROW_HEIGHT, viewport: viewport.height - HEAD_HEIGHT }
  const window = listWindow(shape, viewport.top)
  const newest = lines.at(-1)?.id
  useLayoutEffect(() => {
    if (atTail && scroller.current !== null) scroller.current.scrollTop = tail(shape)
  }, [newest, atTail, viewport.height])

  const at = lines.findIndex(({ id }) => id === (active ?? shown))
  const move = (index: number) => {
    const line = lines[index]
    if (line === undefined) return
    setActive(line.id)
    setAtTail(index === lines.length - 1)
    if (scroller.current !== null) scroller.current.scrollTop = reveal(shape, viewport.top, index)
  }
  return (
    <div class="events__list">
      <div
        class="events__scroller"
        ref={scroller}
        role="grid"
        tabIndex={0}
        aria-label="Events, oldest first"
        aria-rowcount={lines.length + 1}
        aria-activedescendant={at < 0 ? undefined : `event-${lines[at]?.id}`}
        onScroll={({ currentTarget: one }) =>
          setAtTail(one.scrollHeight - one.clientHeight - one.scrollTop < ROW_HEIGHT)
        }
        onKeyDown={(event) => {
          const line = lines[at]
          if (event.key === 'Enter' && line !== undefined) onChoose(line)
          else {
            const to = moveAlong(event.key, at, shape)
            if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return
            move(to)
          }
          event.preventDefault()
        }}
      >
        <div class="events__row events__row--head" role="row" aria-rowindex={1}>
          {['Time', 'What happened', 'Heard', 'Packet'].map((name) => (
            <span key={name} role="columnheader">
              {name}
            </span>
          ))}
        </div>
        <div class="events__all" role="rowgroup" style={`height: ${window.height}px`}>
          {lines.slice(window.first, window.first + window.count).map((line, i) => (
            <EventRow
              key={line.id}
              line={line}
              index={window.first + i + 2}
              top={(window.first + i) * ROW_HEIGHT}
              chosen={line.id === shown}
              active={line.id === (active ?? shown)}
              onChoose={() => {
                setActive(line.id)
                onChoose(line)
              }}
              onPacket={onPacket}
            />
          ))}
        </div>
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
