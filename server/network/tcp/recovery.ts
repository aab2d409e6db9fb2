/**
 * Loss recovery: what an acknowledgment tells about losses, and what follows. With SACK, RACK finds them (RFC 8985) and
 * the scoreboard says what to send (RFC 6675); without, three duplicate acknowledgments do (RFC 5681, NewReno RFC 6582).
 * A recovery that turns out to be for nothing is undone: by timestamps (Eifel, RFC 3522) or D-SACK (RFC 3708).
 */
import type { Tcb } from './tcb.ts'
import { NEVER } from './tcb.ts'

const DUP_THRESH = 3

/**
 * An acknowledgment has been entered into the scoreboard: `acked` bytes are new, `flight` were on the way before it.
 * `duplicate` as in RFC 5681 §2.
 */
export function recover(tcb: Tcb, acked: number, flight: number, duplicate: boolean): void {
  const { recovery, board, congestion } = tcb
  if (recovery.undo !== undefined && recovery.phase === 'open' && tcb.sndUna >= recovery.undoUntil) {
    recovery.undo = undefined
  }
  if (recovery.phase === 'open' && !duplicate && board.sackedBytes === 0 && recovery.undo === undefined) {
    tcb.rack.doubtEnds = NEVER
    recovery.duplicates = 0
    recovery.inflation = 0
    if (acked > 0) congestion.acknowledged(acked, flight)
    return
  }
  const repairing = recovery.phase === 'fast recovery'
  if (acked > 0) judge(tcb)
  if (recovery.phase !== 'open' && tcb.sndUna >= recovery.point) leave(tcb)
  const lost = tcb.sackPermitted ? detect(tcb) : countDuplicates(tcb, acked, duplicate)
  if (lost > 0 && recovery.phase === 'open') enterFastRecovery(tcb, flight)
  if (acked > 0 && !repairing) congestion.acknowledged(acked, flight)
}

/** RACK over the scoreboard; also when the reordering timer runs out. */
export function detect(tcb: Tcb): number {
  const { rack, board, recovery } = tcb
  const window = rack.reorderingWindow(tcb.rtt, recovery.phase !== 'open', board.sackedSegments)
  const lost = rack.detect(board, window)
  tcb.rearm = true
  return lost
}

/** RFC 6675 §5 (4), RFC 5681 §3.2: half of what was on the way, and what is missing first. */
export function enterFastRecovery(tcb: Tcb, flight: number): void {
  remember(tcb)
  tcb.congestion.lost(flight)
  tcb.recovery.phase = 'fast recovery'
  tcb.recovery.force = true
}

/** RFC 5681 §3.1, RFC 6675 §5.1: the retransmission timer has run out with `flight` bytes on the way. */
export function enterTimeoutRecovery(tcb: Tcb, flight: number): void {
  const { recovery, congestion, board, rack } = tcb
  const first = tcb.timeouts === 0
  if (first) remember(tcb)
  congestion.timedOut(flight, first)
  recovery.phase = 'rto recovery'
  recovery.point = tcb.sndNxt
  recovery.duplicates = 0
  recovery.inflation = 0
  recovery.probeEnd = -1
  // What is sacked below a gap that stays is kept; a first segment that is sacked but not acknowledged was thrown away.
  if (board.sackedBytes > 0 && board.sackedSegments > 0 && board.find(tcb.sndUna) === 0 && isSacked(tcb)) {
    board.forgetSacks()
  }
  if (tcb.sackPermitted) rack.timedOut(board, rack.reorderingWindow(tcb.rtt, true, board.sackedSegments))
  else for (let i = 0; i < board.count; i++) board.markLost(i)
  rack.doubtEnds = NEVER
  recovery.force = true
}

/** RFC 8985 §7.4.2: the tail loss probe repaired a loss that nobody else noticed: the window shrinks all the same. */
export function probeRepaired(tcb: Tcb, flight: number): void {
  if (tcb.recovery.phase === 'open') tcb.congestion.lost(flight)
}

/** A D-SACK: something arrived twice. Enough of them, and all that was sent again was sent for nothing (RFC 3708). */
export function duplicateReported(tcb: Tcb, right: number): void {
  const { recovery } = tcb
  // The network duplicates too: only what we sent again says anything.
  if (tcb.retransmissions === 0) return
  if (recovery.probeSentAgain && recovery.probeEnd >= 0 && right === recovery.probeEnd) return
  tcb.rack.duplicateReported(tcb.sndUna, tcb.sndNxt)
  if (recovery.undo === undefined || right <= recovery.undo.una || recovery.justified === 0) return
  recovery.justified--
  if (recovery.justified === 0) undo(tcb)
}

/**
 * The Eifel detection: the first acknowledgment after sending again echoes a timestamp from before that, so it answers
 * the original, which was late and not lost.
 */
function judge(tcb: Tcb): void {
  const { recovery, rack } = tcb
  if (recovery.undo === undefined || recovery.judged || tcb.sndUna <= recovery.undo.una) return
  recovery.judged = true
  if (recovery.firstSentAgainAt < 0 || rack.echoTime < 0) return
  if (rack.echoTime >= Math.floor(recovery.firstSentAgainAt)) return
  rack.wasLate(rack.now - rack.echoTime)
  undo(tcb)
}

function remember(tcb: Tcb): void {
  const { recovery, congestion } = tcb
  recovery.undo = { cwnd: congestion.cwnd, ssthresh: congestion.ssthresh, una: tcb.sndUna }
  recovery.point = tcb.sndNxt
  recovery.firstSentAgainAt = -1
  recovery.justified = 0
  recovery.judged = false
  recovery.probeEnd = -1
}

function undo(tcb: Tcb): void {
  const { recovery, congestion, board, rack } = tcb
  if (recovery.undo === undefined) return
  congestion.undo(recovery.undo.cwnd, recovery.undo.ssthresh)
  board.forgetLosses()
  rack.reordering = true
  rack.doubtEnds = NEVER
  recovery.undo = undefined
  recovery.phase = 'open'
  recovery.force = false
  recovery.duplicates = 0
  recovery.inflation = 0
}

function leave(tcb: Tcb): void {
  const { recovery, congestion, rack } = tcb
  recovery.undoUntil = tcb.sndNxt + congestion.cwnd
  if (recovery.phase === 'fast recovery') {
    rack.recovered()
    // RFC 6582 §3.2 (3), option 1: no burst when the window is emptier than it may be.
    if (!tcb.sackPermitted) {
      const flight = tcb.sndNxt - tcb.sndUna
      congestion.cwnd = Math.min(congestion.ssthresh, Math.max(flight, congestion.mss) + congestion.mss)
    }
  }
  recovery.phase = 'open'
  recovery.force = false
  recovery.duplicates = 0
  recovery.inflation = 0
}

/** Without SACK: RFC 5681 §3.2 and RFC 6582 §3.2. Returns how many bytes are now believed lost. */
function countDuplicates(tcb: Tcb, acked: number, duplicate: boolean): number {
  const { recovery, board, congestion } = tcb
  const { mss } = congestion
  if (acked > 0) {
    if (recovery.phase !== 'fast recovery') {
      recovery.duplicates = 0
      recovery.inflation = 0
      return 0
    }
    // A partial acknowledgment: the next segment is missing too. Deflate by what has arrived, add the one that left.
    recovery.inflation = Math.max(0, recovery.inflation - acked) + (acked >= mss ? mss : 0)
    return firstIsLost(tcb)
  }
  if (!duplicate) return 0
  recovery.duplicates++
  if (recovery.phase === 'fast recovery') recovery.inflation += mss
  if (recovery.phase !== 'open') return 0
  recovery.inflation = Math.min(recovery.duplicates, DUP_THRESH) * mss
  // The first two let one new segment out each (limited transmit, RFC 3042).
  return recovery.duplicates < DUP_THRESH || board.count === 0 ? 0 : firstIsLost(tcb)
}

function firstIsLost(tcb: Tcb): number {
  const { board, recovery } = tcb
  if (board.count === 0) return 0
  board.markLost(0)
  recovery.force = true
  return board.end(0) - board.start(0)
}

function isSacked(tcb: Tcb): boolean {
  return (tcb.board.marks(0) & 1) !== 0
}
