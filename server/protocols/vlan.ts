/**
 * VLAN tag, IEEE 802.1Q §9.6: put behind the source address, so that one cable carries several separate networks.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-----+-+-----------------------+-------------------------------+
 *  | PCP |D|        VLAN ID        |  type of what follows         |
 *  +-----+-+-----------------------+-------------------------------+
 */
import { at16 } from './big-endian.ts'
import { carryWithTrailer, padding, paddingBad, trailer } from './ethernet-trailer.ts'
import { ETHERTYPES } from './ethertypes.ts'
import { bits, flag, heading, hex16, u16 } from './field.ts'
import { protocol } from './protocol.ts'

const PRIORITIES = {
  0: 'Best Effort (default)',
  1: 'Background',
  2: 'Excellent Effort',
  3: 'Critical Applications',
  4: 'Video, < 100ms latency and jitter',
  5: 'Voice, < 10ms latency and jitter',
  6: 'Internetwork Control',
  7: 'Network Control',
} as const

const LARGEST_LENGTH = 1500
/** From the tag's first byte on. */
const TYPE_AT = 2
const TAG = 4

export const vlan = protocol({
  id: 'vlan',
  name: '802.1Q Virtual LAN',
  short: 'VLAN',
  osi: 2,
  unit: 'frame',
  spec: 'IEEE 802.1Q §9.6',
  about: 'Marks the frame as belonging to one of many networks on the same cable; switches keep them apart.',
  fields: {
    priority: bits('Priority', 2, 0xe000, {
      values: PRIORITIES,
      about: 'Which frames go first when a switch has too many to send.',
    }),
    dei: flag('DEI', 2, 0x1000, { about: 'Whether this frame may be dropped before others in a jam.' }),
    id: bits('ID', 2, 0x0fff, { about: 'Which virtual network; 0 carries a priority only.' }),
    etype: hex16('Type', { values: ETHERTYPES, about: 'Which protocol follows: it may be another tag.' }),
    len: u16('Length', { unit: 'bytes', about: 'In an 802.3 frame: how long its payload is.' }),
    'len.past_end': heading('Length goes past the end of the payload', {
      about: 'The frame says that it is longer than it is.',
    }),
    trailer,
    '=eth.padding': padding,
    '=eth.padding_bad': paddingBad,
  },
  dissect(c, f) {
    const priority = c.peek(f.priority)
    const eligible = c.peek(f.dei)
    const id = c.take(f.id)
    c.info(`802.1Q Virtual LAN, PRI: ${priority}, DEI: ${eligible ? 1 : 0}, ID: ${id}`)
    const type = c.glance(f.etype)
    const behind = { padding: f['=eth.padding'], padding_bad: f['=eth.padding_bad'], trailer: f.trailer }
    if (type > LARGEST_LENGTH) {
      c.take(f.etype)
      carryWithTrailer(c, behind, { table: 'ethertype', keys: [type] })
      return undefined
    }
    c.take(f.len)
    if (type > c.wireLeft) c.put(f['len.past_end'], '', c.pos - 2, c.pos)
    carryWithTrailer(c, behind, { table: 'ethertype', keys: [] }, Math.min(c.pos + type, c.wireEnd))
    return undefined
  },
  places: { priority: 0, dei: 0, id: 0, etype: TYPE_AT },
  skim(s) {
    if (s.end - s.at < TAG) return false
    const type = at16(s.bytes, s.at + TYPE_AT)
    s.at += TAG
    return type > LARGEST_LENGTH && s.next('ethertype', type)
  },
})
