/** Real TLS sessions between Node's client and server, without a network: what each side wrote, and the key log. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import tls from 'node:tls'
import { within } from '../services/waiting.ts'
import type { Said } from './wire.ts'

export interface SessionOptions {
  readonly version: 'TLSv1.2' | 'TLSv1.3'
  /** In OpenSSL's names. */
  readonly ciphers: string
  readonly key?: 'rsa' | 'ec'
  /** What the client says inside, and what the server answers to each, in turns. */
  readonly talk: readonly (readonly [ask: Uint8Array, answer: Uint8Array])[]
}

export interface Session {
  readonly said: readonly Said[]
  readonly keyLog: string
}

/** One end of a pipe that notes what goes through. */
class End extends Duplex {
  other: End | undefined
  readonly #note: (bytes: Uint8Array) => void
  constructor(note: (bytes: Uint8Array) => void) {
    super({ allowHalfOpen: true })
    this.#note = note
  }
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#note(Uint8Array.from(chunk))
    this.other?.push(chunk)
    done()
  }
  override _final(done: () => void): void {
    this.other?.push(null)
    done()
  }
}

let certificates: Record<'rsa' | 'ec', { key: string; cert: string }> | undefined

/** Made once, by openssl: keys are slow. */
export function testCertificates(): NonNullable<typeof certificates> {
  if (certificates !== undefined) return certificates
  const folder = mkdtempSync(join(os.tmpdir(), 'wirelab-tls-'))
  const make = (name: string, kind: string[]) => {
    const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)]
    const files = ['-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost']
    execFileSync('openssl', ['req', '-x509', '-nodes', '-newkey', ...kind, ...files], { stdio: 'ignore' })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  }
  try {
    certificates = {
      rsa: make('rsa', ['rsa:2048']),
      ec: make('ec', ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']),
    }
    return certificates
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export async function tlsSession({ version, ciphers, key = 'rsa', talk }: SessionOptions): Promise<Session> {
  const said: Said[] = []
  let keyLog = ''
  const client = new End((bytes) => said.push(['client', bytes]))
  const server = new End((bytes) => said.push(['server', bytes]))
  client.other = server
  server.other = client
  const both = { minVersion: version, maxVersion: version, ciphers, ALPNProtocols: ['http/1.1'] } as const
  const secureContext = tls.createSecureContext({ ...testCertificates()[key], ...both })
  const inServer = new tls.TLSSocket(server, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] })
  inServer.on('keylog', (line: Buffer) => {
    keyLog += line.toString()
  })
  const inClient = tls.connect({
    socket: client,
    rejectUnauthorized: false,
    servername: 'localhost',
    ...both,
  })
  await within(once(inClient, 'secureConnect'))
  for (const [ask, answer] of talk) {
    const heard = received(inServer, ask.length)
    inClient.write(ask)
    await within(heard)
    const back = received(inClient, answer.length)
    inServer.write(answer)
    await within(back)
  }
  const closed = once(inServer, 'end')
  inServer.resume()
  inClient.end()
  await within(closed)
  inServer.end()
  inServer.destroy()
  inClient.destroy()
  return { said, keyLog }
}

function received(socket: tls.TLSSocket, length: number): Promise<void> {
  return new Promise((resolve) => {
    let count = 0
    const take = (chunk: Buffer) => {
      count += chunk.length
      if (count < length) return
      socket.off('data', take)
      resolve()
    }
    socket.on('data', take)
  })
}
