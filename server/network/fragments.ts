/** IP packets cut in pieces that fit through a link, and put together again (RFC 791 §2.3, §3.2; RFC 1122 §3.3.2). */
import { at8, put16 } from '../protocols/big-endian.ts'
import { internetChecksum } from '../protocols/checksum.ts'
import { ETHERNET_HEADER } from '../protocols/ethernet.ts'
import { encodeIpv4, IPV4_LAYOUT, Ipv4Header, LARGEST_PACKET, SMALLEST_HEADER } from '../protocols/ipv4.ts'
import type { Clock, Timer } from './clock.ts'
import { allocateFrame } from './frame-buffers.ts'

/**
 * The frames, with room for Ethernet's header, of a packet that may be too long for a link: one, or fragments. The
 * header's own offset and flags hold for a packet that is a fragment already.
 */
export function* framesOf(header: Ipv4Header, payload: Uint8Array, mtu: number): Generator<Uint8Array> {
  // All but the last carry a multiple of 8 bytes: that is what the offset counts in.
  const room = (mtu - SMALLEST_HEADER) & ~7
  let at = 0
  do {
    const rest = payload.length - at
    const length = rest + SMALLEST_HEADER <= mtu ? rest : room
    const frame = allocateFrame(ETHERNET_HEADER + SMALLEST_HEADER + length)
    const piece = new Ipv4Header({
      ...header,
      totalLength: SMALLEST_HEADER + length,
      fragmentOffset: header.fragmentOffset + at,
      moreFragments: header.moreFragments || length < rest,
    })
    const start = encodeIpv4(piece, frame, ETHERNET_HEADER)
    frame.set(payload.subarray(at, at + length), start)
    yield frame
    at += length
  } while (at < payload.length)
}

/** How long the first of a packet's fragments waits for the others (RFC 1122 §3.3.2: 60 to 120 s). */
const REASSEMBLY_MS = 60_000
/** What all incomplete packets may hold together; the oldest gives way. */
const MOST_BYTES = 4 * 2 ** 20
/** What a piece costs besides its bytes, so that many of 8 bytes don't cost more than they count. */
const PIECE_OVERHEAD = 128

interface Piece {
  readonly start: number
  readonly end: number
  readonly bytes: Uint8Array
}

/** A packet of which some fragments have come. */
interface Incomplete {
  readonly key: string
  readonly timer: Timer
  /** Sorted by their place; they neither touch twice nor overlap. */
  pieces: Piece[]
  /** Bytes of payload that have come. */
  received: number
  /** Of the payload; known when the last fragment has come. */
  length: number | undefined
  /** The header, options and all, of the fragment at offset 0, when it has come. */
  header: Uint8Array | undefined
  /** Two of its fragments disagree: whatever else comes of it is dropped too. */
  spoilt: boolean
  cost: number
}

export class Reassembler {
  readonly #clock: Clock
  readonly #expired: (packet: Uint8Array) => void
  readonly #incomplete = new Map<string, Incomplete>()
  #cost = 0

  /** `expired` gets what came first of a packet whose rest never came, if that was its beginning. */
  constructor(clock: Clock, expired: (packet: Uint8Array) => void) {
    this.#clock = clock
    this.#expired = expired
  }

  /** Packets that wait for fragments. */
  get waiting(): number {
    return this.#incomplete.size
  }

  /**
   * Takes a fragment, a packet at `start` to `end` with this header. Returns the whole packet when this was the last
   * that it lacked, in bytes of its own, its header that of a packet that was never cut.
   */
  add(header: Ipv4Header, bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
    const from = header.fragmentOffset
    const to = from + (end - start - header.headerLength)
    // RFC 791 §3.1: in units of 8 bytes but for the last; and not beyond the longest packet (the "ping of death").
    if (to === from || (header.moreFragments && to % 8 !== 0)) return undefined
    if (SMALLEST_HEADER + to > LARGEST_PACKET) return undefined
    const key = `${header.source} ${header.destination} ${header.protocol} ${header.identification}`
    const packet = this.#incomplete.get(key) ?? this.#begin(key)
    if (packet.spoilt) return undefined
    const payloadAt = start + header.headerLength
    const fits = this.#fit(packet, header, { start: from, end: to, bytes: bytes.slice(payloadAt, end) })
    if (!fits) return this.#spoil(packet)
    if (from === 0) packet.header ??= bytes.slice(start, payloadAt)
    if (packet.header !== undefined && packet.received === packet.length) {
      this.#remove(packet)
      return joined(packet.header, packet.pieces, packet.length)
    }
    this.#makeRoom()
    return undefined
  }

  close(): void {
    for (const { timer } of this.#incomplete.values()) timer.cancel()
    this.#incomplete.clear()
    this.#cost = 0
  }

  #begin(key: string): Incomplete {
    // The time is that of the first to come and isn't prolonged by others (RFC 1122 §3.3.2).
    const timer = this.#clock.at(this.#clock.now() + REASSEMBLY_MS, () => this.#expire(packet))
    const packet: Incomplete = {
      key,
      timer,
      pieces: [],
      received: 0,
      length: undefined,
      header: undefined,
      spoilt: false,
      cost: PIECE_OVERHEAD,
    }
    this.#incomplete.set(key, packet)
    this.#cost += PIECE_OVERHEAD
    return packet
  }

  /**
   * Puts a piece in its place; false if it contradicts what is there. One that came twice is no contradiction, but
   * one that overlaps another is: no honest sender or router makes such, and which of the two to believe has let
   * attacks past firewalls (RFC 1858 §4, RFC 5722 §4).
   */
  #fit(packet: Incomplete, header: Ipv4Header, piece: Piece): boolean {
    const { pieces } = packet
    if (!header.moreFragments && (packet.length ?? piece.end) !== piece.end) return false
    let at = pieces.length
    while (at > 0 && (pieces[at - 1]?.start ?? 0) >= piece.start) at--
    const before = pieces[at - 1]
    const after = pieces[at]
    if (after !== undefined && after.start === piece.start && after.end === piece.end) return true
    if (before !== undefined && before.end > piece.start) return false
    if (after !== undefined && after.start < piece.end) return false
    if (packet.length !== undefined && piece.end > packet.length) return false
    if (!header.moreFragments) {
      const last = pieces.at(-1)
      if (last !== undefined && last.end > piece.end) return false
      packet.length = piece.end
    }
    pieces.splice(at, 0, piece)
    packet.received += piece.end - piece.start
    const cost = piece.bytes.length + PIECE_OVERHEAD
    packet.cost += cost
    this.#cost += cost
    return true
  }

  /** It stays, empty, until its time is over. */
  #spoil(packet: Incomplete): undefined {
    this.#cost -= packet.cost - PIECE_OVERHEAD
    packet.cost = PIECE_OVERHEAD
    packet.pieces = []
    packet.header = undefined
    packet.spoilt = true
    return undefined
  }

  #makeRoom(): void {
    for (const oldest of this.#incomplete.values()) {
      if (this.#cost <= MOST_BYTES) return
      this.#remove(oldest)
    }
  }

  #expire(packet: Incomplete): void {
    this.#remove(packet)
    const [first] = packet.pieces
    if (packet.header === undefined || first === undefined) return
    this.#expired(joined(packet.header, [first], first.end))
  }

  #remove(packet: Incomplete): void {
    packet.timer.cancel()
    this.#incomplete.delete(packet.key)
    this.#cost -= packet.cost
  }
}

/** A whole packet of a header and pieces of payload. */
function joined(header: Uint8Array, pieces: readonly Piece[], length: number): Uint8Array {
  const packet = new Uint8Array(header.length + length)
  packet.set(header)
  for (const { start, bytes } of pieces) packet.set(bytes, header.length + start)
  // Options can make it longer than its length can say; nobody looks there any more.
  put16(packet, IPV4_LAYOUT.len, Math.min(packet.length, LARGEST_PACKET))
  put16(packet, IPV4_LAYOUT.frag_offset, 0)
  put16(packet, IPV4_LAYOUT.checksum, 0)
  const headerLength = (at8(packet, IPV4_LAYOUT.version) & 0x0f) << 2
  put16(packet, IPV4_LAYOUT.checksum, internetChecksum(packet, 0, headerLength))
  return packet
}
