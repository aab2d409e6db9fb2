/** LabSocket and LabServer on hosts of one process. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type net from 'node:net'
import { finished } from 'node:stream/promises'
import test, { type TestContext } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { WallClock } from '../../../server/network/clock.ts'
import { LabNetwork } from '../../../server/network/lab-network.ts'
import { onHost } from '../../../server/network/socket/attachment.ts'
import { type LabServer, listenLab } from '../../../server/network/socket/lab-server.ts'
import { type ConnectLab, connectLab, LabSocket } from '../../../server/network/socket/lab-socket.ts'
import type { Departure } from '../../../server/network/tap.ts'
import { within } from '../../services/waiting.ts'

/** Code for node:net takes it as it is. */
const _asNode = (socket: LabSocket): net.Socket => socket

function lab(t: TestContext) {
  const frames: Departure[] = []
  const tap = {
    departed: (departure: Departure) => frames.push({ ...departure, bytes: Buffer.from(departure.bytes) }),
    arrived: () => undefined,
  }
  const network = new LabNetwork({
    clock: new WallClock(),
    seed: 1,
    tap: { ...tap, departed: (d) => void tap.departed(d) },
  })
  t.after(() => network.close())
  const client = network.addClient('client', 'demo')
  const connect = (options: Partial<ConnectLab> = {}) =>
    connectLab(client, { address: '10.0.0.1', port: 7, ...options })
  const listen = (onSocket: (socket: LabSocket) => void, options = {}) =>
    listenLab(network.server, 7, onSocket, options)
  /** A connection and its other end. */
  const pair = async (options: Partial<ConnectLab> = {}, serverOptions = {}) => {
    const server = listen(() => undefined, serverOptions)
    const [[there], here] = await within(
      Promise.all([once(server, 'connection') as Promise<[LabSocket]>, connected(connect(options))]),
    )
    return { here, there, server }
  }
  return { network, client, frames, connect, listen, pair }
}

async function connected(socket: LabSocket): Promise<LabSocket> {
  await within(once(socket, 'connect'), 'the connection')
  return socket
}

/** Whether there was an error. */
const closing = (socket: LabSocket): Promise<boolean> =>
  within(new Promise((resolve) => void socket.once('close', resolve)), 'close')

/** TCP payload lengths and flags of what went up, towards the server. */
function segmentsUp(frames: readonly Departure[]): { length: number; flags: number }[] {
  return frames
    .filter(
      ({ direction, bytes }) => direction === 'up' && bytes[12] === 8 && bytes[13] === 0 && bytes[23] === 6,
    )
    .map(({ bytes }) => {
      const view = Buffer.from(bytes)
      return { length: view.readUInt16BE(16) - 20 - (view.readUInt8(46) >> 4) * 4, flags: view.readUInt8(47) }
    })
}

test('five megabytes go out and come back whole, and both ends close in order', async (t) => {
  const { connect, listen } = lab(t)
  listen((socket) => socket.pipe(socket), { allowHalfOpen: true })
  const data = randomBytes(5_000_000)
  const socket = connect()
  socket.end(data)
  const back = createHash('sha256')
  socket.on('data', (chunk: Buffer) => back.update(chunk))
  assert.equal(await closing(socket), false)
  assert.equal(back.digest('hex'), createHash('sha256').update(data).digest('hex'))
  assert.equal(socket.bytesRead, data.length)
  assert.equal(socket.bytesWritten, data.length)
})

test('a socket knows where it is, before and after the handshake', async (t) => {
  const { connect, listen } = lab(t)
  const server = listen(() => undefined)
  const socket = connect({ localPort: 5555 })
  assert.deepEqual([socket.connecting, socket.pending, socket.readyState], [true, true, 'opening'])
  assert.deepEqual([socket.remoteAddress, socket.address()], [undefined, {}])
  const events: string[] = []
  for (const name of ['connect', 'ready']) socket.on(name, () => events.push(name))
  const [[there]] = await within(
    Promise.all([once(server, 'connection') as Promise<[LabSocket]>, once(socket, 'ready')]),
  )
  assert.deepEqual(events, ['connect', 'ready'])
  assert.deepEqual([socket.connecting, socket.pending, socket.readyState], [false, false, 'open'])
  assert.deepEqual(socket.address(), { address: '10.0.0.100', family: 'IPv4', port: 5555 })
  const { remoteAddress, remotePort, remoteFamily, localAddress, localPort, localFamily } = there
  assert.deepEqual([remoteAddress, remotePort, remoteFamily], ['10.0.0.100', 5555, 'IPv4'])
  assert.deepEqual([localAddress, localPort, localFamily], ['10.0.0.1', 7, 'IPv4'])
  assert.equal(there.server, server)
})

test('a refusal is an error in Node’s shape, and close says that there was one', async (t) => {
  const { connect } = lab(t)
  const socket = connect({ port: 4009 })
  const [error] = (await within(once(socket, 'error'))) as [NodeJS.ErrnoException]
  assert.equal(error.message, 'connect ECONNREFUSED 10.0.0.1:4009')
  const { code, syscall } = error
  assert.deepEqual([code, syscall, 'errno' in error], ['ECONNREFUSED', 'connect', true])
  assert.equal(await closing(socket), true)
})

test('a socket connects again after close, as Node’s does', async (t) => {
  const { network, client, listen } = lab(t)
  const attachment = onHost(client)
  const socket = new LabSocket(() => attachment)
  socket.on('error', () => undefined)
  socket.connect(7, '10.0.0.1')
  assert.equal(await closing(socket), true)
  listen((there) => there.end('hello'))
  socket.connect(7, '10.0.0.1')
  const [data] = await within(once(socket, 'data'))
  assert.equal(String(data), 'hello')
  assert.equal(await closing(socket), false)
  assert.equal(socket.bytesRead, 5)
  assert.equal(network.describe().hosts.length, 2)
})

test('a reader that pauses closes the window, and the writer waits', async (t) => {
  const { pair } = lab(t)
  const { here, there } = await pair()
  there.pause()
  const chunk = Buffer.alloc(256 * 1024, 'x')
  const limit = 64
  let written = 0
  for (let stuck = 0; stuck < 3 && written < limit; ) {
    if (here.write(chunk)) written++
    else {
      written++
      const drained = await Promise.race([
        once(here, 'drain').then(() => true),
        turns(2000).then(() => false),
      ])
      stuck = drained ? 0 : stuck + 1
      if (!drained) break
    }
  }
  assert.ok(written < limit, `${written} chunks of 256 kB were taken by nobody`)
  assert.ok(here.writableNeedDrain)
  assert.ok(there.readableLength < 128 * 1024, 'no more is buffered than the stream asked for, but a segment')
  const held = there.bytesRead
  let read = 0
  there.on('data', (data: Buffer) => {
    read += data.length
  })
  there.resume()
  here.end()
  await within(once(there, 'end'))
  assert.equal(read, written * chunk.length)
  assert.ok(held < read)
})

/** Turns of the event loop, for what must not happen. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

test('what is written in one cork leaves in one segment', async (t) => {
  const { pair, frames } = lab(t)
  const { here, there } = await pair({ noDelay: true })
  frames.length = 0
  here.cork()
  for (const part of ['HTTP/1.1 200 OK\r\n', 'Content-Length: 2\r\n\r\n', 'ok']) here.write(part)
  here.uncork()
  await within(once(there, 'data'))
  assert.deepEqual(
    segmentsUp(frames)
      .map(({ length }) => length)
      .filter((length) => length > 0),
    [40],
  )
})

test('without allowHalfOpen our side ends with the peer’s, and a write after that is EPIPE', async (t) => {
  const { pair } = lab(t)
  const { here, there } = await pair({}, { allowHalfOpen: true })
  // What nobody reads keeps our side from being done before we have written too late.
  here.write(Buffer.alloc(8_000_000))
  there.end('bye')
  here.resume()
  await within(once(here, 'end'))
  await turns(1)
  assert.ok(here.writableEnded && !here.destroyed)
  const failed = once(here, 'error') as Promise<[NodeJS.ErrnoException]>
  assert.equal(here.write('too late'), false)
  const [error] = await within(failed)
  assert.deepEqual([error.code, error.message], ['EPIPE', 'This socket has been ended by the other party'])
})

test('half-open both ways: the one that has ended still hears', async (t) => {
  const { pair } = lab(t)
  const { here, there } = await pair({ allowHalfOpen: true }, { allowHalfOpen: true })
  here.end('question')
  const chunks: string[] = []
  there.on('data', (data) => chunks.push(String(data)))
  await within(once(there, 'end'))
  assert.equal(here.readyState, 'readOnly')
  there.end('answer')
  here.on('data', (data) => chunks.push(String(data)))
  await closing(here)
  assert.deepEqual(chunks, ['question', 'answer'])
})

test('resetAndDestroy sends RST, which the peer hears as ECONNRESET', async (t) => {
  const { pair } = lab(t)
  const { here, there } = await pair()
  const failed = once(there, 'error') as Promise<[NodeJS.ErrnoException]>
  here.resetAndDestroy()
  const [error] = await within(failed)
  assert.deepEqual([error.code, error.syscall, error.message], ['ECONNRESET', 'read', 'read ECONNRESET'])
  assert.ok(there.destroyed)
})

test('destroy sends what was written and FIN; what comes afterwards is answered by RST', async (t) => {
  const { pair } = lab(t)
  const { here, there } = await pair({}, { allowHalfOpen: true })
  here.write('last words')
  here.destroy()
  const chunks: string[] = []
  there.on('data', (data) => chunks.push(String(data)))
  await within(once(there, 'end'))
  assert.deepEqual(chunks, ['last words'])
  const failed = once(there, 'error') as Promise<[NodeJS.ErrnoException]>
  there.write('are you there?')
  const [error] = await within(failed)
  assert.equal(error.code, 'ECONNRESET')
})

test('timeout comes after the idle time, and not while something happens', async (t) => {
  const { pair } = lab(t)
  const { here, there } = await pair({}, { noDelay: true })
  let timeouts = 0
  here.setTimeout(1000, () => timeouts++)
  assert.equal(here.timeout, 1000)
  here.resume()
  for (let i = 0; i < 10; i++) {
    there.write('x')
    await within(once(here, 'data'))
  }
  assert.equal(timeouts, 0)
  await within(once(here, 'timeout'))
  assert.equal(timeouts, 1)
  here.setTimeout(0)
})

test('an address that is none of this network is a failure, not a crash', async (t) => {
  const { connect } = lab(t)
  for (const [address, code] of [
    ['nowhere.example', 'ENOTFOUND'],
    ['2001:db8::1', 'ENETUNREACH'],
  ] as const) {
    const [error] = (await within(once(connect({ address }), 'error'))) as [NodeJS.ErrnoException]
    assert.equal(error.code, code)
  }
})

test('destroying a socket that is still connecting calls its write back with an error and emits close once', async (t) => {
  const { network, connect, listen } = lab(t)
  network.patch({ up: { delay: '50ms' } })
  listen(() => assert.fail('nobody should come'))
  const socket = connect()
  const told: unknown[] = []
  socket.write('x', (error: NodeJS.ErrnoException | null) => told.push(error?.code))
  let closes = 0
  socket.on('close', () => closes++)
  await turns(3)
  socket.destroy()
  await closing(socket)
  await turns(3)
  assert.deepEqual([told, closes], [['ERR_SOCKET_CLOSED'], 1])
})

test('a port that is taken is EADDRINUSE in Node’s words', async (t) => {
  const { listen } = lab(t)
  await within(
    once(
      listen(() => undefined),
      'listening',
    ),
  )
  const [error] = (await within(
    once(
      listen(() => undefined),
      'error',
    ),
  )) as [NodeJS.ErrnoException]
  assert.equal(error.message, 'listen EADDRINUSE: address already in use 10.0.0.1:7')
  assert.deepEqual([error.code, error.syscall], ['EADDRINUSE', 'listen'])
})

test('a server counts its connections, drops those over its limit, and closes when the last has ended', async (t) => {
  const { listen, connect } = lab(t)
  const server: LabServer = listen((socket) => socket.resume())
  server.maxConnections = 1
  await within(once(server, 'listening'))
  assert.deepEqual(server.address(), { address: '10.0.0.1', family: 'IPv4', port: 7 })
  const first = await connected(connect())
  const dropped = once(server, 'drop') as Promise<[{ remoteAddress: string }]>
  const second = connect()
  second.resume()
  const [{ remoteAddress }] = await within(dropped)
  assert.equal(remoteAddress, '10.0.0.100')
  await closing(second)
  const count = await new Promise((resolve) => server.getConnections((_error, n) => resolve(n)))
  assert.equal(count, 1)
  let closed = false
  const gone = once(server, 'close').then(() => {
    closed = true
  })
  server.close()
  assert.equal(server.listening, false)
  await turns(5)
  assert.equal(closed, false)
  first.end()
  first.resume()
  await within(gone)
})

test('an HTTP server and a WebSocket server take lab sockets as their own', async (t) => {
  const { client, listen } = lab(t)
  const web = http.createServer((request, response) => {
    request.resume().on('end', () => response.end(`${request.method} from ${request.socket.remoteAddress}`))
  })
  const sockets = new WebSocketServer({ server: web })
  sockets.on('connection', (socket) =>
    socket.on('message', (data) => socket.send(String(data).toUpperCase())),
  )
  listen((socket) => web.emit('connection', socket), { allowHalfOpen: true })
  const createConnection = () => connectLab(client, { address: '10.0.0.1', port: 7 })

  const response = await within(
    new Promise<http.IncomingMessage>((resolve) => {
      http.request({ method: 'POST', createConnection }, resolve).end(Buffer.alloc(300_000))
    }),
  )
  let text = ''
  response.on('data', (chunk) => {
    text += chunk
  })
  await within(finished(response))
  assert.equal(text, 'POST from 10.0.0.100')

  const socket = new WebSocket('ws://lab/', { createConnection })
  await within(once(socket, 'open'))
  socket.send('hello')
  const [message] = await within(once(socket, 'message'))
  assert.equal(String(message), 'HELLO')
  socket.close()
  await within(once(socket, 'close'))
})
