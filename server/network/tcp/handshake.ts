/** The handshake, RFC 9293 §3.5: what the SYNs agree on, SYN-SENT, and the ACK that completes it. */
import { ACK, FIN, RST, SYN, type TcpSegment, URG } from '../../protocols/tcp-segment.ts'
import { echoTime, measure } from './acknowledgment.ts'
import { beginClosing, drop } from './closing.ts'
import { shiftFor } from './options.ts'
import { output, sendFirst } from './output.ts'
import { SENT_AGAIN } from './scoreboard.ts'
import { sendAck } from './segment-out.ts'
import { positionOf } from './sequence.ts'
import { DEFAULT_MSS, NEVER, type Tcb } from './tcb.ts'
import { takeFin, takeText, takeUrgent } from './text.ts'

const TIMESTAMPS_LENGTH = 12

/** §3.10.7.3: a segment for an end in SYN-SENT. */
export function synSent(tcb: Tcb, segment: TcpSegment, bytes: Uint8Array, now: number): void {
  const { flags } = segment
  const acked = flags & ACK ? positionOf(tcb.iss, segment.ack, tcb.sndUna) : -1
  // First: the ACK must be that of our SYN.
  if (flags & ACK && (acked <= 0 || acked > tcb.sndNxt)) {
    if (!(flags & RST)) tcb.surroundings.refuse(tcb, segment.ack)
    return
  }
  // Second: RST, believed only if it knows our SYN.
  if (flags & RST) {
    if (flags & ACK) drop(tcb, 'ECONNREFUSED')
    return
  }
  if (!(flags & SYN)) return
  agree(tcb, segment, now)
  if (acked > 0) {
    tcb.arriving = true
    tcb.become('ESTABLISHED')
    synAcknowledged(tcb, acked, segment, now)
    // Data that waits might ride on this ACK. It goes by itself, so that three segments open every connection.
    sendAck(tcb, now)
    tcb.handler.connected()
    takeRest(tcb, segment, bytes, now)
    tcb.arriving = false
    if (tcb.state === 'CLOSED' || tcb.state === 'TIME-WAIT') return
    if (tcb.finQueued) beginClosing(tcb)
    output(tcb, now)
    return
  }
  // Both ends opened at once: SYN-ACK for the SYN that crossed ours.
  tcb.become('SYN-RECEIVED')
  tcb.board.clear()
  tcb.rtoAt = NEVER
  // The peer will acknowledge the first SYN or this: by Karn's rule neither measures the round trip.
  sendFirst(tcb, now, SENT_AGAIN)
}

/** What a SYN may carry besides (§3.4: it is kept until the connection is there, which it is). */
function takeRest(tcb: Tcb, segment: TcpSegment, bytes: Uint8Array, now: number): void {
  const payload = segment.dataEnd - segment.dataStart
  if (segment.flags & URG) takeUrgent(tcb, 0, segment.urgentPointer)
  if (payload > 0) takeText(tcb, 1, bytes, segment, now)
  if (segment.flags & FIN && tcb.state !== 'CLOSED') takeFin(tcb, 1 + payload)
  if (tcb.rcvNxt !== tcb.lastAckSent) tcb.ackNow = true
}

/** The peer's SYN: its number, and the options that both ends know. */
export function agree(tcb: Tcb, segment: TcpSegment, now: number): void {
  const { settings } = tcb.surroundings
  tcb.irs = segment.seq
  tcb.rcvNxt = 1
  tcb.lastAckSent = 1
  tcb.rcvAdv = 1 + Math.min(0xffff, settings.receiveBuffer)
  tcb.timestamps = settings.timestamps && segment.timestamps
  tcb.sackPermitted = settings.sack && segment.sackPermitted
  tcb.windowScale = settings.windowScale && segment.windowShift >= 0
  tcb.sndShift = tcb.windowScale ? segment.windowShift : 0
  tcb.rcvShift = tcb.windowScale ? shiftFor(settings.receiveBuffer) : 0
  if (tcb.timestamps) {
    tcb.tsRecent = segment.tsVal
    tcb.tsRecentAt = now
  }
  // MUST-15, MUST-16: Eff.snd.MSS; a peer that states less than an option's worth still gets a byte at a time.
  const offered = segment.mss > 0 ? segment.mss : DEFAULT_MSS
  const most = Math.min(offered, tcb.ownMss)
  tcb.sndMss = Math.max(1, tcb.timestamps ? most - TIMESTAMPS_LENGTH : most)
  tcb.rcvMss = Math.max(1, Math.min(DEFAULT_MSS, tcb.ownMss) - (tcb.timestamps ? TIMESTAMPS_LENGTH : 0))
  // A SYN's window is never scaled (RFC 7323 §2.2).
  tcb.sndWnd = segment.window
  tcb.maxSndWnd = Math.max(tcb.maxSndWnd, segment.window)
  tcb.sndWl1 = 0
  tcb.sndWl2 = 0
  tcb.congestion.start(tcb.sndMss, settings.initialWindow, tcb.retransmissions > 0)
}

/** §3.10.7.4, fifth, SYN-RECEIVED: the ACK of our SYN. False if it is not, and the segment answered by RST. */
export function handshakeAcknowledged(tcb: Tcb, segment: TcpSegment, now: number): boolean {
  const acked = positionOf(tcb.iss, segment.ack, tcb.sndUna)
  if (tcb.held || acked <= tcb.sndUna || acked > tcb.sndNxt) {
    if (!tcb.held) tcb.surroundings.refuse(tcb, segment.ack)
    return false
  }
  tcb.become('ESTABLISHED')
  synAcknowledged(tcb, acked, segment, now)
  tcb.surroundings.established(tcb)
  if (tcb.finQueued && (tcb.state as string) !== 'CLOSED') beginClosing(tcb)
  return (tcb.state as string) !== 'CLOSED'
}

function synAcknowledged(tcb: Tcb, acked: number, segment: TcpSegment, now: number): void {
  const { board, rack, congestion } = tcb
  rack.now = now
  rack.echoTime = echoTime(tcb, segment, now)
  board.acknowledge(acked, rack)
  tcb.sndUna = acked
  if (!measure(tcb, now, false)) tcb.rtt.synWasLost()
  congestion.start(tcb.sndMss, tcb.surroundings.settings.initialWindow, tcb.retransmissions > 0)
  tcb.heardAnew()
  tcb.rtoAt = NEVER
  tcb.rearm = true
  tcb.recovery.phase = 'open'
}
