/**
 * A packet without any link header: LINKTYPE_RAW (101) and what older systems wrote for it (12, 14), as a tunnel
 * device gives it. The first four bits of the packet tell IPv4 from IPv6.
 */
import { at8 } from './big-endian.ts'
import { TYPE_IPV4, TYPE_IPV6 } from './ethertypes.ts'
import { protocol } from './protocol.ts'

export const rawIp = protocol({
  id: 'raw',
  name: 'Raw packet data',
  osi: 2,
  unit: 'frame',
  spec: 'LINKTYPE_RAW',
  about: 'No bytes: this interface has no link header, a tunnel for example. The packet begins at once.',
  fields: {},
  dissect(c) {
    if (c.left < 1) c.need('Version', 1)
    const version = c.view.getUint8(c.pos) >> 4
    if (version === 4) return { table: 'ethertype', keys: [TYPE_IPV4] }
    return { table: 'ethertype', keys: version === 6 ? [TYPE_IPV6] : [] }
  },
  skim(s) {
    if (s.end - s.at < 1) return false
    const version = at8(s.bytes, s.at) >> 4
    if (version === 4) return s.next('ethertype', TYPE_IPV4)
    return version === 6 && s.next('ethertype', TYPE_IPV6)
  },
})
