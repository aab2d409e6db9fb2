/**
 * A witness at the cable who reads TCP with its own eyes: it shares no code with the engine that it judges. It
 * knows what each end was told (the segments that arrived there unharmed) and complains of a segment that says
 * more than its sender may.
 */
import type { Departure, Direction, Tap } from '../../server/network/tap.ts'

const FIN = 0x01
const SYN = 0x02
const RST = 0x04
const ACK = 0x10

/** RFC 9293 §3.1, as far as a witness must know. */
export interface Seen {
  readonly flow: string
  readonly seq: number
  readonly ack: number
  readonly flags: number
  readonly window: number
  readonly length: number
  readonly scale: number | undefined
}

/** One end of one connection: what it has sent, and what the other end has allowed it. */
interface Side {
  iss: number | undefined
  /** Past the last byte that it ever sent. */
  sentTo: number
  /** Past the last byte that it may send, by what has arrived from the other end. */
  mayTo: number | undefined
  /** The right edge that it has itself offered the other end. */
  offered: number | undefined
  /** Its window scale; undefined before its SYN, and where there is none in it. */
  scale: number | undefined
  finAt: number | undefined
}

/** Frames between their two ends. */
interface Travelling {
  readonly direction: Direction
  readonly seen: Seen
  readonly bytes: Uint8Array
}

/** Sequence numbers wrap (RFC 9293 §3.4): positive when `a` is after `b`. */
const after = (a: number, b: number): number => (a - b) | 0
const plus = (a: number, n: number): number => (a + n) >>> 0
const fresh = (): Side => ({
  iss: undefined,
  sentTo: 0,
  mayTo: undefined,
  offered: undefined,
  scale: undefined,
  finAt: undefined,
})

export class Witness implements Tap {
  /** The first few wrongs, in words. */
  readonly complaints: string[] = []
  segments = 0
  dataSegments = 0
  /** Segments that carry something sent before. */
  repeated = 0
  lost = 0
  /** Told of every segment as it enters the cable. */
  watch: ((direction: Direction, seen: Seen) => void) | undefined
  readonly #sides = new Map<string, Side>()
  /** Ports on which a second connection began when the first was over: nobody judges which segment is whose. */
  readonly #over = new Set<string>()
  readonly #travelling = new Map<number, Travelling>()

  departed(departure: Departure): void {
    const { id, cable, direction, bytes, fates } = departure
    // With routers between, a segment is on several cables, one after the other.
    if (cable !== 'server') return
    const gone = fates.some((fate) => fate === 'lost' || fate === 'queue full' || fate === 'cut')
    if (gone) this.lost++
    const seen = readSegment(bytes)
    if (seen === undefined) return
    this.segments++
    this.watch?.(direction, seen)
    this.#judge(direction, seen, departure.time)
    if (gone || departure.delay === undefined) return
    this.#travelling.set(id, { direction, seen, bytes: Uint8Array.from(bytes) })
  }

  arrived(id: number, _time: number, received: Uint8Array | undefined): void {
    const sent = this.#travelling.get(id)
    if (sent === undefined) return
    const seen = received === undefined ? sent.seen : readSegment(received)
    if (seen === undefined || !isWhole(received ?? sent.bytes)) return
    this.#allow(sent.direction, seen)
  }

  #side(flow: string, direction: Direction): Side {
    const key = `${flow} ${direction}`
    const known = this.#sides.get(key)
    if (known !== undefined) return known
    const side = fresh()
    this.#sides.set(key, side)
    return side
  }

  /** As the segment leaves its sender. */
  #judge(direction: Direction, seen: Seen, time: number): void {
    const own = this.#side(seen.flow, direction)
    const other = this.#side(seen.flow, direction === 'up' ? 'down' : 'up')
    const say = (what: string) => {
      if (this.complaints.length < 5)
        this.complaints.push(`${time.toFixed(3)} ms, ${seen.flow}, ${direction}: ${what}`)
    }
    if (seen.flags & RST || this.#over.has(seen.flow)) return
    const { seq, length } = seen
    if (seen.flags & SYN) {
      if (own.finAt !== undefined && own.iss !== seq) {
        this.#over.add(seen.flow)
        return
      }
      if (own.iss !== undefined && own.iss !== seq) say('a second initial sequence number')
      if (own.iss === undefined) own.sentTo = plus(seq, 1)
      own.iss = seq
      own.scale = seen.scale
      if (length > 0) say('data on a SYN')
    } else if (own.iss === undefined) say('a segment before its SYN')
    if (length > 0) {
      this.dataSegments++
      const end = plus(seq, length)
      if (own.mayTo === undefined) say('data before the other end was heard')
      // A probe of a closed window is one byte past it (RFC 9293 §3.8.6.1).
      else if (after(end, own.mayTo) > (length === 1 ? 1 : 0))
        say(`data to ${after(end, own.mayTo)} bytes beyond the window offered`)
      if (own.finAt !== undefined && after(end, own.finAt) > 0) say('data behind the FIN')
      if (after(seq, own.sentTo) < 0) this.repeated++
      if (after(end, own.sentTo) > 0) own.sentTo = end
    }
    if (seen.flags & FIN) {
      const at = plus(seq, length)
      if (own.finAt !== undefined && own.finAt !== at) say('a FIN at another place')
      if (after(at, own.sentTo) > 0) say('a FIN past what was sent')
      own.finAt = at
      own.sentTo = plus(at, 1)
    }
    if (!(seen.flags & ACK)) return
    if (other.iss === undefined) say('an acknowledgement of nothing')
    else if (after(seen.ack, other.sentTo) > 0) say('acknowledges what was never sent')
    const scale = seen.flags & SYN ? 0 : scaleOf(own, other)
    const edge = plus(seen.ack, seen.window * 2 ** scale)
    // A window in units of 2^scale may seem to shrink by less than one of them (RFC 7323 §2.4).
    if (own.offered !== undefined && after(own.offered, edge) >= 2 ** scale && !(seen.flags & SYN))
      say(`shrinks its window by ${after(own.offered, edge)}`)
    if (own.offered === undefined || after(edge, own.offered) > 0) own.offered = edge
  }

  /** As it reaches the other end: what that may send from now on. */
  #allow(direction: Direction, seen: Seen): void {
    if (seen.flags & RST) return
    const own = this.#side(seen.flow, direction)
    const other = this.#side(seen.flow, direction === 'up' ? 'down' : 'up')
    const scale = seen.flags & SYN ? 0 : scaleOf(own, other)
    // A bare SYN acknowledges nothing; its window counts from the other's first byte.
    const from = seen.flags & ACK ? seen.ack : plus(other.iss ?? 0, 1)
    if (!(seen.flags & ACK) && other.iss === undefined) return
    const edge = plus(from, seen.window * 2 ** scale)
    if (other.mayTo === undefined || after(edge, other.mayTo) > 0) other.mayTo = edge
  }
}

const scaleOf = (own: Side, other: Side): number =>
  own.scale !== undefined && other.scale !== undefined ? Math.min(own.scale, 14) : 0

/** An IPv4 packet with a TCP segment, unfragmented; undefined for all else. */
function readSegment(bytes: Uint8Array): Seen | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 54 || view.getUint16(12) !== 0x0800) return undefined
  const headerLength = (view.getUint8(14) & 15) * 4
  if (view.getUint8(14) >> 4 !== 4 || headerLength < 20 || view.getUint8(23) !== 6) return undefined
  if ((view.getUint16(20) & 0x3fff) !== 0) return undefined
  const at = 14 + headerLength
  const end = 14 + view.getUint16(16)
  if (end > bytes.length || end < at + 20) return undefined
  const offset = (view.getUint8(at + 12) >> 4) * 4
  if (offset < 20 || at + offset > end) return undefined
  const ends = [
    `${view.getUint32(26)}:${view.getUint16(at)}`,
    `${view.getUint32(30)}:${view.getUint16(at + 2)}`,
  ]
  return {
    flow: ends.sort().join(' '),
    seq: view.getUint32(at + 4),
    ack: view.getUint32(at + 8),
    flags: view.getUint8(at + 13),
    window: view.getUint16(at + 14),
    length: end - at - offset,
    scale: windowScale(bytes, at + 20, at + offset),
  }
}

/** RFC 7323 §2.2: kind 3, length 3. */
function windowScale(bytes: Uint8Array, start: number, end: number): number | undefined {
  for (let at = start; at < end; ) {
    const kind = bytes[at] ?? 0
    if (kind === 0) return undefined
    if (kind === 1) at++
    else {
      if (kind === 3) return bytes[at + 2]
      at += Math.max(2, bytes[at + 1] ?? 2)
    }
  }
  return undefined
}

/** Both checksums, the plain way (RFC 1071 §1). */
function isWhole(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = 14 + (view.getUint8(14) & 15) * 4
  const end = 14 + view.getUint16(16)
  if (sum(view, 14, at, 0) !== 0xffff) return false
  const pseudo = sum(view, 26, 34, 6 + end - at)
  return sum(view, at, end, pseudo) === 0xffff
}

function sum(view: DataView, start: number, end: number, begin: number): number {
  let total = begin
  for (let at = start; at + 1 < end; at += 2) total += view.getUint16(at)
  if ((end - start) % 2 === 1) total += view.getUint8(end - 1) << 8
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x10000)
  return total
}
