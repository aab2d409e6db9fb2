/** The matrix of emissions and sockets as geometry: of thousands of both only those in sight are made. */
import type { SocketNode } from '../../server/dashboard/api-events.ts'
import type { SocketName } from '../lib/socket-names.ts'
import { listWindow } from '../lib/virtual-list.ts'
import { type HeardRow, roomsAt } from '../lib/who-heard.ts'

export const ROW_HEIGHT = 28
export const COLUMN_WIDTH = 84
export const HEAD_HEIGHT = 56
/** Of the hub's own column. */
export const HUB_WIDTH = 84
/** What stands before the cells, by the width of the pane. */
const labelWidth = (paneWidth: number): number => (paneWidth < 620 ? 132 : paneWidth < 1100 ? 320 : 460)

export interface HeardColumn {
  readonly socket: SocketNode
  readonly index: number
  readonly left: number
  /** Whose it is, where that is known; else the beginning of its id. */
  readonly label: string
  readonly known: boolean
  /** The beginning of its id. */
  readonly id: string
  /** Below that: the beginning of its id where that is not above, and its rooms as they stand, in few characters, or its port. */
  readonly under: string
  readonly there: boolean
  readonly name: string
}

export interface HeardLine {
  readonly row: HeardRow
  readonly index: number
  readonly top: number
}

/** A namespace over its sockets. */
export interface HeardWorld {
  readonly key: string
  readonly left: number
  readonly width: number
  readonly name: string
}

export interface HeardLayout {
  readonly width: number
  readonly height: number
  readonly labels: number
  readonly columns: readonly HeardColumn[]
  readonly lines: readonly HeardLine[]
  readonly worlds: readonly HeardWorld[]
}

export interface Seen {
  readonly top: number
  readonly left: number
  readonly width: number
  readonly height: number
}

/** `now` is the latest event's id. */
export function layoutHeard(
  rows: readonly HeardRow[],
  sockets: readonly SocketNode[],
  seen: Seen,
  now: number,
  named: SocketName = () => '',
): HeardLayout {
  const labels = labelWidth(seen.width)
  const before = labels + HUB_WIDTH
  const down = listWindow(
    { total: rows.length, rowHeight: ROW_HEIGHT, viewport: Math.max(0, seen.height - HEAD_HEIGHT) },
    seen.top,
  )
  const across = listWindow(
    { total: sockets.length, rowHeight: COLUMN_WIDTH, viewport: Math.max(0, seen.width - before) },
    seen.left,
  )
  const columns = sockets
    .slice(across.first, across.first + across.count)
    .map((socket, i) => columnOf(socket, across.first + i, before, now, named(socket)))
  return {
    width: before + sockets.length * COLUMN_WIDTH,
    height: down.height,
    labels,
    columns,
    lines: rows.slice(down.first, down.first + down.count).map((row, i) => ({
      row,
      index: down.first + i,
      top: (down.first + i) * ROW_HEIGHT,
    })),
    worlds: worldsOf(columns),
  }
}

function columnOf(
  socket: SocketNode,
  index: number,
  before: number,
  now: number,
  whose: string,
): HeardColumn {
  const rooms = roomsAt(socket, now)
  const id = socket.socket.slice(0, 4)
  const port = socket.remotePort === null ? '' : `:${socket.remotePort}`
  const inShort = rooms.length > 1 ? `${rooms[0]} +${rooms.length - 1}` : (rooms[0] ?? port)
  const there = socket.went === null || socket.went > now
  const inRooms = rooms.length === 0 ? 'in no room' : `in ${rooms.slice(0, 5).join(', ')}`
  return {
    socket,
    index,
    left: before + index * COLUMN_WIDTH,
    label: whose === '' ? id : whose,
    known: whose !== '',
    id,
    under: whose === '' ? inShort : `${id} ${inShort}`,
    there,
    name: `${whose === '' ? 'Socket' : `${whose}, socket`} ${socket.socket} of ${socket.nsp}${port === '' ? '' : `, port ${socket.remotePort}`}, ${there ? inRooms : `gone: ${socket.reason ?? ''}`}`,
  }
}

function worldsOf(columns: readonly HeardColumn[]): HeardWorld[] {
  const worlds: (HeardWorld & { width: number })[] = []
  for (const { socket, left } of columns) {
    const key = `${socket.service} ${socket.nsp}`
    const last = worlds.at(-1)
    if (last?.key === key) last.width += COLUMN_WIDTH
    else worlds.push({ key, left, width: COLUMN_WIDTH, name: worldName(socket) })
  }
  return worlds
}

function worldName({ service, nsp }: SocketNode): string {
  if (service === 'hub') return nsp
  return nsp === '/' ? service : `${service} ${nsp}`
}

export interface Place {
  readonly row: number
  /** -1 is the hub's own column. */
  readonly column: number
}

/** Where a key leads from a cell; undefined when it moves nothing. */
export function moveInMatrix(
  key: string,
  at: Place,
  size: { readonly rows: number; readonly columns: number; readonly page: number },
  control: boolean,
): Place | undefined {
  const { row, column } = at
  const to = (nextRow: number, nextColumn: number): Place => ({
    row: Math.min(size.rows - 1, Math.max(0, nextRow)),
    column: Math.min(size.columns - 1, Math.max(-1, nextColumn)),
  })
  switch (key) {
    case 'ArrowDown':
      return to(row + 1, column)
    case 'ArrowUp':
      return to(row - 1, column)
    case 'ArrowRight':
      return to(row, column + 1)
    case 'ArrowLeft':
      return to(row, column - 1)
    case 'PageDown':
      return to(row + size.page, column)
    case 'PageUp':
      return to(row - size.page, column)
    case 'Home':
      return to(control ? 0 : row, -1)
    case 'End':
      return to(control ? size.rows - 1 : row, size.columns - 1)
    default:
      return undefined
  }
}

/** Where a packet is: with who received it, else with who sent it; undefined where it is no event of these. */
export function placeOf(
  packet: number,
  rows: readonly HeardRow[],
  sockets: readonly SocketNode[],
): Place | undefined {
  const columnOf = (id: string | null) => sockets.findIndex(({ socket }) => socket === id)
  for (const [row, { emission, origin }] of rows.entries()) {
    const delivery = emission.deliveries.find((each) => each.packet === packet)
    if (delivery !== undefined) return { row, column: columnOf(delivery.socket) }
    if (origin?.packet === packet) return { row, column: columnOf(origin.sender) }
  }
  return undefined
}

export function isInSight(place: Place, seen: Seen): boolean {
  const { top, left } = scrollTo(place, seen)
  return top === seen.top && left === seen.left
}

/** The scroll position from which a cell is seen amid its neighbours. */
export function scrollAmid({ row, column }: Place, seen: Seen): { top: number; left: number } {
  const amid = (index: number, size: number, room: number) => Math.max(0, (index + 0.5) * size - room / 2)
  return {
    top: amid(row, ROW_HEIGHT, seen.height - HEAD_HEIGHT),
    left: amid(column, COLUMN_WIDTH, seen.width - labelWidth(seen.width) - HUB_WIDTH),
  }
}

/** The scroll position from which a cell is wholly in sight. */
export function scrollTo({ row, column }: Place, seen: Seen): { top: number; left: number } {
  const before = labelWidth(seen.width) + HUB_WIDTH
  const fit = (start: number, size: number, at: number, room: number) =>
    start < at ? start : start + size > at + room ? start + size - room : at
  return {
    top: fit(row * ROW_HEIGHT, ROW_HEIGHT, seen.top, seen.height - HEAD_HEIGHT),
    left:
      column < 0 ? 0 : fit(column * COLUMN_WIDTH, COLUMN_WIDTH, seen.left, Math.max(0, seen.width - before)),
  }
}
