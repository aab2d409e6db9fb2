/**
 * One packet's way over several cables. Behind routers each cable's frame is a row of its own; of these the capture at
 * one end holds one. Its way is all of theirs: it leaves with the first and arrives with the last.
 */
import type { Row } from '../../server/dashboard/api.ts'
import type { TransitNode } from '../../server/dashboard/api-network.ts'
import { between } from './format.ts'

type Sent = Row & { readonly transit: TransitNode }

/** Frames of one packet, in the order of their cables. */
interface Chain {
  readonly hops: Sent[]
  /** When the last of them came out of its cable; undefined where it never does, or is on its way. */
  arrived: string | undefined
}

/** A router takes no longer to pass a frame on, even if it must first ask for the next one's address. */
const PASSED_ON_S = 0.1

/**
 * Rows, oldest first, without the copies on other cables: what crossed several is one row with the whole way in its
 * `transit` and all that befell it in its `fate`. What was lost on a cable of which this end saw nothing stays.
 */
export function joinHops(rows: readonly Row[]): Row[] {
  if (rows.every(({ transit }) => transit === null || transit.seen)) return [...rows]
  const chains: Chain[] = []
  const waiting = new Map<string, Chain[]>()
  const out: Row[] = []
  for (const row of rows) {
    if (!isSent(row) || row.flow === null) {
      if (row.transit === null || row.transit.seen || row.transit.delay === null) out.push(row)
      continue
    }
    const kind = `${row.flow} ${row.transit.direction} ${row.length}`
    const queue = waiting.get(kind) ?? []
    waiting.set(kind, queue)
    const { sentAt, cable, arrivals } = row.transit
    // A router passes frames on in the order in which it got them; what waits for longer has arrived for good.
    while (queue[0]?.arrived !== undefined && between(queue[0].arrived, sentAt) > PASSED_ON_S) queue.shift()
    const at = queue.findIndex(
      ({ arrived, hops }) =>
        arrived !== undefined && arrived <= sentAt && hops.every((hop) => hop.transit.cable !== cable),
    )
    const [before] = at < 0 ? [] : queue.splice(at, 1)
    const chain: Chain = before ?? { hops: [], arrived: undefined }
    if (before === undefined) chains.push(chain)
    chain.hops.push(row)
    chain.arrived = arrivals[0]
    const place = queue.findIndex(({ arrived }) => arrived !== undefined && arrived > (chain.arrived ?? ''))
    if (chain.arrived !== undefined) queue.splice(place < 0 ? queue.length : place, 0, chain)
  }
  for (const { hops } of chains) {
    const shown =
      hops.find(({ transit }) => transit.seen) ?? hops.find(({ transit }) => transit.delay === null)
    if (shown !== undefined) out.push(hops.length === 1 ? shown : whole(shown, hops))
  }
  return out.sort((a, b) => a.number - b.number)
}

function isSent(row: Row): row is Sent {
  return row.transit !== null
}

function whole(shown: Sent, hops: readonly Sent[]): Row {
  const [first, last] = [hops[0], hops.at(-1)]
  if (first === undefined || last === undefined) return shown
  const { sentAt } = first.transit
  const { arrivals, delay } = last.transit
  const arrived = arrivals.at(-1)
  const fates = hops.flatMap(({ fate }) => (fate === null || fate === 'delivered' ? [] : fate.split(', ')))
  return {
    ...shown,
    fate: fates.length === 0 ? 'delivered' : [...new Set(fates)].join(', '),
    transit: {
      ...shown.transit,
      sentAt,
      arrivals,
      delay:
        delay === null
          ? null
          : arrived === undefined
            ? between(sentAt, last.transit.sentAt) + delay
            : between(sentAt, arrived),
    },
  }
}
