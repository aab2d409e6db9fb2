import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { WebSocket } from 'ws'
import { kernelGround } from '../../server/services/kernel-ground.ts'
import { startWebSocketEcho } from '../../server/services/websocket-echo.ts'
import { connectTo, everything, listenToEvents, within } from './waiting.ts'

async function echo(t: TestContext) {
  const service = await startWebSocketEcho({ ground: kernelGround(['127.0.0.1']), port: 0 })
  t.after(() => service.close())
  return service
}

async function open(port: number): Promise<WebSocket> {
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}`)
  await within(once(webSocket, 'open'), 'open')
  return webSocket
}

test('text comes back as text, binary as binary, a ping as its pong', async (t) => {
  const webSocket = await open((await echo(t)).port)
  webSocket.send('héllo')
  const [text, isBinary] = await within(once(webSocket, 'message'), 'the echo')
  assert.deepEqual([String(text), isBinary], ['héllo', false])
  webSocket.send(Buffer.from([0, 255]))
  const [bytes, alsoBinary] = await within(once(webSocket, 'message'), 'the echo')
  assert.deepEqual([[...(bytes as Buffer)], alsoBinary], [[0, 255], true])
  webSocket.ping('still there?')
  const [pong] = await within(once(webSocket, 'pong'), 'the pong')
  assert.equal(String(pong), 'still there?')
  webSocket.close(1000, 'done')
  const [code] = await within(once(webSocket, 'close'), 'close')
  assert.equal(code, 1000)
})

test('a message above 1 MiB is answered with close code 1009', async (t) => {
  const webSocket = await open((await echo(t)).port)
  webSocket.on('error', () => undefined)
  webSocket.send(Buffer.alloc(1024 * 1024 + 1))
  const [code] = await within(once(webSocket, 'close'), 'close')
  assert.equal(code, 1009)
})

test('a request without an upgrade gets 426', async (t) => {
  const { port } = await echo(t)
  const response = await fetch(`http://127.0.0.1:${port}/`)
  assert.equal(response.status, 426)
  assert.match(await response.text(), /ws:\/\//)
})

test('an unmasked frame from a client is answered with close code 1002', async (t) => {
  const { port } = await echo(t)
  const socket = await connectTo(port)
  socket.write(
    'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  )
  await within(once(socket, 'data'), '101')
  const rest = everything(socket)
  socket.write(Buffer.from('8102' + '6869', 'hex'))
  assert.deepEqual((await rest).subarray(0, 4), Buffer.from('880203ea', 'hex'))
})

test('a client that does not read is read from no more, and gets all of it later', async (t) => {
  const webSocket = await open((await echo(t)).port)
  const chunk = Buffer.alloc(256 * 1024)
  const count = 200
  webSocket.pause()
  for (let i = 0; i < count; i++) webSocket.send(chunk)
  // Some 50 MB stand in our own buffer while the service does not take them.
  await new Promise((resolve) => setImmediate(resolve))
  assert.ok(webSocket.bufferedAmount > 10 * 1024 * 1024)
  let received = 0
  const all = new Promise<void>((resolve) => {
    webSocket.on('message', () => ++received === count && resolve())
  })
  webSocket.resume()
  await within(all, 'the whole echo')
  webSocket.terminate()
})

test('it reports connect, message and disconnect with its code', async (t) => {
  const { port } = await echo(t)
  const { events, until } = listenToEvents(t)
  const webSocket = await open(port)
  webSocket.send('hello')
  await within(once(webSocket, 'message'), 'the echo')
  webSocket.close(1000, 'done')
  const { remotePort } = await until((event) => event.reason === '1000 done')
  const told = events.filter((event) => event.remotePort === remotePort)
  assert.deepEqual(
    told.map(({ kind, args, reason }) => [kind, args, reason]),
    [
      ['connect', null, null],
      ['on', '["hello"]', null],
      ['emit', '["hello"]', null],
      ['disconnect', null, '1000 done'],
    ],
  )
})

test('a port that is taken is a rejection, and nothing else', async (t) => {
  const { port } = await echo(t)
  await assert.rejects(startWebSocketEcho({ ground: kernelGround(['127.0.0.1']), port }), {
    code: 'EADDRINUSE',
  })
})
