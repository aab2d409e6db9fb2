/**
 * Addresses as the lab network works with them: an IPv4 address is its 32 bits, a MAC address its 48 bits, both as
 * numbers. Text is made where people look.
 */

/** Everyone on this link, whatever its subnet (RFC 919 §7). */
export const LIMITED_BROADCAST = 0xffff_ffff
/** Every interface on this link. */
export const BROADCAST_MAC = 0xffff_ffff_ffff

/** Dotted decimal, four numbers from 0 to 255 without leading zeros; undefined for any other text. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let address = 0
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    address = address * 256 + Number(part)
  }
  return address
}

export function ipv4Text(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`
}

/** Six bytes in hex with colons, in either case; undefined for any other text. */
export function parseMac(text: string): number | undefined {
  if (!/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i.test(text)) return undefined
  return Number.parseInt(text.replaceAll(':', ''), 16)
}

export function macText(mac: number): string {
  return mac
    .toString(16)
    .padStart(12, '0')
    .replace(/..(?=.)/g, '$&:')
}

/**
 * The hardware address of a lab host: 02:00 and then its IPv4 address. The 2 marks it as given on the spot and not
 * by a maker (IEEE 802 §8.4), so it meets no real card's.
 */
export const macOf = (address: number): number => 0x0200 * 2 ** 32 + address

/** The mask of a prefix length: 24 gives 255.255.255.0. */
export const maskOf = (prefix: number): number => (prefix === 0 ? 0 : (0xffff_ffff << (32 - prefix)) >>> 0)

export const subnetOf = (address: number, prefix: number): number => (address & maskOf(prefix)) >>> 0

/** All ones behind the prefix: everyone in that subnet (RFC 919 §7, RFC 922). Subnets of /31 and /32 have none. */
export const broadcastOf = (address: number, prefix: number): number | undefined =>
  prefix >= 31 ? undefined : (address | ~maskOf(prefix)) >>> 0

/** 224.0.0.0/4 (RFC 1112 §4). */
export const isMulticast = (address: number): boolean => address >>> 28 === 0xe

/**
 * Whether the address can be one host's on a network: not "this host" (0/8), loopback (127/8), a group, or class E
 * (RFC 1122 §3.2.1.3). Whether it is a subnet's broadcast only that subnet knows.
 */
export function isUnicast(address: number): boolean {
  const first = address >>> 24
  return first !== 0 && first !== 127 && first < 224
}

/** The lowest bit of a MAC address's first byte: a group's, or everyone's. */
export const isGroupMac = (mac: number): boolean => (Math.floor(mac / 2 ** 40) & 1) === 1
