/** The segment's text, its FIN and its urgent pointer: RFC 9293 §3.10.7.4, sixth to eighth. */
import type { TcpSegment } from '../../protocols/tcp-segment.ts'
import { abort, enterTimeWait } from './closing.ts'
import { sendAck } from './segment-out.ts'
import { NEVER, type Tcb } from './tcb.ts'

/** The data of `segment`, which begins at position `seq`: given to the user in order, or kept until the gap is filled. */
export function takeText(tcb: Tcb, seq: number, bytes: Uint8Array, segment: TcpSegment, now: number): void {
  if (tcb.state !== 'ESTABLISHED' && tcb.state !== 'FIN-WAIT-1' && tcb.state !== 'FIN-WAIT-2') return
  const length = segment.dataEnd - segment.dataStart
  if (tcb.abandoned) {
    // §3.6.1 (SHLD-3): data for a user that has gone is lost, and the peer must not think otherwise.
    abort(tcb, tcb.sndUna < tcb.buffer.end ? 'ECONNRESET' : undefined, now)
    return
  }
  if (length > tcb.rcvMss) tcb.rcvMss = Math.min(length, tcb.ownMss)
  const start = Math.max(seq, tcb.rcvNxt)
  const end = Math.min(seq + length, Math.max(tcb.rcvAdv, tcb.rcvNxt), tcb.finAt)
  // What was cut off, or has come before, is to be heard of at once.
  if (start !== seq || end !== seq + length) tcb.ackNow = true
  if (start !== seq) tcb.queue.duplicate = { left: seq, right: Math.min(start, seq + length) }
  if (start >= end) return
  const data = bytes.subarray(segment.dataStart + start - seq, segment.dataStart + end - seq)
  if (start > tcb.rcvNxt) {
    // RFC 5681 §4.2: out of order, acknowledged at once, so that the peer notices the gap.
    tcb.queue.insert(start, data)
    tcb.ackNow = true
    return
  }
  const filling = !tcb.queue.empty
  if (filling) tcb.ackNow = true
  deliver(tcb, data)
  while (filling && !tcb.queue.empty && isOpen(tcb)) {
    const next = tcb.queue.take(tcb.rcvNxt)
    if (next === undefined) break
    if (next.length > 0) deliver(tcb, next)
  }
  if (tcb.rcvNxt === tcb.finAt && isOpen(tcb)) finArrived(tcb)
}

const isOpen = (tcb: Tcb): boolean => tcb.state !== 'CLOSED' && tcb.state !== 'TIME-WAIT'

function deliver(tcb: Tcb, data: Uint8Array): void {
  tcb.rcvNxt += data.length
  tcb.rcvUser += data.length
  tcb.handler.data(data)
}

/** The peer's FIN stands at position `at`; it counts when all before it is here. It needs no room in the window. */
export function takeFin(tcb: Tcb, at: number): void {
  if (at > Math.max(tcb.rcvAdv, tcb.rcvNxt)) return
  tcb.ackNow = true
  if (at < tcb.rcvNxt || tcb.finAt !== NEVER) return
  tcb.finAt = at
  if (tcb.rcvNxt === at) finArrived(tcb)
}

function finArrived(tcb: Tcb): void {
  tcb.rcvNxt++
  tcb.ackNow = true
  switch (tcb.state) {
    case 'ESTABLISHED':
      tcb.become('CLOSE-WAIT')
      break
    case 'FIN-WAIT-1':
      tcb.become('CLOSING')
      break
    case 'FIN-WAIT-2':
      tcb.handler.ended()
      if (!isOpen(tcb)) return
      sendAck(tcb, tcb.surroundings.clock.now())
      enterTimeWait(tcb)
      return
    default:
      return
  }
  tcb.handler.ended()
}

/** §3.8.5 (MUST-31 to MUST-33): told whenever the pointer moves ahead of what is here; the data itself comes in line. */
export function takeUrgent(tcb: Tcb, seq: number, pointer: number): void {
  if (tcb.state !== 'ESTABLISHED' && tcb.state !== 'FIN-WAIT-1' && tcb.state !== 'FIN-WAIT-2') return
  const upTo = seq + pointer
  if (upTo <= tcb.rcvUp) return
  tcb.rcvUp = upTo
  if (upTo > tcb.rcvNxt) tcb.handler.urgent?.(upTo - tcb.rcvNxt)
}
