/** The ways in which a connection ends. */
import type { TcpFailure } from './connection-api.ts'
import { output } from './output.ts'
import { sendReset } from './segment-out.ts'
import { NEVER, type Tcb } from './tcb.ts'

/** To CLOSED: the TCB is deleted and the user told. */
export function drop(tcb: Tcb, failure: TcpFailure | undefined): void {
  if (tcb.state === 'CLOSED') return
  const told = tcb.state === 'TIME-WAIT'
  tcb.become('CLOSED')
  release(tcb)
  tcb.surroundings.left(tcb)
  if (!told) tcb.handler.closed(failure)
}

/** RST, then CLOSED. */
export function abort(tcb: Tcb, failure: TcpFailure | undefined, now: number): void {
  // RFC 9293 §3.10.5: a SYN-SENT end says nothing; those that wait for the last acknowledgment have nothing to reset.
  const silent = tcb.state === 'SYN-SENT' || tcb.state === 'TIME-WAIT' || tcb.state === 'CLOSED' || tcb.held
  if (!silent) sendReset(tcb, now)
  drop(tcb, failure)
}

/** Both sides have said FIN: the connection waits for 2 MSL, its user does not. */
export function enterTimeWait(tcb: Tcb): void {
  tcb.become('TIME-WAIT')
  release(tcb)
  tcb.surroundings.waits(tcb)
  tcb.handler.closed(undefined)
}

/** RFC 9293 §3.10.4, CLOSE: a FIN behind everything that was written. */
export function queueFin(tcb: Tcb, now: number): void {
  if (tcb.finQueued || tcb.state === 'CLOSED' || tcb.state === 'TIME-WAIT') return
  tcb.finQueued = true
  beginClosing(tcb)
  if (!tcb.arriving) output(tcb, now)
}

/** The state that a queued FIN leads to; before the handshake is complete the FIN has to wait. */
export function beginClosing(tcb: Tcb): void {
  if (tcb.state === 'ESTABLISHED') tcb.become('FIN-WAIT-1')
  else if (tcb.state === 'CLOSE-WAIT') tcb.become('LAST-ACK')
}

/** FIN-WAIT-2 of an end whose user has gone is not for ever, though the RFC would let it. */
export function linger(tcb: Tcb): void {
  tcb.lingerAt = tcb.surroundings.clock.now() + tcb.surroundings.settings.finTimeoutMs
  tcb.alarm.by(tcb.lingerAt)
}

function release(tcb: Tcb): void {
  tcb.alarm.cancel()
  tcb.timerAt = NEVER
  tcb.rtoAt = NEVER
  tcb.delayedAckAt = NEVER
  tcb.keepAliveAt = NEVER
  tcb.lingerAt = NEVER
  tcb.ackNow = false
  tcb.buffer.clear()
  tcb.board.clear()
  tcb.queue.clear()
}
