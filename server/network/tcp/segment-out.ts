/** One segment on its way out: its header from the connection's variables (RFC 9293 §3.10.7, `<SEQ=…><ACK=…><CTL=…>`). */
import { ACK, FIN, PSH, RST, SYN, type TcpSegment, URG } from '../../protocols/tcp-segment.ts'
import { shiftFor } from './options.ts'
import { wireNumber } from './sequence.ts'
import { NEVER, type Tcb } from './tcb.ts'

/** What a window can say without scaling. */
const LARGEST_WINDOW = 0xffff
/** How far ahead the urgent pointer can point. */
const FARTHEST_POINTER = 0xffff

/**
 * The positions from `start` to `end`: the SYN, data, the FIN, whatever stands there. `now` is for the timestamp.
 * None at all for a bare acknowledgment.
 */
export function sendRange(tcb: Tcb, start: number, end: number, now: number): void {
  if (start === 0 && end > 0) {
    sendSyn(tcb, now)
    return
  }
  const dataEnd = Math.min(end, tcb.buffer.end)
  let flags = ACK
  if (dataEnd > start && dataEnd === tcb.buffer.end) flags |= PSH
  if (start < end && end > tcb.buffer.end) flags |= FIN
  const urgent = tcb.sndUp > Math.max(start, tcb.sndUna)
  const out = header(tcb, start, urgent ? flags | URG : flags, now)
  // MUST-62: the first byte that is not urgent any more. Farther than 16 bits can say, the segments to come will say it.
  if (urgent) out.urgentPointer = Math.min(tcb.sndUp - start, FARTHEST_POINTER)
  out.window = offerWindow(tcb)
  if (tcb.sackPermitted) putSack(tcb, out, dataEnd - start)
  acknowledged(tcb, out)
  tcb.surroundings.transmit(tcb, dataEnd > start ? start : 0, dataEnd > start ? dataEnd : 0)
}

/** `<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>` */
export function sendAck(tcb: Tcb, now: number): void {
  sendRange(tcb, tcb.sndNxt, tcb.sndNxt, now)
}

/** RFC 9293 §3.8.4, SHLD-12: an old sequence number and no data; an end that still has the connection must answer. */
export function sendKeepAlive(tcb: Tcb, now: number): void {
  sendRange(tcb, tcb.sndNxt - 1, tcb.sndNxt - 1, now)
}

/** RFC 9293 §3.10.5: `<SEQ=SND.NXT><CTL=RST>`, with the ACK that Linux adds. */
export function sendReset(tcb: Tcb, now: number): void {
  const out = header(tcb, tcb.sndNxt, RST | ACK, now)
  out.window = 0
  tcb.surroundings.transmit(tcb, 0, 0)
}

function sendSyn(tcb: Tcb, now: number): void {
  const { settings } = tcb.surroundings
  const answering = tcb.state === 'SYN-RECEIVED'
  const out = header(tcb, 0, answering ? SYN | ACK : SYN, now)
  // In an answer, only what the peer has offered too (RFC 7323 §1.3, RFC 2018 §2).
  out.timestamps = answering ? tcb.timestamps : settings.timestamps
  out.sackPermitted = answering ? tcb.sackPermitted : settings.sack
  out.mss = tcb.ownMss
  const shift = shiftFor(settings.receiveBuffer)
  if (answering ? tcb.windowScale : settings.windowScale) out.windowShift = shift
  // The window of a SYN is never scaled (RFC 7323 §2.2).
  const window = Math.min(LARGEST_WINDOW, settings.receiveBuffer)
  out.window = window
  tcb.rcvAdv = Math.max(tcb.rcvAdv, tcb.rcvNxt + window)
  if (answering) acknowledged(tcb, out)
  tcb.surroundings.transmit(tcb, 0, 0)
}

function header(tcb: Tcb, position: number, flags: number, now: number): TcpSegment {
  const { out } = tcb.surroundings
  out.clear()
  out.sourcePort = tcb.identity.localPort
  out.destinationPort = tcb.identity.remotePort
  out.seq = wireNumber(tcb.iss, position)
  out.flags = flags
  out.ack = flags & ACK ? wireNumber(tcb.irs, tcb.rcvNxt) : 0
  out.timestamps = tcb.timestamps
  out.tsVal = tcb.timestampAt(now)
  out.tsEcr = flags & ACK ? tcb.tsRecent : 0
  return out
}

function acknowledged(tcb: Tcb, out: TcpSegment): void {
  tcb.ackNow = false
  tcb.delayedAckAt = NEVER
  tcb.lastAckSent = tcb.rcvNxt
  tcb.lastWindow = out.window
}

/**
 * The window field. The right edge moves only by a segment's worth or half the buffer (RFC 9293 §3.8.6.2.2, MUST-39), so
 * that the peer is not lured into small segments, and never back (SHLD-14).
 */
function offerWindow(tcb: Tcb): number {
  const edge = windowEdge(tcb)
  if (edge - tcb.rcvAdv >= Math.min(tcb.surroundings.settings.receiveBuffer / 2, tcb.ownMss))
    tcb.rcvAdv = edge
  return Math.max(0, (tcb.rcvAdv - tcb.rcvNxt) >> tcb.rcvShift)
}

/** Where the window could end, in units that the field can express. */
function windowEdge(tcb: Tcb): number {
  const free = Math.max(0, tcb.surroundings.settings.receiveBuffer - tcb.rcvUser)
  return tcb.rcvNxt + (Math.min(LARGEST_WINDOW, free >> tcb.rcvShift) << tcb.rcvShift)
}

/**
 * The user has taken so much that the peer should hear of it by a segment of its own: a quarter of the buffer is new, or
 * a segment's worth where the peer had less than two left.
 */
export function windowOpened(tcb: Tcb): boolean {
  // The whole window, after the 64 kB that a SYN can state, is told with the first acknowledgment of data.
  if (tcb.rcvNxt <= 1) return false
  const { receiveBuffer } = tcb.surroundings.settings
  const opened = windowEdge(tcb) - tcb.rcvAdv
  if (opened >= receiveBuffer / 4) return opened >= Math.min(receiveBuffer / 2, tcb.ownMss)
  return tcb.rcvAdv - tcb.rcvNxt < 2 * tcb.ownMss && opened >= Math.min(receiveBuffer / 2, tcb.ownMss)
}

/** RFC 2018 §4, RFC 2883 §4: what came twice first, once; then the blocks, the latest first, as many as fit. */
function putSack(tcb: Tcb, out: TcpSegment, payload: number): void {
  const { queue } = tcb
  if (queue.duplicate === undefined && queue.blocks.length === 0) return
  const most = payload > 0 ? Math.floor((tcb.sndMss - payload - 4) / 8) : MOST_BLOCKS
  const room = Math.min(most, tcb.timestamps ? MOST_BLOCKS - 1 : MOST_BLOCKS)
  let count = 0
  const put = (left: number, right: number) => {
    if (count >= room) return
    out.sackEdges[2 * count] = wireNumber(tcb.irs, left)
    out.sackEdges[2 * count + 1] = wireNumber(tcb.irs, right)
    count++
  }
  if (queue.duplicate !== undefined && room > 0) {
    put(queue.duplicate.left, queue.duplicate.right)
    queue.duplicate = undefined
  }
  // A FIN beyond a gap is reported with the data before it: else its sender could never count that segment as arrived.
  for (const { left, right } of queue.blocks) put(left, right === tcb.finAt ? right + 1 : right)
  out.sackBlocks = Math.max(0, count)
}

const MOST_BLOCKS = 4
