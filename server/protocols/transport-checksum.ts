/**
 * The checksum of TCP and UDP (RFC 9293 §3.1, RFC 768): over the segment and, so that one that went astray is
 * noticed, over the two addresses, the protocol's number and the length as well.
 */
import { BAD, expectedChecksum, GOOD, ILLEGAL, NOT_PRESENT, sum, UNVERIFIED } from './checksum.ts'
import type { Cursor } from './cursor.ts'
import { type Field, heading, hex16 } from './field.ts'
import { TCP } from './ip-protocols.ts'
import type { Packet } from './packet.ts'
import type { Skim } from './skim.ts'

export interface ChecksumFinding {
  readonly status: number
  /** What the field should hold; undefined where that was not worked out. */
  readonly expected?: number
}

/** Where nothing was computed, or too little is held for it. */
export const NOT_VERIFIED: ChecksumFinding = { status: UNVERIFIED }

export const calculatedChecksum = hex16('Calculated Checksum', { about: 'What the checksum should be.' })
export const badChecksum = heading('Bad checksum', {
  about: 'The bytes are not those that were sent: whoever receives this throws it away and says nothing.',
})

/** Verifies a segment from `start` to `end`, if checksums are looked at in this packet and all of it is here. */
export function verifyTransport(
  c: Cursor,
  protocol: number,
  start: number,
  end: number,
  found: number,
): ChecksumFinding {
  const { packet } = c
  if (
    !packet.verifiesAt(protocol === TCP ? 'tcp' : 'udp') ||
    packet.fragmented ||
    packet.addressesLength === 0
  )
    return NOT_VERIFIED
  if (end > c.end) return NOT_VERIFIED
  const pseudo = addressesSum(packet) + protocol + (end - start)
  const expected = expectedChecksum(c.bytes, start, end, found, pseudo)
  if (expected === found) return { status: GOOD, expected }
  // RFC 768: a computed zero is sent as all ones; the two stand for the same number.
  if (found === 0xffff && expected === 0) return { status: GOOD, expected: found }
  return { status: BAD, expected }
}

/** The same of a segment that is skimmed: the sum over all that it covers, the field included, is then all ones. */
export function isWhole(s: Skim, protocol: number, length: number): boolean {
  const { bytes, at, addressesAt } = s
  const pseudo = sum(bytes, addressesAt, addressesAt + (s.family === 6 ? 32 : 8)) + protocol + length
  const total = sum(bytes, at, at + length, pseudo)
  return total > 0 && total % 0xffff === 0
}

/** The 16-bit words of the two addresses, summed: the part of the pseudo-header that stands in the packet. */
export function addressesSum({ addressesAt, addressesLength, addressesBuffer, buffers }: Packet): number {
  const bytes = buffers[addressesBuffer]?.bytes
  return bytes === undefined ? 0 : sum(bytes, addressesAt, addressesAt + addressesLength)
}

/** What stands beside a checksum; Wireshark has no one name for the last. */
interface ChecksumFields {
  readonly status: Field<number>
  readonly calculated: Field<number>
  readonly bad: Field<string>
}

const OFFLOAD = 'Unverified (may be finished after capture, by offload)'

/** Records what came out, in Wireshark's words; `at` is where the checksum stands. Returns what the info column says of it. */
export function putFinding(
  c: Cursor,
  f: ChecksumFields,
  name: string,
  at: number,
  { status, expected }: ChecksumFinding,
): string {
  const end = at + 2
  if (status !== BAD || expected === undefined) {
    const text = status === UNVERIFIED ? OFFLOAD : undefined
    c.put(f.status, status, at, end, text)
    if (expected !== undefined) c.put(f.calculated, expected, at, end)
    return status === ILLEGAL ? ' [ILLEGAL CHECKSUM (0)]' : ''
  }
  const hex = `0x${expected.toString(16).padStart(4, '0')}`
  c.put(f.bad, '', at, end, `Bad checksum [should be ${hex}]`)
  c.put(f.status, BAD, at, end, `Bad: expected ${hex}`)
  c.put(f.calculated, expected, at, end)
  return ` [${name} CHECKSUM INCORRECT]`
}

/** UDP's zero: none was computed, which IPv6 forbids (RFC 8200 §8.1), but for some tunnels (RFC 6936). */
export function leftOut(c: Cursor): ChecksumFinding {
  return { status: c.packet.source.includes(':') ? ILLEGAL : NOT_PRESENT }
}
