/** The data of resource records, by type. */
import { type Cursor, decodeText } from './cursor.ts'
import type { DnsFields } from './dns-fields.ts'
import { type DnsMessage, readName, takeName } from './dns-name.ts'
import { dissectSecurity } from './dns-security-records.ts'
import { SERVICE_KEYS } from './dns-values.ts'
import { type Field, hexText } from './field.ts'
import { within } from './within.ts'

/** Reads the data of one record, whose end is the cursor's; returns the words for the info column. */
type RecordReader = (c: Cursor, f: DnsFields, m: DnsMessage) => string | undefined

/** Types whose data is one name. */
const name =
  (key: 'ns' | 'md' | 'mf' | 'cname' | 'mb' | 'mg' | 'mr' | 'dname' | 'ptr.domain_name'): RecordReader =>
  (c, f, m) =>
    takeName(c, f[key], m).text

/** Types whose data is a number and a name. */
const preferred =
  (number: 'mx.preference' | 'kx.preference' | 'rt.subtype' | 'afsdb.subtype', host: HostKey): RecordReader =>
  (c, f, m) => {
    const preference = c.take(f[number])
    return `${preference} ${takeName(c, f[host], m).text}`
  }
type HostKey = 'mx.mail_exchange' | 'kx.key_exchange' | 'rt.intermediate_host' | 'afsdb.hostname'

const RECORDS: Readonly<Record<number, RecordReader>> = {
  1: (c, f) => c.take(f.a),
  2: name('ns'),
  3: name('md'),
  4: name('mf'),
  5: name('cname'),
  6: soa,
  7: name('mb'),
  8: name('mg'),
  9: name('mr'),
  10: (c, f) => void c.takeBytes(f.null, c.left),
  12: name('ptr.domain_name'),
  13: hostInformation,
  14: (c, f, m) => {
    takeName(c, f['minfo.r'], m)
    takeName(c, f['minfo.e'], m)
    return undefined
  },
  15: preferred('mx.preference', 'mx.mail_exchange'),
  16: (c, f) => texts(c, f['txt.length'], f.txt),
  17: (c, f, m) => {
    takeName(c, f['rp.mailbox'], m)
    takeName(c, f['rp.txt_rr'], m)
    return undefined
  },
  18: preferred('afsdb.subtype', 'afsdb.hostname'),
  21: preferred('rt.subtype', 'rt.intermediate_host'),
  28: (c, f) => c.take(f.aaaa),
  33: service,
  35: authorityPointer,
  36: preferred('kx.preference', 'kx.key_exchange'),
  39: name('dname'),
  49: (c, f) => void c.takeBytes(f['dhcid.rdata'], c.left),
  61: (c, f) => void c.takeText(f.openpgpkey, c.left),
  64: serviceBinding,
  65: serviceBinding,
  99: (c, f) => texts(c, f['spf.length'], f.spf),
  108: (c, f) => void c.take(f.eui48),
  109: eui64,
  257: authorization,
}

/** Reads a record's data as far as its type is known here; the rest, or all of it, as bytes. */
export function dissectData(c: Cursor, f: DnsFields, type: number, m: DnsMessage): string | undefined {
  const reader = RECORDS[type]
  if (reader !== undefined) return c.left > 0 ? reader(c, f, m) : undefined
  if (dissectSecurity(c, f, type, m)) return undefined
  if (c.left > 0) c.takeBytes(f.data, c.left)
  return undefined
}

function soa(c: Cursor, f: DnsFields, m: DnsMessage): string {
  const { text } = takeName(c, f['soa.mname'], m)
  takeName(c, f['soa.rname'], m)
  c.take(f['soa.serial_number'])
  c.take(f['soa.refresh_interval'])
  c.take(f['soa.retry_interval'])
  c.take(f['soa.expire_limit'])
  c.take(f['soa.minimum_ttl'])
  return text
}

function hostInformation(c: Cursor, f: DnsFields): string {
  const cpu = c.takeText(f['hinfo.cpu'], c.take(f['hinfo.cpu_length']))
  return `${cpu} ${c.takeText(f['hinfo.os'], c.take(f['hinfo.os_length']))}`
}

/** Texts of up to 255 characters, one after the other. */
function texts(c: Cursor, length: Field<number>, field: Field<string>): undefined {
  while (c.left > 0) c.takeText(field, c.take(length))
}

function service(c: Cursor, f: DnsFields, m: DnsMessage): string {
  const numbers = [c.take(f['srv.priority']), c.take(f['srv.weight']), c.take(f['srv.port'])]
  return `${numbers.join(' ')} ${takeName(c, f['srv.target'], m).text}`
}

function authorityPointer(c: Cursor, f: DnsFields, m: DnsMessage): string {
  const order = c.take(f['naptr.order'])
  const preference = c.take(f['naptr.preference'])
  const flags = c.takeText(f['naptr.flags'], c.take(f['naptr.flags_length']))
  c.takeText(f['naptr.service'], c.take(f['naptr.service_length']))
  c.takeText(f['naptr.regex'], c.take(f['naptr.regex_length']))
  const replacement = readName(c, c.pos, m)
  c.put(f['naptr.replacement_length'], replacement.length)
  takeName(c, f['naptr.replacement'], m)
  return `${order} ${preference} ${flags}`
}

const ALPN = 1
const MANDATORY = 0
const PORT = 3
const IPV4_HINT = 4
const ECH = 5
const IPV6_HINT = 6

/** SVCB and HTTPS, RFC 9460 §2.2. */
function serviceBinding(c: Cursor, f: DnsFields, m: DnsMessage): undefined {
  c.take(f['svcb.svcpriority'])
  takeName(c, f['svcb.targetname'], m)
  while (c.left > 0) {
    const key = c.glance(f['svcb.svcparam.key'])
    c.group(f['svcb.svcparam'], '', () => serviceParameter(c, f), SERVICE_KEYS[key] ?? `key${key}`)
  }
}

function serviceParameter(c: Cursor, f: DnsFields): void {
  const key = c.take(f['svcb.svcparam.key'])
  const length = c.take(f['svcb.svcparam.value.length'])
  within(c, c.pos + length, 'SvcParamValue', () => {
    if (key === MANDATORY) while (c.left > 0) c.take(f['svcb.svcparam.mandatory.key'])
    else if (key === ALPN) texts(c, f['svcb.svcparam.alpn.length'], f['svcb.svcparam.alpn'])
    else if (key === PORT) c.take(f['svcb.svcparam.port'])
    else if (key === IPV4_HINT) while (c.left > 0) c.take(f['svcb.svcparam.ipv4hint.ip'])
    else if (key === IPV6_HINT) while (c.left > 0) c.take(f['svcb.svcparam.ipv6hint.ip'])
    else if (key === ECH) c.takeBytes(f['svcb.svcparam.echconfig'], c.left)
    else if (c.left > 0) c.takeBytes(f['svcb.svcparam.value'], c.left)
  })
}

function eui64(c: Cursor, f: DnsFields): undefined {
  const bytes = c.bytes.subarray(c.pos, c.pos + 8)
  c.put(f.eui64, hexText(bytes).replace(/..(?=.)/g, '$&:'), c.pos, c.pos + bytes.length)
  c.skip(8, f.eui64.label)
}

/** CAA, RFC 8659 §4.1. */
function authorization(c: Cursor, f: DnsFields): undefined {
  const flags = c.glance(f['caa.flags'])
  c.group(f['caa.flags'], flags, () => {
    c.take(f['caa.flags.issuer_critical'])
  })
  const tagLength = c.glance(f['caa.tag_length'])
  if (1 + tagLength > c.left) c.need('Tag', tagLength)
  const tag = decodeText(c.bytes.subarray(c.pos + 1, c.pos + 1 + tagLength))
  const value = decodeText(c.bytes.subarray(c.pos + 1 + tagLength, c.end))
  const field =
    tag === 'issue' || tag === 'issuewild' || tag === 'iodef' ? (`caa.${tag}` as const) : 'caa.unknown'
  c.group(f[field], value, () => {
    c.take(f['caa.tag_length'])
    c.takeText(f['caa.tag'], tagLength)
    c.takeText(f['caa.value'], c.left)
  })
}
