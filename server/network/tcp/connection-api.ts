/** How whoever uses a connection (a socket, the gateway, a test) and the TCP that runs it speak to each other. */

/** RFC 9293 §3.3.2, in its spelling. */
export const TCP_STATES = [
  'CLOSED',
  'LISTEN',
  'SYN-SENT',
  'SYN-RECEIVED',
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
] as const
export type TcpState = (typeof TCP_STATES)[number]

/** What made us look at a connection. */
export const SAMPLE_CAUSES = ['state', 'ack', 'retransmission', 'timeout', 'asked'] as const
/** `open`: slow start or avoidance; else what repairs are going on. */
export const RECOVERIES = ['open', 'fast recovery', 'rto recovery'] as const

export interface TcpEnd {
  /** Dotted decimal. */
  readonly address: string
  readonly port: number
}

/** Why a connection ended before its time, in the words of Node's `error.code`. */
export type TcpFailure =
  | 'ECONNREFUSED'
  | 'ECONNRESET'
  | 'ETIMEDOUT'
  | 'EHOSTUNREACH'
  | 'ENETUNREACH'
  | 'EPIPE'
  | 'ECONNABORTED'

/** Told by the connection, synchronously, while it takes in a segment or a timeout; may call back into it. */
export interface TcpHandler {
  /** The handshake is complete. */
  connected(): void
  /** In order, each byte once. The bytes are the receiver's to keep. Window opens again by `consumed`. */
  data(bytes: Uint8Array): void
  /** The peer's FIN: no more data will come. */
  ended(): void
  /** There is room in the send buffer again, after a `write` that did not take everything. */
  writable(): void
  /** It is over (TIME-WAIT included: the user is told when it begins). Nothing is told after this. */
  closed(failure: TcpFailure | undefined): void
  /**
   * There is urgent data, or more of it than was told: up to so many bytes from here. It comes by `data`, in line
   * (RFC 9293 §3.8.5).
   */
  urgent?(ahead: number): void
  /** Not fatal: sent again so often that it may become so (R1), or an ICMP error of that code (RFC 9293 §3.9.1.8). */
  trouble?(what: 'retransmissions' | 'unreachable', number: number): void
}

/** One end of a TCP connection. */
export interface TcpHandle {
  readonly local: TcpEnd
  readonly remote: TcpEnd
  readonly state: TcpState
  handler: TcpHandler
  /**
   * Takes as much as the send buffer has room for and returns how many bytes that were; copies nothing: don't change
   * them. `urgent`: all up to here is to be read with haste (RFC 9293 §3.8.5); no new program should want that.
   */
  write(bytes: Uint8Array, urgent?: boolean): number
  /** Bytes accepted by `write` and not acknowledged yet. */
  readonly unacknowledged: number
  /** Room in the send buffer, bytes. */
  readonly room: number
  /** Bytes still to come by `data` before the peer's urgent data is over; 0 if there is none. */
  readonly urgentAhead: number
  /** FIN, after everything written. */
  end(): void
  /**
   * Nobody will read any more, as close(2): what is queued is still sent, then FIN. What has not been read, or comes
   * later, is answered by RST (RFC 9293 §3.6.1). `closed` is still told.
   */
  close(): void
  /** RST, at once; what is queued is lost. `closed(undefined)` follows synchronously. */
  abort(): void
  /** The user has taken so many bytes of what `data` gave: the window opens by them. */
  consumed(bytes: number): void
  /** True switches Nagle's algorithm off (RFC 9293 §3.7.4). */
  setNoDelay(noDelay: boolean): void
  /** Probes after so many idle milliseconds; off unless asked for (RFC 9293 §3.8.4). */
  setKeepAlive(on: boolean, idleMs?: number): void
  /** R2 (RFC 9293 §3.8.3): data without an acknowledgment for so long ends the connection; Infinity for never. */
  setUserTimeout(ms: number): void
  /** The Diffserv codepoint of what is sent from now on, 0 to 63 (RFC 9293 §3.9.1.9). Throws a NetworkError. */
  setDiffserv(codepoint: number): void
  sample(because?: TcpSample['because']): TcpSample
}

/** What one end knows of itself at one moment: none of it but seq, ack and window is ever on the wire. */
export interface TcpSample {
  /** On the network's clock, milliseconds. */
  readonly time: number
  /** What made us look. */
  readonly because: (typeof SAMPLE_CAUSES)[number]
  readonly state: TcpState
  /** Send sequence space (RFC 9293 §3.3.1), relative to the ISS: una, nxt, and the peer's window. */
  readonly sndUna: number
  readonly sndNxt: number
  readonly sndWnd: number
  /** Receive sequence space, relative to the IRS. */
  readonly rcvNxt: number
  readonly rcvWnd: number
  /** Bytes. `ssthresh` is Infinity before the first loss. */
  readonly cwnd: number
  readonly ssthresh: number
  /** Milliseconds; undefined before the first measurement. */
  readonly srtt: number | undefined
  readonly rttvar: number | undefined
  readonly rto: number
  /** Bytes believed to be on the way (RFC 6675's pipe). */
  readonly inFlight: number
  /** Segments sent again since the connection began. */
  readonly retransmissions: number
  /** `open`: slow start or avoidance; else what repairs are going on. */
  readonly recovery: (typeof RECOVERIES)[number]
}
