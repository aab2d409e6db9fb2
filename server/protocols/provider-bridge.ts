/**
 * Provider bridge tags, IEEE 802.1ad (now 802.1Q §9.6): a VLAN tag of type 0x88a8, with which a carrier keeps its
 * customers' networks apart. It may be followed by a second, the customer's.
 *
 *  +-----+-+-----------------------+-------------------------------+
 *  | PCP |D|        VLAN ID        |  type of what follows         |
 *  +-----+-+-----------------------+-------------------------------+
 */
import { carryWithTrailer, padding, paddingBad, trailer } from './ethernet-trailer.ts'
import { ETHERTYPES, TYPE_PROVIDER_BRIDGE } from './ethertypes.ts'
import { bits, hex16 } from './field.ts'
import { protocol } from './protocol.ts'

export const providerBridge = protocol({
  id: 'ieee8021ad',
  name: 'IEEE 802.1ad',
  short: '802.1ad',
  osi: 2,
  unit: 'frame',
  spec: 'IEEE 802.1ad',
  about: "Marks the frame as a customer's on a carrier's network; the customer's own tag may follow.",
  fields: {
    priority: bits('Priority', 2, 0xe000, {
      about: 'Which frames go first when a switch has too many to send.',
    }),
    dei: bits('DEI', 2, 0x1000, { about: 'Whether this frame may be dropped before others in a jam.' }),
    id: bits('ID', 2, 0x0fff, { about: 'Which of the virtual networks, where there is but one tag.' }),
    svid: bits('ID', 2, 0x0fff, {
      about: "The carrier's number for the customer, where there are two tags.",
    }),
    cvid: bits('ID', 2, 0x0fff, { about: "The customer's own number, in the second tag." }),
    '=ieee8021ah.etype': hex16('Type', { values: ETHERTYPES, about: 'Which protocol follows.' }),
    '=ieee8021ah.trailer': trailer,
    '=eth.padding': padding,
    '=eth.padding_bad': paddingBad,
  },
  dissect(c, f) {
    const tag = (id: typeof f.id): number => {
      c.peek(f.priority)
      c.peek(f.dei)
      return c.take(id)
    }
    const double = c.glance(f['=ieee8021ah.etype'], 2) === TYPE_PROVIDER_BRIDGE
    const outer = tag(double ? f.svid : f.id)
    if (double) {
      c.skip(2)
      c.info(`IEEE 802.1ad, S-VID: ${outer}, C-VID: ${tag(f.cvid)}`)
    } else c.info(`IEEE 802.1ad, ID: ${outer}`)
    const type = c.take(f['=ieee8021ah.etype'])
    const behind = {
      padding: f['=eth.padding'],
      padding_bad: f['=eth.padding_bad'],
      trailer: f['=ieee8021ah.trailer'],
    }
    carryWithTrailer(c, behind, { table: 'ethertype', keys: [type] })
    return undefined
  },
})
