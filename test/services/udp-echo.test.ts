import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { kernelGround } from '../../server/services/kernel-ground.ts'
import { startUdpEcho, type UdpEchoOptions } from '../../server/services/udp-echo.ts'
import { listenToEvents, within } from './waiting.ts'

async function echo(t: TestContext, options: Partial<UdpEchoOptions> = {}) {
  const service = await startUdpEcho({ ground: kernelGround(['127.0.0.1']), port: 0, ...options })
  t.after(() => service.close())
  return service
}

async function client(t: TestContext, type: 'udp4' | 'udp6' = 'udp4'): Promise<dgram.Socket> {
  const socket = dgram.createSocket(type)
  socket.bind(0, type === 'udp4' ? '127.0.0.1' : '::1')
  await once(socket, 'listening')
  t.after(() => void socket.close())
  return socket
}

test('one datagram, one answer, on both addresses of the same port', async (t) => {
  const service = await echo(t, { ground: kernelGround(['127.0.0.1', '::1']) })
  for (const host of service.hosts) {
    const socket = await client(t, host === '::1' ? 'udp6' : 'udp4')
    for (const message of ['hello', '', 'x'.repeat(9000)]) {
      socket.send(message, service.port, host)
      const [bytes] = await within(once(socket, 'message'), 'the echo')
      assert.equal(String(bytes), message)
    }
  }
})

test('a datagram that claims to come from a lab port is not answered', async (t) => {
  const forger = await client(t)
  const { port } = forger.address()
  const service = await echo(t, { isLabPort: (other) => other === port })
  const { until } = listenToEvents(t)
  forger.on('message', () => assert.fail('answered'))
  forger.send('ping-pong', service.port, '127.0.0.1')
  const { reason } = await until((event) => event.remotePort === port)
  assert.equal(reason, 'not answered: the source port belongs to a service')
})

test('one sender gets so many answers a second, and others are not held up by it', async (t) => {
  const service = await echo(t, { perSecond: 10 })
  const { events } = listenToEvents(t)
  const flood = await client(t)
  let answers = 0
  flood.on('message', () => answers++)
  for (let i = 0; i < 100; i++) flood.send('!', service.port, '127.0.0.1')
  const calm = await client(t)
  calm.send('hello', service.port, '127.0.0.1')
  const [bytes] = await within(once(calm, 'message'), 'the echo')
  assert.equal(String(bytes), 'hello')
  // A second may have begun anew while they came.
  assert.ok(answers <= 20, `${answers} answers`)
  assert.ok(events.some((event) => event.reason === 'not answered: too many from this sender'))
})

test('a sender that is gone when the answer comes does no harm', async (t) => {
  const service = await echo(t)
  const { until } = listenToEvents(t)
  const gone = dgram.createSocket('udp4')
  gone.send('and off', service.port, '127.0.0.1', () => gone.close())
  await until((event) => event.kind === 'on')
  const socket = await client(t)
  socket.send('hello', service.port, '127.0.0.1')
  await within(once(socket, 'message'), 'the echo')
})

test('a source port below 1024 is not answered', {
  skip: process.getuid?.() !== 0 && 'needs root',
}, async (t) => {
  const service = await echo(t)
  const { until } = listenToEvents(t)
  const forger = dgram.createSocket('udp4')
  t.after(() => void forger.close())
  for (let port = 1023; ; port--) {
    const bound = once(forger.bind(port, '127.0.0.1'), 'listening').then(
      () => true,
      () => false,
    )
    if (await bound) break
  }
  forger.on('message', () => assert.fail('answered'))
  forger.send('chargen?', service.port, '127.0.0.1')
  const { reason } = await until(({ remotePort }) => remotePort === forger.address().port)
  assert.equal(reason, 'not answered: the source port belongs to a service')
})
