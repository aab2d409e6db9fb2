/** Who heard what: emissions by sockets, filled as packets go out. */
import { useCallback, useMemo, useRef, useState } from 'preact/hooks'
import type { EventNode } from '../../server/dashboard/api.ts'
import type { SocketNode } from '../../server/dashboard/api-events.ts'
import { emissionsOf } from '../lib/emissions.ts'
import { formatClock, formatCount, plural } from '../lib/format.ts'
import type { SocketName } from '../lib/socket-names.ts'
import {
  aimOf,
  type Cell,
  cellOf,
  type HeardRow,
  heardColumns,
  heardRows,
  heardWords,
  hubWords,
  IDLE,
  serverName,
} from '../lib/who-heard.ts'
import { HeardMark } from './heard-mark.tsx'
import { HEARD_WORDS } from './heard-marks.ts'
import { useViewport } from './viewport.ts'
import {
  COLUMN_WIDTH,
  HEAD_HEIGHT,
  type HeardColumn,
  type HeardLine,
  HUB_WIDTH,
  layoutHeard,
  moveInMatrix,
  type Place,
  ROW_HEIGHT,
  scrollTo,
} from './who-heard-layout.ts'
import { useSelectedInSight, useStandStill } from './who-heard-scroll.ts'

export interface WhoHeardProps {
  /** Oldest first. */
  events: readonly EventNode[]
  sockets: readonly SocketNode[]
  /** Sockets that were there once and that nobody remembers. */
  forgotten: number
  /** Whose a socket is, where that is known. */
  named: SocketName
  selectedPacket: number | null
  onPacket: (number: number) => void
}

export function WhoHeard(props: WhoHeardProps) {
  const rows = useMemo(() => heardRows(emissionsOf(props.events).list), [props.events])
  return rows.length === 0 ? <Nothing sockets={props.sockets.length} /> : <Matrix {...props} rows={rows} />
}

function Matrix({
  rows,
  events,
  sockets,
  forgotten,
  named,
  selectedPacket,
  onPacket,
}: WhoHeardProps & { rows: readonly HeardRow[] }) {
  const scroller = useRef<HTMLDivElement>(null)
  const seen = useViewport(scroller)
  const first = events[0]?.id ?? 0
  const columns = useMemo(() => heardColumns(sockets, first), [sockets, first])
  const now = events.at(-1)?.id ?? 0
  const [active, setActive] = useState<{ id: number; column: number } | null>(null)
  useStandStill(scroller, rows)

  const made = layoutHeard(rows, columns, seen, now, named)
  // Columns that stay are the same object as before: lines that stay are then not made anew.
  const leftmost = made.columns[0]?.index
  const inView = useMemo(
    () => made.columns,
    [columns, now, leftmost, made.columns.length, made.labels, named],
  )
  const layout = { ...made, columns: inView }
  const activeRow = active === null ? -1 : rows.findIndex(({ id }) => id === active.id)
  const at: Place | null = active === null || activeRow < 0 ? null : { row: activeRow, column: active.column }
  const picked = at === null ? null : packetAt(rows[at.row], columns[at.column])
  useSelectedInSight(scroller, { packet: selectedPacket, picked, rows, columns, seen })
  const open = (row: HeardRow | undefined, column: number) => {
    const packet = packetAt(row, columns[column])
    if (packet !== null) onPacket(packet)
  }
  const latest = useRef((_row: HeardRow, _column: number) => {})
  latest.current = (row, column) => {
    setActive({ id: row.id, column })
    open(row, column)
  }
  const pick = useCallback((row: HeardRow, column: number) => latest.current(row, column), [])
  const go = (to: Place) => {
    const row = rows[to.row]
    if (row === undefined) return
    setActive({ id: row.id, column: to.column })
    scroller.current?.scrollTo(scrollTo(to, seen))
  }
  return (
    <div class="who-heard">
      <div
        class="who-heard__scroller"
        ref={scroller}
        role="grid"
        tabIndex={0}
        aria-label="Who heard what: events by sockets, newest first"
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length + 2}
        aria-activedescendant={
          inSight(layout.lines, layout.columns, at) ? cellId(at?.row, at?.column) : undefined
        }
        onFocus={() => {
          if (at === null) setActive({ id: rows[0]?.id ?? 0, column: columns.length === 0 ? -1 : 0 })
        }}
        onKeyDown={(event) => {
          if (event.metaKey || event.altKey) return
          if (event.key === 'Enter' && at !== null) open(rows[at.row], at.column)
          else {
            const page = Math.max(1, Math.floor((seen.height - HEAD_HEIGHT) / ROW_HEIGHT) - 1)
            const size = { rows: rows.length, columns: columns.length, page }
            const to = moveInMatrix(event.key, at ?? { row: 0, column: -1 }, size, event.ctrlKey)
            if (to === undefined) return
            go(to)
          }
          event.preventDefault()
        }}
      >
        <Head layout={layout} sockets={columns.length} server={serverName(rows)} />
        <div
          class="who-heard__all"
          role="rowgroup"
          style={`height: ${layout.height}px; width: ${layout.width}px`}
        >
          {layout.lines.map((line) => (
            <Line
              key={line.row.id}
              line={line}
              labels={layout.labels}
              sockets={columns}
              columns={layout.columns}
              active={at?.row === line.index ? at.column : null}
              selected={selectedPacket}
              onCell={pick}
            />
          ))}
        </div>
      </div>
      <p class="who-heard__foot">
        {plural(rows.length, 'emission')} to {plural(columns.length, 'socket')}, newest first
        {rows.length * columns.length > SUMMARISED &&
          `: ${formatCount(rows.length * columns.length)} cells, of which those in sight are worked out; a line’s count is of all sockets`}
        {first > 1 && '. Older ones are no longer held'}
        {forgotten > 0 && `. ${plural(forgotten, 'socket')} of before are forgotten`}
      </p>
    </div>
  )
}

/** From so many cells on it is said how they are made. */
const SUMMARISED = 2000

function Nothing({ sockets }: { sockets: number }) {
  return (
    <div class="who-heard who-heard--empty">
      <p>
        {sockets === 0
          ? 'Nobody is connected. Connect two Socket.IO clients, let one emit, and see here who heard it.'
          : `${plural(sockets, 'socket')} ${sockets === 1 ? 'is' : 'are'} connected, and nobody has emitted anything yet.`}
      </p>
    </div>
  )
}

const cellId = (row: number | undefined, column: number | undefined) => `heard-${row}-${column}`

function inSight(lines: readonly HeardLine[], columns: readonly HeardColumn[], at: Place | null): boolean {
  if (at === null) return false
  const row = lines.some(({ index }) => index === at.row)
  return row && (at.column < 0 || columns.some(({ index }) => index === at.column))
}

/** What a cell opens: of the hub's column, the packet that brought the event. */
function packetAt(row: HeardRow | undefined, socket: HeardColumn['socket'] | undefined): number | null {
  if (row === undefined) return null
  return socket === undefined ? (row.origin?.packet ?? null) : cellOf(row, socket).packet
}

interface HeadProps {
  layout: ReturnType<typeof layoutHeard>
  sockets: number
  server: string
}

function Head({ layout, sockets, server }: HeadProps) {
  return (
    <div class="who-heard__head" role="row" aria-rowindex={1} style={`width: ${layout.width}px`}>
      <span class="who-heard__corner" role="columnheader" style={`width: ${layout.labels}px`}>
        Emission
      </span>
      <span
        class="who-heard__hub-head"
        role="columnheader"
        style={`left: ${layout.labels}px; width: ${HUB_WIDTH}px`}
      >
        {server}
      </span>
      {layout.worlds.map(({ key, left, width, name }) => (
        <span
          key={key}
          class="who-heard__world"
          aria-hidden="true"
          style={`left: ${left}px; width: ${width}px`}
        >
          <span style={`left: ${layout.labels + HUB_WIDTH}px`}>{name}</span>
        </span>
      ))}
      {layout.columns.map((column) => (
        <span
          key={`${column.socket.nsp} ${column.socket.socket}`}
          class={`who-heard__socket${column.there ? '' : ' is-gone'}`}
          role="columnheader"
          aria-colindex={column.index + 3}
          aria-label={column.name}
          title={column.name}
          style={`left: ${column.left}px; width: ${COLUMN_WIDTH}px`}
        >
          <b class={column.known ? 'who-heard__whose' : ''}>{column.label}</b>
          <i>{column.under}</i>
        </span>
      ))}
      {sockets === 0 && <span class="visually-hidden">no sockets</span>}
    </div>
  )
}

interface LineProps {
  line: HeardLine
  labels: number
  sockets: readonly HeardColumn['socket'][]
  columns: readonly HeardColumn[]
  /** The column that the keyboard is on. */
  active: number | null
  selected: number | null
  onCell: (row: HeardRow, column: number) => void
}

function Line({ line, labels, sockets, columns, active, selected, onCell }: LineProps) {
  const { row, index, top } = line
  const { emission, origin } = row
  const counted = useMemo(() => heardWords(row, sockets), [row, sockets])
  const cells = useMemo(
    () =>
      columns.flatMap((column) => {
        const cell = cellOf(row, column.socket)
        const isActive = active === column.index
        if (cell.heard === 'absent' && !cell.sent && !isActive) return []
        return (
          <SocketCell
            key={`${column.socket.nsp} ${column.socket.socket}`}
            cell={cell}
            column={column}
            id={cellId(index, column.index)}
            active={isActive}
            selected={selected}
            onPick={() => onCell(row, column.index)}
          />
        )
      }),
    [row, columns, index, active, selected, onCell],
  )
  return (
    <div
      class="who-heard__row"
      role="row"
      aria-rowindex={index + 2}
      style={`transform: translateY(${top}px); height: ${ROW_HEIGHT}px`}
    >
      <span class="who-heard__label" role="rowheader" style={`width: ${labels}px`}>
        <span class="who-heard__time">{formatClock(emission.time)}</span>
        <span class="who-heard__event">
          {origin !== null && origin !== emission && <>{origin.event} → </>}
          <b>{emission.event}</b> <i>to {aimOf(emission)}</i>
        </span>
        <span class="who-heard__counted">{counted}</span>
      </span>
      <HubCell
        row={row}
        id={cellId(index, -1)}
        left={labels}
        active={active === -1}
        selected={selected}
        onPick={() => onCell(row, -1)}
      />
      {cells}
    </div>
  )
}

interface CellProps {
  id: string
  active: boolean
  selected: number | null
  onPick: () => void
}

function HubCell({ row, id, left, active, selected, onPick }: CellProps & { row: HeardRow; left: number }) {
  const { origin, emission } = row
  const packet = origin?.packet ?? null
  const unheard = origin?.listeners === 0
  const words = hubWords(row)
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid around it has the keys
    <span
      id={id}
      role="gridcell"
      aria-colindex={2}
      class={`who-heard__cell who-heard__cell--hub${mood(active, packet, selected)}${unheard ? ' is-unheard' : ''}`}
      style={`left: ${left}px; width: ${HUB_WIDTH}px`}
      data-packet={packet ?? undefined}
      aria-label={`${emission.service}: ${words}${packet === null ? '' : `, packet ${packet}`}`}
      title={words}
      onClick={onPick}
    >
      <HeardMark heard={origin === null ? 'sent' : unheard ? 'untold' : 'delivered'} />
      <i>{origin === null ? (emission.wire ? '' : 'itself') : unheard ? 'nobody' : packet}</i>
    </span>
  )
}

function SocketCell({
  cell,
  column,
  id,
  active,
  selected,
  onPick,
}: CellProps & { cell: Cell; column: HeardColumn }) {
  const { heard, sent, packet, brief, words } = cell
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid around it has the keys
    <span
      id={id}
      role="gridcell"
      aria-colindex={column.index + 3}
      class={`who-heard__cell${mood(active, packet, selected)}${packet === null ? '' : ' has-packet'}`}
      style={`left: ${column.left}px; width: ${COLUMN_WIDTH}px`}
      data-heard={sent ? 'sent' : heard}
      data-packet={packet ?? undefined}
      data-filter={packet === null ? undefined : `frame.number == ${packet}`}
      aria-label={`${column.id}: ${words}`}
      title={words}
      onClick={onPick}
    >
      {sent && <HeardMark heard="sent" />}
      {!IDLE.has(heard) && !(sent && heard === 'left-out') && <HeardMark heard={heard} />}
      {brief !== '' && <i>{brief}</i>}
    </span>
  )
}

const mood = (active: boolean, packet: number | null, selected: number | null) =>
  `${active ? ' is-active' : ''}${packet !== null && packet === selected ? ' is-selected' : ''}`

/** How the matrix is read. */
export function WhoHeardHowTo() {
  return (
    <>
      <p>
        A line is what somebody emitted, the newest on top; a column is a socket, under its namespace, with
        its port or its rooms. A cell says what the one was to the other, and opens its packet.
      </p>
      <ul class="who-heard__key">
        {HEARD_WORDS.map(([heard, words]) => (
          <li key={heard}>
            <HeardMark heard={heard} /> {words}
          </li>
        ))}
      </ul>
      <p>
        Whether a client’s program listens for what was delivered, the wire can’t tell. Of a server that is
        none of Wirelab’s own, named by its address and port, only the packets are known: not its rooms, not
        its listeners, nor why it emits.
      </p>
    </>
  )
}
