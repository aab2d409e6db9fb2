/**
 * As much of a frame as a cable needs to tell segments apart. It is the cable that looks, not a host: a frame
 * that makes no sense is simply none of these.
 */

export interface SegmentView {
  readonly protocol: 'tcp' | 'udp'
  readonly source: number
  readonly destination: number
  readonly sourcePort: number
  readonly destinationPort: number
  /** What it carries behind its TCP or UDP header, bytes. */
  readonly length: number
  /** TCP's; 0 and false for a datagram. */
  readonly sequence: number
  readonly syn: boolean
  readonly ack: boolean
  readonly fin: boolean
  readonly psh: boolean
  readonly rst: boolean
}

/** Ethernet II: where the type stands, and where the header ends. */
const ETHERTYPE = 12
export const ETHERNET_HEADER = 14
const SMALLEST_IPV4 = 20
const TCP = 6
const UDP = 17
const UDP_HEADER = 8
const SMALLEST_TCP = 20

/** Where an IPv4 packet in a frame ends, by its total length; undefined when it is none, or cut short. */
export function ipv4End(frame: Uint8Array): number | undefined {
  if (frame.length < ETHERNET_HEADER + SMALLEST_IPV4) return undefined
  if (u16(frame, ETHERTYPE) !== 0x0800 || (frame[ETHERNET_HEADER] ?? 0) >> 4 !== 4) return undefined
  const end = ETHERNET_HEADER + u16(frame, ETHERNET_HEADER + 2)
  return end < ETHERNET_HEADER + SMALLEST_IPV4 || end > frame.length ? undefined : end
}

/** The TCP segment or UDP datagram in a frame; undefined for anything else, later fragments included. */
export function parseSegment(frame: Uint8Array): SegmentView | undefined {
  const end = ipv4End(frame)
  if (end === undefined) return undefined
  const start = ETHERNET_HEADER
  const at = start + ((frame[start] ?? 0) & 0x0f) * 4
  const protocol = frame[start + 9]
  // The fragment offset: only the first of them has a TCP or UDP header.
  if ((u16(frame, start + 6) & 0x1fff) !== 0 || at < start + SMALLEST_IPV4) return undefined
  const ports = {
    source: u32(frame, start + 12),
    destination: u32(frame, start + 16),
    sourcePort: u16(frame, at),
    destinationPort: u16(frame, at + 2),
  }
  if (protocol === UDP && at + UDP_HEADER <= end) {
    return { protocol: 'udp', ...ports, length: end - at - UDP_HEADER, ...NO_FLAGS }
  }
  if (protocol !== TCP || at + SMALLEST_TCP > end) return undefined
  const length = end - at - ((frame[at + 12] ?? 0) >> 4) * 4
  if (length < 0) return undefined
  const flags = frame[at + 13] ?? 0
  return {
    protocol: 'tcp',
    ...ports,
    length,
    sequence: u32(frame, at + 4),
    fin: (flags & 0x01) !== 0,
    syn: (flags & 0x02) !== 0,
    rst: (flags & 0x04) !== 0,
    psh: (flags & 0x08) !== 0,
    ack: (flags & 0x10) !== 0,
  }
}

const NO_FLAGS = { sequence: 0, syn: false, ack: false, fin: false, psh: false, rst: false } as const

const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)

const u32 = (bytes: Uint8Array, at: number): number => ((u16(bytes, at) << 16) | u16(bytes, at + 2)) >>> 0
