/**
 * What an IPv6 address tells beside itself: the hardware address that a host made its half of (RFC 4291 appendix A),
 * or the IPv4 address that some technique of transition has put into it.
 */
import type { Cursor } from './cursor.ts'
import { bytes, etherAddress, type Field, type FieldSpec, ipv4Address, u16 } from './field.ts'

const SLAAC = 'RFC 4862, RFC 4291 appendix A'
const ISATAP = 'RFC 5214 §6.1'
const SIX_TO_FOUR = 'RFC 3056 §2'
const TEREDO = 'RFC 4380 §4'
const EMBEDDED = 'RFC 6052 §2'

/** Fields of one of the two addresses: `ipv6.src_slaac_mac` answers to `ipv6.slaac_mac` as well. */
const specs = (which: 'Source' | 'Destination') => ({
  slaac_mac: etherAddress(`${which} SLAAC MAC`, {
    aliases: ['ipv6.slaac_mac'],
    spec: SLAAC,
    about: 'The hardware address in the second half: privacy addresses (RFC 8981) were made to hide it.',
  }),
  isatap_ipv4: ipv4Address(`${which} ISATAP IPv4`, {
    aliases: ['ipv6.isatap_ipv4'],
    spec: ISATAP,
    about: 'The IPv4 address of a host that has IPv6 through a tunnel inside its own network.',
  }),
  '6to4_gw_ipv4': ipv4Address(`${which} 6to4 Gateway IPv4`, {
    aliases: ['ipv6.6to4_gw_ipv4'],
    spec: SIX_TO_FOUR,
    about: 'The IPv4 address of the router that leads to the 6to4 network.',
  }),
  '6to4_sla_id': u16(`${which} 6to4 SLA ID`, {
    aliases: ['ipv6.6to4_sla_id'],
    spec: SIX_TO_FOUR,
    about: 'Which of the networks behind that router.',
  }),
  ts_ipv4: ipv4Address(`${which} Teredo Server IPv4`, {
    aliases: ['ipv6.ts_ipv4'],
    spec: TEREDO,
    about: 'The server that helped the host through its NAT.',
  }),
  tc_port: u16(`${which} Teredo Port`, {
    aliases: ['ipv6.tc_port'],
    spec: TEREDO,
    about: 'The port of the host outside its NAT; it is sent with all bits turned over.',
  }),
  tc_ipv4: ipv4Address(`${which} Teredo Client IPv4`, {
    aliases: ['ipv6.tc_ipv4'],
    spec: TEREDO,
    about: 'The address of the host outside its NAT; it is sent with all bits turned over.',
  }),
  embed_ipv4: ipv4Address(`${which} Embedded IPv4`, {
    aliases: ['ipv6.embed_ipv4'],
    spec: EMBEDDED,
    about: 'The IPv4 address of a host that a translator makes appear in IPv6.',
  }),
})

type Specs = ReturnType<typeof specs>
type Prefixed<P extends string> = { readonly [K in keyof Specs as `${P}_${K}`]: Specs[K] }
/** The declared fields by what they are for. */
type Roles = { readonly [K in keyof Specs]: Specs[K] extends FieldSpec<infer T> ? Field<T> : never }

function prefixed<const P extends string>(prefix: P, which: 'Source' | 'Destination'): Prefixed<P> {
  const entries = Object.entries(specs(which)).map(([key, spec]) => [`${prefix}_${key}`, spec])
  return Object.fromEntries(entries) as Prefixed<P>
}

export const ADDRESS_FIELDS = {
  ...prefixed('src', 'Source'),
  ...prefixed('dst', 'Destination'),
  embed_ipv4_prefix: bytes('Embedded IPv4 Prefix', {
    spec: EMBEDDED,
    about: 'By which routers know addresses that the translator answers for.',
  }),
} as const

type AddressFields = {
  readonly [K in keyof typeof ADDRESS_FIELDS]: (typeof ADDRESS_FIELDS)[K] extends FieldSpec<infer T>
    ? Field<T>
    : never
}

/** Shows what the address tells that begins at `at`. */
export function putAddressParts(c: Cursor, f: AddressFields, which: 'src' | 'dst', at: number): void {
  if (!c.recording) return
  const roles = rolesOf(f, which)
  const { view } = c
  const first = view.getUint16(at)
  const second = view.getUint16(at + 2)
  if (first === 0x2002) {
    read(c, roles['6to4_gw_ipv4'], at + 2)
    read(c, roles['6to4_sla_id'], at + 6)
  } else if (first === 0x2001 && second === 0) {
    read(c, roles.ts_ipv4, at + 4)
    c.put(roles.tc_port, ~view.getUint16(at + 10) & 0xffff, at + 10, at + 12)
    c.put(roles.tc_ipv4, dotted(~view.getUint32(at + 12)), at + 12, at + 16)
  } else if (first === 0x64 && second === 0xff9b && isZero(c, at + 4, at + 12)) {
    c.put(f.embed_ipv4_prefix, c.bytes.subarray(at, at + 12), at, at + 12)
    read(c, roles.embed_ipv4, at + 12)
    return
  }
  if (view.getUint16(at + 11) === 0xfffe) c.put(roles.slaac_mac, hardware(c, at + 8), at + 8, at + 16)
  else if ((view.getUint32(at + 8) & ~0x0200_0000) === 0x5efe) read(c, roles.isatap_ipv4, at + 12)
}

/** Two, made when they are first wanted. */
const known = new Map<string, Roles>()

function rolesOf(f: AddressFields, which: 'src' | 'dst'): Roles {
  const made = known.get(which)
  if (made !== undefined) return made
  const fields = f as Readonly<Record<string, unknown>>
  const found = Object.keys(specs('Source')).map((key) => [key, fields[`${which}_${key}`]])
  const roles = Object.fromEntries(found) as Roles
  known.set(which, roles)
  return roles
}

function read(c: Cursor, field: Field<string> | Field<number>, at: number): void {
  c.put(field as Field, field.read(c.view, at), at, at + field.size)
}

/** The modified EUI-64: `ff fe` in the middle, and the bit for local addresses turned over. */
function hardware(c: Cursor, at: number): string {
  const half = [...c.bytes.subarray(at, at + 8)]
  const octets = [(half[0] ?? 0) ^ 2, half[1], half[2], half[5], half[6], half[7]]
  return octets.map((octet = 0) => octet.toString(16).padStart(2, '0')).join(':')
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')
}

function isZero(c: Cursor, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (c.bytes[at] !== 0) return false
  return true
}
