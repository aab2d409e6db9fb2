/** SEGMENT ARRIVES, RFC 9293 §3.10.7.4: the eight checks in their order, for all states from SYN-RECEIVED on. */
import { ACK, FIN, RST, SYN, type TcpSegment, URG } from '../../protocols/tcp-segment.ts'
import { takeAcknowledgment, updateWindow } from './acknowledgment.ts'
import { challenge } from './challenge.ts'
import { drop, enterTimeWait, linger } from './closing.ts'
import { handshakeAcknowledged } from './handshake.ts'
import { delayAck, output, sendAgain } from './output.ts'
import { windowOpened } from './segment-out.ts'
import { later, positionOf } from './sequence.ts'
import type { Tcb } from './tcb.ts'
import { takeFin, takeText, takeUrgent } from './text.ts'

/** RFC 7323 §5.5: a timestamp older than 24 days may have wrapped, and protects from nothing. */
const PAWS_IDLE_MS = 24 * 24 * 3600 * 1000

/** Room in the send buffer that is worth telling of, bytes, or a third of the buffer. */
const WORTH_TELLING = 65_536

/** `bytes` hold the segment; its data may be kept, it belongs to the receiver. `answer` is to follow. */
export function segmentArrives(tcb: Tcb, segment: TcpSegment, bytes: Uint8Array, now: number): void {
  tcb.arriving = true
  try {
    takeSegment(tcb, segment, bytes, now)
  } finally {
    // Whatever the user has thrown: the connection goes on.
    tcb.arriving = false
  }
}

/** What the segments that were taken in ask for: an acknowledgment, and all that may be sent now. */
export function answer(tcb: Tcb, now: number): void {
  if (tcb.state === 'CLOSED' || tcb.state === 'TIME-WAIT') return
  acknowledge(tcb, now)
  output(tcb, now)
}

function takeSegment(tcb: Tcb, segment: TcpSegment, bytes: Uint8Array, now: number): void {
  const { flags } = segment
  const payload = segment.dataEnd - segment.dataStart
  let seq = positionOf(tcb.irs, segment.seq, tcb.rcvNxt)
  let syn = flags & SYN
  // A SYN that was answered already: both ends opened at once (figure 8), or our answer was lost.
  if (syn && tcb.state === 'SYN-RECEIVED' && seq === 0) {
    if (!(flags & ACK)) {
      answerAgain(tcb, now)
      return
    }
    syn = 0
    seq = 1
  }
  const length = payload + (syn ? 1 : 0) + (flags & FIN ? 1 : 0)
  if (!isProtected(tcb, segment, now, length)) return

  // First: the sequence number.
  if (!isAcceptable(tcb, seq, length)) {
    if (flags & RST) return
    if (payload > 0 || flags & FIN) outOfWindow(tcb, seq, payload)
    else challenge(tcb, now)
    return
  }
  // RFC 7323 §4.3: only from a segment that the last acknowledgment was waiting for, so that delays are measured whole.
  if (
    segment.timestamps &&
    tcb.timestamps &&
    seq <= tcb.lastAckSent &&
    later(segment.tsVal, tcb.tsRecent) >= 0
  ) {
    tcb.tsRecent = segment.tsVal
    tcb.tsRecentAt = now
  }
  tcb.lastHeard = now
  if (tcb.keepAliveProbes > 0) {
    tcb.keepAliveProbes = 0
    tcb.keepAliveAt = now + tcb.keepAliveIdleMs
    tcb.alarm.by(tcb.keepAliveAt)
  }

  // Second: RST. Third, security, is nobody's any more. Fourth: SYN (RFC 5961 §3.2 and §4.2).
  if (flags & RST) {
    if (seq === tcb.rcvNxt) reset(tcb)
    else challenge(tcb, now)
    return
  }
  if (syn) {
    challenge(tcb, now)
    return
  }
  // Fifth: ACK.
  if (!(flags & ACK)) return
  if (tcb.state === 'SYN-RECEIVED') {
    if (!handshakeAcknowledged(tcb, segment, now)) return
    updateWindow(tcb, segment, seq, tcb.sndUna)
  } else if (!takeAcknowledgment(tcb, segment, seq, length, now)) return
  if (tcb.finQueued && tcb.sndUna > tcb.buffer.end) finAcknowledged(tcb)
  if (isOver(tcb)) return
  tellRoom(tcb)
  // Sixth: URG. Seventh: the text. Eighth: FIN. The user may end the connection in any of them.
  if (flags & URG && !isOver(tcb)) takeUrgent(tcb, seq, segment.urgentPointer)
  if (payload > 0 && !isOver(tcb)) takeText(tcb, seq, bytes, segment, now)
  if (flags & FIN && !isOver(tcb)) takeFin(tcb, seq + payload)
}

const isOver = (tcb: Tcb): boolean => tcb.state === 'CLOSED' || tcb.state === 'TIME-WAIT'

/** RFC 7323 §5.3, PAWS: an older timestamp than the latest is a segment of an earlier round of the numbers. */
function isProtected(tcb: Tcb, segment: TcpSegment, now: number, length: number): boolean {
  if (!tcb.timestamps || segment.flags & RST) return true
  // §3.2: agreed on, every segment has one.
  if (!segment.timestamps) return false
  if (later(segment.tsVal, tcb.tsRecent) >= 0) return true
  if (now - tcb.tsRecentAt > PAWS_IDLE_MS) {
    tcb.tsRecent = segment.tsVal
    return true
  }
  if (length > 0) tcb.ackNow = true
  else challenge(tcb, now)
  return false
}

/** §3.4's four cases; what has begun before the window but reaches into it counts. */
function isAcceptable(tcb: Tcb, seq: number, length: number): boolean {
  const edge = Math.max(tcb.rcvAdv, tcb.rcvNxt)
  if (length === 0) return seq === tcb.rcvNxt || (seq >= tcb.rcvNxt && seq < edge)
  // With a closed window the next segment's ACK, URG and RST still count (MUST-66); its text is cut off later.
  if (seq === tcb.rcvNxt) return true
  return (seq >= tcb.rcvNxt && seq < edge) || (seq < tcb.rcvNxt && seq + length - 1 >= tcb.rcvNxt)
}

/** Data that is here already, or that the window has no room for: the peer hears where we are. */
function outOfWindow(tcb: Tcb, seq: number, payload: number): void {
  if (payload > 0 && seq + payload <= tcb.rcvNxt) tcb.queue.duplicate = { left: seq, right: seq + payload }
  tcb.ackNow = true
}

/** The peer didn't get our SYN-ACK: once more, sooner than the timer would. */
function answerAgain(tcb: Tcb, now: number): void {
  if (tcb.held || tcb.board.count === 0) return
  sendAgain(tcb, 0, now)
}

/** An exact RST. */
function reset(tcb: Tcb): void {
  switch (tcb.state) {
    case 'SYN-RECEIVED':
      // Back to LISTEN without a word to the user (MUST-11), or the answer to our own SYN.
      drop(tcb, tcb.passive ? 'ECONNRESET' : 'ECONNREFUSED')
      break
    case 'CLOSING':
    case 'LAST-ACK':
      drop(tcb, tcb.sndUna < tcb.buffer.end ? 'ECONNRESET' : undefined)
      break
    default:
      drop(tcb, 'ECONNRESET')
  }
}

function finAcknowledged(tcb: Tcb): void {
  if (tcb.state === 'FIN-WAIT-1') {
    tcb.become('FIN-WAIT-2')
    if (tcb.abandoned) linger(tcb)
  } else if (tcb.state === 'CLOSING') enterTimeWait(tcb)
  else if (tcb.state === 'LAST-ACK') drop(tcb, undefined)
}

/** Fewer, larger writes than if it were told with every acknowledgment; but soon enough to keep the path full. */
function tellRoom(tcb: Tcb): void {
  if (!tcb.wantsRoom || tcb.finQueued) return
  tcb.tuneBuffer()
  if (tcb.buffer.room < Math.min(tcb.buffer.capacity / 3, WORTH_TELLING)) return
  tcb.wantsRoom = false
  tcb.handler.writable()
}

/** §3.8.6.3: at once for every second full segment, and when the window has opened much; else soon. */
function acknowledge(tcb: Tcb, now: number): void {
  const waiting = tcb.rcvNxt - tcb.lastAckSent
  if (tcb.ackNow) return
  if (waiting > 0) {
    if (waiting >= 2 * tcb.rcvMss || tcb.surroundings.settings.delayedAckMs === 0) tcb.ackNow = true
    else delayAck(tcb, now)
  }
  if (windowOpened(tcb)) tcb.ackNow = true
}
