/**
 * TCP echo (RFC 862): every byte comes back, in order. The whole service is one `pipe`.
 *
 * `pipe` also carries the pressure back: when the client reads slowly, the socket's send buffer fills,
 * `pipe` stops reading, the receive window closes, and the client must wait. And since `allowHalfOpen` is
 * on, a client that has said all it had to say (FIN) still gets the rest of its echo before our own FIN.
 */
import net from 'node:net'
import { previewBytes, report, reportFrequent } from './application-events.ts'
import { type Service, type ServiceOptions, serve } from './service.ts'

export async function startTcpEcho(options: ServiceOptions): Promise<Service> {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    // Listeners are called in the order in which they came: the word first, then the echo, then that it was written.
    const { read, written } = tell(socket)
    socket.on('data', read)
    socket.pipe(socket)
    socket.on('data', written)
  })
  return { name: 'tcp-echo', ...(await serve(server, options)) }
}

/** Tells the observer what happens; the echo works the same without it. */
function tell(socket: net.Socket): Record<'read' | 'written', (bytes: Buffer) => void> {
  const { remoteAddress = null, remotePort = null } = socket
  const from = { service: 'tcp-echo', remoteAddress, remotePort }
  let reason = 'closed by the client'
  report({ ...from, kind: 'connect' })
  socket.on('error', (error) => {
    reason = error.message
  })
  socket.on('close', () => report({ ...from, kind: 'disconnect', reason }))
  const data = (kind: 'on' | 'emit', direction: 'in' | 'out', event: string) => (bytes: Buffer) =>
    reportFrequent(() => ({
      ...from,
      kind,
      direction,
      event,
      args: previewBytes(bytes),
      listeners: kind === 'on' ? 1 : null,
    }))
  return { read: data('on', 'in', 'data'), written: data('emit', 'out', 'write') }
}
