/** What may be sent now: what is missing first, then new data, then the FIN; an acknowledgment if nothing carried it. */

import { scheduleTimer } from './schedule.ts'
import { sendAck, sendRange } from './segment-out.ts'
import { NEVER, type Tcb } from './tcb.ts'

/** Small segments are not to fill the memory: so many may be unacknowledged at a time. */
const MOST_SEGMENTS = 8192

export function output(tcb: Tcb, now: number): void {
  if (tcb.synchronised) {
    if (tcb.board.missingBytes > 0) sendMissing(tcb, now)
    if (tcb.sndNxt < tcb.sndEnd) sendNew(tcb, now)
  }
  if (tcb.ackNow) sendAck(tcb, now)
  scheduleTimer(tcb, now)
}

/** RFC 6675 §5 (C): segments that are lost, while Pipe leaves room for one. */
function sendMissing(tcb: Tcb, now: number): void {
  const { board, congestion, recovery } = tcb
  for (let i = board.firstMissing(); i < board.count; i = board.firstMissing()) {
    const room = congestion.cwnd + recovery.inflation - tcb.inFlight
    if (!recovery.force && room < Math.min(congestion.mss, board.end(i) - board.start(i))) return
    if (!sendAgain(tcb, i, now)) return
    recovery.force = false
  }
}

/**
 * Sends segment `i` once more, as it was; only the part that is in the window, should the peer have made that smaller
 * (SHLD-16). False if nothing of it is.
 */
export function sendAgain(tcb: Tcb, i: number, now: number): boolean {
  const { board, recovery } = tcb
  const start = board.start(i)
  if (start > 0) {
    // A FIN takes no room in the peer's buffer.
    const end = Math.min(board.end(i), tcb.buffer.end)
    if (end > start && start >= tcb.sndEdge) return false
    if (end > tcb.sndEdge) board.split(i, tcb.sndEdge)
  }
  board.sentAgain(i, now)
  tcb.retransmissions++
  if (recovery.undo !== undefined) {
    recovery.justified++
    if (recovery.firstSentAgainAt < 0) recovery.firstSentAgainAt = now
  }
  tcb.lastSent = now
  sendRange(tcb, start, board.end(i), now)
  tcb.surroundings.sampled(tcb, 'retransmission')
  return true
}

function sendNew(tcb: Tcb, now: number): void {
  const { congestion, recovery, board } = tcb
  // RFC 5681 §4.1: after an idle time the acknowledgments that clocked the sender are gone.
  if (board.count === 0 && now - tcb.lastSent > tcb.rtt.rto) {
    congestion.restart(tcb.surroundings.settings.initialWindow)
  }
  while (tcb.sndNxt < tcb.sndEnd && board.count < MOST_SEGMENTS) {
    const length = sendableLength(tcb)
    if (length < 0) return
    if (tcb.inFlight + length > congestion.cwnd + recovery.inflation) return
    sendNext(tcb, length, now)
  }
}

/**
 * How many bytes the next segment takes, 0 for a FIN alone; -1 if it had better wait: for room in the window, for more
 * data or for an acknowledgment (RFC 9293 §3.7.4, §3.8.6.2.1).
 */
function sendableLength(tcb: Tcb): number {
  const usable = tcb.sndEdge - tcb.sndNxt
  const queued = tcb.buffer.end - tcb.sndNxt
  const length = Math.min(tcb.sndMss, queued, usable)
  if (queued === 0) return usable >= 0 ? 0 : -1
  if (length <= 0) return -1
  if (length === tcb.sndMss) return length
  if (length === queued) {
    // Nagle's algorithm in Minshall's form: one segment that is not full may be on the way, not two.
    const hurries = tcb.noDelay || tcb.finQueued || tcb.sndUp > tcb.sndNxt
    return hurries || tcb.sndSml <= tcb.sndUna ? length : -1
  }
  // The window is what makes it small (SWS avoidance, MUST-38): only if it is half of the largest ever offered.
  return length >= tcb.maxSndWnd / 2 ? length : -1
}

/** The next `length` bytes, and the FIN if it comes right behind them. */
export function sendNext(tcb: Tcb, length: number, now: number): void {
  const start = tcb.sndNxt
  let end = start + length
  if (length < tcb.sndMss) tcb.sndSml = end
  if (tcb.finQueued && end === tcb.buffer.end) end++
  tcb.board.append(start, end, now)
  tcb.sndNxt = end
  tcb.lastSent = now
  tcb.rearm = true
  sendRange(tcb, start, end, now)
}

/** The SYN, or the SYN-ACK. `marks`: what is known of it in the scoreboard already. */
export function sendFirst(tcb: Tcb, now: number, marks = 0): void {
  tcb.board.append(0, 1, now, marks)
  tcb.sndNxt = 1
  tcb.rearm = true
  sendRange(tcb, 0, 1, now)
  scheduleTimer(tcb, now)
}

/** An acknowledgment of its own is due once `delayedAckMs` are over (RFC 9293 §3.8.6.3), unless data carries it. */
export function delayAck(tcb: Tcb, now: number): void {
  if (tcb.delayedAckAt !== NEVER) return
  tcb.delayedAckAt = now + tcb.surroundings.settings.delayedAckMs
  tcb.alarm.by(tcb.delayedAckAt)
}
