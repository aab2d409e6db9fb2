/**
 * Echo servers that nobody observes, for a rehearsal: what a program loads and compiles at its first connection
 * would else be measured as the network's time (50 ms between a handshake and its message were seen).
 */
import dgram from 'node:dgram'
import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { WebSocketServer } from 'ws'
import type { Targets } from './exchange.ts'

const HOST = '127.0.0.1'

/** Runs `rehearse` with echo servers on ports that are no service's, by the services' names; then ends them. */
export async function withEchoServers(rehearse: (targets: Targets) => Promise<void>): Promise<void> {
  const tcp = net.createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.pipe(socket)
  })
  const udp = dgram.createSocket('udp4')
  udp.on('message', (bytes, from) => udp.send(bytes, from.port, from.address))
  udp.on('error', () => undefined)
  const web = http.createServer()
  new WebSocketServer({ server: web }).on('connection', (webSocket) => {
    webSocket.on('message', (bytes, binary) => webSocket.send(bytes, { binary }))
    webSocket.on('error', () => webSocket.terminate())
  })
  const hub = http.createServer()
  const io = new Server(hub)
  io.on('connection', (socket) => {
    socket.on('echo', (message: unknown, ack: (answer: unknown) => void) => ack(message))
  })
  try {
    udp.bind(0, HOST)
    await once(udp, 'listening')
    const [tcpPort, webPort, hubPort] = [await listen(tcp), await listen(web), await listen(hub)]
    const ports = {
      'tcp-echo': tcpPort,
      'udp-echo': udp.address().port,
      'websocket-echo': webPort,
      hub: hubPort,
    }
    await rehearse({ host: HOST, ports })
  } finally {
    tcp.close()
    udp.close()
    web.close()
    web.closeAllConnections()
    io.disconnectSockets(true)
    await io.close()
  }
}

async function listen(server: net.Server): Promise<number> {
  server.listen(0, HOST)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
