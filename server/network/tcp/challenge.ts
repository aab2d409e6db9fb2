/** Challenge ACKs, RFC 5961: a suspicious segment is answered with the truth, so that only the real peer can go on. */
import { sendAck } from './segment-out.ts'
import type { Tcb } from './tcb.ts'

/** §7's own example. Counted for each connection, so that nobody can learn of one by using up the count of another. */
const MOST = 10
const PERIOD_MS = 5000

/** `<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>`, ten times in five seconds at most. */
export function challenge(tcb: Tcb, now: number): void {
  if (now - tcb.challengesSince >= PERIOD_MS) {
    tcb.challengesSince = now
    tcb.challenges = 0
  }
  if (++tcb.challenges <= MOST) sendAck(tcb, now)
}
