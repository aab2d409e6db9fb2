/** UDP without recording: the datagram to its conversation, what it carries onwards, and a line of text if that said nothing. */
import { at16 } from './big-endian.ts'
import { data } from './data.ts'
import { echo } from './echo.ts'
import { TO } from './ink.ts'
import { UDP } from './ip-protocols.ts'
import type { Skim } from './skim.ts'
import { isWhole } from './transport-checksum.ts'
import { UDP_HEADER, UDP_LAYOUT } from './udp-header.ts'
import { awaitedBy, claimedBy } from './udp-reply.ts'
import { seeOrdinary } from './udp-seen.ts'

export function skimUdp(s: Skim): boolean {
  const { bytes, at: start, end } = s
  // A packet that the capture cut: dissect has words for it.
  if (end - start < UDP_HEADER || s.wireEnd !== end) return false
  const length = at16(bytes, start + UDP_LAYOUT.length)
  if (length < UDP_HEADER || length > end - start) return false
  if (at16(bytes, start + UDP_LAYOUT.checksum) === 0) {
    // Left out: over IPv6 it must not be.
    if (s.family === 6) return false
  } else if (s.verifiesUdp && !isWhole(s, UDP, length)) return false
  const { conversations, stack } = s.surroundings
  s.sourcePort = at16(bytes, start + UDP_LAYOUT.srcport)
  s.destinationPort = at16(bytes, start + UDP_LAYOUT.dstport)
  const flow = conversations.skimmedDatagram(s)
  const [from, to] = s.fromClient ? [flow.client, flow.server] : [flow.server, flow.client]
  const claimed =
    claimedBy(flow, s.number) ??
    awaitedBy(conversations, from, to) ??
    (conversations.isEcho?.(flow) ? echo : undefined)
  const inner =
    claimed ?? stack.lookup('udp.port', s.destinationPort) ?? stack.lookup('udp.port', s.sourcePort) ?? data
  // Its words would need a second reading.
  if (inner.wordy !== true) return false
  s.flow = flow
  s.remember(seeOrdinary(conversations, flow, from, to, s.number, s.time, length))
  s.limit(start + length)
  s.at = start + UDP_HEADER
  if (length > UDP_HEADER) {
    if (inner === data) s.pass(data)
    else s.carry(inner)
    s.gather()
  }
  if (s.worded && !s.spoken && !s.unusual) words(s, length)
  return true
}

function words(s: Skim, length: number): void {
  if (!s.speak()) return
  const { info } = s
  info.decimal(s.sourcePort)
  info.copy(TO)
  info.decimal(s.destinationPort)
  info.ascii(' Len=')
  info.decimal(length - UDP_HEADER)
}
