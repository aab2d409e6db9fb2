/** What the two hellos say that the rest of the session hangs on: read without a cursor, since every pass needs it. */
import { hexText } from './field.ts'
import { EXTENSION, HANDSHAKE, isGrease } from './tls-values.ts'

export interface Hello {
  readonly type: number
  /** As its second field has it; since TLS 1.3 the true one is `chosen`, or among `versions`. */
  readonly version: number
  readonly random: Uint8Array
  /** What the client offers; what the server chose is the only one. */
  readonly suites: readonly number[]
  /** Types of its extensions, in order. */
  readonly extensions: readonly number[]
  readonly groups: readonly number[]
  readonly pointFormats: readonly number[]
  /** Of `supported_versions`: all that the client speaks, or the one that the server chose. */
  readonly versions: readonly number[]
  /** Of ALPN: what the client would like, or what the server chose. */
  readonly protocols: readonly string[]
}

/** SHA-256 of "HelloRetryRequest": a ServerHello with this random is one (RFC 8446 §4.1.3). */
const RETRY = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c'

export function isRetry(hello: Hello): boolean {
  return hello.type === HANDSHAKE.serverHello && hexText(hello.random) === RETRY
}

/** Reads forward and answers 0, or less than was asked for, behind the end. */
class Reader {
  readonly bytes: Uint8Array
  at: number
  readonly end: number
  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes
    this.at = at
    this.end = Math.min(end, bytes.length)
  }
  get left(): number {
    return Math.max(0, this.end - this.at)
  }
  u8(): number {
    return this.at < this.end ? (this.bytes[this.at++] ?? 0) : 0
  }
  u16(): number {
    return this.u8() * 256 + this.u8()
  }
  take(length: number): Uint8Array {
    const from = this.at
    this.at = Math.min(this.end, from + length)
    return this.bytes.subarray(from, this.at)
  }
  inside(length: number): Reader {
    const from = this.at
    this.take(length)
    return new Reader(this.bytes, from, this.at)
  }
  words(length: number): number[] {
    const inner = this.inside(length)
    const found: number[] = []
    while (inner.left >= 2) found.push(inner.u16())
    return found
  }
}

/**
 * The hello in `bytes`, whose handshake header begins at `start`; `undefined` where it is none. One that is cut short
 * is read as far as it goes.
 */
export function readHello(bytes: Uint8Array, start: number, end: number): Hello | undefined {
  const type = bytes[start] ?? -1
  if (type !== HANDSHAKE.clientHello && type !== HANDSHAKE.serverHello) return undefined
  const r = new Reader(bytes, start + 4, end)
  if (r.left < 34) return undefined
  const fromClient = type === HANDSHAKE.clientHello
  const version = r.u16()
  // Copies: the state of a connection outlives the frame that is only lent here.
  const random = r.take(32).slice()
  r.take(r.u8())
  const suites = fromClient ? r.words(r.u16()) : r.words(2)
  r.take(fromClient ? r.u8() : 1)
  const extensions: number[] = []
  const hello = { type, version, random, suites, extensions }
  const more: Pick<Hello, 'groups' | 'pointFormats' | 'versions' | 'protocols'> = {
    groups: [],
    pointFormats: [],
    versions: [],
    protocols: [],
  }
  const all = r.inside(r.u16())
  while (all.left >= 4) {
    const kind = all.u16()
    extensions.push(kind)
    Object.assign(more, extension(kind, all.inside(all.u16()), fromClient))
  }
  return { ...hello, ...more }
}

function extension(kind: number, r: Reader, fromClient: boolean): Partial<Hello> {
  switch (kind) {
    case EXTENSION.supportedGroups:
      return { groups: r.words(r.u16()) }
    case EXTENSION.ecPointFormats:
      return { pointFormats: [...r.take(r.u8())] }
    case EXTENSION.supportedVersions:
      return { versions: fromClient ? r.words(r.u8()) : r.words(2) }
    case EXTENSION.alpn: {
      const inner = r.inside(r.u16())
      const protocols: string[] = []
      while (inner.left > 0) protocols.push(String.fromCharCode(...inner.take(inner.u8())))
      return { protocols }
    }
    default:
      return {}
  }
}

/** The version that a ServerHello settles. */
export function chosenVersion(hello: Hello): number {
  return hello.versions[0] ?? hello.version
}

/** JA3, and of a ServerHello JA3S: numbers in decimal, those of GREASE left out. */
export function ja3(hello: Hello): string {
  const list = (codes: readonly number[]) => codes.filter((code) => !isGrease(code)).join('-')
  const { version, suites, extensions, groups, pointFormats } = hello
  const shared = `${version},${list(suites)},${list(extensions)}`
  return hello.type === HANDSHAKE.clientHello ? `${shared},${list(groups)},${list(pointFormats)}` : shared
}

/** The protocols in an EncryptedExtensions message: there TLS 1.3 has what the server chose. */
export function encryptedProtocol(bytes: Uint8Array, start: number, end: number): string | undefined {
  const r = new Reader(bytes, start + 4, end)
  const all = r.inside(r.u16())
  while (all.left >= 4) {
    const kind = all.u16()
    const found = extension(kind, all.inside(all.u16()), false).protocols?.[0]
    if (found !== undefined) return found
  }
  return undefined
}
