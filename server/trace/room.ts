/** What may be held beside the frames of a trace, by how many bytes of those may be: none of it may outgrow them by much. */
import { WaitingBudget } from './byte-stream.ts'
import { HeldBudget } from './pending-message.ts'
import { FlightBudget } from './unacknowledged.ts'

/** However much room there is. */
const MOST_FLOWS = 20_000
const MOST_UNFINISHED_BYTES = 64 * 1024 * 1024
const MOST_WAITING = 65_536
const MOST_SHARED = 5000
const MOST_EVENTS = 10_000
const FEWEST = 64
/** About what each costs: a connection that has said a little, a session, an event, bytes behind a gap, a segment without ACK. */
const BYTES_PER_FLOW = 3200
const BYTES_PER_SHARED = 8192
const BYTES_PER_EVENT = 2048
const BYTES_PER_WAITING = 256
const BYTES_PER_FLIGHT = 64

export interface Room {
  /** Conversations. */
  readonly flows: number
  /** Sessions and the like that outlive a conversation, of each kind. */
  readonly shared: number
  /** What services did. */
  readonly events: number
  /** Messages whose end has not come. */
  readonly budget: HeldBudget
  readonly waiting: WaitingBudget
  readonly flights: FlightBudget
}

export function roomBeside(limitBytes: number): Room {
  const some = (each: number) => Math.floor(limitBytes / each)
  return {
    flows: Math.max(FEWEST, Math.min(MOST_FLOWS, some(BYTES_PER_FLOW))),
    shared: Math.max(FEWEST, Math.min(MOST_SHARED, some(BYTES_PER_SHARED))),
    events: Math.max(FEWEST, Math.min(MOST_EVENTS, some(BYTES_PER_EVENT))),
    budget: new HeldBudget(Math.min(MOST_UNFINISHED_BYTES, limitBytes)),
    waiting: new WaitingBudget(Math.min(MOST_WAITING, some(BYTES_PER_WAITING))),
    flights: new FlightBudget(some(BYTES_PER_FLIGHT)),
  }
}
