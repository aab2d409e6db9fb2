/**
 * TLS in front of a server that knows nothing of it: each connection is sealed, and what is inside handed on by the
 * server's own `connection` event, as `https.Server` does with its own.
 */
import net from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { Certificate } from './certificate.ts'
import { isKeyLogWanted, tellSecret } from './key-log.ts'
import { type Service, type ServiceOptions, serve } from './service.ts'

/** What may be agreed on inside: the hub speaks no HTTP/2. */
const INSIDE = ['http/1.1']
/** A connection that has not shaken hands by then holds a place for nothing. */
const HANDSHAKE_MS = 20_000

/** Rejects as `serve` does. */
export async function openSealedDoor(
  name: string,
  inner: net.Server,
  certificate: Pick<Certificate, 'key' | 'cert'>,
  options: ServiceOptions,
): Promise<Service> {
  const { key, cert } = certificate
  const secureContext = createSecureContext({ key, cert })
  // Each side closes for itself, and small answers go at once: what `https.Server` asks of its connections.
  const door = net.createServer({ allowHalfOpen: true, noDelay: true }, (raw) => {
    const sealed = new TLSSocket(raw, { isServer: true, secureContext, ALPNProtocols: INSIDE })
    if (isKeyLogWanted()) sealed.on('keylog', (line: Buffer) => tellSecret(line.toString('latin1')))
    nameEnds(sealed, raw)
    // A handshake that fails, or a peer that vanishes, ends this connection and nothing else.
    sealed.on('error', () => sealed.destroy())
    const patience = setTimeout(() => sealed.destroy(), HANDSHAKE_MS).unref()
    sealed.once('secure', () => clearTimeout(patience))
    sealed.once('close', () => {
      clearTimeout(patience)
      raw.destroy()
    })
    inner.emit('connection', sealed)
  })
  const listening = await serve(door, options)
  return { name, ...listening }
}

/** Node finds a socket's addresses by its handle: one of the lab network has none, and is asked itself. */
function nameEnds(sealed: TLSSocket, raw: net.Socket): void {
  const ends = ['remoteAddress', 'remotePort', 'localAddress', 'localPort'] as const
  for (const end of ends) {
    Object.defineProperty(sealed, end, { configurable: true, enumerable: true, get: () => raw[end] })
  }
}
