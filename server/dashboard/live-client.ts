/** One dashboard on the live feed: its window on the packets, and what it was last sent. */
import type { Socket } from 'socket.io'
import type { CompiledFilter } from '../trace/filter.ts'
import type { Trace } from '../trace/trace.ts'
import type { End } from '../trace/vantage.ts'
import type { FlowNode, Row, SessionNode, Status } from './api.ts'
import type { LabDetail } from './api-labs.ts'
import type { ClientToServer, LiveAuth, RowsMessage, ServerToClient } from './api-live.ts'
import type { NetworkNode } from './api-network.ts'
import type { EventCursor, EventLedger } from './live-events.ts'
import { Shares } from './live-shares.ts'
import type { Shared, SharedList } from './shared.ts'

/** A window in which every row is new can't be read anyway: five times a second is as good as twenty. */
const FLOOD_MS = 200
/** Only the totals differ: the scroll bar need not move more often. */
const COUNTS_MS = 250
/** Making rows may take this part of the thread's time, over all clients. */
const ROWS_PART = 1 / 4
/** Of a flood of events a client that asks for changes is sent so many at once. */
const EVENTS_OF_A_FLOOD = 40

export interface Window {
  readonly filter: CompiledFilter | undefined
  /** `undefined` once the capture was closed. */
  trace(): Trace | undefined
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
export type Ends<T> = Readonly<Record<End, T>>

export interface SharedValues {
  status: Shared<Status>
  network: Shared<NetworkNode>
  flows: Ends<SharedList<FlowNode>>
  sessions: Ends<SharedList<SessionNode>>
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
  readonly run: string
  readonly numbers: readonly number[]
  /** How many of each had come out of their cable. */
  readonly arrivals: readonly number[]
  readonly revisions: number
  readonly counts: string
  readonly at: number
  /** Milliseconds before other rows may follow. */
  readonly pause: number
}

type Messages = { [K in keyof ServerToClient]: Parameters<ServerToClient[K]>[0] }

export interface LiveClientOptions {
  /** What it said of itself when it came. */
  readonly auth?: Pick<LiveAuth, 'changes'>
  /** Where it stands among the events; undefined for who comes for the first time. */
  readonly cursor?: EventCursor | undefined
  /** Called when it has taken what was pushed, and more may follow. */
  readonly onTaken?: () => void
}

export class LiveClient {
  readonly #socket: Socket<ClientToServer, ServerToClient>
  readonly #options: LiveClientOptions
  /** The latest of each lab that was not sent yet. */
  readonly labs = new Map<string, LabDetail>()
  readonly #shares = new Shares()
  #window: Window | undefined
  #sent: Sent | undefined
  #versions: Record<SharedName, number> = { status: 0, network: 0, flows: 0, sessions: 0 }
  #cursor: EventCursor | undefined
  /** It has not said yet that the last push has come to it. */
  #taking = false
  #pushes = 0
  /** It has just come, and is about to say what it watches: its rows go with the first push. */
  #awaited: boolean

  constructor(socket: Socket<ClientToServer, ServerToClient>, options: LiveClientOptions = {}) {
    this.#socket = socket
    this.#options = options
    this.#cursor = options.cursor
    this.#awaited = this.#changesOnly
  }

  /** Replaces what is watched; the rows go with the next tick. */
  watch(window: Window): void {
    const before = this.#window
    if (this.at !== window.at) this.#versions = { ...this.#versions, flows: 0, sessions: 0 }
    this.#window = window
    this.#awaited = false
    this.#sent = undefined
    before?.release?.()
  }

  /** At which end of the cables it looks. */
  get at(): End {
    return this.#window?.at ?? 'client'
  }

  /** Nothing was sent to it yet. */
  get begins(): boolean {
    return this.#pushes === 0
  }

  /** It takes its time to say what it watches: what all share need not wait for that. */
  begin(): void {
    this.#awaited = false
  }

  /** It is gone. */
  leave(): void {
    this.#window?.release?.()
    this.#window = undefined
  }

  /** Sends what changed, if the last push has left; true when there is more to send later. */
  push(shared: SharedValues, turn: Turn): boolean {
    // Who has not taken the last push says so when it has.
    if (this.#taking) return false
    // Engine.IO's transport is writable once all it was given is with the operating system.
    if (!this.#socket.conn.transport.writable) return true
    if (this.#awaited) return false
    const before = this.#pushes
    const more = this.#pushRows(turn)
    const later = this.#changesOnly
      ? this.#pushChanges(shared, turn.now, before === 0)
      : this.#pushShared(shared)
    for (const lab of this.labs.values()) this.#send('lab', lab)
    this.labs.clear()
    if (this.#changesOnly && this.#pushes > before) this.#awaitTaken()
    return more || later
  }

  get #changesOnly(): boolean {
    return this.#options.auth?.changes === true
  }

  #send<K extends keyof Messages>(name: K, message: Messages[K]): void {
    this.#pushes++
    this.#socket.emit(name, ...([message] as unknown as Parameters<ServerToClient[K]>))
  }

  #awaitTaken(): void {
    this.#taking = true
    this.#socket.emit('pushed', () => {
      this.#taking = false
      this.#options.onTaken?.()
    })
  }

  #pushShared(shared: SharedValues): boolean {
    const { status, network } = shared
    const flows = shared.flows[this.at]
    const sessions = shared.sessions[this.at]
    if (this.#isNew('status', status)) this.#send('status', status.value)
    if (this.#isNew('network', network)) this.#send('network', network.value)
    if (this.#isNew('flows', flows)) this.#send('flows', flows.value)
    if (this.#isNew('sessions', sessions)) this.#send('sessions', sessions.value)
    this.#cursor ??= shared.events.start()
    const { fresh, met } = shared.events.read(this.#cursor)
    if (fresh.length + met.length > 0) this.#send('events', [...met, ...fresh])
    return false
  }

  /**
   * The same for who asked for changes only, each kind within its share. The lists come once the first push was taken: a
   * page draws its first packets sooner without them.
   */
  #pushChanges(shared: SharedValues, now: number, first: boolean): boolean {
    let later = false
    const { status, network } = shared
    if (this.#isNew('network', network)) this.#send('network', network.value)
    const seen = this.#versions.status
    if (seen !== status.version && !this.#shares.isDue('status', now)) later = true
    else if (this.#isNew('status', status)) {
      const change = status.since(seen)
      if (seen === 0) this.#send('status', status.value)
      else this.#send('statusChange', change)
      this.#shares.pay('status', change, now)
    }
    if (first && this.#pushes > 0) return true
    if (this.#pushList('flows', shared.flows[this.at], now)) later = true
    if (this.#pushList('sessions', shared.sessions[this.at], now)) later = true
    if (this.#pushEvents(shared.events, now)) later = true
    return later
  }

  /** True when there is something that must wait for its share. */
  #pushList(
    name: 'flows' | 'sessions',
    list: SharedList<FlowNode> | SharedList<SessionNode>,
    now: number,
  ): boolean {
    const seen = this.#versions[name]
    if (list.value === undefined || seen === list.version) return false
    if (seen !== 0 && !this.#shares.isDue(name, now)) return true
    this.#versions[name] = list.version
    const change = list.since(seen)
    if (change === undefined) this.#send(name, list.value as FlowNode[] & SessionNode[])
    else this.#send(`${name}Change`, change as Messages['flowsChange'] & Messages['sessionsChange'])
    // What it begins with is free: the next change need not wait for it.
    if (seen !== 0) this.#shares.pay(name, change ?? list.value, now)
    return false
  }

  #pushEvents(ledger: EventLedger, now: number): boolean {
    this.#cursor ??= ledger.start()
    const cursor = this.#cursor
    if (!this.#shares.isDue('events', now)) return true
    const first = cursor.id === 0
    const { fresh, met } = ledger.read(cursor, first ? undefined : EVENTS_OF_A_FLOOD)
    const events = fresh.length > 0 ? fresh : ledger.passedOver(cursor, EVENTS_OF_A_FLOOD)
    if (events.length > 0) this.#send('events', events)
    const pairs = met.flatMap(({ id, packet, packetTime }) =>
      packet === null ? [] : [{ id, packet, ...(packetTime !== undefined && { packetTime }) }],
    )
    if (pairs.length > 0) this.#send('eventPackets', pairs)
    if (events.length + pairs.length === 0) return false
    if (!first) this.#shares.pay('events', [events, pairs], now)
    return true
  }

  #isNew<T extends object>(name: SharedName, shared: Shared<T>): shared is Shared<T> & { value: T }
  #isNew<T extends object>(name: SharedName, shared: SharedList<T>): shared is SharedList<T> & { value: T[] }
  #isNew(name: SharedName, shared: { version: number; value: unknown }): boolean {
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
    const arrivals = page.numbers.map((number) => trace.transit(number)?.arrivals.length ?? 0)
    const { run, revisions } = trace
    const arrived = arrivals.reduce((sum, count) => sum + count, 0)
    const changes = `${arrived} ${revisions} ${run}`
    const counts = `${view.total} ${trace.first} ${trace.last} ${page.index} ${view.complete} ${changes}`
    const sent = this.#sent
    const same = sent !== undefined && sameNumbers(sent.numbers, page.numbers)
    if (same && sent.counts === counts) return !view.complete
    if (sent !== undefined && now - sent.at < (same ? COUNTS_MS : sent.pause)) return true
    if (sent !== undefined && this.#changesOnly && !this.#shares.isDue('rows', now)) return true
    const begun = performance.now()
    const next = { run, numbers: page.numbers, arrivals, revisions }
    const kept = this.#changesOnly ? keptOf(sent, next) : undefined
    const wanted = kept === undefined ? page.numbers : page.numbers.filter((_, at) => !kept.as.has(at))
    const message: RowsMessage = {
      run,
      total: view.total,
      first: trace.first,
      last: trace.last,
      index: page.index,
      complete: view.complete,
      rows: wanted.flatMap((number): Row | Row[] => trace.row(number) ?? []),
    }
    const flooded = !same && sent !== undefined && (page.numbers[0] ?? 0) > (sent.numbers.at(-1) ?? Infinity)
    const pause = Math.max(flooded ? FLOOD_MS : 0, ((performance.now() - begun) * clients) / ROWS_PART)
    this.#sent = { ...next, counts, at: now, pause }
    if (kept === undefined) this.#send('rows', message)
    else this.#send('rowsChange', { ...message, drop: kept.drop })
    if (this.#changesOnly) this.#shares.pay('rows', message, now)
    return !view.complete
  }
}

/**
 * Which of the rows that were sent stay as they are, and how many before them are gone; undefined where the window is
 * another.
 */
function keptOf(
  sent: Sent | undefined,
  next: Pick<Sent, 'run' | 'numbers' | 'arrivals' | 'revisions'>,
): { drop: number; as: ReadonlySet<number> } | undefined {
  if (sent === undefined || sent.run !== next.run || sent.revisions !== next.revisions) return undefined
  const [first] = next.numbers
  const drop = first === undefined ? -1 : sent.numbers.indexOf(first)
  if (drop < 0) return undefined
  const as = new Set<number>()
  for (let at = 0; drop + at < sent.numbers.length; at++) {
    if (sent.numbers[drop + at] !== next.numbers[at]) return undefined
    if (sent.arrivals[drop + at] === next.arrivals[at]) as.add(at)
  }
  return { drop, as }
}

function pageOf(window: Window): { before?: number; after?: number; index?: number; limit: number } {
  const { limit, after, index = 0 } = window
  if (window.follow) return { before: Number.MAX_SAFE_INTEGER, limit }
  return after === undefined ? { index, limit } : { after, limit }
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((number, at) => number === b[at])
}
