/** What may be noteworthy about a segment, a bit each, in the order in which Wireshark tells of them. */
import type { Finding } from '../protocols/conversation.ts'
import type { FindingDetail } from './tcp-analysis.ts'

export const REUSED_PORTS = 1 << 0
export const FAST_RETRANSMISSION = 1 << 1
export const SPURIOUS_RETRANSMISSION = 1 << 2
/** Of the two above as well. */
export const RETRANSMISSION = 1 << 3
export const OUT_OF_ORDER = 1 << 4
export const LOST_SEGMENT = 1 << 5
export const ACK_LOST_SEGMENT = 1 << 6
export const WINDOW_UPDATE = 1 << 7
export const WINDOW_FULL = 1 << 8
export const KEEP_ALIVE = 1 << 9
export const KEEP_ALIVE_ACK = 1 << 10
export const DUPLICATE_ACK = 1 << 11
export const ZERO_WINDOW_PROBE = 1 << 12
export const ZERO_WINDOW = 1 << 13
export const ZERO_WINDOW_PROBE_ACK = 1 << 14
/** Not a finding: something was measured, so that there is an analysis to show. */
export const ANALYSED = 1 << 15

/** Behind `tcp.analysis.`, by bit. */
const NAMES = [
  'reused_ports',
  'fast_retransmission',
  'spurious_retransmission',
  'retransmission',
  'out_of_order',
  'lost_segment',
  'ack_lost_segment',
  'window_update',
  'window_full',
  'keep_alive',
  'keep_alive_ack',
  'duplicate_ack',
  'zero_window_probe',
  'zero_window',
  'zero_window_probe_ack',
] as const

const NONE: readonly Finding[] = []

/** Whether a finding tells of something lost, late or again. */
export function isTrouble(found: number): boolean {
  return (found & TROUBLE) !== 0
}
const TROUBLE =
  FAST_RETRANSMISSION |
  SPURIOUS_RETRANSMISSION |
  RETRANSMISSION |
  OUT_OF_ORDER |
  LOST_SEGMENT |
  ACK_LOST_SEGMENT |
  DUPLICATE_ACK |
  ZERO_WINDOW

/** The findings by name; the detail belongs to the one that has such. */
export function namedFindings(found: number, detail: FindingDetail | undefined): readonly Finding[] {
  return (found & ~ANALYSED) === 0 ? NONE : named(found, detail)
}

/** Apart, since most segments have none and what the function in here sees is an object made with each call. */
function named(found: number, detail: FindingDetail | undefined): readonly Finding[] {
  return NAMES.flatMap((name, bit) => {
    const one = 1 << bit
    if ((found & one) === 0) return []
    if (detail === undefined) return [{ name }]
    if (one === DUPLICATE_ACK) return [{ name, frame: detail.frame, value: detail.value }]
    return one === RETRANSMISSION ? [{ name, frame: detail.frame, value: detail.value / 1e9 }] : [{ name }]
  })
}
