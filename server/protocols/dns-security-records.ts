/** The data of DNSSEC's records (RFC 4034, RFC 5155) and their kin: keys, digests, signatures. */
import type { Cursor } from './cursor.ts'
import type { DnsFields } from './dns-fields.ts'
import { type DnsMessage, takeName } from './dns-name.ts'

type Reader = (c: Cursor, f: DnsFields, m: DnsMessage) => void

const SECURITY: Readonly<Record<number, Reader>> = {
  43: delegation,
  44: (c, f) => {
    c.take(f['sshfp.algorithm'])
    c.take(f['sshfp.fingerprint.type'])
    c.takeBytes(f['sshfp.fingerprint'], c.left)
  },
  46: signature,
  47: (c, f, m) => {
    takeName(c, f['nsec.next_domain_name'], m)
    typeBitMap(c, f)
  },
  48: key,
  50: (c, f) => {
    hashing(c, f, true)
    const length = c.take(f['nsec3.hash_length'])
    if (length > c.left) c.need('Next hashed owner', length)
    c.put(f['nsec3.hash_value'], base32(c.bytes.subarray(c.pos, c.pos + length)), c.pos, c.pos + length)
    c.pos += length
    typeBitMap(c, f)
  },
  51: (c, f) => hashing(c, f, false),
  52: (c, f) => {
    c.take(f['tlsa.certificate_usage'])
    c.take(f['tlsa.selector'])
    c.take(f['tlsa.matching_type'])
    c.takeBytes(f['tlsa.certificate_association_data'], c.left)
  },
  59: delegation,
  60: key,
  250: transactionSignature,
  32769: delegation,
}

/** Reads the data of a record of these types; answers whether it was one. */
export function dissectSecurity(c: Cursor, f: DnsFields, type: number, m: DnsMessage): boolean {
  const reader = SECURITY[type]
  if (reader !== undefined && c.left > 0) reader(c, f, m)
  return reader !== undefined
}

function delegation(c: Cursor, f: DnsFields): void {
  c.take(f['ds.key_id'])
  c.take(f['ds.algorithm'])
  c.take(f['ds.digest_type'])
  c.takeBytes(f['ds.digest'], c.left)
}

function signature(c: Cursor, f: DnsFields, m: DnsMessage): void {
  c.take(f['rrsig.type_covered'])
  c.take(f['rrsig.algorithm'])
  c.take(f['rrsig.labels'])
  c.take(f['rrsig.original_ttl'])
  for (const field of [f['rrsig.signature_expiration'], f['rrsig.signature_inception']]) {
    if (c.left < 4) c.need(field.label, 4)
    c.put(field, absoluteTime(c.view.getUint32(c.pos)), c.pos, c.pos + 4)
    c.pos += 4
  }
  c.take(f['rrsig.key_tag'])
  takeName(c, f['rrsig.signers_name'], m)
  c.takeBytes(f['rrsig.signature'], c.left)
}

const RSA_MD5 = 1

function key(c: Cursor, f: DnsFields): void {
  const { pos: start, end } = c
  const flags = c.glance(f['dnskey.flags'])
  c.group(f['dnskey.flags'], flags, () => {
    c.peek(f['dnskey.flags.zone_key'])
    c.peek(f['dnskey.flags.key_revoked'])
    c.peek(f['dnskey.flags.secure_entry_point'])
    c.take(f['dnskey.flags.reserved'])
  })
  c.take(f['dnskey.protocol'])
  const algorithm = c.take(f['dnskey.algorithm'])
  c.put(f['dnskey.key_id'], keyTag(c.bytes.subarray(start, end), algorithm))
  c.takeBytes(f['dnskey.public_key'], c.left)
}

/** RFC 4034 §B: a sum of the record's data; for RSA/MD5 some bytes of the modulus. */
function keyTag(data: Uint8Array, algorithm: number): number {
  if (algorithm === RSA_MD5) return ((data.at(-3) ?? 0) << 8) | (data.at(-2) ?? 0)
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += (data[i] ?? 0) << (i % 2 === 0 ? 8 : 0)
  return (sum + (sum >>> 16)) & 0xffff
}

/** What NSEC3 and NSEC3PARAM have in common; only the first's flags mean something. */
function hashing(c: Cursor, f: DnsFields, flagged: boolean): void {
  c.take(f['nsec3.algo'])
  const flags = c.glance(f['nsec3.flags'])
  if (flagged) {
    c.group(f['nsec3.flags'], flags, () => {
      c.take(f['nsec3.flags.opt_out'])
    })
  } else c.take(f['nsec3.flags'])
  c.take(f['nsec3.iterations'])
  c.takeBytes(f['nsec3.salt_value'], c.take(f['nsec3.salt_length']))
}

/** Which types a name has, RFC 4034 §4.1.2: blocks of 256 types, a bit each. */
function typeBitMap(c: Cursor, f: DnsFields): void {
  while (c.left > 0) {
    if (c.left < 2) c.need('Type bit map', 2)
    const window = c.view.getUint8(c.pos)
    const length = c.view.getUint8(c.pos + 1)
    c.pos += 2
    if (length > c.left) c.need('Type bit map', length)
    for (let i = 0; i < length * 8; i++) {
      const at = c.pos + (i >> 3)
      if ((c.view.getUint8(at) & (0x80 >> (i & 7))) !== 0) c.put(f['resp.type'], window * 256 + i, at, at + 1)
    }
    c.pos += length
  }
}

function transactionSignature(c: Cursor, f: DnsFields, m: DnsMessage): void {
  takeName(c, f['tsig.algorithm_name'], m)
  if (c.left < 6) c.need('Time Signed', 6)
  const seconds = c.view.getUint16(c.pos) * 2 ** 32 + c.view.getUint32(c.pos + 2)
  c.put(f['tsig.time_signed'], absoluteTime(seconds), c.pos, c.pos + 6)
  c.pos += 6
  c.take(f['tsig.fudge'])
  const size = c.take(f['tsig.mac_size'])
  if (size > c.left) c.need('MAC', size)
  c.put(f['tsig.mac'], '', c.pos, c.pos + size, `${size} bytes`)
  c.pos += size
  c.take(f['tsig.original_id'])
  c.take(f['tsig.error'])
  const other = c.take(f['tsig.other_len'])
  if (other > 0) c.takeBytes(f['tsig.other_data'], other)
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Seconds since 1970 as Wireshark writes them, in UTC. */
function absoluteTime(seconds: number): string {
  const date = new Date(seconds * 1000)
  if (Number.isNaN(date.getTime())) return `${seconds} seconds since 1970`
  const day = String(date.getUTCDate()).padStart(2)
  const time = date.toISOString().slice(11, 19)
  return `${MONTHS[date.getUTCMonth()]} ${day}, ${date.getUTCFullYear()} ${time}.000000000 UTC`
}

const BASE32_HEX = '0123456789abcdefghijklmnopqrstuv'

/** Base32 with the extended hex alphabet, without padding (RFC 4648 §7), as NSEC3's names have it. */
function base32(bytes: Uint8Array): string {
  let out = ''
  let held = 0
  let bits = 0
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      out += BASE32_HEX[(held >>> bits) & 31] ?? ''
    }
  }
  if (bits > 0) out += BASE32_HEX[(held << (5 - bits)) & 31] ?? ''
  return out
}
