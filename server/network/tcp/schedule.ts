/** What the retransmission timer waits for: one of four things at a time (RFC 8985 §8). */
import { NEVER, type Tcb } from './tcb.ts'

/** RFC 8985 §7.2's WCDelAckT: how long a peer may sit on the acknowledgment of a single segment. */
const DELAYED_ACK_MS = 200
/** As Linux's TCP_TIMEOUT_MIN: where the round trip is next to nothing, it is the peer's machine that takes time. */
const SMALLEST_WAIT_MS = 10
/** Without a round trip to go by, the probe comes after the initial RTO. */
const PROBE_WITHOUT_RTT_MS = 1000
/** RFC 9293 §3.8.6.2.1: a window too small to be worth a segment is used after 0.1 to 1 s all the same. */
const OVERRIDE_MS = 1000

export function scheduleTimer(tcb: Tcb, now: number): void {
  const { board } = tcb
  if (board.count === 0) {
    tcb.rtoAt = NEVER
    // Nothing is on the way, and something waits: then it is the window that is closed, or too small.
    if (tcb.synchronised && tcb.sndNxt < tcb.sndEnd) persist(tcb, now)
    else tcb.timerAt = NEVER
    tcb.rearm = false
    return
  }
  if (tcb.synchronised && tcb.sndWnd === 0) {
    persist(tcb, now)
    return
  }
  if (!tcb.rearm) return
  tcb.rearm = false
  if (tcb.rtoAt === NEVER) tcb.rtoAt = now + tcb.rtt.rto
  if (tcb.rack.doubtEnds !== NEVER) {
    tcb.timer = 'reordering'
    tcb.timerAt = Math.min(tcb.rack.doubtEnds, tcb.rtoAt)
  } else {
    const probeAt = probeTime(tcb, now)
    tcb.timer = probeAt < tcb.rtoAt ? 'probe' : 'rto'
    tcb.timerAt = Math.min(probeAt, tcb.rtoAt)
  }
  tcb.alarm.by(tcb.timerAt)
}

/**
 * RFC 8985 §7.2: when the tail loss probe is due: two round trips without an acknowledgment, if nothing is known to be
 * lost or out of order and none is out. NEVER otherwise.
 */
function probeTime(tcb: Tcb, now: number): number {
  const { recovery, board, rtt } = tcb
  if (!tcb.sackPermitted || !tcb.synchronised || recovery.phase !== 'open') return NEVER
  if (recovery.probeEnd >= 0 || board.sackedBytes > 0) return NEVER
  if (rtt.srtt === undefined) return now + PROBE_WITHOUT_RTT_MS
  return now + 2 * rtt.srtt + (board.count === 1 ? DELAYED_ACK_MS : SMALLEST_WAIT_MS)
}

/** RFC 9293 §3.8.6.1: the first probe after an RTO (SHLD-29), each further one after twice as long (SHLD-30). */
function persist(tcb: Tcb, now: number): void {
  if (tcb.timer === 'persist' && tcb.timerAt !== NEVER) return
  const interval = Math.min(tcb.rtt.rto * 2 ** tcb.windowProbes, tcb.surroundings.settings.maxRtoMs)
  tcb.timer = 'persist'
  tcb.rtoAt = NEVER
  tcb.timerAt = now + (tcb.sndWnd > 0 ? Math.min(interval, OVERRIDE_MS) : interval)
  tcb.alarm.by(tcb.timerAt)
}
