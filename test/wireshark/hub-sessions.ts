/** Real Socket.IO sessions for the readers to agree on: what a real client and a real server said, as frames. */
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { io, type Socket } from 'socket.io-client'
import type { Frame } from '../../server/protocols/packet.ts'
import { Relay } from '../protocols/recorded-session.ts'
import { testCertificates } from '../protocols/tls-session.ts'

export type Transport = 'polling' | 'websocket'

export interface SessionOptions {
  readonly transports: readonly Transport[]
  /** The server compresses messages of any length by permessage-deflate. */
  readonly deflate?: boolean
  /** Over TLS. */
  readonly sealed?: boolean
}

/** A hub that has everything a session may have: acks both ways, binary both ways, namespaces, refusals, recovery. */
function startHub(server: http.Server | https.Server, deflate: boolean): Server {
  const hub = new Server(server, {
    pingInterval: 120,
    pingTimeout: 400,
    connectionStateRecovery: {},
    ...(deflate && { perMessageDeflate: { threshold: 0 }, httpCompression: { threshold: 0 } }),
  })
  hub.use((socket, next) => {
    next(
      socket.handshake.auth.refuse
        ? Object.assign(new Error('not "authorized"'), { data: { code: 401 } })
        : undefined,
    )
  })
  hub.on('connection', (socket) => {
    socket.emit('hello', 'srv', { nested: [1, null, 'é\n"\\'] })
    socket.on('sum', (a: number, b: number, reply: (sum: number) => void) => reply(a + b))
    socket.on('bytes', (bytes: Buffer, reply: (a: Buffer, b: Buffer) => void) =>
      reply(bytes.subarray(1), Buffer.alloc(300, 7)),
    )
    socket.on('ask me', () => {
      socket.emit('question', 'how?', (answer: string) => socket.emit('heard', answer))
    })
  })
  hub.of('/chat').on('connection', (socket) => {
    socket.on('say', (text: string) => hub.of('/chat').emit('said', text))
  })
  return hub
}

export interface RecordedSession {
  readonly frames: readonly Frame[]
  /** The secrets of its TLS connections; undefined without TLS. */
  readonly keyLog: string | undefined
}

/** The frames of one client's whole session with the hub, from its first request to its goodbye. */
export async function hubSession(options: SessionOptions): Promise<RecordedSession> {
  const { transports, deflate = false, sealed = false } = options
  const answer = (_: unknown, response: http.ServerResponse) => void response.end('plain words')
  const server = sealed ? https.createServer(testCertificates().ec, answer) : http.createServer(answer)
  let keyLog = ''
  server.on('keylog', (line: Buffer) => {
    keyLog += line
  })
  const hub = startHub(server, deflate)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const relay = new Relay((server.address() as AddressInfo).port)
  const url = `${sealed ? 'https' : 'http'}://127.0.0.1:${await relay.listen()}`
  try {
    await talk(url, transports)
    await refused(url, transports)
    for (const query of ['EIO=4&sid=nobody&', 'EIO=4&', 'EIO=3&'])
      await ask(`${url}/socket.io/?${query}transport=polling`)
    await ask(`${url}/elsewhere?transport=polling`)
  } finally {
    relay.close()
    hub.close()
    server.closeAllConnections()
  }
  return { frames: relay.wire.frames, keyLog: sealed ? keyLog : undefined }
}

/** One request on a connection of its own, whatever is answered. */
function ask(url: string): Promise<void> {
  const { get } = url.startsWith('https') ? https : http
  return new Promise((resolve, reject) => {
    get(url, { rejectUnauthorized: false, agent: false }, (response) => {
      response.resume().once('end', () => resolve())
    }).once('error', reject)
  })
}

const event = (socket: Socket, name: string) =>
  new Promise<void>((resolve) => socket.once(name, () => resolve()))

async function talk(url: string, transports: readonly Transport[]): Promise<void> {
  const socket = io(url, {
    transports: [...transports],
    forceNew: true,
    rejectUnauthorized: false,
    reconnectionDelay: 10,
    auth: { token: 't' },
  })
  socket.on('question', (_: string, reply: (answer: string) => void) => reply('so'))
  const heard = event(socket, 'hello')
  await event(socket, 'connect')
  const { engine } = socket.io
  if (transports.length > 1 && engine.transport.name !== 'websocket') {
    await new Promise<void>((resolve) => engine.once('upgrade', () => resolve()))
  }
  await heard
  await socket.emitWithAck('sum', 2, 3)
  await socket.emitWithAck('bytes', Buffer.from([1, 2, 3]))
  const answered = event(socket, 'heard')
  socket.emit('ask me')
  await answered
  const chat = socket.io.socket('/chat')
  await event(chat, 'connect')
  const said = event(chat, 'said')
  chat.emit('say', 'grüße 🎉')
  await said
  const nowhere = socket.io.socket('/nowhere')
  await event(nowhere, 'connect_error')
  for (let beats = 0; beats < 2; beats++)
    await new Promise<void>((resolve) => socket.io.engine.once('heartbeat', () => resolve()))
  await recover(socket)
  chat.disconnect()
  const gone = new Promise((resolve) => socket.io.engine.once('close', () => resolve(undefined)))
  socket.disconnect()
  await gone
}

/** The connection breaks, and the client comes back to the same session. */
async function recover(socket: Socket): Promise<void> {
  const back = event(socket, 'connect')
  socket.io.engine.close()
  await back
}

async function refused(url: string, transports: readonly Transport[]): Promise<void> {
  const socket = io(url, {
    transports: [...transports],
    forceNew: true,
    rejectUnauthorized: false,
    reconnection: false,
    auth: { refuse: true },
  })
  await event(socket, 'connect_error')
  socket.disconnect()
}
