import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ApiError, EventList, FlowList, SessionList } from '../../server/dashboard/api.ts'
import type { PacketAt, Timeline } from '../../server/dashboard/api-time.ts'
import { SessionLog } from '../../server/dashboard/session-log.ts'
import { ServiceNames } from '../../server/trace/service-names.ts'
import { Trace } from '../../server/trace/trace.ts'
import { START_TIME, TcpConversation, udpFrame, utf8 } from '../frames.ts'
import { network } from '../web/network.ts'
import { talkOf, testDashboard } from './dashboard.ts'

const headers = { host: '127.0.0.1:3000' }
const MS = 1_000_000n

/** 12 packets of TCP, one a millisecond, and one datagram a minute later. */
function setUp(options: Parameters<typeof testDashboard>[0] = {}) {
  const dashboard = testDashboard(options)
  const talk = talkOf(3)
  for (const frame of talk.frames) dashboard.trace.add(frame)
  const [from, to] = [
    { address: '127.0.0.1', port: 50_100 },
    { address: '127.0.0.1', port: 4002 },
  ]
  dashboard.trace.add(udpFrame(from, to, utf8('ping'), START_TIME + 60_000n * MS))
  const get = async <T>(url: string): Promise<T> =>
    (await dashboard.app.inject({ url: `/api/${url}`, headers })).json<T>()
  return { ...dashboard, get }
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)

describe('GET /api/timeline', () => {
  it('counts all packets held, over time', async () => {
    const { get, trace } = setUp()
    const line = await get<Timeline>('timeline?buckets=100')
    assert.deepEqual([line.first?.number, line.last?.number, line.run], [1, 13, trace.run])
    assert.equal(line.first?.time, '1700000000.000000000')
    assert.equal(line.last?.time, '1700000060.000000000')
    assert.ok(line.packets.length <= 100 && line.packets.length > 50)
    assert.equal(line.packets.length, Math.floor(60 / line.width) + 1)
    assert.deepEqual([line.packets[0], line.packets.at(-1), sum(line.packets)], [12, 1, 13])
    assert.equal(
      sum(line.bytes),
      trace.flows.list().reduce((bytes, flow) => bytes + flow.bytes, 0),
    )
    assert.equal(line.osi[1], 0)
    assert.equal(line.matches, null)
  })

  it('counts the packets that match a filter in the same buckets', async () => {
    const { get, trace } = setUp()
    const ask = () => get<Timeline>('timeline?buckets=10&filter=udp')
    const line = await ask()
    assert.equal(line.matches?.length, line.packets.length)
    assert.deepEqual([line.matches?.[0], line.matches?.at(-1), sum(line.matches ?? [])], [0, 1, 1])
    const [from, to] = [
      { address: '127.0.0.1', port: 50_100 },
      { address: '127.0.0.1', port: 4002 },
    ]
    for (let n = 1n; n < 50n; n++)
      trace.add(udpFrame(from, to, utf8('ping'), START_TIME + (60_000n + n * 5000n) * MS))
    const later = await ask()
    assert.equal(sum(later.matches ?? []), 50)
    assert.equal(sum(later.packets), 62)
    assert.ok(later.width > line.width)
  })

  it('tells of what went wrong', async () => {
    const { get, trace } = setUp()
    const talk = new TcpConversation({
      start: START_TIME + 61_000n * MS,
      client: { address: '127.0.0.1', port: 51_000 },
    })
    talk.handshake()
    talk.send('client', 'lost\n')
    const again = talk.frames.at(-1)!
    talk.frames.push({ ...again, time: again.time + 300n * MS })
    for (const frame of talk.frames) trace.add(frame)
    assert.equal(sum((await get<Timeline>('timeline')).trouble), 1)
  })

  it('answers for an empty trace', async () => {
    const { app } = testDashboard()
    const line = (await app.inject({ url: '/api/timeline', headers })).json<Timeline>()
    assert.deepEqual([line.first, line.last, line.packets], [null, null, []])
  })
})

describe('GET /api/packets/at', () => {
  const { get } = setUp()
  const number = async (query: string) => (await get<PacketAt>(`packets/at${query}`)).row.number

  it('answers with the packet nearest to a time', async () => {
    assert.equal(await number('?time=1700000000.0024'), 3)
    assert.equal(await number('?time=1700000000.0026'), 4)
    assert.equal(await number('?time=1700000000.004000000'), 5)
    assert.equal(await number('?time=1'), 1)
    assert.equal(await number('?time=1700000055'), 13)
    assert.equal(await number('?time=1700000020'), 12)
  })

  it('among those that match', async () => {
    assert.equal(await number('?time=1700000000.0024&filter=udp'), 13)
    assert.equal(await number('?time=1700000000.0024&filter=tcp.len%3E0'), 4)
    const found = await get<PacketAt>('packets/at?time=1700000000.006&filter=tcp.len%3E0')
    assert.deepEqual([found.row.number, found.index, found.total], [7, 3, 6])
  })

  it('answers with the newest up to a number, or of all', async () => {
    assert.equal(await number('?number=8'), 8)
    assert.equal(await number('?number=12&filter=tcp.len%3E0'), 9)
    assert.equal(await number('?number=2&filter=tcp.len%3E0'), 4)
    assert.equal(await number(''), 13)
  })

  it('says so where nothing matches, or the time is none', async () => {
    assert.equal((await get<ApiError>('packets/at?filter=arp')).code, 'not-found')
    const bad = await get<ApiError>('packets/at?time=noon')
    assert.deepEqual([bad.code, bad.field], ['bad-request', 'time'])
  })
})

describe('with until=, as it was just behind a packet', () => {
  it('conversations have what they had then', async () => {
    const { get } = setUp()
    const { flows } = await get<FlowList>('flows?until=7')
    const [flow] = flows
    assert.deepEqual([flows.length, flow?.packets, flow?.packetsFromClient, flow?.state], [1, 7, 4, 'open'])
    assert.deepEqual([flow?.first, flow?.last, flow?.lastTime], [1, 7, '1700000000.006000000'])
    assert.equal((await get<FlowList>('flows?until=1')).flows[0]?.state, 'opening')
    assert.equal((await get<FlowList>('flows?until=13')).flows.length, 2)
    assert.equal((await get<FlowList>('flows?until=13&limit=1')).flows[0]?.transport, 'udp')
    assert.deepEqual((await get<SessionList>('sessions?until=7')).sessions, [])
  })

  it('events have not met a packet that was not seen yet', async () => {
    const { get, trace } = setUp()
    const told = {
      service: 'hub',
      kind: 'emit',
      remoteAddress: null,
      remotePort: null,
      eioSid: 'abc',
      socket: null,
      nsp: '/',
      direction: 'out',
      index: 0,
      event: 'chat',
      args: null,
      listeners: null,
      rooms: null,
      reason: null,
    } as const
    trace.addEvent({ ...told, time: START_TIME + 5n * MS })
    trace.addEvent({ ...told, index: 1, time: START_TIME + 9n * MS })
    trace.socketIoPacket('abc', 'out', 0, 8)
    const as = async (until: number) =>
      (await get<EventList>(`events?until=${until}`)).events.map(({ packet }) => packet)
    assert.deepEqual(await as(5), [])
    assert.deepEqual(await as(7), [null])
    assert.deepEqual(await as(8), [8])
    assert.deepEqual(await as(12), [8, null])
  })

  it('a packet that is not there, or no more, is refused', async () => {
    const { get } = setUp()
    for (const what of ['flows', 'sessions', 'events']) {
      assert.equal((await get<ApiError>(`${what}?until=14`)).code, 'not-found', what)
    }
    const { app, trace } = setUp({ limitBytes: 16 * 1024 })
    const talk = new TcpConversation({ client: { address: '127.0.0.1', port: 51_000 } })
    for (let n = 0; n < 1000; n++) talk.send('client', 'x'.repeat(100))
    for (const frame of talk.frames) trace.add(frame)
    const gone = (await app.inject({ url: '/api/flows?until=1', headers })).json<ApiError>()
    assert.deepEqual([gone.code, gone.field], ['evicted', 'until'])
  })
})

it('the network at a time is the one that was told then, or so soon behind that it had come to be', () => {
  let now = 0n
  const trace = new Trace()
  const about = { version: '1', startedAt: '0.000000000', network: 'lab' as const }
  const log = new SessionLog({
    about,
    trace,
    names: new ServiceNames(trace),
    samples: undefined,
    now: () => now,
  })
  for (const [at, seed] of [
    [0n, 1],
    [1000n, 2],
    [2000n, 3],
  ] as const) {
    now = at * MS
    log.setNetwork(network({ seed }))
  }
  const seeds = [0n, 900n, 950n, 1500n, 5000n].map((at) => log.networkAt(at * MS)?.seed)
  assert.deepEqual(seeds, [1, 1, 2, 2, 3])
})
