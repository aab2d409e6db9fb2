/** One seeded link, two programs that talk over it, and everything that can be held against them afterwards. */
import { SimulatedClock } from '../../server/network/clock.ts'
import type { Host } from '../../server/network/host.ts'
import { LabNetwork } from '../../server/network/lab-network.ts'
import { type Random, seeded } from '../../server/network/random.ts'
import type { TcpOptions } from '../../server/network/tcp/options.ts'
import { between, chance, type Plan, pattern, pick, Talk } from './talk.ts'
import { Witness } from './witness.ts'

/** Callbacks in one run: fifty times what the longest of thirty thousand has needed. */
const MOST_CALLS = 200_000

interface Way {
  rate: number
  delay: number
  jitter: number
  loss: number
  burst: number
  duplicate: number
  corrupt: number
  reorder: number
  limit: number
}

export interface Scenario {
  readonly seed: number
  readonly topology: 'switch' | 'router'
  readonly up: Way
  readonly down: Way
  /** When the cable is pulled, and for how long, milliseconds. */
  readonly cuts: readonly { at: number; for: number }[]
  readonly opens: 'client' | 'both at once'
  readonly closes: 'client first' | 'server first' | 'both at once'
  readonly waits: 'client' | 'server' | 'neither'
  readonly abort: 'client' | 'server' | undefined
  readonly clientSays: number
  readonly serverSays: number
  readonly clientReads: Reading
  readonly serverReads: Reading
  readonly noDelay: boolean
  readonly tcp: TcpOptions
}

type Reading = 'at once' | 'now and then' | 'slowly'

/** Most links are bad in one or two ways, some in all. */
function drawWay(random: Random): Way {
  const bad = (share: number) => chance(random, share)
  return {
    rate: bad(0.3) ? pick(random, [256_000, 1e6, 10e6, 100e6]) : 0,
    delay: bad(0.7) ? pick(random, [0.0001, 0.001, 0.01, 0.05, 0.3]) * (0.5 + random.next()) : 0,
    jitter: bad(0.3) ? 0.02 * random.next() : 0,
    loss: bad(0.5) ? 0.3 * random.next() ** 2 : 0,
    burst: bad(0.3) ? between(random, 2, 8) : 0,
    duplicate: bad(0.25) ? 0.3 * random.next() : 0,
    corrupt: bad(0.25) ? 0.1 * random.next() : 0,
    reorder: bad(0.3) ? 0.4 * random.next() : 0,
    limit: bad(0.3) ? between(random, 2, 30) : 1000,
  }
}

/** Half of the networks have TCPs of the usual kind; the others lack something, or have little room. */
function drawTcp(random: Random): TcpOptions {
  if (chance(random, 0.5)) return {}
  return {
    sack: chance(random, 0.7),
    timestamps: chance(random, 0.7),
    windowScale: chance(random, 0.7),
    receiveBuffer: pick(random, [1448, 3000, 5000, 65_535, 300_000, 1 << 20]),
    sendBuffer: pick(random, [1448, 20_000, 1 << 20]),
    delayedAckMs: pick(random, [0, 40, 200]),
    initialWindow: pick(random, [1, 3, 10]),
  }
}

const drawSize = (random: Random): number =>
  chance(random, 0.15) ? 0 : Math.floor(10 ** (random.next() * 5.8))

export function draw(seed: number): Scenario {
  const random = seeded(seed).fork('scenario')
  return {
    seed,
    up: drawWay(random),
    down: drawWay(random),
    cuts: chance(random, 0.15)
      ? [{ at: random.next() * 500, for: pick(random, [100, 1000, 5000, 20_000]) }]
      : [],
    opens: chance(random, 0.15) ? 'both at once' : 'client',
    closes: pick(random, ['client first', 'server first', 'both at once']),
    waits: chance(random, 0.2) ? pick(random, ['client', 'server']) : 'neither',
    abort: chance(random, 0.07) ? pick(random, ['client', 'server']) : undefined,
    clientSays: drawSize(random),
    serverSays: drawSize(random),
    clientReads: pick(random, ['at once', 'at once', 'now and then', 'slowly']),
    serverReads: pick(random, ['at once', 'at once', 'now and then', 'slowly']),
    noDelay: chance(random, 0.5),
    tcp: drawTcp(random),
    topology: chance(random, 0.1) ? 'router' : 'switch',
  }
}

export interface Result {
  readonly client: Talk
  readonly server: Talk
  readonly witness: Witness
  readonly calls: number
  /** Simulated milliseconds until nothing was left to do. */
  readonly took: number
  readonly complaints: readonly string[]
}

/** Milliseconds for which a program leaves what it was given. */
function reading(random: Random, how: Reading): () => number {
  if (how === 'at once') return () => 0
  if (how === 'slowly') return () => 20 * random.next()
  return () => (chance(random, 0.05) ? 4000 * random.next() : 0)
}

function plans(scenario: Scenario, clock: SimulatedClock): { client: Plan; server: Plan } {
  const random = seeded(scenario.seed).fork('programs')
  const fromClient = pattern(scenario.seed, scenario.clientSays)
  const fromServer = pattern(scenario.seed + 1, scenario.serverSays)
  const writes = random.fork('writes')
  const writeSize = () => Math.floor(10 ** (writes.next() * 4.8))
  const { closes, waits, abort } = scenario
  const abortAt = (heard: number) => ({ abortAt: Math.floor(heard / 2) })
  return {
    client: {
      clock,
      say: fromClient,
      hear: fromServer,
      writeSize,
      readPause: reading(random.fork('client reads'), scenario.clientReads),
      endFirst: waits === 'server' || (waits === 'neither' && closes !== 'server first'),
      waits: waits === 'client',
      ...(abort === 'client' ? abortAt(scenario.serverSays) : {}),
    },
    server: {
      clock,
      say: fromServer,
      hear: fromClient,
      writeSize,
      readPause: reading(random.fork('server reads'), scenario.serverReads),
      endFirst: waits === 'client' || (waits === 'neither' && closes !== 'client first'),
      waits: waits === 'server',
      ...(abort === 'server' ? abortAt(scenario.clientSays) : {}),
    },
  }
}

export function run(scenario: Scenario): Result {
  const clock = new SimulatedClock()
  const witness = new Witness()
  const { seed, topology, tcp } = scenario
  const network = new LabNetwork({ clock, seed, topology, tap: witness, tcp })
  network.patch({ up: scenario.up, down: scenario.down })
  for (const cut of scenario.cuts) {
    clock.at(cut.at, () => network.patch({ cut: ['server'] }))
    clock.at(cut.at + cut.for, () => network.patch({ plugIn: ['server'] }))
  }
  const host = network.addClient('client', 'demo')
  const { client: clientPlan, server: serverPlan } = plans(scenario, clock)
  const client = new Talk(clientPlan)
  const server = new Talk(serverPlan)
  open(scenario, network.server, host, client, server)
  let calls = clock.run(Number.POSITIVE_INFINITY, MOST_CALLS)
  const complaints: string[] = []
  if (calls >= MOST_CALLS) complaints.push(`${calls} callbacks and no end`)
  const took = clock.now()
  const ends = [
    { name: 'client', talk: client, other: server },
    { name: 'server', talk: server, other: client },
  ]
  for (const { name, talk, other } of ends) {
    if (talk.complaint !== undefined) complaints.push(`${name}: ${talk.complaint}`)
    if (talk.handle === undefined) continue
    // Who has nothing to say waits for ever when the other end has gone and its RST was lost: there is no keepalive
    // unless it is asked for.
    const deserted = other.isClosed && !other.complete && talk.handle.unacknowledged === 0
    if (!talk.isClosed && !deserted) complaints.push(`${name} never closed, ${talk.handle.state}`)
    if (talk.isClosed && talk.failure === undefined && !talk.complete && scenario.abort === undefined)
      complaints.push(`${name} closed well but heard ${talk.heard} of ${talk.plan.hear.length}`)
  }
  if (clock.pending > 0) complaints.push(`${clock.pending} timers left after ${clock.now()} ms`)
  network.close()
  calls += clock.run(Number.POSITIVE_INFINITY, MOST_CALLS)
  if (clock.pending > 0) complaints.push(`${clock.pending} timers left after the network was closed`)
  complaints.push(...witness.complaints)
  return { client, server, witness, calls, took, complaints }
}

function open(scenario: Scenario, serverHost: Host, clientHost: Host, client: Talk, server: Talk): void {
  const options = { noDelay: scenario.noDelay }
  if (scenario.opens === 'both at once') {
    server.begin(serverHost.tcp.connect(clientHost.address, 5000, server, { localPort: 4001, ...options }))
    client.begin(clientHost.tcp.connect(serverHost.address, 4001, client, { localPort: 5000, ...options }))
    return
  }
  serverHost.tcp.listen(
    4001,
    (handle) => {
      // A client that gave up and whose late SYN opened another connection finds nobody to talk to.
      if (server.handle !== undefined) return handle.abort()
      server.begin(handle)
      handle.handler = server
      if (!server.isConnected) server.connected()
    },
    options,
  )
  client.begin(clientHost.tcp.connect(serverHost.address, 4001, client, options))
}
