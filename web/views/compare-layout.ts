/** The comparison as geometry: each transport a row, all on one time axis and one scale of bytes. */
import type {
  CompareResult,
  CompareTransport,
  CompareWire,
  TransportId,
} from '../../server/dashboard/api-compare.ts'
import { formatCount, formatInterval, plural } from '../lib/format.ts'
import { linear, symlog } from '../lib/scale.ts'

/** In the order of the page: the barest first. */
export const TRANSPORTS: readonly { readonly id: TransportId; readonly name: string }[] = [
  { id: 'udp', name: 'UDP' },
  { id: 'tcp', name: 'TCP' },
  { id: 'websocket', name: 'WebSocket' },
  { id: 'socket.io-websocket', name: 'Socket.IO over WebSocket' },
  { id: 'socket.io-polling', name: 'Socket.IO over polling' },
]

type Part = Exclude<keyof CompareWire['bytes'], 'total'>

/** The parts of the bar, from the outermost envelope inwards, and the OSI layer each belongs to. */
export const PARTS: readonly { readonly part: Part; readonly name: string; readonly osi: number }[] = [
  { part: 'link', name: 'link', osi: 2 },
  { part: 'ip', name: 'IP', osi: 3 },
  { part: 'transport', name: 'transport', osi: 4 },
  { part: 'framing', name: 'framing', osi: 7 },
  { part: 'session', name: 'session', osi: 5 },
  { part: 'payload', name: 'payload', osi: 7 },
]

export interface ArrowMark {
  readonly key: string
  readonly number: number
  readonly osi: number
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
  readonly fromClient: boolean
  /** The frame with the message, or the one with its echo. */
  readonly carries: 'message' | 'echo' | null
  readonly name: string
}

export interface BarPart {
  readonly part: Part
  readonly osi: number
  readonly x: number
  readonly width: number
  readonly bytes: number
  /** The number, where the part is wide enough for it. */
  readonly label: string
}

export interface CompareRow {
  readonly id: TransportId
  readonly name: string
  readonly error: string | null
  readonly arrows: readonly ArrowMark[]
  readonly bar: readonly BarPart[]
  readonly wire: CompareWire | null
  readonly programTime: number | null
  /** What the row's pictures show, in a sentence. */
  readonly summary: string
}

export interface CompareLayout {
  readonly width: number
  readonly rows: readonly CompareRow[]
  readonly ticks: readonly { readonly x: number; readonly text: string }[]
}

export const LADDER_HEIGHT = 52
export const BAR_HEIGHT = 22
const MARGIN = 8
const TICK_PX = 52
/** Room behind the longest bar for its total. */
const TOTAL_PX = 200
/** Top lane the client, bottom lane the server. */
export const LANES = { client: 8, server: LADDER_HEIGHT - 8 }

export function layoutCompare(result: CompareResult, size: { readonly width: number }): CompareLayout {
  const width = Math.max(280, size.width)
  const wires = result.transports.flatMap((transport) => transport.wire ?? [])
  const times = wires.flatMap((wire) => wire.frames.map((frame) => frame.at))
  const longest = Math.max(1e-5, ...times)
  // A datagram's microseconds and a poll's milliseconds on one axis: even at first, then by tenfolds.
  const constant = Math.max(longest / 200, Math.min(longest, shortest(wires)) / 2)
  const time = symlog([0, longest], [MARGIN, width - MARGIN - SLANT], constant)
  const bytes = linear([0, Math.max(1, ...wires.map((wire) => wire.bytes.total))], [0, width - TOTAL_PX])
  const known = new Map(result.transports.map((transport) => [transport.id, transport]))
  return {
    width,
    rows: TRANSPORTS.flatMap(({ id }) => {
      const transport = known.get(id)
      return transport === undefined ? [] : [row(transport, time, bytes, width - MARGIN - SLANT)]
    }),
    ticks: wires.length === 0 ? [] : ticks(longest, constant, time),
  }
}

/** How far an arrow leans: time passes on the way, though a capture on one host can't say how much. */
const SLANT = 4
/** Packets microseconds apart are drawn side by side, so that each can be seen and pointed at. */
const APART = 8

function shortest(wires: readonly CompareWire[]): number {
  return Math.min(
    ...wires.map((wire) => wire.totalTime ?? wire.frames.at(-1)?.at ?? Number.POSITIVE_INFINITY),
  )
}

/** As it reads in a sentence. */
function nameOf(transport: CompareTransport): string {
  return TRANSPORTS.find(({ id }) => id === transport.id)?.name ?? transport.name
}

function row(
  transport: CompareTransport,
  time: (seconds: number) => number,
  bytes: (count: number) => number,
  right: number,
): CompareRow {
  const { id, error, wire, programTime } = transport
  const name = nameOf(transport)
  return {
    id,
    name,
    error,
    wire,
    programTime,
    arrows: wire === null ? [] : arrows(wire, time, right),
    bar: wire === null ? [] : bar(wire, bytes),
    summary: wire === null ? (error ?? 'not captured') : rowSummary(name, wire),
  }
}

function arrows(wire: CompareWire, time: (seconds: number) => number, right: number): ArrowMark[] {
  const echo = carrier(wire, wire.totalTime, false)
  const sent = wire.totalTime === null || wire.echoTime === null ? null : wire.totalTime - wire.echoTime
  const message = carrier(wire, sent, true)
  const places = sideBySide(
    wire.frames.map((frame) => time(frame.at)),
    right,
  )
  return wire.frames.map((frame, index) => {
    const x = places[index] ?? 0
    const carries = index === message ? 'message' : index === echo ? 'echo' : null
    const way = frame.fromClient ? 'to the server' : 'to the client'
    return {
      key: String(frame.number),
      number: frame.number,
      osi: frame.osi,
      x1: x,
      x2: x + SLANT,
      y1: frame.fromClient ? LANES.client : LANES.server,
      y2: frame.fromClient ? LANES.server : LANES.client,
      fromClient: frame.fromClient,
      carries,
      name: `Packet ${frame.number} ${way}, ${frame.label}, ${frame.length} bytes, after ${formatInterval(frame.at)}${carries === null ? '' : `, carries the ${carries}`}`,
    }
  })
}

/** Places in their order, moved as little as it takes for none to be nearer to the next than `APART`. */
function sideBySide(xs: readonly number[], right: number): number[] {
  const apart = Math.min(APART, (right - MARGIN) / Math.max(1, xs.length - 1))
  const out: number[] = []
  for (const x of xs) out.push(Math.max(x, (out.at(-1) ?? Number.NEGATIVE_INFINITY) + apart))
  let edge = right
  for (let at = out.length - 1; at >= 0 && (out[at] ?? 0) > edge; at--) {
    out[at] = edge
    edge -= apart
  }
  return out
}

/** The frame at that time and in that direction; the API gives times, exact to the capture's own. */
function carrier(wire: CompareWire, at: number | null, fromClient: boolean): number {
  if (at === null) return -1
  let best = -1
  let distance = 5e-6
  for (const [index, frame] of wire.frames.entries()) {
    const off = Math.abs(frame.at - at)
    if (frame.fromClient === fromClient && off < distance) [best, distance] = [index, off]
  }
  return best
}

function bar(wire: CompareWire, scale: (count: number) => number): BarPart[] {
  let sum = 0
  return PARTS.flatMap(({ part, osi }) => {
    const bytes = wire.bytes[part]
    const x = scale(sum)
    sum += bytes
    const width = scale(sum) - x
    const label = formatCount(bytes)
    return bytes === 0
      ? []
      : [{ part, osi, x, width, bytes, label: width > label.length * 7.4 + 8 ? label : '' }]
  })
}

function rowSummary(name: string, wire: CompareWire): string {
  const waits = roundTrips(wire.roundTripsBefore)
  const echo = wire.echoTime === null ? '' : `, echo ${formatInterval(wire.echoTime)} later`
  return `${name}: ${plural(wire.packets, 'packet')}, ${plural(wire.bytes.total, 'byte')}, ${waits} before the message${echo}`
}

/** Behind a bar. */
export function totalWords({ bytes }: CompareWire): string {
  return `${plural(bytes.total, 'byte')}, ${formatCount(bytes.payload)} yours`
}

/** What a row's numbers are, in a line: `10 packets, 1 round trip before the message, echo 302 µs after it`. */
export function factsWords({ wire, programTime, error }: CompareRow): string {
  if (error !== null) return error
  if (wire === null) {
    const after = programTime === null ? null : formatInterval(programTime)
    return after === null ? 'Nothing came back.' : `Echo in the program's hands after ${after}.`
  }
  const echo = wire.echoTime === null ? '' : `, echo ${formatInterval(wire.echoTime)} after it`
  return `${plural(wire.packets, 'packet')}, ${roundTrips(wire.roundTripsBefore)} before the message${echo}`
}

/** `no round trip`, `1 round trip`, `2.5 round trips`. */
export function roundTrips(count: number): string {
  return count === 0 ? 'no round trip' : plural(count, 'round trip')
}

/** 1, 2 and 5 of each power of ten, as far as they don't touch. */
function ticks(longest: number, constant: number, time: (seconds: number) => number): CompareLayout['ticks'] {
  const out = [{ x: time(0), text: '0' }]
  let last = time(0)
  for (let power = Math.floor(Math.log10(constant)); power <= Math.ceil(Math.log10(longest)); power++) {
    for (const step of [1, 2, 5]) {
      const seconds = step * 10 ** power
      const x = time(seconds)
      if (seconds > longest || x - last < TICK_PX) continue
      out.push({ x, text: formatInterval(seconds) })
      last = x
    }
  }
  return out
}

/** Results that came transport by transport, as one; a later one replaces an earlier one of the same transport. */
export function mergeResults(before: CompareResult | null, next: CompareResult): CompareResult {
  if (before === null || before.message !== next.message) return next
  const fresh = new Set(next.transports.map((transport) => transport.id))
  const kept = before.transports.filter((transport) => !fresh.has(transport.id))
  return {
    ...next,
    captured: before.captured && next.captured,
    note: next.note ?? before.note,
    transports: [...kept, ...next.transports],
  }
}

/** What the numbers say, in sentences; none where nothing was captured. */
export function insights(result: CompareResult): string[] {
  const seen = result.transports.flatMap((transport) => {
    const { wire } = transport
    return wire === null ? [] : [{ name: nameOf(transport), wire }]
  })
  const byBytes = [...seen].sort((a, b) => a.wire.bytes.total - b.wire.bytes.total)
  const [least, most] = [byBytes[0], byBytes.at(-1)]
  if (least === undefined || most === undefined) return []
  const mine = result.messageBytes
  const each = (wire: CompareWire) => Math.round(wire.bytes.total / Math.max(1, mine))
  const out = [
    `To carry ${plural(mine, 'byte')}, ${most.name} moved ${formatCount(most.wire.bytes.total)}: ${formatCount(each(most.wire))} for each one of yours.`,
  ]
  if (least !== most) {
    out.push(
      `${least.name} did it in ${plural(least.wire.packets, 'packet')} and ${plural(least.wire.bytes.total, 'byte')}, ${times(most.wire.bytes.total / least.wire.bytes.total)} fewer.`,
    )
    const waits = [...seen].sort((a, b) => a.wire.roundTripsBefore - b.wire.roundTripsBefore)
    const [first, last] = [waits[0], waits.at(-1)]
    if (first && last && first.wire.roundTripsBefore < last.wire.roundTripsBefore) {
      out.push(
        `Before your first byte left, ${last.name} went back and forth ${timesOf(last.wire.roundTripsBefore)}, ${first.name} ${timesOf(first.wire.roundTripsBefore)}.`,
      )
    }
  }
  return out
}

function times(ratio: number): string {
  return ratio < 10 ? `${Number(ratio.toFixed(1))} times` : `${formatCount(Math.round(ratio))} times`
}

function timesOf(count: number): string {
  return count === 0
    ? 'not at all'
    : count === 1
      ? 'once'
      : count === 2
        ? 'twice'
        : `${formatCount(count)} times`
}
