/** The header of a UDP datagram (RFC 768): its fields, where they stand, and the way there and back. */
import { at16, put16 } from './big-endian.ts'
import { CHECKSUM_STATUS, internetChecksum } from './checksum.ts'
import { bytes, duration, heading, hex16, layout, u16, uint } from './field.ts'
import { UDP } from './ip-protocols.ts'
import { pseudoHeaderSum } from './ipv4.ts'
import { badChecksum, calculatedChecksum } from './transport-checksum.ts'

export const UDP_HEADER = 8

export const UDP_FIELDS = {
  srcport: u16('Source Port', {
    aliases: ['udp.port'],
    about: 'Where a reply should go; 0 if none is wanted.',
  }),
  dstport: u16('Destination Port', {
    aliases: ['udp.port'],
    about: 'Which program on the receiving host gets the datagram.',
  }),
  length: u16('Length', { unit: 'bytes', about: 'Header and payload together: at least 8.' }),
  checksum: hex16('Checksum', {
    about: 'Guards header, payload and addresses; 0 over IPv4 means that none was computed.',
  }),
  'checksum.status': uint('Checksum Status', {
    values: CHECKSUM_STATUS,
    about:
      'Verified on the lab network only: elsewhere the card finishes the checksum after the capture saw it, and on the loopback nobody does.',
  }),
  checksum_calculated: calculatedChecksum,
  'checksum.bad': badChecksum,
  stream: uint('Stream index', {
    about: 'Which conversation of the capture this datagram belongs to; UDP itself knows none.',
  }),
  time_relative: duration('Time since first frame', {
    about: "Since the conversation's first datagram in this capture.",
  }),
  time_delta: duration('Time since previous frame', {
    about: "Since the conversation's datagram before this one; 0 for the first.",
  }),
  'length.bad': heading('Bad length value', {
    about: 'Less than the header of 8 bytes, or more than the IP packet holds.',
  }),
  'length.bad_zero': heading('Length is zero but payload < 65536', {
    spec: 'RFC 2675 §4',
    about: 'Zero says that the datagram is longer than 16 bits can tell, and it is not.',
  }),
  'checksum.zero': heading('Illegal checksum value (0)', {
    spec: 'RFC 8200 §8.1',
    about: 'IPv6 has no header checksum of its own, so UDP must not leave its out.',
  }),
  possible_traceroute: heading('Possible traceroute', {
    about: 'traceroute sends to ports from 33435 on, one further with each hop, where nobody listens.',
  }),
  payload: bytes('UDP payload', {
    about: 'What one call of send() handed over: it arrives whole or not at all.',
  }),
} as const

export const UDP_LAYOUT = layout(UDP_FIELDS, ['srcport', 'dstport', 'length', 'checksum'])

export interface UdpHeader {
  readonly sourcePort: number
  readonly destinationPort: number
  /** Header and payload. */
  readonly length: number
}

/**
 * Writes the header of a datagram whose payload stands behind it already, its checksum over both and over the
 * addresses. Returns where the payload begins.
 */
export function encodeUdp(
  header: UdpHeader,
  bytes: Uint8Array,
  at: number,
  source: number,
  destination: number,
): number {
  put16(bytes, at + UDP_LAYOUT.srcport, header.sourcePort)
  put16(bytes, at + UDP_LAYOUT.dstport, header.destinationPort)
  put16(bytes, at + UDP_LAYOUT.length, header.length)
  put16(bytes, at + UDP_LAYOUT.checksum, 0)
  const pseudo = pseudoHeaderSum(source, destination, UDP, header.length)
  // Zero would say that there is none; all ones is the same number in ones' complement (RFC 768).
  const checksum = internetChecksum(bytes, at, at + header.length, pseudo) || 0xffff
  put16(bytes, at + UDP_LAYOUT.checksum, checksum)
  return at + UDP_HEADER
}

/**
 * The header of the datagram that begins at `start` in an IP payload that ends at `end`. Undefined if its length
 * can't be, or its checksum is wrong; none at all is taken (RFC 1122 §4.1.3.4).
 */
export function decodeUdp(
  bytes: Uint8Array,
  start: number,
  end: number,
  source: number,
  destination: number,
): UdpHeader | undefined {
  if (end - start < UDP_HEADER) return undefined
  const length = at16(bytes, start + UDP_LAYOUT.length)
  if (length < UDP_HEADER || length > end - start) return undefined
  if (at16(bytes, start + UDP_LAYOUT.checksum) !== 0) {
    const pseudo = pseudoHeaderSum(source, destination, UDP, length)
    if (internetChecksum(bytes, start, start + length, pseudo) !== 0) return undefined
  }
  return { ...decodePorts(bytes, start), length }
}

/** The ports alone: TCP has its own at the same place, and an ICMP error need quote little more. */
export function decodePorts(
  bytes: Uint8Array,
  start: number,
): { sourcePort: number; destinationPort: number } {
  return {
    sourcePort: at16(bytes, start + UDP_LAYOUT.srcport),
    destinationPort: at16(bytes, start + UDP_LAYOUT.dstport),
  }
}
