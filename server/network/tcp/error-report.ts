/** ICMP's errors about segments of ours, RFC 9293 §3.9.2.2 (MUST-54). */
import { drop } from './closing.ts'
import type { TcpFailure } from './connection-api.ts'
import { positionOf } from './sequence.ts'
import type { Tcb } from './tcb.ts'

/** RFC 1122 §3.2.2.1's codes, in the words of Node. */
const UNREACHABLE: Readonly<Record<number, TcpFailure>> = {
  0: 'ENETUNREACH',
  1: 'EHOSTUNREACH',
  6: 'ENETUNREACH',
  7: 'EHOSTUNREACH',
}

/**
 * `code` is that of an unreachable destination; `sequence` the number in the segment that the error quotes, if it is
 * known. A hard error ends a connection only while it is being made: later it could be anybody's lie (RFC 5927 §5.2, as
 * Linux). A soft one is told, and remembered in case that nobody ever answers.
 */
export function errorReported(tcb: Tcb, code: number, hard: boolean, sequence: number | undefined): void {
  if (tcb.state === 'TIME-WAIT') return
  if (sequence !== undefined) {
    // RFC 5927 §4.1: it must quote something that is on the way.
    const position = positionOf(tcb.iss, sequence, tcb.sndUna)
    if (position < tcb.sndUna || position >= Math.max(tcb.sndNxt, 1)) return
  }
  if (hard && !tcb.synchronised) {
    drop(tcb, 'ECONNREFUSED')
    return
  }
  tcb.softError = UNREACHABLE[code] ?? 'EHOSTUNREACH'
  tcb.handler.trouble?.('unreachable', code)
}
