/**
 * The keys of a session, from the secrets of a key log: RFC 8446 §7.1 and §7.3 for TLS 1.3, RFC 5246 §5 and §6.3
 * for TLS 1.2 with the ciphers of RFC 5288, 6655 and 7905.
 */
import { CIPHER_SUITES } from './tls-cipher-suites.ts'
import { isTls13 } from './tls-values.ts'

export type HashName = 'sha256' | 'sha384'
export type CipherName = 'aes-128-gcm' | 'aes-256-gcm' | 'aes-128-ccm' | 'aes-256-ccm' | 'chacha20-poly1305'

/** What a key log has to say: the secret of that label in the session with that client random, in lower-case hex. */
export interface KeyLog {
  find(label: string, clientRandom: string): Uint8Array | undefined
  /** Calls back once, when the next secrets of that session are known; whoever has waited longest may be forgotten. */
  await?(clientRandom: string, told: () => void): void
}

/** Cryptography, passed in because protocols import no Node module. */
export interface Ciphers {
  hmac(hash: HashName, key: Uint8Array, data: Uint8Array): Uint8Array
  /** In lower-case hex. */
  md5(text: string): string
  /** The content of `sealed`, whose last `tagLength` bytes are the tag; `undefined` where the tag does not fit. */
  open(sealed: Sealed): Uint8Array | undefined
}

export interface Sealed {
  readonly cipher: CipherName
  readonly tagLength: number
  readonly key: Uint8Array
  /** 12 bytes. */
  readonly nonce: Uint8Array
  /** What is not sealed but vouched for: additional data. */
  readonly beside: Uint8Array
  readonly sealed: Uint8Array
}

/** A cipher suite as far as its records need it. */
export interface Suite {
  readonly cipher: CipherName
  readonly keyLength: number
  readonly tagLength: number
  readonly hash: HashName
  /** Bytes of the nonce that come from the keys; before TLS 1.3 GCM and CCM send the other 8 with each record. */
  readonly saltLength: 4 | 12
}

export interface Keys {
  readonly suite: Suite
  readonly key: Uint8Array
  readonly iv: Uint8Array
}

const AEAD = /_(AES_128_GCM|AES_256_GCM|AES_128_CCM|AES_256_CCM|CHACHA20_POLY1305)(_8)?(?:_SHA(256|384))?$/

/** `undefined` for suites whose records are not opened here: those with a MAC of their own (CBC, RC4), and rare ones. */
export function suiteOf(code: number, version: number): Suite | undefined {
  const [, name, short, hash] = AEAD.exec(CIPHER_SUITES[code] ?? '') ?? []
  if (name === undefined) return undefined
  const chacha = name.startsWith('CHACHA')
  return {
    cipher: name.toLowerCase().replaceAll('_', '-') as CipherName,
    keyLength: name.includes('128') ? 16 : 32,
    tagLength: short === undefined ? 16 : 8,
    hash: hash === '384' ? 'sha384' : 'sha256',
    saltLength: chacha || isTls13(version) ? 12 : 4,
  }
}

const ascii = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** HKDF-Expand-Label with an empty context (RFC 8446 §7.1). */
export function expandLabel(
  ciphers: Ciphers,
  hash: HashName,
  secret: Uint8Array,
  label: string,
  length: number,
): Uint8Array {
  const words = ascii(`tls13 ${label}`)
  const info = joined(Uint8Array.of(length >> 8, length & 0xff, words.length), words, Uint8Array.of(0))
  let block: Uint8Array = new Uint8Array(0)
  let out: Uint8Array = new Uint8Array(0)
  for (let i = 1; out.length < length; i++) {
    block = ciphers.hmac(hash, secret, joined(block, info, Uint8Array.of(i)))
    out = joined(out, block)
  }
  return out.subarray(0, length)
}

/** Of one direction and one secret (RFC 8446 §7.3). */
export function trafficKeys(ciphers: Ciphers, suite: Suite, secret: Uint8Array): Keys {
  return {
    suite,
    key: expandLabel(ciphers, suite.hash, secret, 'key', suite.keyLength),
    iv: expandLabel(ciphers, suite.hash, secret, 'iv', 12),
  }
}

/** The secret after a KeyUpdate (RFC 8446 §7.2). */
export function nextSecret(ciphers: Ciphers, suite: Suite, secret: Uint8Array): Uint8Array {
  return expandLabel(ciphers, suite.hash, secret, 'traffic upd', secret.length)
}

/** TLS 1.2's pseudorandom function (RFC 5246 §5). */
export function prf(
  ciphers: Ciphers,
  hash: HashName,
  secret: Uint8Array,
  label: string,
  seed: Uint8Array,
  length: number,
): Uint8Array {
  const start = joined(ascii(label), seed)
  let a: Uint8Array = start
  let out: Uint8Array = new Uint8Array(0)
  while (out.length < length) {
    a = ciphers.hmac(hash, secret, a)
    out = joined(out, ciphers.hmac(hash, secret, joined(a, start)))
  }
  return out.subarray(0, length)
}

/** Both directions' keys of a TLS 1.2 session (RFC 5246 §6.3). */
export function masterKeys(
  ciphers: Ciphers,
  suite: Suite,
  master: Uint8Array,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
): { readonly client: Keys; readonly server: Keys } {
  const { keyLength: k, saltLength: s } = suite
  const seed = joined(serverRandom, clientRandom)
  const block = prf(ciphers, suite.hash, master, 'key expansion', seed, 2 * (k + s))
  const iv = 2 * k
  return {
    client: { suite, key: block.subarray(0, k), iv: block.subarray(iv, iv + s) },
    server: { suite, key: block.subarray(k, iv), iv: block.subarray(iv + s, iv + 2 * s) },
  }
}

/** A record as it travels. */
export interface SealedRecord {
  readonly type: number
  /** In its header. */
  readonly version: number
  readonly body: Uint8Array
}

/** Most that a record may hold when it is sealed (RFC 5246 §6.2.3; TLS 1.3 allows less). */
const LONGEST = (1 << 14) + 2048

/** Opens a record of TLS 1.3: the content with its true type and padding behind it (RFC 8446 §5.2). */
export function openTls13(
  ciphers: Ciphers,
  keys: Keys,
  sequence: number,
  { type, version, body }: SealedRecord,
): Uint8Array | undefined {
  const { cipher, tagLength } = keys.suite
  if (body.length <= tagLength || body.length > LONGEST) return undefined
  const { length } = body
  const beside = Uint8Array.of(type, version >> 8, version & 0xff, length >> 8, length & 0xff)
  const nonce = counted(keys.iv, sequence)
  return ciphers.open({ cipher, tagLength, key: keys.key, nonce, beside, sealed: body })
}

const EXPLICIT = 8

/** Opens a record of TLS 1.2: just the content. */
export function openTls12(
  ciphers: Ciphers,
  keys: Keys,
  sequence: number,
  { type, version, body }: SealedRecord,
): Uint8Array | undefined {
  const { cipher, tagLength, saltLength } = keys.suite
  const explicit = saltLength === 4 ? EXPLICIT : 0
  const length = body.length - explicit - tagLength
  if (length < 0 || body.length > LONGEST) return undefined
  const nonce = explicit > 0 ? joined(keys.iv, body.subarray(0, explicit)) : counted(keys.iv, sequence)
  const beside = new Uint8Array(13)
  writeSequence(beside, 0, sequence)
  beside.set([type, version >> 8, version & 0xff, length >> 8, length & 0xff], 8)
  return ciphers.open({ cipher, tagLength, key: keys.key, nonce, beside, sealed: body.subarray(explicit) })
}

/** The record's number, added to the IV without carry (RFC 8446 §5.3, RFC 7905 §2). */
function counted(iv: Uint8Array, sequence: number): Uint8Array {
  const nonce = new Uint8Array(12)
  writeSequence(nonce, 4, sequence)
  for (const [i, byte] of iv.entries()) nonce[i] = (nonce[i] ?? 0) ^ byte
  return nonce
}

function writeSequence(into: Uint8Array, at: number, sequence: number): void {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength)
  view.setUint32(at, Math.floor(sequence / 0x1_0000_0000))
  view.setUint32(at + 4, sequence >>> 0)
}
