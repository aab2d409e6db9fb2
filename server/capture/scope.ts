/**
 * Which captured frames are about the lab: those to or from its ports, and what can't be told by port but
 * belongs to them. A capture filter could not say that, since fragments and ICMP errors match no port; and
 * ports come and go as lab runs open.
 *
 * This runs for every frame on the interface, so it reads the few bytes it needs by hand.
 */
import type { Frame } from '../protocols/packet.ts'

const IPV4 = 0x0800
const ARP = 0x0806
const IPV6 = 0x86dd
const VLAN_TAGS: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100])
const MAX_TAGS = 4

const ICMP = 1
const TCP = 6
const UDP = 17
const FRAGMENT_HEADER = 44
const AUTHENTICATION_HEADER = 51
const ICMPV6 = 58
/** Hop-by-hop, routing, destination options: length in units of 8 bytes, without the first. */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60])
const MAX_EXTENSIONS = 8

/** Unreachable, source quench, redirect, time exceeded, parameter problem (RFC 792). */
const ICMP_ERRORS: ReadonlySet<number> = new Set([3, 4, 5, 11, 12])
const ICMP_ECHO: ReadonlySet<number> = new Set([0, 8])

export class Scope {
  readonly #ports = new Uint8Array(65_536)

  constructor(ports: Iterable<number> = []) {
    for (const port of ports) this.add(port)
  }

  /** TCP and UDP alike; adding a port twice is adding it once. */
  add(port: number): void {
    this.#ports[port] = 1
  }

  delete(port: number): void {
    this.#ports[port] = 0
  }

  /**
   * Frames to or from the ports, ICMP errors that quote such a packet, later fragments (they bear no port),
   * ICMP echo, ARP and neighbour discovery. A frame too short to tell is not included.
   */
  includes(frame: Frame): boolean {
    const { bytes } = frame
    switch (frame.linkType) {
      case 1:
        return this.#ethertype(bytes, word(bytes, 12), 14)
      // Null and loopback: the address family of the capturing system, 2 for IPv4 everywhere.
      case 0:
      case 108:
        return this.#ip(bytes, 4, false)
      // Raw IP, as libpcap's numbers on three systems and as the two registered ones.
      case 12:
      case 14:
      case 101:
      case 228:
      case 229:
        return this.#ip(bytes, 0, false)
      case 113:
        return this.#ethertype(bytes, word(bytes, 14), 16)
      case 276:
        return this.#ethertype(bytes, word(bytes, 0), 20)
      default:
        return false
    }
  }

  #ethertype(bytes: Uint8Array, first: number, start: number): boolean {
    let type = first
    let at = start
    for (let tags = 0; VLAN_TAGS.has(type) && tags < MAX_TAGS; tags++) {
      type = word(bytes, at + 2)
      at += 4
    }
    if (type === IPV4 || type === IPV6) return this.#ip(bytes, at, false)
    return type === ARP
  }

  /** `quoted`: the packet stands inside an ICMP error. */
  #ip(bytes: Uint8Array, at: number, quoted: boolean): boolean {
    const first = bytes[at]
    if (first === undefined) return false
    if (first >> 4 === 4) return this.#ipv4(bytes, at, quoted)
    return first >> 4 === 6 && this.#ipv6(bytes, at, quoted)
  }

  #ipv4(bytes: Uint8Array, at: number, quoted: boolean): boolean {
    const header = ((bytes[at] ?? 0) & 15) * 4
    if (header < 20 || at + header > bytes.length) return false
    if ((word(bytes, at + 6) & 0x1fff) !== 0) return true
    const payload = at + header
    const protocol = bytes[at + 9]
    if (protocol !== ICMP) return this.#transport(bytes, protocol, payload)
    const type = bytes[payload] ?? -1
    if (ICMP_ERRORS.has(type)) return !quoted && this.#ip(bytes, payload + 8, true)
    return ICMP_ECHO.has(type)
  }

  #ipv6(bytes: Uint8Array, at: number, quoted: boolean): boolean {
    let next = bytes[at + 6] ?? -1
    let payload = at + 40
    for (let seen = 0; seen < MAX_EXTENSIONS && payload + 8 <= bytes.length; seen++) {
      if (next === FRAGMENT_HEADER) {
        if (word(bytes, payload + 2) >> 3 !== 0) return true
        next = bytes[payload] ?? -1
        payload += 8
      } else if (EXTENSIONS.has(next)) {
        next = bytes[payload] ?? -1
        payload += ((bytes[payload + 1] ?? 0) + 1) * 8
      } else if (next === AUTHENTICATION_HEADER) {
        next = bytes[payload] ?? -1
        payload += ((bytes[payload + 1] ?? 0) + 2) * 4
      } else {
        break
      }
    }
    if (next !== ICMPV6) return this.#transport(bytes, next, payload)
    const type = bytes[payload] ?? -1
    // RFC 4443: below 128 errors, 128 and 129 echo; RFC 4861: 133 to 137 neighbour discovery.
    if (type >= 1 && type <= 4) return !quoted && this.#ip(bytes, payload + 8, true)
    return type === 128 || type === 129 || (type >= 133 && type <= 137)
  }

  #transport(bytes: Uint8Array, protocol: number | undefined, at: number): boolean {
    if ((protocol !== TCP && protocol !== UDP) || at + 4 > bytes.length) return false
    return this.#ports[word(bytes, at)] === 1 || this.#ports[word(bytes, at + 2)] === 1
  }
}

/** 16 bits, big-endian; what lies behind the end counts as 0. */
function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}
