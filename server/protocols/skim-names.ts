/** What the packet list calls the two ends of a packet that is skimmed and belongs to no conversation. */
import { at48 } from './big-endian.ts'
import { etherText, ipv4Text, ipv6Text } from './field.ts'
import type { Skim } from './skim.ts'

/** Names sender and receiver by their network addresses. */
export function nameHosts(s: Skim): void {
  if (s.family === 4) {
    s.source = ipv4Text(s.from0 >>> 0)
    s.destination = ipv4Text(s.to0 >>> 0)
  } else {
    s.source = ipv6Text(s.from0, s.from1, s.from2, s.from3)
    s.destination = ipv6Text(s.to0, s.to1, s.to2, s.to3)
  }
}

/** Names them by the link's addresses; false where the sender's is not known. */
export function nameNeighbours(s: Skim): boolean {
  const { senderAt, receiverAt, bytes } = s
  if (senderAt < 0) return false
  s.source = etherText(at48(bytes, senderAt))
  s.destination = receiverAt < 0 ? '' : etherText(at48(bytes, receiverAt))
  return true
}
