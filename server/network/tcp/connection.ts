/** A connection as its user sees it (RFC 9293 §3.9.1): the calls, each on the TCB. */
import { ipv4Text } from '../address.ts'
import { abort, drop, linger, queueFin } from './closing.ts'
import type { TcpEnd, TcpHandle, TcpSample } from './connection-api.ts'
import { checkedCodepoint } from './options.ts'
import { output } from './output.ts'
import { scheduleTimer } from './schedule.ts'
import { sendAck, windowOpened } from './segment-out.ts'
import { NEVER, Tcb } from './tcb.ts'

export class Connection extends Tcb implements TcpHandle {
  readonly handle: TcpHandle = this

  get local(): TcpEnd {
    return { address: ipv4Text(this.identity.localAddress), port: this.identity.localPort }
  }

  get remote(): TcpEnd {
    return { address: ipv4Text(this.identity.remoteAddress), port: this.identity.remotePort }
  }

  get unacknowledged(): number {
    return this.buffer.end - this.buffer.start
  }

  get room(): number {
    return this.#mayWrite ? this.buffer.room : 0
  }

  get urgentAhead(): number {
    return Math.max(0, this.rcvUp - this.rcvNxt)
  }

  write(bytes: Uint8Array, urgent = false): number {
    if (!this.#mayWrite) return 0
    const taken = this.buffer.write(bytes)
    if (urgent && taken > 0) this.sndUp = this.buffer.end
    if (taken < bytes.length) this.wantsRoom = true
    if (taken > 0 && !this.arriving && this.synchronised) output(this, this.surroundings.clock.now())
    return taken
  }

  /** §3.10.2: not after CLOSE. */
  get #mayWrite(): boolean {
    return !this.finQueued && this.state !== 'CLOSED' && this.state !== 'TIME-WAIT'
  }

  end(): void {
    queueFin(this, this.surroundings.clock.now())
  }

  close(): void {
    if (this.abandoned || this.state === 'CLOSED' || this.state === 'TIME-WAIT') return
    const now = this.surroundings.clock.now()
    this.abandoned = true
    if (this.state === 'SYN-SENT') drop(this, undefined)
    else if (this.rcvUser > 0 || !this.queue.empty) abort(this, undefined, now)
    else {
      queueFin(this, now)
      if (this.state === 'FIN-WAIT-2') linger(this)
    }
  }

  abort(): void {
    abort(this, undefined, this.surroundings.clock.now())
  }

  consumed(bytes: number): void {
    this.rcvUser = Math.max(0, this.rcvUser - bytes)
    // While a segment is taken in, its acknowledgment will say so.
    if (this.arriving || !this.#mayReceive || !windowOpened(this)) return
    sendAck(this, this.surroundings.clock.now())
  }

  get #mayReceive(): boolean {
    return this.state === 'ESTABLISHED' || this.state === 'FIN-WAIT-1' || this.state === 'FIN-WAIT-2'
  }

  setNoDelay(noDelay: boolean): void {
    this.noDelay = noDelay
    // What Nagle's algorithm was holding back may go.
    if (noDelay && !this.arriving && this.synchronised) output(this, this.surroundings.clock.now())
  }

  setKeepAlive(on: boolean, idleMs = this.surroundings.settings.keepAliveIdleMs): void {
    this.keepAliveIdleMs = on ? Math.max(1, idleMs) : 0
    this.keepAliveProbes = 0
    this.keepAliveAt = on ? this.surroundings.clock.now() + this.keepAliveIdleMs : NEVER
    if (on && this.state !== 'CLOSED' && this.state !== 'TIME-WAIT') this.alarm.by(this.keepAliveAt)
  }

  setUserTimeout(ms: number): void {
    this.userTimeoutMs = Math.max(1, ms)
    // What waits longer already is due at once.
    if (this.stalledSince < 0 || !this.synchronised || this.rtoAt === NEVER) return
    const now = this.surroundings.clock.now()
    this.rtoAt = Math.min(this.rtoAt, Math.max(now, this.stalledSince + this.userTimeoutMs))
    this.rearm = true
    if (!this.arriving) scheduleTimer(this, now)
  }

  setDiffserv(codepoint: number): void {
    this.diffserv = checkedCodepoint(codepoint)
  }

  sample(because: TcpSample['because'] = 'asked'): TcpSample {
    const { congestion, recovery, rtt } = this
    return {
      time: this.surroundings.clock.now(),
      because,
      state: this.state,
      sndUna: this.sndUna,
      sndNxt: this.sndNxt,
      sndWnd: this.sndWnd,
      rcvNxt: this.rcvNxt,
      rcvWnd: Math.max(0, this.rcvAdv - this.rcvNxt),
      cwnd: congestion.cwnd + recovery.inflation,
      ssthresh: congestion.ssthresh,
      srtt: rtt.srtt,
      rttvar: rtt.rttvar,
      rto: rtt.rto,
      inFlight: this.inFlight,
      retransmissions: this.retransmissions,
      recovery: recovery.phase,
    }
  }
}
