import { NetworkError } from '../../errors.ts'

/** What can be set for all of a host's connections; whatever is left out is as in `DEFAULTS`. */
export interface TcpOptions {
  /** Bytes that may wait for the user or for a gap to be filled: the largest window. */
  readonly receiveBuffer?: number
  /** Bytes that `write` takes before any is acknowledged, once the path is known to need that much. */
  readonly sendBuffer?: number
  /** RFC 7323 §2, RFC 7323 §3, RFC 2018: offered in our SYNs, accepted in the peer's. */
  readonly windowScale?: boolean
  readonly timestamps?: boolean
  readonly sack?: boolean
  /** Nagle's algorithm off, unless the connection says otherwise. */
  readonly noDelay?: boolean
  /** Segments of the first flight (RFC 6928). */
  readonly initialWindow?: number
  /** How long an acknowledgment may wait for company, ms; never 500 or more (RFC 9293 §3.8.6.3, MUST-40). 0: none waits. */
  readonly delayedAckMs?: number
  /** RFC 6298, ms: before the first measurement; the least that is added to SRTT (Linux has 200); the most. */
  readonly initialRtoMs?: number
  readonly minRtoMs?: number
  readonly maxRtoMs?: number
  /** Time to live of every segment, 1 to 255 (RFC 9293 §3.9.2, MUST-49). */
  readonly ttl?: number
  /** R2 (RFC 9293 §3.8.3), ms: unacknowledged data for so long ends the connection. At least 100 s is advised. */
  readonly userTimeoutMs?: number
  /** R2 of a SYN, ms; at least 3 minutes (MUST-23). */
  readonly synTimeoutMs?: number
  /** MSL, ms: TIME-WAIT lasts twice that (MUST-13). Linux has 30 s where the RFC has two minutes. */
  readonly maximumSegmentLifetimeMs?: number
  /** FIN-WAIT-2 of a connection whose user is gone, ms (Linux's tcp_fin_timeout). */
  readonly finTimeoutMs?: number
  /**
   * Keepalive, if a connection asks for it: idle time, time between probes (no longer than the idle time), unanswered
   * probes that end it.
   */
  readonly keepAliveIdleMs?: number
  readonly keepAliveIntervalMs?: number
  readonly keepAliveProbes?: number
  /** Connections of a listener that are not established yet. */
  readonly backlog?: number
}

export type Settings = Required<TcpOptions>

/** Of one connection that is opened actively (RFC 9293 §3.9.1.1). */
export interface ConnectOptions {
  /** This host's, which is the only one that it has (MUST-43). */
  readonly localAddress?: number
  /** Any that is free if left out, or 0. */
  readonly localPort?: number
  readonly noDelay?: boolean
  /** R2, ms (MUST-21). */
  readonly userTimeoutMs?: number
  /** Diffserv codepoint, 0 to 63 (MUST-48). */
  readonly diffserv?: number
}

export const DEFAULTS: Settings = {
  // 100 Mbit/s over a round trip of 100 ms, or a satellite's 20 over 600, are 1.25 to 1.5 MB on the way.
  receiveBuffer: 2 << 20,
  sendBuffer: 2 << 20,
  windowScale: true,
  timestamps: true,
  sack: true,
  noDelay: false,
  initialWindow: 10,
  delayedAckMs: 40,
  initialRtoMs: 1000,
  minRtoMs: 200,
  maxRtoMs: 60_000,
  ttl: 64,
  userTimeoutMs: 300_000,
  synTimeoutMs: 180_000,
  maximumSegmentLifetimeMs: 30_000,
  finTimeoutMs: 60_000,
  keepAliveIdleMs: 7_200_000,
  keepAliveIntervalMs: 75_000,
  keepAliveProbes: 9,
  backlog: 1024,
}

/** The largest window that can be stated: 65,535 scaled by 2^14 (RFC 7323 §2.3). */
const LARGEST_BUFFER = 1 << 30
/** RFC 9293 §3.8.6.3, MUST-40: less than half a second. */
const LONGEST_DELAY_MS = 499
/** The Diffserv codepoint has 6 bits (RFC 2474 §3). */
const LAST_CODEPOINT = 63

/** Fills in the defaults; buffers are brought into the range that a window can express. */
export function settingsOf(options: TcpOptions): Settings {
  const settings = { ...DEFAULTS }
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) Object.assign(settings, { [name]: value })
  }
  const { receiveBuffer, sendBuffer, delayedAckMs, ttl } = settings
  return {
    ...settings,
    delayedAckMs: Math.min(Math.max(0, delayedAckMs), LONGEST_DELAY_MS),
    ttl: Math.min(Math.max(1, Math.floor(ttl)), 255),
    receiveBuffer: Math.min(Math.max(1, Math.floor(receiveBuffer)), LARGEST_BUFFER),
    sendBuffer: Math.min(Math.max(1, Math.floor(sendBuffer)), LARGEST_BUFFER),
  }
}

/** Throws a NetworkError for what is no Diffserv codepoint. */
export function checkedCodepoint(codepoint: number): number {
  if (Number.isInteger(codepoint) && codepoint >= 0 && codepoint <= LAST_CODEPOINT) return codepoint
  const expected = `a whole number from 0 to ${LAST_CODEPOINT}`
  const message = `Diffserv codepoint: expected ${expected}, found ${codepoint}`
  throw new NetworkError(message, 'bad-diffserv', { field: 'diffserv', expected })
}

/** The shift with which a 16-bit window can state all of the buffer. */
export function shiftFor(receiveBuffer: number): number {
  let shift = 0
  while (shift < 14 && 0xffff * 2 ** shift < receiveBuffer) shift++
  return shift
}
