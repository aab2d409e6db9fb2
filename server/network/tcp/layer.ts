/** All TCP connections of one host: which segment belongs to which, who listens, what waits, and who gets a RST. */
import { NetworkError } from '../../errors.ts'
import { ACK, checksumIsGood, decodeSegment, FIN, RST, SYN, TcpSegment } from '../../protocols/tcp-segment.ts'
import { ipv4Text, isUnicast } from '../address.ts'
import type { Clock } from '../clock.ts'
import { answer, segmentArrives } from './arrival.ts'
import { abort, drop } from './closing.ts'
import { Connection } from './connection.ts'
import type { TcpHandle, TcpHandler, TcpSample } from './connection-api.ts'
import { ConnectionTable } from './connection-table.ts'
import { EphemeralPorts, LAST_PORT } from './ephemeral-ports.ts'
import { errorReported } from './error-report.ts'
import { agree, synSent } from './handshake.ts'
import { Isn } from './isn.ts'
import { Listener, type ListenOptions } from './listener.ts'
import { type ConnectOptions, type Settings, settingsOf, type TcpOptions } from './options.ts'
import { sendFirst } from './output.ts'
import { Sender, type TcpIp } from './sender.ts'
import { wireNumber } from './sequence.ts'
import type { Identity, Surroundings, Tcb } from './tcb.ts'
import { TimeWait } from './time-wait.ts'
import { timePasses } from './timeouts.ts'

export type { PendingConnection } from './listener.ts'
export type { ConnectOptions, TcpOptions } from './options.ts'
export type { TcpIp } from './sender.ts'

/** Samples because of acknowledgments are for a plot: no more often than this. */
const SAMPLE_EVERY_MS = 10
/** Segments that came while one was being sent: more are dropped, as by a full receive ring. */
const MOST_WAITING = 1024
/** Added to the last number of a connection in TIME-WAIT that gives its place to a new one (RFC 6191). */
const ISN_GAP = 0x2_0000
const NOBODY: TcpHandler = { connected() {}, data() {}, ended() {}, writable() {}, closed() {} }

interface Waiting {
  readonly source: number
  readonly destination: number
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

export class TcpLayer implements Surroundings {
  readonly clock: Clock
  readonly settings: Settings
  readonly out: TcpSegment
  readonly #sender: Sender
  onSample: ((connection: TcpHandle, sample: TcpSample) => void) | undefined
  readonly #ip: TcpIp
  readonly #isn: Isn
  readonly #incoming = new TcpSegment()
  /** TIME-WAIT ones included. */
  readonly #connections = new ConnectionTable()
  readonly #listeners = new Map<number, Listener>()
  readonly #timeWait: TimeWait
  readonly #ports: EphemeralPorts
  #closed = false
  /** A segment is being taken in or sent: what comes meanwhile has to wait. */
  #busy = 0
  #waiting: Waiting[] = []
  /** While those that had to wait are taken in: whom they were for. */
  #together: Set<Connection> | undefined

  constructor(ip: TcpIp, options: TcpOptions = {}) {
    this.#ip = ip
    this.settings = settingsOf(options)
    this.#sender = new Sender(ip, this.settings.ttl)
    this.out = this.#sender.out
    this.clock = ip.clock
    this.#isn = new Isn(ip.random)
    this.#ports = new EphemeralPorts(ip.random)
    const { maximumSegmentLifetimeMs } = this.settings
    this.#timeWait = new TimeWait(ip.clock, 2 * maximumSegmentLifetimeMs, (tcb) => drop(tcb, undefined))
  }

  // ---- The user's calls, RFC 9293 §3.9.1.

  /**
   * Passive OPEN. Port 0: any that is free. Throws a NetworkError: EADDRINUSE if somebody listens there, EADDRNOTAVAIL
   * for a local address that is another host's.
   */
  listen(
    port: number,
    accept: (connection: TcpHandle) => void,
    options: ListenOptions = {},
  ): { port: number; close(): void } {
    this.#checkLocal(options.localAddress)
    const chosen = port === 0 ? this.#ports.take((candidate) => !this.#listeners.has(candidate)) : port
    if (this.#listeners.has(chosen)) {
      const message = `${ipv4Text(this.#ip.address)}:${chosen} has a listener already; choose another port, or 0 for any`
      throw new NetworkError(message, 'EADDRINUSE')
    }
    const listener = new Listener(chosen, accept, options, this.settings)
    this.#listeners.set(chosen, listener)
    const close = () => {
      if (this.#listeners.get(chosen) !== listener) return
      this.#listeners.delete(chosen)
      listener.close()
    }
    return { port: chosen, close }
  }

  /**
   * Active OPEN. Throws a NetworkError: EADDRINUSE for a local port that is taken towards this peer, EADDRNOTAVAIL for an
   * address that can't be a peer's (MUST-46), a local one that is another host's, or when no port is left.
   */
  connect(destination: number, port: number, handler: TcpHandler, options: ConnectOptions = {}): TcpHandle {
    this.#checkLocal(options.localAddress)
    const toEveryone = this.#ip.isBroadcast?.(destination) ?? false
    if (!isUnicast(destination) || toEveryone || port < 1 || port > LAST_PORT) {
      const message = `can't connect to ${ipv4Text(destination)}:${port}: expected a host's address and a port from 1 to ${LAST_PORT}`
      throw new NetworkError(message, 'EADDRNOTAVAIL')
    }
    const isFree = (candidate: number) =>
      !this.#listeners.has(candidate) && this.#connections.find(candidate, destination, port) === undefined
    const localPort = options.localPort || this.#ports.take(isFree)
    const old = this.#connections.find(localPort, destination, port)
    if (old !== undefined && old.state !== 'TIME-WAIT') {
      const ends = `${ipv4Text(this.#ip.address)}:${localPort} to ${ipv4Text(destination)}:${port}`
      throw new NetworkError(`there is a connection from ${ends} already`, 'EADDRINUSE')
    }
    const { noDelay = this.settings.noDelay, userTimeoutMs, diffserv } = options
    const connection = this.#open(
      { localAddress: this.#ip.address, localPort, remoteAddress: destination, remotePort: port },
      { passive: false, handler, noDelay, userTimeoutMs, diffserv },
      old,
    )
    if (old !== undefined) this.#timeWait.end(old)
    connection.become('SYN-SENT')
    sendFirst(connection, this.clock.now())
    return connection
  }

  /** Those in TIME-WAIT left out: their users have gone. */
  *connections(): Iterable<TcpHandle> {
    for (const connection of this.#connections) if (connection.state !== 'TIME-WAIT') yield connection
  }

  /** Everything ends at once: RST to every peer, no timer left. */
  close(): void {
    this.#closed = true
    this.#listeners.clear()
    this.#timeWait.clear()
    const now = this.clock.now()
    for (const connection of [...this.#connections]) abort(connection, 'ECONNABORTED', now)
    this.#waiting = []
  }

  // ---- What comes from below.

  /** An IP payload from `start` to `end` of `bytes`, which are the receiver's to keep. */
  receive(source: number, destination: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#closed) return
    // MUST-57, MUST-63: not for a group, not from what can't be a host.
    if (destination !== this.#ip.address || !isUnicast(source)) return
    if (this.#busy > 0) {
      if (this.#waiting.length === 0) this.clock.at(this.clock.now(), this.#takeWaiting)
      if (this.#waiting.length < MOST_WAITING) this.#waiting.push({ source, destination, bytes, start, end })
      return
    }
    // MUST-3.
    if (!checksumIsGood(bytes, start, end, source, destination)) return
    const segment = this.#incoming
    if (!decodeSegment(bytes, start, end, segment)) return
    this.#busy++
    try {
      this.#demultiplex(source, segment, bytes)
    } finally {
      this.#busy--
    }
  }

  readonly #takeWaiting = () => {
    const waiting = this.#waiting
    this.#waiting = []
    // MUST-59: all of them, before any is acknowledged.
    const together = new Set<Connection>()
    this.#together = together
    try {
      for (const { source, destination, bytes, start, end } of waiting) {
        this.receive(source, destination, bytes, start, end)
      }
    } finally {
      this.#together = undefined
      for (const connection of together) this.#answer(connection)
    }
  }

  #answer(connection: Connection): void {
    this.#busy++
    try {
      answer(connection, this.clock.now())
    } finally {
      this.#busy--
    }
  }

  /** An ICMP error that quotes a segment of ours (RFC 9293 §3.9.2.2); `sequence` is the number in it, if it is known. */
  unreachable(
    source: { address: number; port: number },
    destination: { address: number; port: number },
    code: number,
    hard: boolean,
    sequence?: number,
  ): void {
    if (this.#busy > 0) {
      this.clock.at(this.clock.now(), () => this.unreachable(source, destination, code, hard, sequence))
      return
    }
    const connection = this.#connections.find(source.port, destination.address, destination.port)
    if (connection !== undefined) errorReported(connection, code, hard, sequence)
  }

  // ---- Surroundings of the connections.

  transmit(tcb: Tcb, from: number, to: number): void {
    this.#busy++
    try {
      this.#sender.send(tcb, from, to)
    } finally {
      this.#busy--
    }
  }

  refuse(tcb: Tcb, seq: number): void {
    const { remoteAddress, localPort, remotePort } = tcb.identity
    this.#reset(remoteAddress, localPort, remotePort, seq, undefined)
  }

  #reset(
    destination: number,
    localPort: number,
    remotePort: number,
    seq: number,
    ack: number | undefined,
  ): void {
    this.#busy++
    try {
      this.#sender.reset(destination, localPort, remotePort, seq, ack)
    } finally {
      this.#busy--
    }
  }

  established(tcb: Tcb): void {
    if (tcb.predecessor !== undefined) drop(tcb.predecessor, undefined)
    tcb.predecessor = undefined
    if (tcb.listener === undefined) tcb.handler.connected()
    else {
      const { listener } = tcb
      tcb.listener = undefined
      listener.complete(tcb)
    }
  }

  waits(tcb: Tcb): void {
    this.#timeWait.begin(tcb)
  }

  left(tcb: Tcb): void {
    this.#connections.delete(tcb)
    this.#timeWait.end(tcb)
    tcb.listener?.gone(tcb)
    tcb.listener = undefined
    this.#restore(tcb.predecessor)
    tcb.predecessor = undefined
  }

  doubt(tcb: Tcb): void {
    this.#ip.doubt?.(tcb.identity.remoteAddress)
  }

  sampled(tcb: Tcb, because: TcpSample['because']): void {
    if (this.onSample === undefined) return
    const now = this.clock.now()
    if (because === 'ack' && now - tcb.sampledAt < SAMPLE_EVERY_MS) return
    tcb.sampledAt = now
    this.onSample(tcb.handle, tcb.handle.sample(because))
  }

  // ---- Segments in.

  #demultiplex(source: number, segment: TcpSegment, bytes: Uint8Array): void {
    const now = this.clock.now()
    const connection = this.#connections.find(segment.destinationPort, source, segment.sourcePort)
    if (connection === undefined) this.#forNobody(source, segment, now, undefined)
    else if (connection.state === 'TIME-WAIT') {
      if (this.#timeWait.arrives(connection, segment, now)) this.#forNobody(source, segment, now, connection)
    } else if (connection.state === 'SYN-SENT') {
      synSent(connection, segment, bytes, now)
    } else {
      segmentArrives(connection, segment, bytes, now)
      if (this.#together === undefined) answer(connection, now)
      else this.#together.add(connection)
    }
  }

  /** §3.10.7.1 and §3.10.7.2: LISTEN, or CLOSED. `old` is a connection in TIME-WAIT that a new SYN replaces. */
  #forNobody(source: number, segment: TcpSegment, now: number, old: Connection | undefined): void {
    const { flags } = segment
    if (flags & RST) return
    const listener = this.#listeners.get(segment.destinationPort)
    if (listener !== undefined && !(flags & ACK)) {
      if (flags & SYN) this.#takeSyn(listener, source, segment, now, old)
      return
    }
    const { destinationPort, sourcePort } = segment
    const length = segment.dataEnd - segment.dataStart + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0)
    if (flags & ACK) this.#reset(source, destinationPort, sourcePort, segment.ack, undefined)
    else this.#reset(source, destinationPort, sourcePort, 0, (segment.seq + length) >>> 0)
  }

  #takeSyn(
    listener: Listener,
    source: number,
    segment: TcpSegment,
    now: number,
    old: Connection | undefined,
  ): void {
    // As Linux: no answer, so that the peer asks again when there may be room.
    if (!listener.makeRoom(now)) return
    const { destinationPort: localPort, sourcePort: remotePort } = segment
    if (old !== undefined) {
      this.#timeWait.interrupt(old)
      this.#connections.delete(old)
    }
    const { noDelay, diffserv } = listener
    const connection = this.#open(
      { localAddress: this.#ip.address, localPort, remoteAddress: source, remotePort },
      { passive: true, handler: NOBODY, noDelay, diffserv },
      old,
    )
    connection.predecessor = old
    connection.listener = listener
    agree(connection, segment, now)
    connection.become('SYN-RECEIVED')
    listener.begin(
      connection,
      () => sendFirst(connection, this.clock.now()),
      () => {
        this.#reset(source, localPort, remotePort, 0, wireNumber(connection.irs, 1))
        drop(connection, 'ECONNREFUSED')
      },
    )
  }

  // ---- New connections.

  /** `old` was between the same ends: the numbers begin beyond its own (RFC 9293 §3.6.1, MAY-2, condition 1). */
  #open(
    identity: Identity,
    init: {
      passive: boolean
      handler: TcpHandler
      noDelay: boolean
      userTimeoutMs?: number | undefined
      diffserv?: number | undefined
    },
    old: Tcb | undefined,
  ): Connection {
    const { localAddress, localPort, remoteAddress, remotePort } = identity
    const isn = () => this.#isn.number(localAddress, localPort, remoteAddress, remotePort, this.clock.now())
    const connection = new Connection(this, identity, {
      ...init,
      iss: old === undefined ? isn() : wireNumber(old.iss, old.sndNxt + ISN_GAP),
      tsOffset: this.#isn.hash(localAddress, localPort, remoteAddress, remotePort),
      mtu: this.#ip.mtu,
      wake: this.#wake,
    })
    this.#connections.add(connection)
    return connection
  }

  readonly #wake = (tcb: Tcb) => {
    this.#busy++
    try {
      timePasses(tcb, this.clock.now())
    } finally {
      this.#busy--
    }
  }

  /** A SYN that took a waiting connection's place came to nothing: it was an old one (MAY-2, condition 2). */
  #restore(old: Tcb | undefined): void {
    if (!(old instanceof Connection)) return
    if (this.#closed) drop(old, undefined)
    else {
      this.#connections.add(old)
      this.#timeWait.begin(old)
    }
  }

  /** MUST-43, MUST-44: the local address is the one that IP has. */
  #checkLocal(address: number | undefined): void {
    if (address === undefined || address === this.#ip.address) return
    const message = `${ipv4Text(address)} is another host's address: expected ${ipv4Text(this.#ip.address)}`
    throw new NetworkError(message, 'EADDRNOTAVAIL')
  }
}
