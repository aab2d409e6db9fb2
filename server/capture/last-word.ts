/**
 * A capture child must not outlive us, however we end. One that writes to a socket nobody reads dies of it,
 * but only when there is a packet to write; and the kernel's own means (PDEATHSIG) is dropped for programs
 * with capabilities, which is what capture tools have.
 *
 * So we keep one idle TCP connection to ourselves over loopback. When this process ends, even by SIGKILL, the
 * kernel closes both its ends, and those last segments are what the child then fails to write. Their port is
 * none of the lab's: the trace never sees them.
 */
import net from 'node:net'

/** Opens the connection; the answer closes it. Neither end keeps the process alive. */
export async function openLastWord(): Promise<() => void> {
  const server = net.createServer((socket) => {
    ends.push(socket)
    settle(socket)
  })
  const ends: net.Socket[] = []
  const settle = (socket: net.Socket) => {
    socket.unref()
    socket.resume()
    socket.on('error', () => socket.destroy())
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  server.unref()
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server without a port')
  const client = net.connect(address.port, address.address)
  settle(client)
  ends.push(client)
  await new Promise<void>((resolve) => {
    client.once('connect', resolve)
    client.once('close', () => resolve())
  })
  return () => {
    server.close()
    for (const each of ends) each.destroy()
  }
}
