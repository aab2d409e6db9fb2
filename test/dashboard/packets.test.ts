import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FlowList, PacketDetail, PacketPage } from '../../server/dashboard/api.ts'
import { udpFrame, utf8 } from '../frames.ts'
import { talkOf, testDashboard } from './dashboard.ts'

const headers = { host: '127.0.0.1:3000' }

/** 3 frames of handshake, 6 of talk, 3 of close; then 1 UDP datagram. */
function conversation() {
  const talk = talkOf(3)
  const udp = udpFrame(
    { address: '127.0.0.1', port: 50_100 },
    { address: '127.0.0.1', port: 4002 },
    utf8('ping'),
  )
  return [...talk.frames, udp]
}

describe('GET /api/packets', () => {
  const { app, trace } = testDashboard()
  for (const frame of conversation()) trace.add(frame)
  const get = async (query: string) => {
    const response = await app.inject({ url: `/api/packets${query}`, headers })
    return { status: response.statusCode, page: response.json<PacketPage>(), error: response.json() }
  }
  const numbers = (page: PacketPage) => page.packets.map((row) => row.number)

  it('answers with the first page of all', async () => {
    const { status, page } = await get('')
    assert.equal(status, 200)
    assert.deepEqual([page.total, page.first, page.last, page.index, page.complete], [13, 1, 13, 0, true])
    assert.equal(page.run, trace.run)
    assert.deepEqual(numbers(page), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
    assert.equal(page.packets[0]?.time, '1700000000.000000000')
    assert.equal(page.packets[1]?.timeRelative, 0.001)
    assert.equal(page.packets[0]?.flow, 'tcp.0')
  })

  it('answers a filter written as in the shell', async () => {
    const { page } = await get('?filter=tcp.flags.syn==1')
    assert.deepEqual(numbers(page), [1, 2])
    assert.equal(page.total, 2)
    assert.equal(page.last, 13)
  })

  it('pages go by numbers', async () => {
    assert.deepEqual(numbers((await get('?after=3&limit=2')).page), [4, 5])
    assert.deepEqual(numbers((await get('?before=4&limit=2')).page), [2, 3])
    assert.deepEqual(numbers((await get('?index=1&limit=2')).page), [2, 3])
    assert.deepEqual(numbers((await get('?after=13')).page), [])
    assert.equal((await get('?after=13')).page.index, -1)
    assert.deepEqual(numbers((await get('?filter=tcp.len%3E0&after=5&limit=3')).page), [6, 7, 8])
    assert.equal((await get('?filter=tcp.len%3E0&after=5&limit=3')).page.index, 2)
  })

  it('a bad filter is answered with 400 and the character', async () => {
    for (const [filter, at] of [
      ['tcp.flags.syn==', 15],
      ['nosuchfield==1', 0],
      ['tcp and (udp', 12],
      ['tcp and nosuch', 8],
    ] as const) {
      const { status, error } = await get(`?filter=${encodeURIComponent(filter)}`)
      assert.equal(status, 400, filter)
      assert.equal(error.code, 'bad-filter')
      assert.equal(error.field, 'filter')
      assert.equal(error.at, at, `${filter}: ${error.message}`)
    }
  })

  for (const [query, field] of [
    ['?limit=0', 'limit'],
    ['?limit=1001', 'limit'],
    ['?limit=x', 'limit'],
    ['?after=-1', 'after'],
    ['?before=0', 'before'],
    ['?after=1e400', 'after'],
    ['?capture=nope', 'capture'],
    ['?fitler=tcp', 'fitler'],
    ['?filter=tcp&filter=udp', 'filter'],
    [`?filter=${'a'.repeat(5000)}`, 'filter'],
  ] as const) {
    it(`${query.slice(0, 30)} is refused by the name of the parameter`, async () => {
      const { status, error } = await get(query)
      assert.ok(status === 400 || status === 404)
      assert.equal(error.field, field)
      assert.equal(typeof error.message, 'string')
    })
  }

  it('says where an unescaped && went', async () => {
    const { status, error } = await get('?filter=tcp&&udp')
    assert.equal(status, 400)
    assert.match(error.message, /%26%26/)
  })
})

describe('GET /api/packets/:number', () => {
  const { app, trace } = testDashboard({ limitBytes: 64 * 1024 })
  for (const frame of conversation()) trace.add(frame)
  const get = (path: string) => app.inject({ url: `/api/packets/${path}`, headers })

  it('has the layers with their fields and the bytes', async () => {
    const detail = (await get('4')).json<PacketDetail>()
    assert.equal(detail.number, 4)
    const names = detail.layers.map((layer) => layer.protocol)
    assert.deepEqual(names.slice(0, 3), ['eth', 'ip', 'tcp'])
    assert.equal(Buffer.from(detail.buffers[0]!.base64, 'base64').length, detail.captured)
    const port = detail.layers[2]!.fields.find((field) => field.name === 'tcp.dstport')
    assert.equal(port?.value, 4001)
    assert.equal(port!.end - port!.start, 2)
  })

  it('answers 404 for a number not reached and 400 for what is none', async () => {
    assert.equal((await get('14')).statusCode, 404)
    assert.equal((await get('14')).json().code, 'not-found')
    for (const bad of ['0', '-1', 'x', '1.5x', '99999999999999999999']) {
      assert.equal((await get(bad)).statusCode, 400, bad)
      assert.equal((await get(bad)).json().field, 'number', bad)
    }
  })

  it('answers 410 for a packet that made room for others', async () => {
    while (trace.first === 1) for (const frame of conversation()) trace.add(frame)
    const response = await get('1')
    assert.equal(response.statusCode, 410)
    assert.equal(response.json().code, 'evicted')
    assert.match(response.json().message, new RegExp(`${trace.first}`))
  })
})

describe('a filter over a store of 100,000 packets', () => {
  it('is matched in slices, so that other requests are answered meanwhile', async () => {
    const { app, trace } = testDashboard()
    const frames = conversation()
    for (let n = 0; n < 100_000; n++) trace.add(frames[n % frames.length]!)
    let turns = 0
    let done = false
    const turn = () => {
      turns++
      if (!done) setImmediate(turn)
    }
    setImmediate(turn)
    const slow = app.inject({ url: '/api/packets?filter=tcp.flags.fin==1&limit=1', headers })
    const quick = await app.inject({ url: '/api/status', headers })
    assert.equal(quick.statusCode, 200)
    const page = (await slow).json<PacketPage>()
    done = true
    assert.equal(page.complete, true)
    assert.equal(page.total, frames.length === 13 ? 2 * Math.floor(100_000 / 13) + 0 : -1)
    assert.ok(turns > 20, `the event loop had ${turns} turns meanwhile`)
  })
})

describe('flows, sessions, events and settings', () => {
  const dashboard = testDashboard()
  const { app, trace, asked } = dashboard
  for (const frame of conversation()) trace.add(frame)
  const get = (url: string) => app.inject({ url, headers })

  it('lists conversations', async () => {
    const { flows } = (await get('/api/flows')).json<FlowList>()
    assert.deepEqual(
      flows.map((flow) => [flow.id, flow.state, flow.packets]),
      [
        ['tcp.0', 'closed', 12],
        ['udp.0', 'datagrams', 1],
      ],
    )
    assert.equal((await get('/api/flows/tcp.0')).json().id, 'tcp.0')
    assert.equal((await get('/api/flows/tcp.9')).statusCode, 404)
    assert.equal((await get('/api/flows/nope')).statusCode, 400)
  })

  it('selects events by service, kind and name, and by their packet', async () => {
    const nothing = {
      remoteAddress: null,
      remotePort: null,
      socket: null,
      nsp: null,
      args: null,
      listeners: null,
      rooms: null,
      reason: null,
    }
    const base = { ...nothing, time: 1n, service: 'hub', eioSid: 's', direction: 'out' as const }
    trace.addEvent({ ...base, kind: 'emit', event: 'a', index: 0 })
    trace.addEvent({ ...base, kind: 'emit', event: 'b', index: 1 })
    trace.addEvent({ ...base, kind: 'on', event: 'a', index: null, service: 'tcp-echo' })
    trace.events.carried('s', 'out', 0, 1)
    trace.events.carried('s', 'out', 1, 4)
    const ids = async (query: string) => {
      const { events } = (await get(`/api/events${query}`)).json<{ events: { id: number }[] }>()
      return events.map((event) => event.id)
    }
    assert.deepEqual(await ids(''), [1, 2, 3])
    assert.deepEqual(await ids('?event=a'), [1, 3])
    assert.deepEqual(await ids('?event=a&service=hub'), [1])
    assert.deepEqual(await ids('?kind=on'), [3])
    assert.deepEqual(await ids('?after=1&limit=1'), [3])
    assert.deepEqual(await ids('?filter=tcp.flags.syn==1'), [1])
    assert.equal((await get('/api/events?filter=(')).statusCode, 400)
  })

  it('is honest about the network', async () => {
    assert.deepEqual((await get('/api/network')).json(), { network: 'kernel' })
  })

  it('passes the heartbeat on, within bounds', async () => {
    const patch = (payload: object) =>
      app.inject({ method: 'PATCH', url: '/api/heartbeat', headers, payload })
    assert.deepEqual((await patch({ pingInterval: 1000 })).json(), { pingInterval: 1000, pingTimeout: 5000 })
    assert.deepEqual(asked.at(-1), ['setHeartbeat', { pingInterval: 1000, pingTimeout: 5000 }])
    for (const bad of [{}, { pingInterval: 1 }, { pingInterval: '1000' }, { pingInterval: 1000, more: 1 }]) {
      assert.equal((await patch(bad)).statusCode, 400, JSON.stringify(bad))
    }
  })

  it('starts the capture anew when asked', async () => {
    const response = await app.inject({ method: 'POST', url: '/api/capture/retry', headers })
    assert.equal(response.statusCode, 202)
    assert.deepEqual(asked.at(-1), ['retryCapture', {}])
  })

  it('completes names in a filter, with what they are about', async () => {
    const response = await get('/api/filter/complete?text=tcp.flags.s&at=11')
    const { names, from, to } = response.json()
    assert.deepEqual([from, to], [0, 11])
    assert.ok(names.some((name: { name: string; about: string }) => name.name === 'tcp.flags.syn'))
    assert.equal((await get('/api/filter/complete')).statusCode, 400)
  })

  it('answers a path that is none in the API shape, and any other with the page', async () => {
    assert.equal((await get('/api/nothing')).json().code, 'not-found')
    const page = await get('/flow/tcp.0')
    assert.match(String(page.headers['content-type']), /text\/html/)
    assert.match(page.body, /npm run build/)
  })
})
