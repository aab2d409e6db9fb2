/**
 * IP packets put together again from their fragments (RFC 791 §3.2, RFC 8200 §4.5), on the first pass, by the rules of
 * Wireshark's reassembly: what arrived first in the order of offsets counts, and overlaps are marked, not thrown away
 * (RFC 5722 would have a receiver drop the whole packet).
 */
import type { Fragment, Reassembly, ReassemblyPiece } from '../protocols/conversation.ts'

/** Nanoseconds after which a receiver has given up on a packet (RFC 8200 §4.5; RFC 1122 §3.3.2 allows 60 to 120 s). */
const LIFETIME = 60e9
/** Packets that may wait for fragments at once; the longest waiting goes first. */
const MAX_WAITING = 1024
/** Fragments of one packet: 64 kB in pieces of 8 bytes are 8192. */
const MAX_PIECES = 8192
/** Fragments of all waiting packets. */
const MAX_ALL_PIECES = 65_536
/** Bytes that waiting fragments keep for themselves, because they don't stand in a frame. */
const MAX_OWN_BYTES = 16 * 1024 * 1024
/** About what is kept of a fragment beside its bytes. */
const BYTES_PER_PIECE = 64
/** The same of a packet that waits for the rest: it stays with its fragments, even if it is never whole. */
const BYTES_PER_WAITING = 640

interface Piece extends ReassemblyPiece {
  more: boolean
  /** Where its bytes begin: in `bytes`, else in the frame. */
  readonly from: number
  bytes: Uint8Array | undefined
}

class Waiting implements Reassembly {
  readonly key: string
  readonly begun: number
  /** Sorted by offset; those that came first before others of the same offset. */
  readonly pieces: Piece[] = []
  multipleTails = false
  reassembledIn: number | undefined
  bytes: Uint8Array | undefined
  /** What the latest fragment added; the whole, once it is whole. */
  kept = 0
  ownBytes = 0
  /** The whole's length, once its last fragment was seen. */
  total: number | undefined
  /** How far it is there without a gap, and how many pieces that took. */
  covered = 0
  joined = 0

  constructor(key: string, begun: number) {
    this.key = key
    this.begun = begun
  }

  add(piece: Piece): void {
    if (!piece.more) {
      if (this.total === undefined) this.total = piece.offset + piece.length
      else if (this.total !== piece.offset + piece.length) piece.multipleTails = true
    }
    let at = this.pieces.length
    while (at > 0 && (this.pieces[at - 1]?.offset ?? 0) > piece.offset) at--
    this.pieces.splice(at, 0, piece)
    this.ownBytes += piece.bytes?.length ?? 0
    if (at < this.joined) {
      this.joined++
      this.covered = Math.max(this.covered, piece.offset + piece.length)
    }
    for (; this.joined < this.pieces.length; this.joined++) {
      const next = this.pieces[this.joined]
      if (next === undefined || next.offset > this.covered) break
      this.covered = Math.max(this.covered, next.offset + next.length)
    }
  }

  get complete(): boolean {
    return this.total !== undefined && this.covered >= this.total
  }
}

export class FragmentTable {
  /** By addresses, protocol and identification, the longest waiting first. */
  readonly #waiting = new Map<string, Waiting>()
  readonly #frame: (number: number) => Uint8Array | undefined
  #pieces = 0
  #ownBytes = 0

  /** `frame` gives the bytes of a packet that is held, or `undefined` when it was evicted. */
  constructor(frame: (number: number) => Uint8Array | undefined) {
    this.#frame = frame
  }

  /** Packets that wait for fragments. */
  get waiting(): number {
    return this.#waiting.size
  }

  /**
   * Takes a fragment in, in order of capture. The answer is shared by all fragments of the packet: once one of them
   * completes it, `reassembledIn` is that one's number and `bytes` the whole payload.
   */
  add(packet: { readonly number: number; readonly nanos: number }, fragment: Fragment): Reassembly {
    const key = `${fragment.source} ${fragment.destination} ${fragment.protocol} ${fragment.id}`
    const whole = this.#waitingFor(key, packet.nanos)
    const { offset, length, more, piece } = fragment
    this.#forgetCounts(whole)
    whole.add({
      number: packet.number,
      offset,
      length,
      more,
      from: piece.offset,
      bytes: piece.bytes?.slice(piece.offset, piece.offset + length),
      overlap: false,
      conflict: false,
      multipleTails: false,
      tooLong: false,
    })
    this.#count(whole)
    // Asked once for each fragment, so each answers for what it added.
    whole.kept = BYTES_PER_PIECE + (whole.pieces.length === 1 ? BYTES_PER_WAITING : 0)
    if (whole.complete) this.#conclude(whole, packet.number)
    else if (whole.pieces.length > MAX_PIECES) this.#drop(whole)
    else this.#makeRoom()
    return whole
  }

  #waitingFor(key: string, now: number): Waiting {
    const known = this.#waiting.get(key)
    if (known !== undefined) {
      if (now - known.begun <= LIFETIME) return known
      this.#drop(known)
    }
    const fresh = new Waiting(key, now)
    this.#waiting.set(key, fresh)
    return fresh
  }

  /** Puts the payload together, unless bytes of it are no longer held: then it stays in its fragments. */
  #conclude(whole: Waiting, number: number): void {
    this.#drop(whole)
    const bytes = new Uint8Array(whole.total ?? 0)
    let filled = 0
    for (const piece of whole.pieces) {
      const found = this.#bytesOf(piece)
      if (found === undefined) return
      filled = join(bytes, filled, piece, found)
      piece.bytes = undefined
    }
    whole.bytes = bytes
    whole.reassembledIn = number
    whole.kept = bytes.length + whole.pieces.length * BYTES_PER_PIECE
  }

  #bytesOf({ bytes, number, from, length }: Piece): Uint8Array | undefined {
    if (bytes !== undefined) return bytes
    return this.#frame(number)?.subarray(from, from + length)
  }

  #makeRoom(): void {
    for (const whole of this.#waiting.values()) {
      const full = this.#waiting.size > MAX_WAITING || this.#pieces > MAX_ALL_PIECES
      if (!full && this.#ownBytes <= MAX_OWN_BYTES) return
      this.#drop(whole)
    }
  }

  #drop(whole: Waiting): void {
    if (!this.#waiting.delete(whole.key)) return
    this.#forgetCounts(whole)
  }

  #forgetCounts(whole: Waiting): void {
    this.#pieces -= whole.pieces.length
    this.#ownBytes -= whole.ownBytes
  }

  #count(whole: Waiting): void {
    this.#pieces += whole.pieces.length
    this.#ownBytes += whole.ownBytes
  }
}

/** Adds what a piece has beyond the first `filled` bytes, marks it, and returns how far they now reach. */
function join(into: Uint8Array, filled: number, piece: ReassemblyPiece, found: Uint8Array): number {
  const { offset } = piece
  if (piece.length === 0) return filled
  if (offset >= into.length) {
    piece.tooLong = true
    return filled
  }
  const end = Math.min(offset + piece.length, into.length)
  if (end < offset + piece.length) piece.tooLong = true
  const overlap = filled - offset
  if (overlap > 0) {
    piece.overlap = true
    for (let i = offset; i < Math.min(end, filled); i++) {
      if (into[i] !== found[i - offset]) piece.conflict = true
    }
  }
  if (end <= filled) return filled
  into.set(found.subarray(overlap, end - offset), filled)
  return end
}
