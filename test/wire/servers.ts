/** Real servers for a wire to stand in front of. */
import dgram from 'node:dgram'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import type { TestContext } from 'node:test'
import { type Wire, type WireOptions, wire } from '../../server/wire/wire.ts'

/** Answers `GET /N` with N bytes, each the number of its place. */
export async function webServer(t: TestContext): Promise<number> {
  const server = http.createServer((request, response) => {
    response.end(bytesOf(Number(request.url?.slice(1)) || 5))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return portOf(server)
}

export const bytesOf = (length: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, at) => at & 255))

export async function tcpServer(t: TestContext, onSocket: (socket: net.Socket) => void): Promise<number> {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined)
    t.after(() => socket.destroy())
    onSocket(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => void server.close())
  return portOf(server)
}

export async function udpEcho(t: TestContext): Promise<number> {
  const socket = dgram.createSocket('udp4')
  socket.on('message', (message, { port, address }) => socket.send(message, port, address))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.after(() => void socket.close())
  return socket.address().port
}

const portOf = (server: net.Server): number => (server.address() as net.AddressInfo).port

/** A wire that ends with the test. */
export async function wireFor(t: TestContext, options: WireOptions): Promise<Wire> {
  const opened = await wire(options)
  t.after(() => opened.close())
  return opened
}

/** Without keeping the connection: each request is one of its own. */
export function get(wire: Pick<Wire, 'host' | 'port'>, path = '/'): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const { host, port } = wire
    const request = http.get({ host, port, path, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => resolve(Buffer.concat(chunks)))
      response.on('error', reject)
    })
    request.on('error', reject)
  })
}
