/** What comes to a port may be anything: each service must survive it and serve the next client. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { kernelDialler } from '../../server/compare/dialler.ts'
import { exchange } from '../../server/compare/exchange.ts'
import type { TransportId } from '../../server/dashboard/api-compare.ts'
import { startHub } from '../../server/services/hub.ts'
import { kernelGround } from '../../server/services/kernel-ground.ts'
import type { Service } from '../../server/services/service.ts'
import { startTcpEcho } from '../../server/services/tcp-echo.ts'
import { startUdpEcho } from '../../server/services/udp-echo.ts'
import { startWebSocketEcho } from '../../server/services/websocket-echo.ts'
import { closed, connectTo, within } from './waiting.ts'

const at = { ground: kernelGround(['127.0.0.1']), port: 0 }
const upgrade = (path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'
const post = (path: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`

const GARBAGE: Readonly<Record<string, string | Buffer>> = {
  'random bytes': randomBytes(5000),
  'half a request': 'GET / HTTP/1.1\r\nHos',
  'a line of 200,000 characters': 'a'.repeat(200_000),
  'a header of 200,000 characters': `GET / HTTP/1.1\r\nX: ${'a'.repeat(200_000)}\r\n\r\n`,
  'two lengths': 'POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
  'an upgrade to nothing known': 'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n',
  'an upgrade without a key':
    'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  'a broken frame behind an upgrade': Buffer.concat([Buffer.from(upgrade('/')), randomBytes(500)]),
  'a frame of 2^63 bytes': Buffer.concat([
    Buffer.from(upgrade('/')),
    Buffer.from('82ff7fffffffffffffff00000000', 'hex'),
  ]),
  'a broken Engine.IO frame': Buffer.concat([
    Buffer.from(upgrade('/socket.io/?EIO=4&transport=websocket')),
    Buffer.from('c1ff', 'hex'),
    randomBytes(500),
  ]),
  'an unknown session': post('/socket.io/?EIO=4&transport=polling&sid=nobody', '40'),
  'an id with odd characters': post('/say/%00%ff%2e%2e', 'hello'),
  'a body that is no JSON': `POST /say/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n{"a`,
}

const SERVICES: Readonly<Record<string, { start(): Promise<Service>; transport: TransportId }>> = {
  'the hub': { start: () => startHub(at), transport: 'socket.io-polling' },
  'TCP echo': { start: () => startTcpEcho(at), transport: 'tcp' },
  'WebSocket echo': { start: () => startWebSocketEcho(at), transport: 'websocket' },
}

async function serves(service: Service, transport: TransportId): Promise<void> {
  const places = { [service.name]: { address: '127.0.0.1', port: service.port } }
  const targets = { places, dial: kernelDialler }
  const { reply, error } = await exchange({ transport, message: 'hello', timeoutMs: 3000 }, targets)
  assert.deepEqual({ reply, error }, { reply: 'hello', error: null })
}

for (const [name, { start, transport }] of Object.entries(SERVICES)) {
  test(`${name} survives ${Object.keys(GARBAGE).length} kinds of garbage, each followed by FIN or by RST`, async (t: TestContext) => {
    const service = await start()
    t.after(() => service.close())
    for (const garbage of Object.values(GARBAGE)) {
      for (const end of ['fin', 'rst'] as const) {
        const socket = await connectTo(service.port)
        socket.resume()
        const ended = closed(socket)
        socket.write(garbage, () => (end === 'fin' ? socket.end() : socket.resetAndDestroy()))
        // A service may wait for the rest of a request; we don't.
        if (end === 'fin') setTimeout(() => socket.destroy(), 50)
        await ended
      }
    }
    await serves(service, transport)
  })

  test(`${name} survives a hundred connections that say nothing and vanish`, async (t) => {
    const service = await start()
    t.after(() => service.close())
    const sockets = await Promise.all(Array.from({ length: 100 }, () => connectTo(service.port)))
    for (const socket of sockets) socket.resetAndDestroy()
    await serves(service, transport)
  })
}

test('UDP echo sends garbage back as it came', async (t) => {
  const service = await startUdpEcho(at)
  const socket = dgram.createSocket('udp4')
  t.after(async () => {
    socket.close()
    await service.close()
  })
  const garbage = randomBytes(60_000)
  socket.send(garbage, service.port, '127.0.0.1')
  const [bytes] = await within(once(socket, 'message'), 'the echo')
  assert.deepEqual(bytes, garbage)
})
