/** What has come beyond a gap, by position, and how that is told: SACK (RFC 2018 §4) with D-SACK (RFC 2883). */

interface Piece {
  readonly start: number
  readonly end: number
  /** A part of the frame it came in: kept, not copied. */
  readonly bytes: Uint8Array
}

export interface Block {
  readonly left: number
  readonly right: number
}

/** A piece keeps its whole frame alive, so a peer that sends single bytes must not be able to leave any number of them. */
const MOST_PIECES = 4096

export class ReceiveQueue {
  /** Sorted, without overlaps. */
  readonly #pieces: Piece[] = []
  /** Runs of pieces without a gap, the one that changed last in front (RFC 2018 §4: it is to be reported first). */
  #blocks: Block[] = []
  /** What came twice and is to be reported with the next acknowledgment, once (RFC 2883 §4). */
  duplicate: Block | undefined

  get empty(): boolean {
    return this.#pieces.length === 0
  }

  get blocks(): readonly Block[] {
    return this.#blocks
  }

  /** Keeps what is new of `bytes`, which begin at position `start`. */
  insert(start: number, bytes: Uint8Array): void {
    const end = start + bytes.length
    let at = this.#find(start)
    let from = start
    while (from < end) {
      const next = this.#pieces[at]
      if (next !== undefined && next.start <= from) {
        const right = Math.min(end, next.end)
        this.duplicate = { left: from, right }
        this.#join(from, right)
        from = right
        if (right === next.end) at++
        continue
      }
      if (this.#pieces.length >= MOST_PIECES) return
      const to = Math.min(end, next?.start ?? end)
      this.#pieces.splice(at++, 0, { start: from, end: to, bytes: bytes.subarray(from - start, to - start) })
      this.#join(from, to)
      from = to
    }
  }

  /** The bytes at `next`, if they are here; they leave the queue. */
  take(next: number): Uint8Array | undefined {
    const piece = this.#pieces[0]
    if (piece === undefined || piece.start > next) return undefined
    this.#pieces.shift()
    if (this.#pieces[0]?.start !== piece.end)
      this.#blocks = this.#blocks.filter(({ right }) => right > piece.end)
    return piece.bytes.subarray(next - piece.start)
  }

  /** The user has gone: nothing is wanted any more. */
  clear(): void {
    this.#pieces.length = 0
    this.#blocks = []
    this.duplicate = undefined
  }

  #join(left: number, right: number): void {
    let first = left
    let last = right
    const others = this.#blocks.filter((block) => {
      if (block.left > last || block.right < first) return true
      first = Math.min(first, block.left)
      last = Math.max(last, block.right)
      return false
    })
    others.unshift({ left: first, right: last })
    this.#blocks = others
  }

  /** The first piece that ends behind `position`. */
  #find(position: number): number {
    let low = 0
    let high = this.#pieces.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#pieces[middle]?.end ?? 0) <= position) low = middle + 1
      else high = middle
    }
    return low
  }
}
