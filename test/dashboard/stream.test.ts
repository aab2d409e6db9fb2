import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FlowStates, SegmentPage, StreamMatches, StreamPage } from '../../server/dashboard/api-stream.ts'
import { TcpConversation, udpFrame, utf8 } from '../frames.ts'
import { type TestDashboard, testDashboard } from './dashboard.ts'

const headers = { host: '127.0.0.1:3000' }

function asking({ app }: TestDashboard) {
  return async <T>(path: string) => {
    const response = await app.inject({ url: `/api/flows/${path}`, headers })
    return { status: response.statusCode, body: response.json<T>() }
  }
}

const textOf = (page: StreamPage) =>
  page.lines.map((line) => `${line.direction[0]} ${Buffer.from(line.base64, 'base64')}`)

/** `hello` in two segments, of which the second comes first, and the first a second time; then its echo. */
function jumbled() {
  const talk = new TcpConversation()
  talk.handshake()
  const [hel, lo] = talk.send('client', 'hello\n', 3)
  talk.ack('server')
  talk.send('server', 'hello\n')
  talk.close()
  const [syn, synAck, ack, , , ...rest] = talk.frames
  return [syn!, synAck!, ack!, lo!, hel!, hel!, ...rest]
}

describe('GET /api/flows/:id/stream', () => {
  const dashboard = testDashboard()
  for (const frame of jumbled()) dashboard.trace.add(frame)
  const get = asking(dashboard)

  it('says what both ends said, in order and each byte once', async () => {
    const { status, body } = await get<StreamPage>('tcp.0/stream')
    assert.equal(status, 200)
    assert.deepEqual(textOf(body), ['c hel', 'c lo\n', 's hello\n'])
    assert.deepEqual(body.bytes, { client: 6, server: 6 })
    assert.deepEqual(
      body.lines.map(({ number, offset }) => [number, offset]),
      [
        [5, 0],
        [4, 3],
        [8, 0],
      ],
    )
    assert.deepEqual([body.total, body.first, body.complete, body.beheaded], [3, 0, true, false])
  })

  it('gives one side alone, and any line by its number', async () => {
    const { body } = await get<StreamPage>('tcp.0/stream?direction=client&line=1&limit=1')
    assert.deepEqual(textOf(body), ['c lo\n'])
    assert.deepEqual([body.line, body.total], [1, 2])
  })

  it('finds bytes across the border of two packets', async () => {
    const { body } = await get<StreamMatches>('tcp.0/stream/find?text=ello')
    assert.deepEqual(body.matches, [
      { direction: 'client', offset: 1, length: 4, line: 0 },
      { direction: 'server', offset: 1, length: 4, line: 2 },
    ])
    const hex = await get<StreamMatches>('tcp.0/stream/find?hex=6c6f%200a&direction=server')
    assert.deepEqual(hex.body.matches, [{ direction: 'server', offset: 3, length: 3, line: 0 }])
    assert.equal((await get('tcp.0/stream/find')).status, 400)
  })

  it('saves what one side said as it was', async () => {
    const url = '/api/flows/tcp.0/stream.raw?direction=server'
    const { body, headers: told } = await dashboard.app.inject({ url, headers })
    assert.match(String(told['content-disposition']), /tcp\.0-tcp-server\.bin/)
    assert.equal(body, 'hello\n')
  })

  it('a conversation that is not there is not found, and one is not followed as what it is not', async () => {
    assert.equal((await get('tcp.9/stream')).status, 404)
    const { status, body } = await get<{ field: string; message: string }>('tcp.0/stream?content=tls')
    assert.deepEqual([status, body.field], [400, 'content'])
    assert.match(body.message, /there is tcp/)
  })

  it('goes on with what comes', async () => {
    const live = testDashboard()
    const talk = new TcpConversation()
    for (const frame of [...talk.handshake(), ...talk.send('client', 'one\n')]) live.trace.add(frame)
    assert.equal((await asking(live)<StreamPage>('tcp.0/stream')).body.total, 1)
    for (const frame of talk.send('server', 'two\n')) live.trace.add(frame)
    assert.deepEqual(textOf((await asking(live)<StreamPage>('tcp.0/stream')).body), ['c one\n', 's two\n'])
  })

  it('says which bytes the capture missed, and which it let go of', async () => {
    const small = testDashboard({ limitBytes: 64 * 1024 })
    const talk = new TcpConversation()
    talk.handshake()
    talk.send('client', 'lost')
    talk.send('client', 'found\n')
    talk.ack('server')
    talk.frames.splice(3, 1)
    for (const frame of talk.frames.splice(0)) small.trace.add(frame)
    const get = asking(small)
    const before = (await get<StreamPage>('tcp.0/stream')).body
    assert.deepEqual(
      before.lines.map(({ lost, length }) => [lost, length]),
      [
        ['missed', 4],
        [null, 6],
      ],
    )
    for (let n = 0; n < 200; n++) talk.send('server', new Uint8Array(1000).fill(65))
    for (const frame of talk.frames) small.trace.add(frame)
    const after = (await get<StreamPage>('tcp.0/stream?line=0&limit=3')).body
    assert.ok(after.first > 1)
    assert.equal(after.lines[1]?.lost, 'evicted')
    assert.equal(after.beheaded, true)
  })

  it('follows datagrams', async () => {
    const live = testDashboard()
    const [here, there] = [
      { address: '127.0.0.1', port: 50_100 },
      { address: '127.0.0.1', port: 4002 },
    ]
    live.trace.add(udpFrame(here, there, utf8('ping')))
    live.trace.add(udpFrame(there, here, utf8('ping')))
    assert.deepEqual(textOf((await asking(live)<StreamPage>('udp.0/stream')).body), ['c ping', 's ping'])
    assert.equal((await asking(live)('udp.0/segments')).status, 400)
    assert.match((await asking(live)<FlowStates>('udp.0/states')).body.note ?? '', /no state/)
  })
})

describe('GET /api/flows/:id/segments', () => {
  const dashboard = testDashboard()
  for (const frame of jumbled()) dashboard.trace.add(frame)
  const get = asking(dashboard)

  it('says where each lies in the stream, which were sent again, and what came out', async () => {
    const { body } = await get<SegmentPage>('tcp.0/segments')
    assert.deepEqual(
      body.segments.map((s) => [s.number, s.direction, s.start, s.length, s.fresh, s.flags]),
      [
        [1, 'client', 0, 0, 0, 'S'],
        [2, 'server', 0, 0, 0, 'SA'],
        [4, 'client', 3, 3, 3, 'PA'],
        [5, 'client', 0, 3, 3, 'PA'],
        [6, 'client', 0, 3, 0, 'PA'],
        [8, 'server', 0, 6, 6, 'PA'],
        [9, 'client', 6, 0, 0, 'FA'],
        [10, 'server', 6, 0, 0, 'FA'],
      ],
    )
    assert.deepEqual(
      body.messages.map(({ direction, start, end, label, number }) => [direction, start, end, label, number]),
      [
        ['client', 0, 3, '"hel"', 5],
        ['client', 3, 6, '"lo"', 5],
        ['server', 0, 6, '"hello"', 8],
      ],
    )
  })

  it('goes on behind a packet', async () => {
    const first = (await get<SegmentPage>('tcp.0/segments?limit=4')).body
    assert.deepEqual([first.last, first.complete], [5, false])
    const rest = (await get<SegmentPage>(`tcp.0/segments?after=${first.last}`)).body
    assert.deepEqual(
      rest.segments.map(({ number }) => number),
      [6, 8, 9, 10],
    )
    assert.deepEqual(
      rest.messages.map(({ number }) => number),
      [8],
    )
    assert.equal(rest.complete, true)
  })
})

describe('GET /api/flows/:id/states', () => {
  const steps = async (frames: readonly Parameters<TestDashboard['trace']['add']>[0][]) => {
    const dashboard = testDashboard()
    for (const frame of frames) dashboard.trace.add(frame)
    const { body } = await asking(dashboard)<FlowStates>('tcp.0/states')
    const path = (end: FlowStates['client']) => [
      end.start,
      ...end.steps.map(({ to, number }) => `${to} ${number}`),
    ]
    return { client: path(body.client), server: path(body.server), source: body.client.source }
  }

  it('follows both ends from the first SYN to the last ACK', async () => {
    const talk = new TcpConversation()
    talk.handshake()
    talk.segment('client', 'FA')
    talk.ack('server')
    talk.segment('server', 'FA')
    talk.ack('client')
    assert.deepEqual(await steps(talk.frames), {
      client: ['CLOSED', 'SYN-SENT 1', 'ESTABLISHED 2', 'FIN-WAIT-1 4', 'FIN-WAIT-2 5', 'TIME-WAIT 6'],
      server: ['LISTEN', 'SYN-RECEIVED 1', 'ESTABLISHED 3', 'CLOSE-WAIT 4', 'LAST-ACK 6', 'CLOSED 7'],
      source: 'inferred',
    })
  })

  it('knows a refusal, a reset, and a connection whose beginning nobody saw', async () => {
    const refused = new TcpConversation()
    refused.segment('client', 'S')
    refused.segment('server', 'RA')
    const { client, server } = await steps(refused.frames)
    assert.deepEqual([client, server], [['CLOSED', 'SYN-SENT 1', 'CLOSED 2'], ['CLOSED']])
    const broken = new TcpConversation()
    broken.handshake()
    broken.reset('server')
    const torn = await steps(broken.frames)
    assert.deepEqual([torn.client.at(-1), torn.server.at(-1)], ['CLOSED 4', 'CLOSED 4'])
    const late = new TcpConversation()
    late.send('client', 'x')
    assert.deepEqual((await steps(late.frames)).client, ['ESTABLISHED'])
  })
})
