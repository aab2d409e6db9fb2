/**
 * TIME-WAIT, RFC 9293 §3.6.1: for two segment lifetimes the four numbers of a connection stay taken, so that its last ACK
 * can be repeated and its late segments find no successor. All wait equally long, so one timer serves them in turn.
 */
import { ACK, FIN, RST, SYN, type TcpSegment } from '../../protocols/tcp-segment.ts'
import type { Clock } from '../clock.ts'
import { Alarm } from './alarm.ts'
import { challenge } from './challenge.ts'
import { later, positionOf } from './sequence.ts'
import type { Tcb } from './tcb.ts'

/** As Linux's tcp_max_tw_buckets: beyond this the oldest has waited long enough. */
const MOST = 8192

export class TimeWait {
  readonly #clock: Clock
  readonly #durationMs: number
  readonly #over: (tcb: Tcb) => void
  /** In the order in which their time is up. */
  readonly #waiting = new Map<Tcb, number>()
  readonly #alarm: Alarm

  /** `over` is called with each whose time is up, or that gives way. */
  constructor(clock: Clock, durationMs: number, over: (tcb: Tcb) => void) {
    this.#clock = clock
    this.#durationMs = durationMs
    this.#over = over
    this.#alarm = new Alarm(clock, () => this.#expire())
  }

  get size(): number {
    return this.#waiting.size
  }

  /** From now on, or anew. */
  begin(tcb: Tcb): void {
    this.#waiting.delete(tcb)
    this.#waiting.set(tcb, this.#clock.now() + this.#durationMs)
    if (this.#waiting.size > MOST) {
      const [oldest] = this.#waiting.keys()
      if (oldest !== undefined) this.end(oldest)
    }
    this.#arm()
  }

  end(tcb: Tcb): void {
    if (this.interrupt(tcb)) this.#over(tcb)
  }

  /** It waits no longer, but may have to `begin` again. False if it didn't wait. */
  interrupt(tcb: Tcb): boolean {
    if (!this.#waiting.delete(tcb)) return false
    if (this.#waiting.size === 0) this.#alarm.cancel()
    return true
  }

  /**
   * A segment for one that waits. True if it is a SYN that may begin anew (MAY-2, RFC 6191): its timestamp or its
   * number is later than anything the old connection has seen.
   */
  arrives(tcb: Tcb, segment: TcpSegment, now: number): boolean {
    const { flags } = segment
    const seq = positionOf(tcb.irs, segment.seq, tcb.rcvNxt)
    if (flags & RST) {
      if (seq === tcb.rcvNxt) this.end(tcb)
      return false
    }
    if (flags & SYN) {
      const newer = tcb.timestamps && segment.timestamps ? later(segment.tsVal, tcb.tsRecent) : 0
      if (!(flags & ACK) && (newer > 0 || (newer === 0 && seq > tcb.rcvNxt))) return true
      challenge(tcb, now)
      return false
    }
    // Only a FIN again can be meant for us: the ACK of it was lost.
    if (flags & FIN) {
      challenge(tcb, now)
      this.begin(tcb)
    } else if (segment.dataEnd > segment.dataStart || seq !== tcb.rcvNxt) challenge(tcb, now)
    return false
  }

  clear(): void {
    for (const tcb of [...this.#waiting.keys()]) this.end(tcb)
  }

  #arm(): void {
    const [next] = this.#waiting.values()
    if (next !== undefined) this.#alarm.by(next)
  }

  #expire(): void {
    const now = this.#clock.now()
    for (const [tcb, until] of this.#waiting) {
      if (until > now) break
      this.end(tcb)
    }
    this.#arm()
  }
}
