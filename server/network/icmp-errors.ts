/** When a host or a router may answer a packet with an ICMP error, and with which words (RFC 1122 §3.2.2, RFC 1812 §4.3.2). */
import { at8, at16 } from '../protocols/big-endian.ts'
import { ICMP_HEADER, type IcmpMessage, isIcmpError } from '../protocols/icmp.ts'
import { ICMP } from '../protocols/ip-protocols.ts'
import { IPV4_LAYOUT, SMALLEST_HEADER } from '../protocols/ipv4.ts'
import { isUnicast } from './address.ts'
import type { Clock } from './clock.ts'

/** A packet that came, whole or the fragment that it is. */
export interface IpPacket {
  readonly source: number
  readonly destination: number
  readonly protocol: number
  readonly ttl: number
  readonly bytes: Uint8Array
  /** Where the IP header begins, where its payload begins, and where that ends. */
  readonly start: number
  readonly payload: number
  readonly end: number
  /** It was for everyone, or for a group: by its destination address, or by that of the frame that carried it. */
  readonly toGroup: boolean
}

/** The whole error is to be no longer: what every host can take (RFC 1812 §4.3.2.3). */
const LONGEST_ERROR = 576
/** Errors at once, and a second (RFC 1812 §4.3.2.8 wants a limit and leaves it open): a port scan sees most of its answers. */
const BURST = 50
const PER_SECOND = 100

export class IcmpErrors {
  readonly #clock: Clock
  #allowance = BURST
  #since = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The error about a packet; undefined where there must be none, or too many were sent lately. */
  about(packet: IpPacket, type: number, code: number, mtu = 0): IcmpMessage | undefined {
    if (!mayBeAnswered(packet) || !this.#allowed()) return undefined
    const { bytes, start, end } = packet
    const room = LONGEST_ERROR - SMALLEST_HEADER - ICMP_HEADER
    return { kind: 'error', type, code, mtu, quoted: bytes.subarray(start, Math.min(end, start + room)) }
  }

  /** A bucket that fills by `PER_SECOND` up to `BURST`. */
  #allowed(): boolean {
    const now = this.#clock.now()
    this.#allowance = Math.min(BURST, this.#allowance + ((now - this.#since) / 1000) * PER_SECOND)
    this.#since = now
    if (this.#allowance < 1) return false
    this.#allowance--
    return true
  }
}

/**
 * RFC 1122 §3.2.2: nothing is said about an ICMP error, what was sent to many, any fragment but the first, or what
 * names no single host as its sender.
 */
function mayBeAnswered({
  source,
  destination,
  protocol,
  bytes,
  start,
  payload,
  end,
  toGroup,
}: IpPacket): boolean {
  if (toGroup || !isUnicast(source) || !isUnicast(destination)) return false
  const offset = at16(bytes, start + IPV4_LAYOUT.frag_offset) & 0x1fff
  if (offset !== 0) return false
  return protocol !== ICMP || (payload < end && !isIcmpError(at8(bytes, payload)))
}
