/**
 * Echo servers that nobody observes, for a rehearsal: what a program loads and compiles at its first connection
 * would else be measured as the network's time (50 ms between a handshake and its message were seen).
 */
import http from 'node:http'
import net from 'node:net'
import { Server } from 'socket.io'
import { WebSocketServer } from 'ws'
import type { EndpointNode } from '../dashboard/api.ts'
import type { Footing, Ground } from '../services/ground.ts'

/** Runs `rehearse` with echo servers at ports that are no service's, by the services' names; then ends them. */
export async function withEchoServers(
  ground: Ground,
  rehearse: (places: Readonly<Record<string, EndpointNode>>) => Promise<void>,
): Promise<void> {
  const tcp = net.createServer((socket) => socket.pipe(socket))
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

  const live = new Set<net.Socket>()
  const footings: Footing[] = []
  const listen = async (server: net.Server): Promise<EndpointNode> => {
    server.on('connection', (socket: net.Socket) => {
      live.add(socket)
      socket.on('error', () => socket.destroy())
    })
    return placeOf(await ground.listen(server, 0))
  }
  const placeOf = (footing: Footing): EndpointNode => {
    footings.push(footing)
    return { address: footing.hosts[0] ?? '', port: footing.port }
  }
  try {
    await rehearse({
      'tcp-echo': await listen(tcp),
      'udp-echo': placeOf(await ground.bind(0, ({ bytes, answer }) => answer(bytes))),
      'websocket-echo': await listen(web),
      hub: await listen(hub),
    })
  } finally {
    io.engine.close()
    const ends = footings.map((footing) => footing.close())
    for (const socket of live) socket.destroy()
    await Promise.all(ends)
  }
}
