/**
 * Ethernet II, IEEE 802.3 clause 3.
 *
 *  +-------------------+-------------------+-----------+----------
 *  | destination (6)   | source (6)        | type (2)  | payload…
 *  +-------------------+-------------------+-----------+----------
 */
import { etherAddress, hex16 } from './field.ts'
import { protocol } from './protocol.ts'

export const ETHERTYPES = {
  2048: 'IPv4',
  2054: 'ARP',
  33024: '802.1Q Virtual LAN',
  34525: 'IPv6',
  34984: '802.1ad Provider Bridge (Q-in-Q)',
} as const

export const ethernet = protocol({
  id: 'eth',
  name: 'Ethernet II',
  short: 'Ethernet',
  osi: 2,
  unit: 'frame',
  spec: 'IEEE 802.3 §3',
  about: 'Carries a packet to the next machine on the same link, by its hardware address.',
  fields: {
    dst: etherAddress('Destination', {
      aliases: ['eth.addr'],
      about: 'The interface on this link that should take the frame.',
    }),
    src: etherAddress('Source', {
      aliases: ['eth.addr'],
      about: 'The interface on this link that sent the frame.',
    }),
    type: hex16('Type', { values: ETHERTYPES, about: 'Which protocol the payload belongs to.' }),
  },
  dissect(c, f) {
    c.packet.destination = c.take(f.dst)
    c.packet.source = c.take(f.src)
    const type = c.take(f.type)
    c.info(`Ethernet II, ${c.packet.source} → ${c.packet.destination}`)
    return { table: 'ethertype', keys: [type] }
  },
})
