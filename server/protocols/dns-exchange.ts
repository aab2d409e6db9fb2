/** Which answer belongs to which question: by the id, within one conversation. Changed only on the first pass. */
import type { Packet } from './packet.ts'

/** A question, and its answer once that was seen. */
export interface Transaction {
  readonly request: number
  readonly requestTime: bigint
  response: number | null
}

/** More questions than a client with one port keeps open. */
const MAX_TRANSACTIONS = 4096
/** After this the same id is another question (Wireshark's default): five seconds. */
const RETRANSMISSION_NS = 5_000_000_000n

/** Takes a message into account; `undefined` for an answer whose question was not seen. */
export function recordMessage(
  packet: Pick<Packet, 'flow' | 'number' | 'time'>,
  id: number,
  response: boolean,
): Transaction | undefined {
  const { flow, number, time } = packet
  if (flow === undefined) return undefined
  let known = flow.state.get('dns') as Map<number, Transaction> | undefined
  if (known === undefined) {
    known = new Map()
    flow.state.set('dns', known)
  }
  const latest = known.get(id)
  if (response) {
    if (latest !== undefined) latest.response ??= number
    return latest
  }
  if (latest !== undefined && latest.response === null && time - latest.requestTime < RETRANSMISSION_NS) {
    return latest
  }
  if (known.size >= MAX_TRANSACTIONS) {
    const [oldest] = known.keys()
    if (oldest !== undefined) known.delete(oldest)
  }
  const transaction: Transaction = { request: number, requestTime: time, response: null }
  known.delete(id)
  known.set(id, transaction)
  return transaction
}
