/** Time passes: what happens when one of a connection's deadlines is due. */

import { abort, drop } from './closing.ts'
import type { TcpFailure } from './connection-api.ts'
import { output, sendAgain, sendNext } from './output.ts'
import { detect, enterFastRecovery, enterTimeoutRecovery } from './recovery.ts'
import { scheduleTimer } from './schedule.ts'
import { SACKED } from './scoreboard.ts'
import { sendAck, sendKeepAlive, sendRange } from './segment-out.ts'
import { NEVER, type Tcb } from './tcb.ts'

/** R1 (RFC 9293 §3.8.3, SHLD-10): after so many timeouts IP hears of it, and the user (SHLD-9). */
const R1 = 3

/** The alarm has rung: does what is due, and sets it for what is next. */
export function timePasses(tcb: Tcb, now: number): void {
  if (tcb.delayedAckAt <= now) sendAck(tcb, now)
  if (tcb.timerAt <= now) retransmissionTimer(tcb, now)
  if (tcb.keepAliveAt <= now) keepAlive(tcb, now)
  if (tcb.lingerAt <= now) drop(tcb, undefined)
  if (tcb.state === 'CLOSED' || tcb.state === 'TIME-WAIT') return
  tcb.alarm.by(Math.min(tcb.delayedAckAt, tcb.timerAt, tcb.keepAliveAt, tcb.lingerAt))
}

function retransmissionTimer(tcb: Tcb, now: number): void {
  tcb.timerAt = NEVER
  switch (tcb.timer) {
    case 'reordering':
      if (tcb.rack.doubtEnds <= now) doubtIsOver(tcb, now)
      else timedOut(tcb, now)
      break
    case 'probe':
      probeTail(tcb, now)
      break
    case 'persist':
      probeWindow(tcb, now)
      break
    case 'rto':
      timedOut(tcb, now)
      break
  }
}

/** RFC 8985 §6.2 step 5: what was perhaps only late is lost. */
function doubtIsOver(tcb: Tcb, now: number): void {
  // Not all that is unacknowledged: while there was doubt, what had arrived let as much again out.
  const flight = tcb.inFlight
  tcb.rack.now = now
  if (detect(tcb) > 0 && tcb.recovery.phase === 'open') enterFastRecovery(tcb, flight)
  output(tcb, now)
}

/** RFC 8985 §7.3: new data if there is any and the peer has room, else the last segment again. */
function probeTail(tcb: Tcb, now: number): void {
  const { recovery, board, buffer } = tcb
  const length = Math.min(tcb.sndMss, buffer.end - tcb.sndNxt, tcb.sndEdge - tcb.sndNxt)
  recovery.probeSentAgain = length <= 0
  if (length > 0) sendNext(tcb, length, now)
  else {
    let last = board.count - 1
    while (last > 0 && board.marks(last) & SACKED) last--
    sendAgain(tcb, last, now)
  }
  recovery.probeEnd = tcb.sndNxt
  tcb.rtoAt = NEVER
  tcb.rearm = true
  scheduleTimer(tcb, now)
}

/** RFC 6298 §5.4 to §5.6, RFC 9293 §3.8.3. */
function timedOut(tcb: Tcb, now: number): void {
  const { board, rtt, rack } = tcb
  if (board.count === 0) return
  const { settings } = tcb.surroundings
  if (tcb.stalledSince < 0) tcb.stalledSince = now - rtt.rto
  const limit = tcb.stalledSince + (tcb.synchronised ? tcb.userTimeoutMs : settings.synTimeoutMs)
  if (now >= limit) {
    giveUp(tcb, now)
    return
  }
  rack.now = now
  if (tcb.synchronised) enterTimeoutRecovery(tcb, tcb.sndNxt - tcb.sndUna)
  rtt.backOff()
  tcb.timeouts++
  if (tcb.timeouts >= R1) tcb.surroundings.doubt(tcb)
  if (tcb.timeouts === R1) tcb.handler.trouble?.('retransmissions', R1)
  if (isGone(tcb)) return
  tcb.rtoAt = Math.min(now + rtt.rto, limit)
  tcb.rearm = true
  tcb.surroundings.sampled(tcb, 'timeout')
  if (tcb.synchronised) output(tcb, now)
  else {
    sendAgain(tcb, 0, now)
    scheduleTimer(tcb, now)
  }
}

const isGone = (tcb: Tcb): boolean => tcb.state === 'CLOSED'

/** RFC 9293 §3.8.6.1: one byte beyond the closed window; or, in a window that is merely small, what fits. */
function probeWindow(tcb: Tcb, now: number): void {
  const { board, buffer } = tcb
  // MUST-37: as long as the peer answers, the window may stay closed.
  if (tcb.windowProbes > 0 && now - tcb.lastHeard >= tcb.userTimeoutMs) {
    giveUp(tcb, now)
    return
  }
  tcb.windowProbes++
  if (board.count === 0 && tcb.sndNxt < tcb.sndEnd) {
    const usable = Math.max(1, Math.min(tcb.sndEdge - tcb.sndNxt, tcb.sndMss))
    sendNext(tcb, Math.min(usable, buffer.end - tcb.sndNxt), now)
    // Nothing is to be measured by a probe.
    board.sentAgain(0, now)
  } else if (board.count > 0) {
    if (board.end(0) > tcb.sndUna + 1 && tcb.sndUna + 1 < buffer.end) board.split(0, tcb.sndUna + 1)
    board.sentAgain(0, now)
    sendRange(tcb, board.start(0), board.end(0), now)
  }
  scheduleTimer(tcb, now)
}

function giveUp(tcb: Tcb, now: number): void {
  const failure: TcpFailure = tcb.softError ?? 'ETIMEDOUT'
  abort(tcb, failure, now)
}

/** Linux answers what is out of the window twice a second at most: probes must not come faster than it answers. */
const FASTEST_PROBES_MS = 1000

/** RFC 9293 §3.8.4: only when nothing is on the way (MUST-26), and one answer missing is no proof (MUST-29). */
function keepAlive(tcb: Tcb, now: number): void {
  const { settings } = tcb.surroundings
  tcb.keepAliveAt = NEVER
  if (tcb.keepAliveIdleMs === 0 || !tcb.synchronised) return
  const interval = Math.min(settings.keepAliveIntervalMs, Math.max(tcb.keepAliveIdleMs, FASTEST_PROBES_MS))
  const due = tcb.lastHeard + tcb.keepAliveIdleMs + tcb.keepAliveProbes * interval
  if (tcb.board.count > 0 || tcb.sndNxt < tcb.sndEnd) tcb.keepAliveAt = now + tcb.keepAliveIdleMs
  else if (due > now) tcb.keepAliveAt = due
  else if (tcb.keepAliveProbes >= settings.keepAliveProbes) giveUp(tcb, now)
  else {
    tcb.keepAliveProbes++
    sendKeepAlive(tcb, now)
    tcb.keepAliveAt = now + interval
  }
}
