/** The ACK field, RFC 9293 §3.10.7.4, fifth check, for states from ESTABLISHED on; with SACK and round-trip times. */
import type { TcpSegment } from '../../protocols/tcp-segment.ts'
import { challenge } from './challenge.ts'
import { duplicateReported, probeRepaired, recover } from './recovery.ts'
import { SACKED } from './scoreboard.ts'
import { later, positionOf } from './sequence.ts'
import { NEVER, type Tcb } from './tcb.ts'

/** False if the segment is to be dropped: it acknowledges what was never sent, or what was so long ago. */
export function takeAcknowledgment(
  tcb: Tcb,
  segment: TcpSegment,
  seq: number,
  length: number,
  now: number,
): boolean {
  const ack = positionOf(tcb.iss, segment.ack, tcb.sndUna)
  // RFC 5961 §5.2 (MAY-12): SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT, else it is a stranger's guess.
  if (ack > tcb.sndNxt || ack < tcb.sndUna - tcb.maxSndWnd) {
    challenge(tcb, now)
    return false
  }
  if (ack < tcb.sndUna) return true
  const windowChanged = updateWindow(tcb, segment, seq, ack)
  const { board, rack } = tcb
  const acked = ack - tcb.sndUna
  const sacks = tcb.sackPermitted && segment.sackBlocks > 0
  if (acked === 0 && !sacks && (windowChanged || length > 0 || board.count === 0)) return true

  // RFC 5681 §2's FlightSize: sent and not acknowledged.
  const flight = tcb.sndNxt - tcb.sndUna
  rack.now = now
  rack.echoTime = -1
  const dsack = sacks ? takeSack(tcb, segment, ack) : -1
  rack.echoTime = echoTime(tcb, segment, now)
  if (acked > 0) advance(tcb, ack, now, dsack >= 0)
  endProbe(tcb, ack, acked, dsack, sacks, flight)
  if (dsack >= 0) duplicateReported(tcb, dsack)
  recover(tcb, acked, flight, acked === 0 && !sacks)
  tcb.surroundings.sampled(tcb, 'ack')
  return true
}

/**
 * §3.10.7.4: only from a segment that is not older than the last that did, by its sequence number or, as Linux has it
 * too, by what it acknowledges: else SND.UNA would move on under an old window, and its right edge beyond what was
 * offered. True if it is another one now.
 */
export function updateWindow(tcb: Tcb, segment: TcpSegment, seq: number, ack: number): boolean {
  if (ack <= tcb.sndUna && (tcb.sndWl1 > seq || (tcb.sndWl1 === seq && tcb.sndWl2 > ack))) return false
  const window = segment.window << tcb.sndShift
  const before = tcb.sndWnd
  tcb.sndWl1 = seq
  tcb.sndWl2 = ack
  tcb.sndWnd = window
  if (window > tcb.maxSndWnd) tcb.maxSndWnd = window
  if (before === 0 && window > 0) windowOpens(tcb)
  return window !== before
}

/** The closed window is open again: what the probes carried was not taken, and goes first. That is no congestion. */
function windowOpens(tcb: Tcb): void {
  const { board } = tcb
  tcb.windowProbes = 0
  tcb.rearm = true
  if (tcb.timer === 'persist') tcb.timerAt = NEVER
  if (!tcb.synchronised) return
  if (tcb.timer === 'persist')
    for (let i = 0; i < board.count; i++) if (!(board.marks(i) & SACKED)) board.markLost(i)
  tcb.recovery.force = board.missingBytes > 0
}

function advance(tcb: Tcb, ack: number, now: number, duplicate: boolean): void {
  const { board, rack } = tcb
  board.acknowledge(ack, rack)
  tcb.sndUna = ack
  tcb.buffer.release(ack)
  measure(tcb, now, duplicate)
  tcb.heardAnew()
  // RFC 6298 §5.3: anew with every acknowledgment of something new; §5.2: off when nothing is left.
  tcb.rtoAt = NEVER
  tcb.rearm = true
}

/**
 * RFC 6298 §3 (Karn): a segment sent twice measures nothing, unless its timestamp says which copy was answered (RFC 7323
 * §4). An echo from before the last copy may be stale, though: a copy that comes too late is answered too, and does not
 * change what the peer echoes. It is believed where that can't be: a D-SACK would tell, or the answer came too soon.
 * False if there was nothing to measure.
 */
export function measure(tcb: Tcb, now: number, duplicate: boolean): boolean {
  const { board, rack, rtt } = tcb
  const { cleanSentAt, againSentAt } = board
  if (cleanSentAt >= 0) rtt.measured(now - cleanSentAt)
  else if (againSentAt < 0 || rack.echoTime < 0) return false
  else if (rack.echoTime >= Math.floor(againSentAt)) rtt.measured(now - againSentAt)
  else if ((tcb.sackPermitted && !duplicate) || now - againSentAt < rack.minRtt)
    rtt.measured(now - rack.echoTime)
  else return false
  return true
}

/** When what is acknowledged was sent, by our own timestamp that it echoes; -1 if it echoes none. */
export function echoTime(tcb: Tcb, segment: TcpSegment, now: number): number {
  if (!tcb.timestamps || !segment.timestamps) return -1
  const age = later(tcb.timestampAt(now), segment.tsEcr)
  return age < 0 ? -1 : Math.max(0, Math.floor(now) - age)
}

/** RFC 2018 §3, RFC 2883 §4. Returns the right edge of what was reported to have come twice, -1 if nothing. */
function takeSack(tcb: Tcb, segment: TcpSegment, ack: number): number {
  const { board, rack } = tcb
  let dsack = -1
  for (let i = 0; i < segment.sackBlocks; i++) {
    const left = positionOf(tcb.iss, segment.sackEdges[2 * i] ?? 0, tcb.sndUna)
    const right = positionOf(tcb.iss, segment.sackEdges[2 * i + 1] ?? 0, tcb.sndUna)
    if (left >= right || right > tcb.sndNxt || left < 0) continue
    if (i === 0 && (right <= ack || insideSecond(tcb, segment, left, right))) dsack = right
    else if (left >= ack) board.sack(left, right, rack)
  }
  return dsack
}

function insideSecond(tcb: Tcb, segment: TcpSegment, left: number, right: number): boolean {
  if (segment.sackBlocks < 2) return false
  const outerLeft = positionOf(tcb.iss, segment.sackEdges[2] ?? 0, tcb.sndUna)
  const outerRight = positionOf(tcb.iss, segment.sackEdges[3] ?? 0, tcb.sndUna)
  return outerLeft <= left && right <= outerRight
}

/** RFC 8985 §7.4.2: what became of the tail loss probe. */
function endProbe(tcb: Tcb, ack: number, acked: number, dsack: number, sacks: boolean, flight: number): void {
  const { recovery } = tcb
  if (recovery.probeEnd < 0 || ack < recovery.probeEnd) return
  if (recovery.probeSentAgain && dsack !== recovery.probeEnd) {
    // Acknowledged beyond: one of the two copies arrived, so the other was lost. Neither told yet: wait.
    if (ack > recovery.probeEnd) probeRepaired(tcb, flight)
    else if (acked > 0 || sacks) return
  }
  recovery.probeEnd = -1
  tcb.rearm = true
}
