/** One message to one of our services and back, from a client of our own: what the comparison measures. */
import http from 'node:http'
import type net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { io } from 'socket.io-client'
import { WebSocket } from 'ws'
import type { BenchRequests, Exchange } from '../control.ts'
import type { EndpointNode } from '../dashboard/api.ts'
import type { TransportId } from '../dashboard/api-compare.ts'
import { messageOf } from '../errors.ts'
import type { ClientSocket, Dialler } from './dialler.ts'
import { withEchoServers } from './warm-up.ts'

export interface Targets {
  /** By service name, where the dialler finds it. */
  readonly places: Readonly<Record<string, EndpointNode>>
  readonly dial: Dialler
}

type Request = Parameters<BenchRequests['exchange']>[0]

/** What a client is given, and what it leaves behind even when it fails. */
interface Attempt {
  readonly host: string
  readonly port: number
  readonly dial: Dialler
  readonly message: string
  /** Aborted when the time is up. */
  readonly signal: AbortSignal
  /** Tells a local socket's address. */
  used(client: EndpointNode): void
}

/** Resolves with the echo when the connection is closed again, so that its end is on the wire too. */
type Client = (attempt: Attempt) => Promise<{ reply: string; close(): Promise<void> }>

const SERVICES: Readonly<Record<TransportId, { service: string; transport: 'tcp' | 'udp'; client: Client }>> =
  {
    tcp: { service: 'tcp-echo', transport: 'tcp', client: overTcp },
    udp: { service: 'udp-echo', transport: 'udp', client: overUdp },
    websocket: { service: 'websocket-echo', transport: 'tcp', client: overWebSocket },
    'socket.io-polling': { service: 'hub', transport: 'tcp', client: overSocketIo('polling') },
    'socket.io-websocket': { service: 'hub', transport: 'tcp', client: overSocketIo('websocket') },
  }

const REHEARSALS = 3
const REHEARSAL_MS = 1000
const rehearsed = new Map<string, Promise<void>>()

/** Never rejects: what went wrong is in `error`. A transport's first exchange is rehearsed, where nobody measures. */
export async function exchange(request: Request, targets: Targets): Promise<Exchange> {
  const key = `${targets.dial.network} ${request.transport}`
  const known = rehearsed.get(key) ?? rehearse(request.transport, targets.dial)
  rehearsed.set(key, known)
  await known
  return attempt(request, targets)
}

/** What it does not achieve shows in the exchange that counts. */
async function rehearse(transport: TransportId, dialler: Dialler): Promise<void> {
  const request: Request = { transport, message: 'rehearsal', timeoutMs: REHEARSAL_MS }
  const rounds = async (targets: Targets) => {
    for (let round = 0; round < REHEARSALS; round++) {
      const { error } = await attempt(request, targets)
      if (error !== null) return
    }
  }
  const { ground, dial, close } = dialler.rehearse()
  await withEchoServers(ground, (places) => rounds({ places, dial })).catch(() => undefined)
  close()
}

async function attempt(request: Request, { places, dial }: Targets): Promise<Exchange> {
  const { service, transport, client } = SERVICES[request.transport]
  const server = places[service] ?? { address: '', port: 0 }
  const { address: host, port } = server
  const clients: EndpointNode[] = []
  const result: Exchange = {
    reply: null,
    clients,
    server,
    transport,
    programTime: null,
    error: null,
  }
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), request.timeoutMs)
  const used = (socket: EndpointNode) => {
    if (!clients.some((known) => known.port === socket.port)) clients.push(socket)
  }
  try {
    const start = performance.now()
    const { message } = request
    const { reply, close } = await client({ host, port, dial, message, signal: limit.signal, used })
    result.programTime = (performance.now() - start) / 1000
    result.reply = reply
    await close()
  } catch (error) {
    result.error = limit.signal.aborted ? `no answer within ${request.timeoutMs} ms` : messageOf(error)
  } finally {
    clearTimeout(timer)
  }
  return result
}

function overTcp({ host, port, dial, message, signal, used }: Attempt) {
  return new Promise<{ reply: string; close(): Promise<void> }>((resolve, reject) => {
    const expected = Buffer.byteLength(message)
    const chunks: Buffer[] = []
    let received = 0
    const socket = dial.connect(host, port)
    const closed = new Promise<void>((done) => socket.once('close', () => done()))
    const end = () => {
      socket.end()
      return closed
    }
    const check = () => {
      if (received >= expected) resolve({ reply: Buffer.concat(chunks).toString(), close: end })
    }
    socket.on('connect', () => {
      used(localEnd(socket))
      socket.write(message)
      check()
    })
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      received += chunk.length
      check()
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the connection was closed before the whole echo came')))
    onAbort(signal, () => socket.destroy())
  })
}

function overUdp({ host, port, dial, message, signal, used }: Attempt) {
  return new Promise<{ reply: string; close(): Promise<void> }>((resolve, reject) => {
    const socket = dial.datagrams(host)
    const close = () => new Promise<void>((done) => void socket.close(() => done()))
    // Connected, so that an ICMP error comes back as an error, and strangers' datagrams don't come at all.
    socket.connect(port, host, () => {
      const { address, port: local } = socket.address()
      used({ address, port: local })
      socket.send(message)
    })
    const fail = (error: Error) => {
      reject(error)
      void close().catch(() => undefined)
    }
    socket.on('message', (bytes) => resolve({ reply: bytes.toString(), close }))
    socket.on('error', fail)
    onAbort(signal, () => fail(new Error('no answer')))
  })
}

function overWebSocket({ host, port, dial, message, signal, used }: Attempt) {
  return new Promise<{ reply: string; close(): Promise<void> }>((resolve, reject) => {
    const webSocket = new WebSocket(`ws://${bracketed(host)}:${port}`, {
      perMessageDeflate: false,
      createConnection: () => dial.connect(host, port) as net.Socket,
    })
    const closed = new Promise<void>((done) => webSocket.once('close', () => done()))
    webSocket.on('upgrade', (response) => used(localEnd(response.socket)))
    webSocket.on('open', () => webSocket.send(message))
    webSocket.once('message', (data) => {
      const close = () => {
        webSocket.close(1000)
        return closed
      }
      resolve({ reply: String(data), close })
    })
    webSocket.on('error', reject)
    onAbort(signal, () => webSocket.terminate())
  })
}

function overSocketIo(transport: 'polling' | 'websocket'): Client {
  return ({ host, port, dial, message, signal, used }) => {
    const agent = new WatchedAgent(() => dial.connect(host, port), used)
    const socket = io(`http://${bracketed(host)}:${port}`, {
      transports: [transport],
      upgrade: false,
      reconnection: false,
      forceNew: true,
      // In Node this is an http.Agent, whatever the option's type says of it.
      agent: agent as unknown as string,
    })
    const close = async () => {
      socket.disconnect()
      await agent.end()
    }
    return new Promise((resolve, reject) => {
      socket.emit('echo', message, (reply: unknown) => resolve({ reply: String(reply), close }))
      socket.on('connect_error', reject)
      socket.on('disconnect', (reason) => reject(new Error(reason)))
      onAbort(signal, () => {
        reject(new Error('no answer'))
        void close()
      })
    })
  }
}

/** Keeps connections for the next request, as a browser does, and knows the ones it opened. */
class WatchedAgent extends http.Agent {
  readonly #connect: () => ClientSocket
  readonly #used: (client: EndpointNode) => void
  readonly #open = new Set<ClientSocket>()

  constructor(connect: () => ClientSocket, used: (client: EndpointNode) => void) {
    super({ keepAlive: true })
    this.#connect = connect
    this.#used = used
  }

  /** Called by Node for each new connection. */
  override createConnection(): ClientSocket {
    const socket = this.#connect()
    this.#open.add(socket)
    socket.once('connect', () => this.#used(localEnd(socket)))
    socket.once('close', () => this.#open.delete(socket))
    return socket
  }

  /** Lets requests under way come to their end, then closes every connection; at most half a second. */
  async end(): Promise<void> {
    const deadline = performance.now() + 500
    const isBusy = () => Object.keys(this.sockets).length > 0 || Object.keys(this.requests).length > 0
    while (this.#open.size > 0 && performance.now() < deadline) {
      if (!isBusy()) this.destroy()
      await pause(5)
    }
    for (const socket of this.#open) socket.destroy()
  }
}

function localEnd(socket: ClientSocket): EndpointNode {
  return { address: socket.localAddress ?? '', port: socket.localPort ?? 0 }
}

function onAbort(signal: AbortSignal, then: () => void): void {
  if (signal.aborted) then()
  else signal.addEventListener('abort', then, { once: true })
}

const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host)
