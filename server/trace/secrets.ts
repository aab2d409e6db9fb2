/**
 * The secrets of TLS sessions, as programs write them down for Wireshark: the NSS key log format, a line a secret,
 * `LABEL CLIENT_RANDOM SECRET`, the last two in hex.
 */
import type { KeyLog } from '../protocols/tls-keys.ts'

/** More sessions than a trace has; the oldest go first. Some 250 bytes each in the log. */
const MAX_SECRETS = 100_000
/** Sessions of which we know that their secrets were looked for in vain. */
const MAX_MISSED = 10_000
/** Sessions that wait for a secret: those whose handshake is under way. */
const MAX_AWAITED = 1000
/** A label is one of the format's, or one to come. */
const LINE = /^([A-Z][A-Z0-9_]{2,63}) ([0-9a-fA-F]{64}) ([0-9a-fA-F]{32,192})$/
/** A text that ends in the middle of a line waits for the rest; longer than any line can be. */
const LONGEST_LINE = 512

interface Secret {
  readonly line: string
  readonly bytes: Uint8Array
}

export class TlsSecrets implements KeyLog {
  readonly #secrets = new Map<string, Secret>()
  /** Client randoms of sessions whose secrets were looked for and not there. */
  readonly #missed = new Set<string>()
  /** Who is to be told of further secrets of a session, by its client random; the longest waiting first. */
  readonly #awaited = new Map<string, (() => void)[]>()
  #late = false
  #malformed = 0
  #version = 0

  /** Lines that are no secret, and no comment. */
  get malformed(): number {
    return this.#malformed
  }

  /** How many secrets are known. */
  get size(): number {
    return this.#secrets.size
  }

  /** Grows with each secret that was not known before. */
  get version(): number {
    return this.#version
  }

  /** A secret came after its session had asked for it: what is sealed there could be opened by reading it again. */
  get late(): boolean {
    return this.#late
  }

  /** Everything is read again with what is known now. */
  caughtUp(): void {
    this.#late = false
    this.#missed.clear()
  }

  /** All of it again, as one key log: what an exported capture takes along. */
  get text(): string {
    let text = ''
    for (const { line } of this.#secrets.values()) text += `${line}\n`
    return text
  }

  /** Takes in whole lines of a key log; what is known already is known. */
  add(nssKeyLog: string): void {
    const told = new Set<string>()
    for (const raw of nssKeyLog.split('\n')) {
      const line = raw.length > LONGEST_LINE ? raw : raw.trim()
      if (line === '' || line.startsWith('#')) continue
      const [, label, random, secret] = LINE.exec(line) ?? []
      if (label === undefined || random === undefined || secret === undefined || secret.length % 2 !== 0) {
        this.#malformed++
        continue
      }
      if (this.#missed.has(random.toLowerCase())) this.#late = true
      if (this.#awaited.has(random.toLowerCase())) told.add(random.toLowerCase())
      this.#keep(`${label} ${random.toLowerCase()}`, secret.toLowerCase())
    }
    for (const random of told) this.#tell(random)
  }

  #tell(random: string): void {
    const waiting = this.#awaited.get(random) ?? []
    this.#awaited.delete(random)
    for (const told of waiting) told()
  }

  await(clientRandom: string, told: () => void): void {
    const others = this.#awaited.get(clientRandom)
    if (others !== undefined) others.push(told)
    else this.#awaited.set(clientRandom, [told])
    if (this.#awaited.size <= MAX_AWAITED) return
    const [longest] = this.#awaited.keys()
    if (longest !== undefined) this.#awaited.delete(longest)
  }

  /** `clientRandom` in lower-case hex. */
  find(label: string, clientRandom: string): Uint8Array | undefined {
    const known = this.#secrets.get(`${label} ${clientRandom}`)
    if (known === undefined && this.#missed.size < MAX_MISSED) this.#missed.add(clientRandom)
    return known?.bytes
  }

  #keep(key: string, secret: string): void {
    const line = `${key} ${secret}`
    const known = this.#secrets.get(key)
    if (known?.line === line) return
    // What is told last holds, and is the youngest.
    this.#secrets.delete(key)
    this.#secrets.set(key, { line, bytes: Uint8Array.from(Buffer.from(secret, 'hex')) })
    this.#version++
    if (this.#secrets.size <= MAX_SECRETS) return
    const [oldest] = this.#secrets.keys()
    if (oldest !== undefined) this.#secrets.delete(oldest)
  }
}
