/** Those who talk to the lab's services while pictures are taken: real clients, no more than a student would write. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { io } from 'socket.io-client'
import { WebSocket } from 'ws'
import { root } from '../install.mjs'
import { port } from './lab.mjs'

export async function sayHello(to) {
  const echo = net.connect(to, '127.0.0.1', () => echo.write('hello\n'))
  await once(echo, 'data')
  echo.end()
  await once(echo, 'close')
}

/** So many bytes to the echo and back. */
export async function transfer(to, bytes) {
  const socket = net.connect(to, '127.0.0.1')
  socket.resume()
  const gone = once(socket, 'close')
  socket.end(`${'x'.repeat(bytes - 1)}\n`)
  await gone
}

/** Lines of several lengths, the last in more than one segment; the connection stays open. */
export async function writeLines(to) {
  const socket = net.connect(to, '127.0.0.1')
  await once(socket, 'connect')
  for (const line of ['hello', 'a longer line, but one segment', 'All of this was one write. '.repeat(110)]) {
    socket.write(`${line}\n`)
    await once(socket, 'data')
    await pause(150)
  }
  return socket
}

export async function join(services) {
  const socket = io(`http://127.0.0.1:${port(services, 'hub')}`, {
    forceNew: true,
    transports: ['websocket'],
  })
  await new Promise((done) => socket.once('connect', done))
  return socket
}

/** Four at the hub, two of them in a room; some speak, one whispers what nobody listens for. */
export async function conversation(services) {
  const sockets = [await join(services), await join(services), await join(services), await join(services)]
  const [ada, bob, cyd, dan] = sockets
  for (const socket of [ada, bob]) await socket.emitWithAck('join', 'tea')
  const said = async (from, to, ...words) => {
    const heard = new Promise((done) => to.once('incoming-message', done))
    from.emit('speak', ...words)
    await heard
    await pause(120)
  }
  await said(ada, bob, 'Is anybody there?')
  await said(bob, ada, 'Tea is ready', 'tea')
  cyd.emit('whisper', 'nobody listens for this')
  await cyd.emitWithAck('echo', { n: 1, bytes: 'é' })
  await said(cyd, ada, 'What did I miss?')
  dan.disconnect()
  await pause(200)
  await said(ada, bob, 'Come to the kitchen', 'tea')
  return sockets
}

/** A Socket.IO client in a process of its own, which can be suspended. */
export function suspendable(services) {
  const hub = `http://127.0.0.1:${port(services, 'hub')}`
  return runs(`import { io } from 'socket.io-client'
    const socket = io('${hub}', { transports: ['websocket'], reconnection: false })
    socket.on('connect', () => console.log(socket.id))`)
}

/** A WebSocket that is pinged, and a host of the lab network whose TCP asks after each second of silence; ends both. */
export async function keptAlive(services, home) {
  const webSocket = new WebSocket(`ws://127.0.0.1:${port(services, 'websocket-echo')}`)
  await once(webSocket, 'open')
  const beat = setInterval(() => webSocket.ping('still there?'), 1500)
  const text = `import net from 'wirelab/net'
    const socket = net.connect({ host: '10.0.0.1', port: 4001, keepAlive: true, keepAliveInitialDelay: 1000 })
    socket.on('connect', () => console.log('connected'))`
  const host = await runs(text, { HOME: home, XDG_RUNTIME_DIR: home })
  return () => {
    clearInterval(beat)
    webSocket.terminate()
    host.kill('SIGKILL')
  }
}

/** A module's text in a process of its own, once it has printed a line. */
async function runs(text, env = {}) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

/** A line over TCP, and three Socket.IO clients that speak; they stay for a few heartbeats. */
export async function traffic(services) {
  await sayHello(port(services, 'tcp-echo'))
  const hub = `http://127.0.0.1:${port(services, 'hub')}`
  const sockets = Array.from({ length: 3 }, () => io(hub, { forceNew: true }))
  await Promise.all(sockets.map((socket) => new Promise((done) => socket.once('connect', done))))
  await pause(600)
  const heard = new Promise((done) => sockets[1].once('incoming-message', done))
  sockets[0].emit('speak', 'Is anybody there?')
  await heard
  await sockets[0].emitWithAck('echo', { n: 1, bytes: 'é' })
  sockets[0].emit('whisper', 'nobody listens for this')
  await pause(12_000)
  return sockets
}
