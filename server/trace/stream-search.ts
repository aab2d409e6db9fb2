/** Where some bytes stand in what was said: looked for in each direction by itself, across the borders of packets. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Heard, SaidPiece, StreamIndex } from './stream-index.ts'
import type { LineView } from './stream-lines.ts'

export interface Found {
  readonly fromClient: boolean
  /** In that side's stream, from 0. */
  readonly offset: number
  /** The line of the track that was searched. */
  readonly line: number
}

export interface SearchOptions {
  readonly heard: Heard
  readonly view: LineView
  readonly limit: number
  /** Work of one turn of the event loop, and of all. */
  readonly sliceMs: number
  readonly patienceMs: number
  readonly signal?: AbortSignal | undefined
}

/** In the order of the lines; `more` where the limit or the time ended it. */
export async function search(
  index: StreamIndex,
  wanted: Uint8Array,
  options: SearchOptions,
): Promise<{ found: Found[]; more: boolean }> {
  const { heard, view, limit, sliceMs, patienceMs, signal } = options
  const found: Found[] = []
  if (wanted.length === 0) return { found, more: false }
  const pieces = index.pieces(heard)
  const { length } = pieces
  const began = performance.now()
  let until = began + sliceMs
  const tails = { client: new Tail(wanted.length), server: new Tail(wanted.length) }
  for (let at = 0; at < length; at++) {
    const piece = pieces[at]
    if (piece === undefined) break
    const tail = piece.fromClient ? tails.client : tails.server
    const bytes = index.read(piece)
    if (bytes === undefined) tail.forget()
    else {
      for (const place of tail.find(bytes, wanted, at, piece)) {
        const line = index.lineOf(heard, view, place.at, place.offset)
        found.push({ fromClient: piece.fromClient, offset: place.start, line })
        if (found.length === limit) return { found: inOrder(found), more: true }
      }
    }
    const now = performance.now()
    if (now < until) continue
    if (now - began > patienceMs || signal?.aborted) return { found: inOrder(found), more: true }
    await nextTurn()
    until = performance.now() + sliceMs
  }
  return { found: inOrder(found), more: false }
}

const inOrder = (found: Found[]) => found.sort((a, b) => a.line - b.line || a.offset - b.offset)

interface Place {
  readonly at: number
  readonly offset: number
  readonly start: number
}

/** The last bytes of one side, in which a match may begin that the next piece ends. */
class Tail {
  readonly #most: number
  #bytes = Buffer.alloc(0)
  /** The pieces that they are from: how many bytes of each, the last ones of it. */
  #from: { at: number; piece: SaidPiece; length: number }[] = []

  constructor(wanted: number) {
    this.#most = wanted - 1
  }

  forget(): void {
    this.#bytes = Buffer.alloc(0)
    this.#from = []
  }

  *find(bytes: Uint8Array, wanted: Uint8Array, at: number, piece: SaidPiece): Generator<Place> {
    const before = this.#bytes.length
    const all = Buffer.concat([this.#bytes, bytes])
    for (let from = all.indexOf(wanted); from >= 0; from = all.indexOf(wanted, from + 1)) {
      if (from >= before) {
        yield { at, offset: from - before, start: piece.start + from - before }
        continue
      }
      let passed = 0
      for (const earlier of this.#from) {
        if (from < passed + earlier.length) {
          const offset = earlier.piece.length - earlier.length + from - passed
          yield { at: earlier.at, offset, start: earlier.piece.start + offset }
          break
        }
        passed += earlier.length
      }
    }
    this.#keep(all, at, piece, bytes.length)
  }

  #keep(all: Buffer, at: number, piece: SaidPiece, length: number): void {
    this.#bytes = Buffer.from(all.subarray(Math.max(0, all.length - this.#most)))
    this.#from.push({ at, piece, length })
    let kept = this.#from.reduce((sum, each) => sum + each.length, 0)
    for (let first = this.#from[0]; first !== undefined && kept > this.#bytes.length; first = this.#from[0]) {
      const over = Math.min(first.length, kept - this.#bytes.length)
      first.length -= over
      kept -= over
      if (first.length > 0) break
      this.#from.shift()
    }
  }
}
