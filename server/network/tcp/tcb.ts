/**
 * The transmission control block, RFC 9293 §3.3.1: all that one end of a connection knows. The rules that change it stand
 * beside it: arrival.ts (a segment comes), acknowledgment.ts and recovery.ts (what its ACK means), output.ts (what may be
 * sent), timeouts.ts (time passes), and connection.ts (the user calls). Positions are as in sequence.ts, times in ms.
 */
import type { TcpSegment } from '../../protocols/tcp-segment.ts'
import type { Clock } from '../clock.ts'
import { Alarm } from './alarm.ts'
import { Congestion } from './congestion.ts'
import type { TcpFailure, TcpHandle, TcpHandler, TcpSample, TcpState } from './connection-api.ts'
import { checkedCodepoint, type Settings } from './options.ts'
import { Rack } from './rack.ts'
import { ReceiveQueue } from './receive-queue.ts'
import { Recovery } from './recovery-state.ts'
import { Rtt } from './rtt.ts'
import { Scoreboard } from './scoreboard.ts'
import { SendBuffer } from './send-buffer.ts'

export const NEVER = Number.POSITIVE_INFINITY

/** What a connection needs of the host it is on: `layer.ts` is it. */
export interface Surroundings {
  readonly clock: Clock
  readonly settings: Settings
  /** The header of the segment being sent: filled in anew for each. */
  readonly out: TcpSegment
  /** Sends `out` with the bytes from position `from` to `to`, both 0 for none. */
  transmit(tcb: Tcb, from: number, to: number): void
  /** `<SEQ=SEG.ACK><CTL=RST>`: an acknowledgment that can't be for us (RFC 9293 §3.5.2). */
  refuse(tcb: Tcb, seq: number): void
  /** The handshake is complete: the user is to be told. */
  established(tcb: Tcb): void
  /** TIME-WAIT begins: what is left to do is not the connection's own any more. */
  waits(tcb: Tcb): void
  /** CLOSED: nobody may find it any more. */
  left(tcb: Tcb): void
  /** Its segments aren't acknowledged (R1): IP is to look for a better way (RFC 1122 §3.3.1.4, "negative advice"). */
  doubt(tcb: Tcb): void
  /** Something happened that whoever plots it may want to see. */
  sampled(tcb: Tcb, because: TcpSample['because']): void
}

/** Who waits for the handshake of a passive connection: `listener.ts`. */
export interface HalfOpen {
  complete(tcb: Tcb): void
  gone(tcb: Tcb): void
}

/** What the retransmission timer is running for (RFC 8985 §8: the four never run at once). */
export type TimerKind = 'rto' | 'probe' | 'reordering' | 'persist'

export interface Identity {
  readonly localAddress: number
  readonly localPort: number
  readonly remoteAddress: number
  readonly remotePort: number
}

/** RFC 9293 §3.7.1, MUST-15: what a peer takes that doesn't say. */
export const DEFAULT_MSS = 536
export const HEADERS = 40

/** The send buffer before the path is known. */
const SMALL_BUFFER = 256 * 1024

export abstract class Tcb {
  /** The same connection as its user sees it. */
  abstract readonly handle: TcpHandle
  readonly surroundings: Surroundings
  readonly identity: Identity
  /** True for the end that was opened by a SYN (MUST-11). */
  readonly passive: boolean
  handler: TcpHandler
  /** Changed by `become` only. */
  state: TcpState = 'CLOSED'

  // Send sequence space.
  readonly iss: number
  sndUna = 0
  sndNxt = 0
  sndWnd = 0
  sndWl1 = 0
  sndWl2 = 0
  /** The largest window the peer ever offered (RFC 5961 §5.2, and Max(SND.WND) of §3.8.6.2.1). */
  maxSndWnd = 0
  /** End of the last segment that was sent though not full (Minshall's variant of Nagle's algorithm). */
  sndSml = 0
  /** SND.UP: the position behind the last byte that was written as urgent. */
  sndUp = 0

  // Receive sequence space.
  irs = 0
  rcvNxt = 0
  /** Right edge of the window as last offered: RCV.NXT + RCV.WND. Never moves back (SHLD-14). */
  rcvAdv = 0
  /** Urgent pointer: the position behind the last urgent byte. */
  rcvUp = 0
  /** Bytes given to the user that it has not taken yet (RCV.USER). */
  rcvUser = 0
  /** RCV.NXT of the last acknowledgment sent. */
  lastAckSent = 0
  /** The window in the last segment sent, not scaled. */
  lastWindow = 0
  /** The largest segment that came: what the peer's full ones are. */
  rcvMss = 0
  /** Position of the peer's FIN, if it has come, perhaps beyond a gap. */
  finAt = NEVER

  // Agreed on in the SYNs.
  /** What one of our segments carries at most (Eff.snd.MSS): the peer's word, our link, less what options take. */
  sndMss = DEFAULT_MSS
  /** The MSS we state: what our link takes in one packet. */
  readonly ownMss: number
  windowScale = false
  sndShift = 0
  rcvShift = 0
  timestamps = false
  sackPermitted = false

  // Timestamps (RFC 7323).
  readonly tsOffset: number
  tsRecent = 0
  /** When `tsRecent` was taken. */
  tsRecentAt = 0

  // The user.
  noDelay: boolean
  /** `end` was called: a FIN stands behind the last byte. */
  finQueued = false
  /** `close` was called: nobody will read (RFC 9293 §3.10.4, MAY-1). */
  abandoned = false
  /** A `write` did not take everything. */
  wantsRoom = false
  /** R2 of data, ms. */
  userTimeoutMs: number
  /** Diffserv codepoint, 6 bits. */
  diffserv = 0

  // What happens.
  readonly buffer: SendBuffer
  readonly board = new Scoreboard()
  readonly queue = new ReceiveQueue()
  readonly rtt: Rtt
  readonly congestion: Congestion
  readonly recovery = new Recovery()
  readonly rack = new Rack()
  readonly alarm: Alarm
  retransmissions = 0
  /** An acknowledgment is due at once. */
  ackNow = false
  /** A segment is being taken in: what it makes us send is sent when that is done. */
  arriving = false
  /** Data or an acknowledgment has moved what the retransmission timer waits for: it is to be set anew. */
  rearm = false
  /** One in TIME-WAIT between the same ends, which gets its place back if this one is never established. */
  predecessor: Tcb | undefined
  /** Whose half-open connection it is. */
  listener: HalfOpen | undefined
  /** Nothing is answered until the user has decided about the SYN (`hold`). */
  held = false
  /** The handler was there before the handshake was complete, and is to hear of that. */
  connectedIsTold = false
  /** RFC 5681 §4.1: when data was last sent. */
  lastSent = 0
  /** When anything acceptable last came. */
  lastHeard = 0
  /** Since when nothing new was acknowledged though it had to be sent again; -1 if all is well. */
  stalledSince = -1
  /** Retransmission timeouts since anything new was acknowledged: what R1 counts. */
  timeouts = 0
  /** The error that will be told if the connection times out (RFC 9293 §3.9.2.2). */
  softError: TcpFailure | undefined
  /** When whoever plots it was last shown a sample. */
  sampledAt = -NEVER
  /** Challenge ACKs sent in the present five seconds, and when those began (RFC 5961 §7). */
  challenges = 0
  challengesSince = -NEVER

  // Deadlines; NEVER for none.
  timer: TimerKind = 'rto'
  timerAt = NEVER
  /** When the RTO would run out, whatever `timer` is waiting for before. */
  rtoAt = NEVER
  /** Persist timeouts in a row. */
  windowProbes = 0
  delayedAckAt = NEVER
  keepAliveAt = NEVER
  keepAliveIdleMs = 0
  keepAliveProbes = 0
  /** End of FIN-WAIT-2 for a user that is gone. */
  lingerAt = NEVER

  constructor(
    surroundings: Surroundings,
    identity: Identity,
    init: {
      passive: boolean
      handler: TcpHandler
      iss: number
      tsOffset: number
      mtu: number
      noDelay: boolean
      userTimeoutMs?: number | undefined
      diffserv?: number | undefined
      wake: (tcb: Tcb) => void
    },
  ) {
    const { settings } = surroundings
    this.surroundings = surroundings
    this.identity = identity
    this.passive = init.passive
    this.handler = init.handler
    this.iss = init.iss
    this.tsOffset = init.tsOffset
    this.noDelay = init.noDelay
    this.userTimeoutMs = init.userTimeoutMs ?? settings.userTimeoutMs
    this.diffserv = checkedCodepoint(init.diffserv ?? 0)
    this.ownMss = Math.max(1, init.mtu - HEADERS)
    this.sndMss = Math.min(DEFAULT_MSS, this.ownMss)
    this.buffer = new SendBuffer(Math.min(settings.sendBuffer, SMALL_BUFFER))
    this.rtt = new Rtt(settings)
    this.congestion = new Congestion(this.sndMss, settings.initialWindow)
    this.alarm = new Alarm(surroundings.clock, () => init.wake(this))
    this.lastHeard = surroundings.clock.now()
  }

  become(state: TcpState): void {
    if (this.state === state) return
    this.state = state
    this.surroundings.sampled(this, 'state')
  }

  /** The peer has acknowledged something new. */
  heardAnew(): void {
    this.stalledSince = -1
    this.timeouts = 0
    this.softError = undefined
  }

  /** Bytes believed to be on the way. */
  get inFlight(): number {
    return this.board.pipe(this.sndNxt - this.sndUna)
  }

  /** Right edge of the window that the peer offers. */
  get sndEdge(): number {
    return this.sndUna + this.sndWnd
  }

  /** The position behind all that the user wants sent, its FIN included. */
  get sndEnd(): number {
    return this.buffer.end + (this.finQueued ? 1 : 0)
  }

  get synchronised(): boolean {
    return this.state !== 'SYN-SENT' && this.state !== 'SYN-RECEIVED' && this.state !== 'CLOSED'
  }

  /**
   * The send buffer holds two windows, one on the way and one to follow, as Linux has it: so a slow path does not fill a
   * large buffer that takes it minutes to empty.
   */
  tuneBuffer(): void {
    const { sendBuffer } = this.surroundings.settings
    const wanted = Math.max(SMALL_BUFFER, 2 * this.congestion.cwnd)
    if (wanted > this.buffer.capacity) this.buffer.capacity = Math.min(sendBuffer, wanted)
  }

  /** RFC 7323 §5.4's timestamp clock: ticks of a millisecond. */
  timestampAt(now: number): number {
    return (Math.floor(now) + this.tsOffset) >>> 0
  }
}
