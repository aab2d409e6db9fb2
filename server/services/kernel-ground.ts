/** Services at addresses of this computer, by its own network. */
import dgram from 'node:dgram'
import net from 'node:net'
import { samePort } from '../same-port.ts'
import { BACKLOG, type Datagram, type Footing, type Ground, MAX_CONNECTIONS } from './ground.ts'

/** All at the same port; an address that this machine lacks is left out. */
export function kernelGround(hosts: readonly string[]): Ground {
  return {
    listen: (server, port) => listen(server, hosts, port),
    bind: (port, receive) => bind(hosts, port, receive),
  }
}

/**
 * Makes one server reachable at several addresses: it listens on the first, and the others' connections are handed
 * to it by its `connection` event, so that it need not know.
 */
async function listen(server: net.Server, hosts: readonly string[], port: number): Promise<Footing> {
  server.maxConnections = MAX_CONNECTIONS
  const doors: net.Server[] = []
  const bound = await samePort(
    { hosts, port },
    async (host, wanted) => {
      const door = doors.length === 0 ? server : doorTo(server)
      await listening(door, host, wanted)
      doors.push(door)
      return addressPort(door)
    },
    async () => {
      await Promise.all(doors.splice(0).map(closed))
    },
  )
  return {
    ...bound,
    async close() {
      await Promise.all(doors.map(closed))
    },
  }
}

function doorTo(server: net.Server): net.Server {
  // As `http.Server` and our TCP echo want their sockets: each side closes for itself.
  const door = net.createServer({ allowHalfOpen: true }, (socket) => server.emit('connection', socket))
  door.maxConnections = MAX_CONNECTIONS
  return door
}

function listening(server: net.Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true, backlog: BACKLOG }, () => {
      server.off('error', reject)
      // Running out of file descriptors, for one: the next client waits, the rest goes on.
      server.on('error', () => undefined)
      resolve()
    })
  })
}

function addressPort(server: net.Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function closed(server: net.Server): Promise<void> {
  return new Promise((resolve) => void (server.listening ? server.close(() => resolve()) : resolve()))
}

async function bind(
  hosts: readonly string[],
  port: number,
  receive: (datagram: Datagram) => void,
): Promise<Footing> {
  const sockets: dgram.Socket[] = []
  const bound = await samePort(
    { hosts, port },
    async (host, wanted) => {
      const ip6 = host.includes(':')
      const socket = dgram.createSocket({ type: ip6 ? 'udp6' : 'udp4', ipv6Only: ip6 })
      await bindSocket(socket, host, wanted)
      sockets.push(socket)
      socket.on('message', (bytes, { address, port: from }) => {
        // An error here concerns this one datagram (an unreachable sender): there is nobody to tell.
        const answer = (back: Uint8Array) => socket.send(back, from, address, () => undefined)
        receive({ bytes, address, port: from, answer })
      })
      return socket.address().port
    },
    async () => {
      await Promise.all(sockets.splice(0).map(closedSocket))
    },
  )
  return {
    ...bound,
    async close() {
      await Promise.all(sockets.splice(0).map(closedSocket))
    },
  }
}

function bindSocket(socket: dgram.Socket, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      socket.close()
      reject(error)
    }
    socket.once('error', failed)
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off('error', failed)
      // ICMP told that an earlier answer found nobody: no reason to stop.
      socket.on('error', () => undefined)
      resolve()
    })
  })
}

function closedSocket(socket: dgram.Socket): Promise<void> {
  return new Promise((resolve) => void socket.close(() => resolve()))
}
