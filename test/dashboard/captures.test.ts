import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { describe, it } from 'node:test'
import { FrameReader } from '../../server/capture/frame-reader.ts'
import type { EventList, PacketPage } from '../../server/dashboard/api.ts'
import type { CaptureList, CaptureNode } from '../../server/dashboard/api-captures.ts'
import type { SocketList } from '../../server/dashboard/api-events.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { pcapFile, TcpConversation, utf8 } from '../frames.ts'
import { hubSession } from '../wireshark/hub-sessions.ts'
import { listeningDashboard, testDashboard } from './dashboard.ts'

const headers = { host: '127.0.0.1:3000' }
const bytes = { ...headers, 'content-type': 'application/octet-stream' }

function frames(): Frame[] {
  const talk = new TcpConversation()
  talk.handshake()
  talk.send('client', 'hello\n')
  return talk.frames
}

/** The frames of a capture that is all there. */
function readCapture(payload: Uint8Array): Frame[] {
  const found: Frame[] = []
  const reader = new FrameReader({
    frame: (frame) => void found.push({ ...frame, bytes: frame.bytes.slice() }),
  })
  reader.push(payload)
  reader.end()
  return found
}

describe('capture files', () => {
  const { app } = testDashboard()
  const post = (payload: Uint8Array, query = '') =>
    app.inject({
      method: 'POST',
      url: `/api/captures${query}`,
      headers: bytes,
      payload: Buffer.from(payload),
    })

  it('an uploaded file is a capture beside the live one, until it is closed', async () => {
    const response = await post(pcapFile(frames()), '?name=mine.pcap')
    assert.equal(response.statusCode, 201)
    const opened = response.json<CaptureNode>()
    assert.deepEqual([opened.name, opened.packets, opened.state], ['mine.pcap', 4, 'ready'])
    const page = await app.inject({ url: `/api/packets?capture=${opened.id}`, headers })
    assert.equal(page.json<PacketPage>().packets.length, 4)
    assert.equal((await app.inject({ url: '/api/packets', headers })).json<PacketPage>().total, 0)
    const { captures } = (await app.inject({ url: '/api/captures', headers })).json<CaptureList>()
    assert.deepEqual(
      captures.map((node) => node.id),
      ['live', opened.id],
    )
    const remove = () => app.inject({ method: 'DELETE', url: `/api/captures/${opened.id}`, headers })
    assert.equal((await remove()).statusCode, 204)
    assert.equal((await remove()).statusCode, 404)
    assert.equal((await app.inject({ url: `/api/packets?capture=${opened.id}`, headers })).statusCode, 404)
  })

  it('a file that is none is refused, and holds no place', async () => {
    for (const bad of [utf8('this is no capture file'), new Uint8Array(0), pcapFile([]).slice(0, 10)]) {
      const response = await post(bad)
      assert.equal(response.statusCode, 400)
      assert.match(response.json().code, /bad-capture|bad-request/)
      assert.ok(response.json().message.length > 5)
    }
    const { captures } = (await app.inject({ url: '/api/captures', headers })).json<CaptureList>()
    assert.equal(captures.length, 1)
  })

  it('a file cut off in its last record keeps what is whole, and says so', async () => {
    const whole = pcapFile(frames())
    const response = await post(whole.slice(0, whole.length - 3))
    const opened = response.json<CaptureNode>()
    assert.equal(opened.packets, 3)
    assert.match(opened.notes.join(), /cut/)
    await app.inject({ method: 'DELETE', url: `/api/captures/${opened.id}`, headers })
  })

  it('only so many are open at once', async () => {
    const ids: string[] = []
    for (let n = 0; n < 3; n++) ids.push((await post(pcapFile(frames()))).json<CaptureNode>().id)
    const response = await post(pcapFile(frames()))
    assert.equal(response.statusCode, 409)
    assert.equal(response.json().code, 'too-many-captures')
    for (const id of ids) await app.inject({ method: 'DELETE', url: `/api/captures/${id}`, headers })
  })

  it('a body of another type is refused with what to send', async () => {
    const response = await app.inject({
      method: 'POST',
      url: '/api/captures',
      headers: { ...headers, 'content-type': 'application/json' },
      payload: '{"path":"/etc/passwd"}',
    })
    assert.equal(response.statusCode, 415)
    assert.match(response.json().message, /application\/octet-stream/)
  })

  it('a body declared larger than the bound is refused before it is read', async () => {
    const response = await app.inject({
      method: 'POST',
      url: '/api/captures',
      headers: { ...bytes, 'content-length': String(2 ** 31) },
      payload: 'x',
    })
    assert.equal(response.statusCode, 413)
    assert.equal(response.json().code, 'too-large')
  })

  it('the live capture cannot be closed', async () => {
    const response = await app.inject({ method: 'DELETE', url: '/api/captures/live', headers })
    assert.equal(response.statusCode, 409)
  })
})

describe('a capture of somebody else’s Socket.IO server', () => {
  for (const sealed of [false, true]) {
    const how = sealed ? 'sealed by TLS, once its secrets are told' : 'in the clear'
    it(`has its events and sockets: ${how}`, { timeout: 30_000 }, async () => {
      const { frames: said, keyLog } = await hubSession({ transports: ['websocket'], sealed })
      const { app } = testDashboard()
      const payload = Buffer.from(pcapFile([...said]))
      const answer = await app.inject({ method: 'POST', url: '/api/captures', headers: bytes, payload })
      const { id } = answer.json<CaptureNode>()
      const get = async <T>(path: string) =>
        (await app.inject({ url: `/api/${path}?capture=${id}`, headers })).json<T>()
      if (sealed) {
        assert.deepEqual((await get<EventList>('events')).events, [])
        await app.inject({
          method: 'POST',
          url: `/api/captures/${id}/secrets`,
          headers: { ...headers, 'content-type': 'text/plain' },
          payload: keyLog ?? '',
        })
      }
      const { events } = await get<EventList>('events')
      const sums = events.filter(({ event, ack }) => event === 'sum' && ack === 0)
      assert.deepEqual(
        sums.map(({ kind, args, service, seen }) => [kind, args, service, seen]),
        [['on', '[2,3]', '127.0.0.1:4000', 'wire']],
      )
      const { sockets } = await get<SocketList>('sockets')
      assert.deepEqual([...new Set(sockets.map(({ nsp }) => nsp))], ['/', '/chat'])
    })
  }
})

describe('GET /api/capture.pcapng', () => {
  it('gives back the frames as they came', async () => {
    const { app, trace } = testDashboard()
    for (const frame of frames()) trace.add(frame)
    const response = await app.inject({ url: '/api/capture.pcapng', headers })
    assert.equal(response.statusCode, 200)
    assert.equal(response.headers['content-type'], 'application/x-pcapng')
    const back = readCapture(response.rawPayload)
    assert.deepEqual(
      back.map((frame) => [frame.time, Buffer.from(frame.bytes).toString('hex'), frame.linkType]),
      frames().map((frame) => [frame.time, Buffer.from(frame.bytes).toString('hex'), 1]),
    )
  })

  it('gives those that a filter selects, and says that a filter is bad before anything else', async () => {
    const { app, trace } = testDashboard()
    for (const frame of frames()) trace.add(frame)
    const some = await app.inject({ url: '/api/capture.pcapng?filter=tcp.flags.syn==1', headers })
    assert.equal(readCapture(some.rawPayload).length, 2)
    const bad = await app.inject({ url: '/api/capture.pcapng?filter=tcp.flags.syn==', headers })
    assert.equal(bad.statusCode, 400)
    assert.equal(bad.json().code, 'bad-filter')
  })

  it('is a capture even when nothing was seen', async () => {
    const { app } = testDashboard()
    const response = await app.inject({ url: '/api/capture.pcapng', headers })
    assert.deepEqual(readCapture(response.rawPayload), [])
  })

  it('goes on with what arrives when told to follow', { timeout: 10_000 }, async () => {
    const dashboard = await listeningDashboard()
    const { trace } = dashboard
    const [first, ...rest] = frames()
    trace.add(first!)
    const request = http.get(`${dashboard.url}/api/capture.pcapng?follow=1`)
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    const found: Frame[] = []
    const reader = new FrameReader({ frame: (frame) => void found.push(frame) })
    const until = (count: number) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (found.length < count) return
          response.off('data', look)
          resolve()
        }
        response.on('data', look)
        look()
      })
    response.on('data', (chunk: Buffer) => reader.push(chunk))
    await until(1)
    for (const frame of rest) trace.add(frame)
    await until(4)
    assert.deepEqual(
      found.map((frame) => frame.time),
      frames().map((frame) => frame.time),
    )
    response.destroy()
    await dashboard.close()
  })
})
