/** The count over all packets and captures: by field, and the first differences. */
import type { FieldResult } from './compare.ts'
import { type Explained, explanationOf } from './explained.ts'
import { uncovered } from './fields.ts'
import type { ReadPacket } from './read-packet.ts'

export interface Count {
  compared: number
  equal: number
  /** Values that differ for a reason in the list. */
  explained: number
}

export interface Difference extends FieldResult {
  readonly capture: string
}

/**
 * Fields by which tshark puts together what rides in TCP, and what it shows where nothing reads it: in a stream of a
 * protocol that we don't cover they hang on that protocol. Only the whole stream tells, so the verdict waits for its end.
 */
const REASSEMBLY = /^(data\..*|tcp\.(segments?|segment[._].*|reassembled.*|pdu\.(size|time|last_frame)))$/

export class Tally {
  readonly fields = new Map<string, Count>()
  readonly differences: Difference[] = []
  readonly explanations = new Map<Explained, number>()
  packets = 0
  /** Captures of which the two readers have a different number of packets. */
  readonly miscounted: string[] = []
  /** Captures that tshark does not read, in its words. */
  readonly refused: string[] = []
  readonly #kept: number
  readonly #ports: ReadonlyMap<number, string>
  readonly #list: readonly Explained[] | undefined
  #uncoveredStreams = new Set<string>()
  #waiting: { stream: string; result: FieldResult }[] = []

  /** Keeps the first `kept` differences. `ports` are those for which tshark has a protocol. */
  constructor(kept: number, ports: ReadonlyMap<number, string> = new Map(), list?: readonly Explained[]) {
    this.#kept = kept
    this.#ports = ports
    this.#list = list
  }

  packet(capture: string, theirs: ReadPacket, results: readonly FieldResult[]): void {
    this.packets++
    const stream = theirs.values.get('tcp.stream')?.[0]
    if (stream !== undefined && this.#isUncovered(theirs)) this.#uncoveredStreams.add(stream)
    for (const result of results) {
      if (stream !== undefined && result.equal < result.compared && REASSEMBLY.test(result.field)) {
        this.#waiting.push({ stream, result })
      } else this.#count(capture, result)
    }
  }

  /** Says that a capture is over. */
  ended(capture: string): void {
    for (const { stream, result } of this.#waiting) {
      if (!this.#uncoveredStreams.has(stream)) this.#count(capture, result)
    }
    this.#waiting = []
    this.#uncoveredStreams = new Set()
  }

  /** Whether tshark reads it as, or waits for, a protocol that we don't cover. */
  #isUncovered({ protocols, values }: ReadPacket): boolean {
    if (uncovered(protocols).some) return true
    const ports = [values.get('tcp.srcport')?.[0], values.get('tcp.dstport')?.[0]]
    return ports.some((port) => {
      const expected = this.#ports.get(Number(port))
      return expected !== undefined && uncovered(expected).some
    })
  }

  get total(): Count {
    const total: Count = { compared: 0, equal: 0, explained: 0 }
    for (const count of this.fields.values()) add(total, count)
    return total
  }

  #count(capture: string, result: FieldResult): void {
    const { field, compared, equal } = result
    const different = compared - equal
    const reason = different === 0 ? undefined : explanationOf(capture, result, this.#list)
    const count = this.fields.get(field) ?? { compared: 0, equal: 0, explained: 0 }
    this.fields.set(field, count)
    add(count, { compared, equal, explained: reason === undefined ? 0 : different })
    if (reason !== undefined) this.explanations.set(reason, (this.explanations.get(reason) ?? 0) + different)
    else if (different > 0 && this.differences.length < this.#kept)
      this.differences.push({ ...result, capture })
  }
}

export function add(to: Count, { compared, equal, explained }: Count): void {
  to.compared += compared
  to.equal += equal
  to.explained += explained
}

/** The share that agrees of what has no explanation, from 0 to 1; 1 of nothing. */
export function agreement({ compared, equal, explained }: Count): number {
  const judged = compared - explained
  return judged === 0 ? 1 : equal / judged
}
