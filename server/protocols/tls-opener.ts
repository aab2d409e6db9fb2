/**
 * Opens one direction's records with the secrets of a key log. Records bear no number: each side counts its own,
 * from 0 with every new key, so one who has missed some must find the count again.
 */
import {
  type Ciphers,
  type Keys,
  nextSecret,
  openTls12,
  openTls13,
  type SealedRecord,
  type Suite,
} from './tls-keys.ts'
import { CONTENT } from './tls-values.ts'

export interface Opened {
  readonly content: number
  readonly plain: Uint8Array
  /** The key log's label of the secret that opened it. */
  readonly label: string
  /** Records that must have come before it and were not seen. */
  readonly missed: number
}

/** One key, and how many records it has sealed. */
interface Epoch {
  readonly label: string
  readonly keys: Keys
  readonly secret: Uint8Array | undefined
  sequence: number
}

/** How far ahead a lost count is sought: some hundred kB of full records. */
const SEARCHED = 64
/** Keys given when a session was under way already: its handshake took some of the records that were counted. */
const SEARCHED_BACK = 16
/**
 * Tries that one direction may spend in vain, until one succeeds: with a wrong key a gigabyte is not decrypted
 * sixty times over.
 */
const PATIENCE = 512

export class Opener {
  readonly #ciphers: Ciphers
  readonly #tls13: boolean
  /** The labels that follow, in order: each is looked for when its turn has come. */
  readonly #labels: string[]
  readonly #find: (label: string) => Uint8Array | undefined
  readonly #derive: (suite: Suite, secret: Uint8Array) => Keys
  #suite: Suite | undefined
  #current: Epoch | undefined
  #patience = PATIENCE
  /** Sealed records before the first that could be opened. */
  #passed = 0

  constructor(options: {
    readonly ciphers: Ciphers
    readonly tls13: boolean
    /** In the order in which their secrets are used; TLS 1.2 has but one. */
    readonly labels: readonly string[]
    readonly find: (label: string) => Uint8Array | undefined
    /** Keys of this direction from such a secret. */
    readonly derive: (suite: Suite, secret: Uint8Array) => Keys
    readonly suite: Suite | undefined
  }) {
    this.#ciphers = options.ciphers
    this.#tls13 = options.tls13
    this.#labels = [...options.labels]
    this.#find = options.find
    this.#derive = options.derive
    this.#suite = options.suite
  }

  /** Early data went before: what comes behind it is sealed by this suite with these labels' secrets. */
  follow(suite: Suite | undefined, labels: readonly string[]): void {
    this.#suite = suite
    this.#labels.push(...labels)
  }

  /** Whether there is a secret to try at all. */
  get hopeful(): boolean {
    return this.#current !== undefined || this.#labels.some((label) => this.#find(label) !== undefined)
  }

  /** Whether a secret that is to come next is not known yet. */
  get expectant(): boolean {
    return this.#suite !== undefined && this.#current === undefined && this.#labels.length > 0
  }

  /** The side has said that its next record is sealed with the next secret: Finished, or EndOfEarlyData. */
  advance(): void {
    this.#current = undefined
    this.#passed = 0
  }

  /** The side has said KeyUpdate (RFC 8446 §7.2). */
  update(): void {
    const updated = this.#updated()
    if (updated !== undefined) this.#current = updated
  }

  /** `again`: a record that was tried before its secret was known. */
  open(record: SealedRecord, again = false): Opened | undefined {
    if (!again) this.#passed++
    this.#current ??= this.#begin()
    const current = this.#current
    if (current === undefined) return undefined
    const opened = this.#attempt(current, current.sequence, record) ?? this.#search(current, record)
    if (opened !== undefined) {
      this.#patience = PATIENCE
      return opened
    }
    // One damaged record is a record all the same; but what came before the first may have had another key.
    if (current.sequence > 0) current.sequence++
    return undefined
  }

  /** The first of the coming secrets that the key log has. */
  #begin(): Epoch | undefined {
    for (const [i, label] of this.#labels.entries()) {
      const epoch = this.#epoch(label)
      if (epoch === undefined) continue
      this.#labels.splice(0, i + 1)
      return epoch
    }
    return undefined
  }

  #epoch(label: string): Epoch | undefined {
    const secret = this.#find(label)
    if (secret === undefined || this.#suite === undefined) return undefined
    return { label, keys: this.#derive(this.#suite, secret), secret, sequence: 0 }
  }

  #updated(): Epoch | undefined {
    const { secret, keys, label } = this.#current ?? {}
    if (secret === undefined || keys === undefined || label === undefined) return undefined
    const next = nextSecret(this.#ciphers, keys.suite, secret)
    return { label, keys: this.#derive(keys.suite, next), secret: next, sequence: 0 }
  }

  /** Records were lost, or a secret was: later counts, later secrets, and counts of one given late. */
  #search(current: Epoch, record: SealedRecord): Opened | undefined {
    for (let ahead = 1; ahead <= SEARCHED && this.#patience > 0; ahead++) {
      const opened = this.#attempt(current, current.sequence + ahead, record)
      if (opened !== undefined) return opened
    }
    if (!this.#tls13) return undefined
    for (const [i, label] of this.#labels.entries()) {
      const epoch = this.#epoch(label)
      if (epoch === undefined) continue
      const opened = this.#seek(epoch, record)
      if (opened === undefined) continue
      this.#current = epoch
      this.#labels.splice(0, i + 1)
      return opened
    }
    const updated = this.#labels.length === 0 ? this.#updated() : undefined
    const opened = updated && this.#seek(updated, record)
    if (opened !== undefined) this.#current = updated
    return opened
  }

  /** With a key that is new to us: at its beginning, or nearly as far as records have been counted. */
  #seek(epoch: Epoch, record: SealedRecord): Opened | undefined {
    const counts = new Set([0, 1, 2, 3])
    for (let back = 1; back <= SEARCHED_BACK; back++) counts.add(this.#passed - back)
    for (const count of counts) {
      if (count < 0 || this.#patience <= 0) continue
      const opened = this.#attempt(epoch, count, record)
      if (opened !== undefined) return opened
    }
    return undefined
  }

  #attempt(epoch: Epoch, sequence: number, record: SealedRecord): Opened | undefined {
    const open = this.#tls13 ? openTls13 : openTls12
    const bytes = open(this.#ciphers, epoch.keys, sequence, record)
    if (bytes === undefined) {
      this.#patience--
      return undefined
    }
    const missed = sequence - epoch.sequence
    epoch.sequence = sequence + 1
    const { label } = epoch
    if (!this.#tls13) return { content: record.type, plain: bytes, label, missed }
    let end = bytes.length - 1
    while (end > 0 && bytes[end] === 0) end--
    const content = bytes[end] ?? CONTENT.applicationData
    return { content, plain: bytes.subarray(0, end), label, missed }
  }
}
