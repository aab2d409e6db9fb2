import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { test } from 'node:test'
import { kernelGround } from '../../server/services/kernel-ground.ts'
import { startTcpEcho } from '../../server/services/tcp-echo.ts'
import { connectTo, everything, listenToEvents, take, within } from './waiting.ts'

const at = { ground: kernelGround(['127.0.0.1']), port: 0 }

test('every byte comes back, in order, on both addresses of the same port', async (t) => {
  const service = await startTcpEcho({ ground: kernelGround(['127.0.0.1', '::1']), port: 0 })
  t.after(() => service.close())
  for (const host of service.hosts) {
    const socket = await connectTo(service.port, host)
    const message = randomBytes(300_000)
    socket.write(message)
    assert.deepEqual(await take(socket, message.length), message)
    socket.destroy()
  }
})

test('an address that this machine lacks is left out', async (t) => {
  // TEST-NET-1, RFC 5737: nobody has it.
  const service = await startTcpEcho({ ground: kernelGround(['127.0.0.1', '192.0.2.1']), port: 0 })
  t.after(() => service.close())
  assert.deepEqual(service.hosts, ['127.0.0.1'])
})

test('a client that has closed its side still gets the rest of its echo, and then our FIN', async (t) => {
  const service = await startTcpEcho(at)
  t.after(() => service.close())
  const socket = await connectTo(service.port, '127.0.0.1', true)
  socket.end('the last words')
  assert.equal(String(await everything(socket)), 'the last words')
})

test('a client that does not read makes the service stop reading', async (t) => {
  const service = await startTcpEcho(at)
  t.after(() => service.close())
  const socket = await connectTo(service.port)
  socket.pause()
  const chunk = Buffer.alloc(1024 * 1024)
  let written = 0
  // Both kernels' buffers fill, and then nothing more is taken from us.
  while (written < 200 && (socket.write(chunk) || (await drained(socket)))) written++
  assert.ok(written < 200, 'the service took 200 MB without having got rid of any')
  socket.destroy()
})

async function drained(socket: NodeJS.EventEmitter): Promise<boolean> {
  return within(once(socket, 'drain'), 'drain', 300).then(
    () => true,
    () => false,
  )
}

test('a reset connection is nobody else’s trouble', async (t) => {
  const service = await startTcpEcho(at)
  t.after(() => service.close())
  const { until } = listenToEvents(t)
  const rude = await connectTo(service.port)
  const { localPort } = rude
  rude.write('x')
  await take(rude, 1)
  rude.resetAndDestroy()
  const { reason } = await until((event) => event.kind === 'disconnect' && event.remotePort === localPort)
  assert.match(reason ?? '', /ECONNRESET/)
  const polite = await connectTo(service.port)
  polite.write('still there?')
  assert.equal(String(await take(polite, 12)), 'still there?')
  polite.destroy()
})

test('it reports connect, data and disconnect, with the peer’s address', async (t) => {
  const service = await startTcpEcho(at)
  t.after(() => service.close())
  const { events, until } = listenToEvents(t)
  const socket = await connectTo(service.port)
  const { localPort } = socket
  socket.end('hello\n')
  await until((event) => event.kind === 'disconnect' && event.remotePort === localPort)
  const told = events.filter(({ remotePort }) => remotePort === localPort)
  assert.deepEqual(
    told.map(({ kind, event, args }) => [kind, event, args]),
    [
      ['connect', null, null],
      ['on', 'data', '["hello\\n"]'],
      ['emit', 'write', '["hello\\n"]'],
      ['disconnect', null, null],
    ],
  )
})

test('close ends live connections at once, also half-open ones', async () => {
  const service = await startTcpEcho(at)
  const sockets = await Promise.all([connectTo(service.port), connectTo(service.port, '127.0.0.1', true)])
  const ends = sockets.map(everything)
  const start = performance.now()
  await within(service.close(), 'close')
  await Promise.all(ends)
  assert.ok(performance.now() - start < 1000)
})

test('a port that is taken rejects with EADDRINUSE, and nothing is left listening', async (t) => {
  const first = await startTcpEcho(at)
  t.after(() => first.close())
  await assert.rejects(startTcpEcho({ ground: kernelGround(['127.0.0.1', '::1']), port: first.port }), {
    code: 'EADDRINUSE',
  })
})
