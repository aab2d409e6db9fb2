/**
 * Services at a host of the lab network: they take its connections directly, so their peer is the lab address, and
 * nothing is split there.
 */
import { once } from 'node:events'
import type net from 'node:net'
import type { Host } from '../network/host.ts'
import { onHost } from '../network/socket/attachment.ts'
import { labDatagram } from '../network/socket/lab-datagram.ts'
import { LabServer, type LabServerOptions } from '../network/socket/lab-server.ts'
import { BACKLOG, type Datagram, type Footing, type Ground, MAX_CONNECTIONS } from './ground.ts'

export function labGround(host: Host): Ground {
  return {
    listen: (server, port) => listen(host, server, port),
    bind: (port, receive) => bind(host, port, receive),
  }
}

async function listen(host: Host, server: net.Server, port: number): Promise<Footing> {
  const attachment = onHost(host)
  const options: LabServerOptions = {
    // Each side closes for itself, as `http.Server` and our TCP echo want it.
    allowHalfOpen: true,
    noDelay: hasNoDelay(server),
    copyWrites: false,
  }
  const door = new LabServer(
    () => attachment,
    options,
    (socket) => server.emit('connection', socket),
  )
  door.maxConnections = MAX_CONNECTIONS
  door.listen({ port, backlog: BACKLOG })
  await once(door, 'listening')
  door.on('error', () => undefined)
  // `http.Server` begins to look after slow requests when it is told this.
  server.emit('listening')
  const { address, port: bound } = door.address() ?? { address: '', port: 0 }
  return {
    port: bound,
    hosts: [address],
    close: () =>
      new Promise((resolve) => {
        // It never listened by itself; this ends what `listening` began.
        server.close(() => undefined)
        door.close(() => resolve())
      }),
  }
}

/** What the server was made with: `http.Server` switches Nagle's algorithm off, `net.Server` does not. */
function hasNoDelay(server: net.Server): boolean {
  return 'noDelay' in server && server.noDelay === true
}

async function bind(host: Host, port: number, receive: (datagram: Datagram) => void): Promise<Footing> {
  const socket = labDatagram(host)
  socket.bind(port)
  await once(socket, 'listening')
  socket.on('error', () => undefined)
  socket.on('message', (bytes: Buffer, { address, port: from }: { address: string; port: number }) => {
    const answer = (back: Uint8Array) => socket.send(back, from, address)
    receive({ bytes, address, port: from, answer })
  })
  const { address, port: bound } = socket.address()
  return {
    port: bound,
    hosts: [address],
    close: () => new Promise((resolve) => void socket.close(() => resolve())),
  }
}
