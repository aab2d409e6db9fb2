/**
 * The loopback of BSD and macOS: LINKTYPE_NULL (0) and LINKTYPE_LOOP (108), tcpdump.org/linktypes.html.
 *
 *  +---------------------------+----------
 *  | address family (4)        | payload…
 *  +---------------------------+----------
 *
 * LOOP is in network byte order, NULL in that of the machine that captured: the family is a small number, so the
 * half that is zero tells. IPv6's family differs from system to system: all are known here.
 */
import { at32 } from './big-endian.ts'
import { ETHERTYPES, TYPE_IPV4, TYPE_IPV6 } from './ethertypes.ts'
import { hex16, u32 } from './field.ts'
import { protocol } from './protocol.ts'

const FAMILIES = {
  2: 'IP',
  7: 'OSI',
  10: 'IPv6',
  23: 'IPv6',
  24: 'IPv6',
  28: 'IPv6',
  30: 'IPv6',
} as const

export const LINKTYPE_NULL = 0
export const LINKTYPE_LOOP = 108

const IP = 2
const HEADER = 4
const SMALLEST_TYPE = 1536
const LARGEST_TYPE = 0xffff

export const nullLoopback = protocol({
  id: 'null',
  name: 'Null/Loopback',
  short: 'Loopback',
  osi: 2,
  unit: 'frame',
  spec: 'LINKTYPE_NULL',
  about:
    'Stands where a link header would: on the loopback a packet crosses no link, so only its kind is told.',
  fields: {
    family: u32('Family', {
      values: FAMILIES,
      about: 'Which kind of address the payload has: 2 is IPv4; IPv6 is 10, 24, 28 or 30, after the system.',
    }),
    type: hex16('Type', {
      values: ETHERTYPES,
      about: 'Some systems write an EtherType here instead.',
    }),
  },
  dissect(c, f) {
    const start = c.pos
    const big = c.glance(f.family)
    const swapped = c.packet.linkType !== LINKTYPE_LOOP && (big & 0xffff_0000) !== 0
    const family = swapped ? c.view.getUint32(start, true) : big
    c.skip(4)
    const isType = c.packet.linkType !== LINKTYPE_LOOP && family >= SMALLEST_TYPE && family <= LARGEST_TYPE
    if (isType) {
      c.put(f.type, family, start, c.pos)
      return { table: 'ethertype', keys: [family] }
    }
    c.put(f.family, family, start, c.pos)
    const name = FAMILIES[family as keyof typeof FAMILIES]
    c.info(`Loopback, family ${name ?? family}`)
    if (name === 'IPv6') return { table: 'ethertype', keys: [TYPE_IPV6] }
    return { table: 'ethertype', keys: family === IP ? [TYPE_IPV4] : [] }
  },
  skim(s) {
    if (s.end - s.at < HEADER) return false
    const big = at32(s.bytes, s.at)
    const swapped = s.linkType !== LINKTYPE_LOOP && (big & 0xffff_0000) !== 0
    // All that are known fit into one byte, which comes first then.
    const family = !swapped ? big : (big & 0xff_ffff) === 0 ? big >>> 24 : undefined
    s.at += HEADER
    if (family === IP) return s.next('ethertype', TYPE_IPV4)
    return FAMILIES[family as keyof typeof FAMILIES] === 'IPv6' && s.next('ethertype', TYPE_IPV6)
  },
})
