/**
 * What somebody wrote beside a packet in its capture file: pcapng's comment option (draft-ietf-opsawg-pcapng §3.5.1).
 * It was never on the wire.
 */
import { text } from './field.ts'
import { protocol } from './protocol.ts'

export const packetComment = protocol({
  id: 'pkt_comment',
  name: 'Packet comments',
  // Of no layer at all: it stands beside the cable, which has no bytes either.
  osi: 1,
  unit: 'comment',
  spec: 'draft-ietf-opsawg-pcapng §3.5.1',
  about: 'Written beside the packet in the capture file, by a person or a program: no part of what was sent.',
  fields: {
    '=frame.comment': text('Comment', {
      about: 'What was written, one after the other where there are several.',
    }),
  },
  dissect(c, f) {
    if (c.recording) for (const comment of c.packet.comments) c.put(f['=frame.comment'], comment)
    return undefined
  },
})
