/** What a TLS connection has agreed on so far, by the records seen: changed on the first pass only. */
import type { Flow, InnerStream } from './conversation.ts'
import { hexText } from './field.ts'
import type { RecordFound } from './tls-found.ts'
import { chosenVersion, encryptedProtocol, type Hello, isRetry, readHello } from './tls-hello.ts'
import {
  type Ciphers,
  type KeyLog,
  masterKeys,
  type SealedRecord,
  type Suite,
  suiteOf,
  trafficKeys,
} from './tls-keys.ts'
import { type Opened, Opener } from './tls-opener.ts'
import { EXTENSION, HANDSHAKE, isTls13, TLS13 } from './tls-values.ts'

const EARLY = 'CLIENT_EARLY_TRAFFIC_SECRET'
const MASTER = 'CLIENT_RANDOM'
const HANDSHAKE_SECRETS = ['CLIENT_HANDSHAKE_TRAFFIC_SECRET', 'SERVER_HANDSHAKE_TRAFFIC_SECRET'] as const
/** What may wait in TLS 1.2: each side's Finished. */
const FIRST_RECORDS = 2
/** The high byte of all the suites of TLS 1.3. */
const TLS13_SUITES = 0x13

/** One side's sending. */
export class TlsSide {
  readonly fromClient: boolean
  /** Everything that it sends is sealed: up to TLS 1.2 from its ChangeCipherSpec on. */
  sealed = false
  opener: Opener | undefined
  /** The beginning of a handshake message whose end comes in a later record. */
  started: StartedMessage | undefined
  /** Notes on what could not be opened are made once, not with every record. */
  complained = false
  /** Records whose secret is not known yet, in order. */
  readonly waiting: WaitingRecord[] = []
  constructor(fromClient: boolean) {
    this.fromClient = fromClient
  }
}

/** A record that is opened when its secret comes: by then its packet has been read. */
export interface WaitingRecord {
  readonly number: number
  readonly record: SealedRecord
  readonly found: RecordFound
}

export interface StartedMessage {
  bytes: Uint8Array
  length: number
  frames: number[]
  /** Set when its end has come: kept with the packets that have a part of it. */
  readonly place: { frame: number }
}

export class TlsState {
  readonly client = new TlsSide(true)
  readonly server = new TlsSide(false)
  /** 0 until the server has chosen. */
  version = 0
  /** As the first hello of a client says, while no server has answered. */
  offered = 0
  suite = 0
  clientHello: Hello | undefined
  serverRandom: Uint8Array | undefined
  protocol: string | undefined
  /** The stream that it carries; undefined until something of it was read. */
  inner: InnerStream | undefined
  /** Whoever writes the key log was asked to tell of more secrets of this session. */
  asked = false
  readonly log: KeyLog | undefined
  readonly #ciphers: Ciphers | undefined

  constructor(log: KeyLog | undefined, ciphers: Ciphers | undefined) {
    this.log = log
    this.#ciphers = ciphers
  }

  side(fromClient: boolean): TlsSide {
    return fromClient ? this.client : this.server
  }

  get tls13(): boolean {
    return isTls13(this.version)
  }

  /** The client's, by which a key log names the session; empty when no hello was seen. */
  get clientRandom(): string {
    return this.clientHello === undefined ? '' : hexText(this.clientHello.random)
  }

  /** Whether somebody writes down this session's secrets: TLS 1.2 has but one, which comes with the first sealed record. */
  isLogged({ opener }: TlsSide): boolean {
    if (!this.tls13) return this.client.waiting.length + this.server.waiting.length < FIRST_RECORDS
    const find = this.#finder()
    return opener !== undefined && HANDSHAKE_SECRETS.some((label) => find(label) !== undefined)
  }

  /** Takes note of a whole handshake message that `side` sent; `start` is where its type stands. */
  handshake(side: TlsSide, bytes: Uint8Array, start: number, end: number): void {
    switch (bytes[start]) {
      case HANDSHAKE.clientHello:
        if (side.fromClient) this.#clientHello(readHello(bytes, start, end))
        break
      case HANDSHAKE.serverHello:
        if (!side.fromClient) this.#serverHello(readHello(bytes, start, end))
        break
      case HANDSHAKE.encryptedExtensions:
        this.protocol = encryptedProtocol(bytes, start, end) ?? this.protocol
        break
      case HANDSHAKE.finished:
      case HANDSHAKE.endOfEarlyData:
        if (this.tls13) side.opener?.advance()
        break
      case HANDSHAKE.keyUpdate:
        if (this.tls13) side.opener?.update()
        break
    }
  }

  /** `side` has sent ChangeCipherSpec. */
  cipherChanged(side: TlsSide): void {
    if (this.tls13 || this.version === 0) return
    side.sealed = true
    side.opener = this.#opener12(side)
  }

  /** Whether the next sealed record of that side may be opened, or waits behind others for its secret. */
  mayOpen(side: TlsSide): boolean {
    if (side.waiting.length > 0) return true
    if (side.opener !== undefined) return side.opener.hopeful
    return side.fromClient && this.version === 0 && this.#offersEarlyData
  }

  /** Opens a sealed record; `undefined` where that can't be done, or fails. */
  open(side: TlsSide, record: SealedRecord, again = false): Opened | undefined {
    if (this.#ciphers === undefined || this.log === undefined) return undefined
    if (side.opener === undefined && this.version === 0 && side.fromClient)
      return this.#openEarly(side, record)
    return side.opener?.open(record, again)
  }

  #clientHello(hello: Hello | undefined): void {
    if (hello === undefined) return
    this.clientHello = hello
    this.offered = hello.version
  }

  #serverHello(hello: Hello | undefined): void {
    if (hello === undefined) return
    this.version = chosenVersion(hello)
    this.suite = hello.suites[0] ?? 0
    this.protocol = hello.protocols[0] ?? this.protocol
    this.serverRandom = hello.random
    if (isRetry(hello) || !this.tls13) return
    this.server.opener = this.#opener13(['SERVER_HANDSHAKE_TRAFFIC_SECRET', 'SERVER_TRAFFIC_SECRET_0'])
    const labels = ['CLIENT_HANDSHAKE_TRAFFIC_SECRET', 'CLIENT_TRAFFIC_SECRET_0']
    const early = this.#offersEarlyData ? [EARLY] : []
    if (this.client.opener === undefined) this.client.opener = this.#opener13([...early, ...labels])
    else this.client.opener.follow(suiteOf(this.suite, TLS13), labels)
  }

  get #offersEarlyData(): boolean {
    return this.clientHello?.extensions.includes(EXTENSION.earlyData) === true
  }

  /**
   * Early data comes before the server has chosen a suite: it is sealed by that of the session before, which nobody
   * says here (RFC 8446 §4.2.10). One of those offered it must be.
   */
  #openEarly(side: TlsSide, record: SealedRecord): Opened | undefined {
    if (!this.#offersEarlyData || this.#finder()(EARLY) === undefined) return undefined
    for (const code of this.clientHello?.suites ?? []) {
      if (code >> 8 !== TLS13_SUITES) continue
      const opener = this.#opener13([EARLY], code)
      const opened = opener?.open(record)
      if (opened === undefined) continue
      side.opener = opener
      return opened
    }
    return undefined
  }

  #opener13(labels: readonly string[], code = this.suite): Opener | undefined {
    const ciphers = this.#ciphers
    if (ciphers === undefined) return undefined
    const derive = (suite: Suite, secret: Uint8Array) => trafficKeys(ciphers, suite, secret)
    return new Opener({
      ciphers,
      tls13: true,
      labels,
      find: this.#finder(),
      derive,
      suite: suiteOf(code, TLS13),
    })
  }

  /** The keys of both directions come from one secret, and both randoms. */
  #opener12({ fromClient }: TlsSide): Opener | undefined {
    const ciphers = this.#ciphers
    const random = this.clientHello?.random
    const { serverRandom } = this
    if (ciphers === undefined || random === undefined || serverRandom === undefined) return undefined
    const derive = (suite: Suite, master: Uint8Array) => {
      const keys = masterKeys(ciphers, suite, master, random, serverRandom)
      return fromClient ? keys.client : keys.server
    }
    const suite = suiteOf(this.suite, this.version)
    return new Opener({ ciphers, tls13: false, labels: [MASTER], find: this.#finder(), derive, suite })
  }

  /** Looks for secrets of the session as it is now: a later handshake on the connection is another one. */
  #finder(): (label: string) => Uint8Array | undefined {
    const random = this.clientRandom
    return (label) => this.log?.find(label, random)
  }
}

/** The state of a connection, made when it is first asked for. */
export function tlsState(flow: Flow, log: KeyLog | undefined, ciphers: Ciphers | undefined): TlsState {
  const known = flow.state.get('tls')
  if (known instanceof TlsState) return known
  const made = new TlsState(log, ciphers)
  flow.state.set('tls', made)
  return made
}
