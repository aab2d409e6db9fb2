/**
 * Conversations as they stood just behind a packet. What changes seldom each keeps with the packet that changed it;
 * what was counted since is taken from the counts of now. That needs no packet that is no longer held, and none is
 * dissected.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FlowNode } from '../dashboard/api.ts'
import type { FlowMoment, FlowRecord } from './flow-record.ts'
import type { FlowTable } from './flows.ts'
import { FROM_CLIENT, type FrameStore, UNCOUNTED } from './store.ts'
import { formatTime } from './time.ts'

/** Work of one turn of the event loop. */
const SLICE_MS = 6
/** The clock is looked at once in so many packets. */
const BETWEEN_LOOKS = 4096

/** One that had begun by then, and what was counted of it since. */
interface Begun {
  readonly record: FlowRecord
  readonly moment: FlowMoment
  packets: number
  packetsFromClient: number
  bytes: number
  bytesFromClient: number
  /** Its last packet until then; 0 while it was not found. */
  last: number
}
const NOTHING = { packets: 0, packetsFromClient: 0, bytes: 0, bytesFromClient: 0 }

/** The `limit` that were active last, the latest first, without their sessions. */
export async function flowsAsOf(
  store: FrameStore,
  flows: FlowTable,
  number: number,
  limit: number,
): Promise<FlowNode[]> {
  const begun = new Map<number, Begun>()
  for (const record of flows.records()) {
    const moment = record.first > number ? undefined : record.at(number)
    if (moment === undefined) continue
    const last = record.last > number ? 0 : record.last
    begun.set(record.order, { record, moment, last, ...NOTHING })
  }
  await findLast(store, begun, number)
  await countSince(store, begun, number)
  const latest = [...begun.values()].sort((a, b) => b.last - a.last).slice(0, limit)
  return latest.map((one) => ({ ...flows.nodeOf(one.record, one.moment.protocols), ...asOf(one, store) }))
}

/** Backwards from the packet: a conversation that goes on has its last one near. */
async function findLast(store: FrameStore, begun: ReadonlyMap<number, Begun>, number: number) {
  let missing = 0
  for (const { last } of begun.values()) if (last === 0) missing++
  await inSlices(function* () {
    for (let at = number; at >= store.first && at > 0 && missing > 0; at--) {
      const one = store.part(at) === UNCOUNTED ? undefined : begun.get(store.flow(at))
      if (one?.last === 0) {
        one.last = at
        missing--
      }
      yield
    }
  })
}

/** Forwards to the newest, whatever comes meanwhile: at the end the counts of now are still those of that packet. */
async function countSince(store: FrameStore, begun: ReadonlyMap<number, Begun>, number: number) {
  await inSlices(function* () {
    for (let at = number + 1; at <= store.last; at++) {
      const part = store.part(at)
      const one = part === UNCOUNTED ? undefined : begun.get(store.flow(at))
      if (one !== undefined) {
        const length = store.length(at)
        one.packets++
        one.bytes += length
        if (part === FROM_CLIENT) {
          one.packetsFromClient++
          one.bytesFromClient += length
        }
      }
      yield
    }
  })
}

/** Where its last packet until then is no longer held, its first is all that is known. */
function asOf({ record, moment, last, ...since }: Begun, store: FrameStore): Partial<FlowNode> {
  const time = last === 0 ? undefined : store.time(last)
  return {
    state: moment.state,
    rtt: moment.rtt,
    packets: record.packets - since.packets,
    packetsFromClient: record.packetsFromClient - since.packetsFromClient,
    bytes: record.bytes - since.bytes,
    bytesFromClient: record.bytesFromClient - since.bytesFromClient,
    last: last === 0 ? record.first : last,
    lastTime: formatTime(time ?? record.firstTime),
  }
}

async function inSlices(work: () => Generator<void>): Promise<void> {
  const steps = work()
  let until = performance.now() + SLICE_MS
  for (let looked = 1; !steps.next().done; looked++) {
    if (looked % BETWEEN_LOOKS !== 0 || performance.now() < until) continue
    await nextTurn()
    until = performance.now() + SLICE_MS
  }
}
