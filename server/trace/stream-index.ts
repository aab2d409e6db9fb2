/**
 * What was said in a conversation, by its place: which packet brought which bytes, and which lines they make. The bytes
 * themselves stay with their packets, and are read from there when somebody looks.
 */
import type { Said } from './joined-stream.ts'
import { countLines, type LineView, lineEnds } from './stream-lines.ts'

/** Both, or what one side said. */
export type Heard = 'both' | 'client' | 'server'

/** Bytes that one packet brought, or that none did. */
export interface SaidPiece {
  /** 0 for bytes that the capture missed. */
  readonly number: number
  readonly fromClient: boolean
  /** In that side's stream, from 0. */
  readonly start: number
  readonly length: number
  /** Which of the packet's pieces, and where in it. */
  readonly place: number
  readonly offset: number
  /** It came by a retransmission. */
  readonly again: boolean
}

export interface SaidLine {
  readonly piece: SaidPiece
  /** In the piece. */
  readonly from: number
  readonly to: number
  /** Null where they are not held any more, or never were. */
  readonly bytes: Uint8Array | null
}

/** Pieces of one or both sides in their order, and how many lines there are up to each one's end. */
class Track {
  readonly pieces: SaidPiece[] = []
  readonly ends: Readonly<Record<LineView, number[]>> = { text: [], hex: [] }

  add(piece: SaidPiece, lines: Readonly<Record<LineView, number>>): void {
    this.pieces.push(piece)
    for (const view of ['text', 'hex'] as const) {
      const ends = this.ends[view]
      ends.push((ends.at(-1) ?? 0) + lines[view])
    }
  }
}

const GAP = { text: 1, hex: 1 }

export class StreamIndex {
  readonly bytes = { client: 0, server: 0 }
  readonly #tracks: Readonly<Record<Heard, Track>> = {
    both: new Track(),
    client: new Track(),
    server: new Track(),
  }
  readonly #read: (piece: SaidPiece) => Uint8Array | undefined

  /** `read` gives a piece's bytes again; undefined when its packet was let go of. */
  constructor(read: (piece: SaidPiece) => Uint8Array | undefined) {
    this.#read = read
  }

  add({ number, offset, length, bytes, fromClient, place }: Said, again: boolean): void {
    if (length === 0) return
    const side = fromClient ? 'client' : 'server'
    const piece = { number, fromClient, start: this.bytes[side], length, place, offset, again }
    this.bytes[side] += length
    const said = number === 0 ? undefined : bytes?.subarray(offset, offset + length)
    const lines = said === undefined ? GAP : { text: countLines(said, 'text'), hex: countLines(said, 'hex') }
    this.#tracks.both.add(piece, lines)
    this.#tracks[side].add(piece, lines)
  }

  pieces(heard: Heard): readonly SaidPiece[] {
    return this.#tracks[heard].pieces
  }

  total(heard: Heard, view: LineView): number {
    return this.#tracks[heard].ends[view].at(-1) ?? 0
  }

  /** The first line of what packets from `oldest` on brought. */
  firstHeld(heard: Heard, view: LineView, oldest: number): number {
    const { pieces, ends } = this.#tracks[heard]
    let at = 0
    // Packets come in their order but for what waited behind a gap: the first that is held is near enough.
    let high = pieces.length
    while (at < high) {
      const middle = (at + high) >> 1
      const number = pieces[middle]?.number ?? 0
      if (number !== 0 && number < oldest) at = middle + 1
      else high = middle
    }
    return at === 0 ? 0 : (ends[view][at - 1] ?? 0)
  }

  lines(heard: Heard, view: LineView, from: number, count: number): SaidLine[] {
    const { pieces, ends } = this.#tracks[heard]
    const lines: SaidLine[] = []
    let at = firstBehind(ends[view], from)
    let line = from
    while (lines.length < count) {
      const piece = pieces[at]
      if (piece === undefined) break
      const first = at === 0 ? 0 : (ends[view][at - 1] ?? 0)
      const last = ends[view][at] ?? first
      const bytes = piece.number === 0 ? undefined : this.#read(piece)
      if (bytes === undefined) {
        lines.push({ piece, from: 0, to: piece.length, bytes: null })
        // Lines that are gone keep their numbers: the first of them stands for all.
        for (line++; line < last && lines.length < count; line++) {
          lines.push({ piece, from: piece.length, to: piece.length, bytes: null })
        }
      } else {
        const stops = lineEnds(bytes, view)
        for (; line < last && lines.length < count; line++) {
          const [start, end] = [stops[line - first - 1] ?? 0, stops[line - first] ?? bytes.length]
          lines.push({ piece, from: start, to: end, bytes: bytes.subarray(start, end) })
        }
      }
      line = last
      at++
    }
    return lines
  }

  /** The line in which a byte of a piece stands, by the piece's place in the track. */
  lineOf(heard: Heard, view: LineView, at: number, offset: number): number {
    const { pieces, ends } = this.#tracks[heard]
    const first = at === 0 ? 0 : (ends[view][at - 1] ?? 0)
    const piece = pieces[at]
    const bytes = piece === undefined || piece.number === 0 ? undefined : this.#read(piece)
    if (bytes === undefined) return first
    const stops = lineEnds(bytes, view)
    const line = stops.findIndex((end) => end > offset)
    return first + Math.max(0, line)
  }

  /** The bytes of a piece, read again. */
  read(piece: SaidPiece): Uint8Array | undefined {
    return piece.number === 0 ? undefined : this.#read(piece)
  }
}

/** Index of the first that is greater. */
function firstBehind(ascending: readonly number[], value: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] ?? 0) > value) high = middle
    else low = middle + 1
  }
  return low
}
