/**
 * Ethernet II and IEEE 802.3 clause 3.
 *
 *  +-------------------+-------------------+-----------+----------+---------
 *  | destination (6)   | source (6)        | type (2)  | payload… | padding
 *  +-------------------+-------------------+-----------+----------+---------
 *
 * Up to 1500 the third field is the payload's length (802.3), from 1536 on its type (Ethernet II). A capture has
 * neither the preamble nor, as a rule, the frame check sequence: the network card keeps those to itself.
 */
import { at16, at48, put16, put48 } from './big-endian.ts'
import type { Cursor } from './cursor.ts'
import { ETHERTYPES } from './ethertypes.ts'
import { bytes, etherAddress, flag, hex16, hex32, layout, u16 } from './field.ts'
import { type NamedFields, type Next, protocol } from './protocol.ts'

const LARGEST_LENGTH = 1500
const SMALLEST_TYPE = 1536
/** Shorter frames are padded to 60 bytes, 64 with the frame check sequence (IEEE 802.3 §3.2.8). */
const SMALLEST_FRAME = 60
const FCS = 4

const GROUP =
  'Whether the address stands for one interface, or for a group of them (multicast and broadcast).'
const LOCAL =
  'Whether the maker of the card gave the address, or somebody on the spot: a virtual machine, a phone.'

const FIELDS = {
  dst: etherAddress('Destination', {
    aliases: ['eth.addr'],
    about: 'The interface on this link that should take the frame; ff:ff:ff:ff:ff:ff is everyone.',
  }),
  'dst.lg': flag('LG bit', 1, 0x02, { aliases: ['eth.lg'], about: LOCAL }),
  'dst.ig': flag('IG bit', 1, 0x01, { aliases: ['eth.ig'], about: GROUP }),
  src: etherAddress('Source', {
    aliases: ['eth.addr'],
    about: 'The interface on this link that sent the frame: not the first sender, but the last router.',
  }),
  'src.lg': flag('LG bit', 1, 0x02, { aliases: ['eth.lg'], about: LOCAL }),
  'src.ig': flag('IG bit', 1, 0x01, { aliases: ['eth.ig'], about: GROUP }),
  type: hex16('Type', { values: ETHERTYPES, about: 'Which protocol the payload belongs to.' }),
  len: u16('Length', {
    unit: 'bytes',
    about: 'An 802.3 frame says how long its payload is; what it is follows in an LLC header.',
  }),
  invalid_lentype: hex16('Invalid length/type', {
    about: 'Between 1501 and 1535: neither a length nor a type.',
  }),
  padding: bytes('Padding', {
    about:
      'Zeros that fill a short frame up to 60 bytes, so that a collision on old cables was always noticed.',
  }),
  fcs: hex32('Frame check sequence', {
    about: 'A CRC over the frame, by which the card finds damage; rarely handed on to a capture.',
  }),
  trailer: bytes('Trailer', { about: 'Bytes behind the payload that are not padding.' }),
} as const

/** Where the header's fields stand. */
export const ETHERNET_LAYOUT = layout(FIELDS, ['dst', 'src', 'type'])
export const ETHERNET_HEADER = 14

/** Addresses as numbers of 48 bits. */
export interface EthernetHeader {
  readonly destination: number
  readonly source: number
  readonly type: number
}

/** Writes the header and returns where the payload begins. */
export function encodeEthernet(header: EthernetHeader, bytes: Uint8Array, at = 0): number {
  put48(bytes, at + ETHERNET_LAYOUT.dst, header.destination)
  put48(bytes, at + ETHERNET_LAYOUT.src, header.source)
  put16(bytes, at + ETHERNET_LAYOUT.type, header.type)
  return at + ETHERNET_HEADER
}

/** The header of an Ethernet II frame; undefined for a frame too short for one, and for one of 802.3. */
export function decodeEthernet(bytes: Uint8Array, at = 0, end = bytes.length): EthernetHeader | undefined {
  if (end - at < ETHERNET_HEADER) return undefined
  const type = at16(bytes, at + ETHERNET_LAYOUT.type)
  if (type < SMALLEST_TYPE) return undefined
  return {
    destination: at48(bytes, at + ETHERNET_LAYOUT.dst),
    source: at48(bytes, at + ETHERNET_LAYOUT.src),
    type,
  }
}

type Fields = NamedFields<typeof FIELDS>

export const ethernet = protocol({
  id: 'eth',
  name: 'Ethernet II',
  short: 'Ethernet',
  osi: 2,
  unit: 'frame',
  spec: 'IEEE 802.3 §3',
  about: 'Carries a packet to the next machine on the same link, by its hardware address.',
  fields: FIELDS,
  dissect(c, f) {
    const frameStart = c.pos
    c.packet.destination = address(c, f.dst, f['dst.lg'], f['dst.ig'])
    c.packet.source = address(c, f.src, f['src.lg'], f['src.ig'])
    c.info(`Ethernet II, ${c.packet.source} → ${c.packet.destination}`)
    const next = lengthOrType(c, f)
    if (next === undefined) return undefined
    // Only the payload knows where it ends, and whether there is something behind it.
    const payloadEnd = Math.min(c.carryNext(next), c.end)
    if (c.recording) putTrailer(c, f, frameStart, payloadEnd)
    return undefined
  },
})

function address(c: Cursor, whole: Fields['dst'], local: Fields['dst.lg'], group: Fields['dst.ig']): string {
  const value = c.glance(whole)
  c.group(whole, value, () => {
    if (c.recording) {
      c.peek(local)
      c.peek(group)
    }
    c.skip(6)
  })
  return value
}

function lengthOrType(c: Cursor, f: Fields): Next | undefined {
  const value = c.glance(f.type)
  if (value >= SMALLEST_TYPE) {
    c.take(f.type)
    return { table: 'ethertype', keys: [value] }
  }
  if (value > LARGEST_LENGTH) {
    c.take(f.invalid_lentype)
    return { table: 'ethertype', keys: [] }
  }
  c.take(f.len)
  c.info(`IEEE 802.3, ${c.packet.source} → ${c.packet.destination}, ${value} bytes`)
  if (value > c.wireLeft) return { table: 'ethertype', keys: [] }
  const trailerAt = c.pos + value
  c.carryNext({ table: 'ethertype', keys: [] }, c.pos, Math.min(trailerAt, c.end))
  if (c.recording && trailerAt < c.end) putTrailer(c, f, c.pos - 14, trailerAt)
  return undefined
}

/** Zeros up to the smallest frame are padding, the rest is somebody's trailer. */
function putTrailer(c: Cursor, f: Fields, frameStart: number, start: number): void {
  const filled = frameStart + SMALLEST_FRAME
  let at = start
  if (start < filled && filled <= c.end && c.bytes.subarray(start, filled).every((byte) => byte === 0)) {
    c.put(f.padding, c.bytes.subarray(start, filled), start, filled)
    at = filled
  }
  // From 64 bytes on nothing needs padding: four bytes at the end are then the check sequence.
  const whole = c.wireEnd === c.end
  const fcsAt = whole && c.end - frameStart >= SMALLEST_FRAME + FCS && c.end - at >= FCS ? c.end - FCS : c.end
  if (at < fcsAt) c.put(f.trailer, c.bytes.subarray(at, fcsAt), at, fcsAt)
  if (fcsAt < c.end) c.put(f.fcs, c.view.getUint32(fcsAt), fcsAt, c.end)
}
