/** One dashboard on the live feed: its window on the packets, and what it was last sent. */
import type { Socket } from 'socket.io'
import type { CompiledFilter } from '../trace/filter.ts'
import type { Trace } from '../trace/trace.ts'
import type { End } from '../trace/vantage.ts'
import type {
  ClientToServer,
  FlowNode,
  Row,
  RowsMessage,
  ServerToClient,
  SessionNode,
  Status,
} from './api.ts'
import type { LabDetail } from './api-labs.ts'
import type { NetworkNode } from './api-network.ts'
import type { EventCursor, EventLedger } from './live-events.ts'
import type { Shared } from './shared.ts'

/** A window in which every row is new can't be read anyway: five times a second is as good as twenty. */
const FLOOD_MS = 200
/** Only the totals differ: the scroll bar need not move more often. */
const COUNTS_MS = 250
/** Making rows may take this part of the thread's time, over all clients. */
const ROWS_PART = 1 / 4

export interface Window {
  readonly filter: CompiledFilter | undefined
  /** `undefined` once the capture was closed. */
  trace(): Trace | undefined
  readonly run: string
  /** Whose numbers they are. */
  readonly at: End
  /** Called when it is looked through no more. */
  readonly release?: () => void
  readonly limit: number
  readonly after?: number
  readonly index?: number
  readonly follow?: boolean
}

/** What differs from one end of the cables to the other. */
export type Ends<T> = Readonly<Record<End, Shared<T>>>

export interface SharedValues {
  status: Shared<Status>
  network: Shared<NetworkNode>
  flows: Ends<FlowNode[]>
  sessions: Ends<SessionNode[]>
  events: EventLedger
}

type SharedName = 'status' | 'network' | 'flows' | 'sessions'

/** One look at all clients. */
export interface Turn {
  readonly now: number
  /** For matching a filter, of this client. */
  readonly budgetMs: number
  readonly clients: number
}

interface Sent {
  readonly numbers: readonly number[]
  readonly counts: string
  readonly at: number
  /** Milliseconds before other rows may follow. */
  readonly pause: number
}

export class LiveClient {
  readonly #socket: Socket<ClientToServer, ServerToClient>
  /** The latest of each lab that was not sent yet. */
  readonly labs = new Map<string, LabDetail>()
  #window: Window | undefined
  #sent: Sent | undefined
  #versions: Record<SharedName, number> = { status: 0, network: 0, flows: 0, sessions: 0 }
  #cursor: EventCursor | undefined

  constructor(socket: Socket<ClientToServer, ServerToClient>) {
    this.#socket = socket
  }

  /** Replaces what is watched; the rows go with the next tick. */
  watch(window: Window): void {
    const before = this.#window
    if (this.at !== window.at) this.#versions = { ...this.#versions, flows: 0, sessions: 0 }
    this.#window = window
    this.#sent = undefined
    before?.release?.()
  }

  /** At which end of the cables it looks. */
  get at(): End {
    return this.#window?.at ?? 'client'
  }

  /** It is gone. */
  leave(): void {
    this.#window?.release?.()
    this.#window = undefined
  }

  /** Sends what changed, if the last push has left; true when there is more to send later. */
  push(shared: SharedValues, turn: Turn): boolean {
    // Engine.IO's transport is writable once all it was given is with the operating system.
    if (!this.#socket.conn.transport.writable) return true
    const more = this.#pushRows(turn)
    this.#pushShared(shared)
    for (const lab of this.labs.values()) this.#socket.emit('lab', lab)
    this.labs.clear()
    return more
  }

  #pushShared(shared: SharedValues): void {
    const { status, network } = shared
    const flows = shared.flows[this.at]
    const sessions = shared.sessions[this.at]
    if (this.#isNew('status', status)) this.#socket.emit('status', status.value)
    if (this.#isNew('network', network)) this.#socket.emit('network', network.value)
    if (this.#isNew('flows', flows)) this.#socket.emit('flows', flows.value)
    if (this.#isNew('sessions', sessions)) this.#socket.emit('sessions', sessions.value)
    this.#cursor ??= shared.events.start()
    const events = shared.events.read(this.#cursor)
    if (events.length > 0) this.#socket.emit('events', events)
  }

  #isNew<T>(name: SharedName, shared: Shared<T>): shared is Shared<T> & { value: T } {
    if (shared.value === undefined || this.#versions[name] === shared.version) return false
    this.#versions[name] = shared.version
    return true
  }

  #pushRows({ now, budgetMs, clients }: Turn): boolean {
    const window = this.#window
    const trace = window?.trace()
    if (window === undefined || trace === undefined) return false
    const view = trace.view(window.filter)
    if (!view.complete) view.advance(budgetMs)
    const page = view.page(pageOf(window))
    const arrived = arrivalsOf(trace, page.numbers)
    const changes = `${arrived} ${trace.revisions}`
    const counts = `${view.total} ${trace.first} ${trace.last} ${page.index} ${view.complete} ${changes}`
    const sent = this.#sent
    const same = sent !== undefined && sameNumbers(sent.numbers, page.numbers)
    if (same && sent.counts === counts) return !view.complete
    if (sent !== undefined && now - sent.at < (same ? COUNTS_MS : sent.pause)) return true
    const begun = performance.now()
    const message: RowsMessage = {
      run: window.run,
      total: view.total,
      first: trace.first,
      last: trace.last,
      index: page.index,
      complete: view.complete,
      rows: page.numbers.flatMap((number): Row | Row[] => trace.row(number) ?? []),
    }
    const flooded = !same && sent !== undefined && (page.numbers[0] ?? 0) > (sent.numbers.at(-1) ?? Infinity)
    const pause = Math.max(flooded ? FLOOD_MS : 0, ((performance.now() - begun) * clients) / ROWS_PART)
    this.#sent = { numbers: page.numbers, counts, at: now, pause }
    this.#socket.emit('rows', message)
    return !view.complete
  }
}

function pageOf(window: Window): { before?: number; after?: number; index?: number; limit: number } {
  const { limit, after, index = 0 } = window
  if (window.follow) return { before: Number.MAX_SAFE_INTEGER, limit }
  return after === undefined ? { index, limit } : { after, limit }
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((number, at) => number === b[at])
}

/** Frames on a cable arrive after their rows were sent. */
function arrivalsOf(trace: Trace, numbers: readonly number[]): number {
  let arrivals = 0
  for (const number of numbers) arrivals += trace.transit(number)?.arrivals.length ?? 0
  return arrivals
}
