/**
 * Domain Name System, RFC 1035 §4.1: over UDP a message a datagram, over TCP each with its length in front (§4.2.2).
 *
 *    0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
 *  +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 *  |                      ID                       |
 *  |QR|   Opcode  |AA|TC|RD|RA| Z|AD|CD|   RCODE   |
 *  |                    QDCOUNT                    |   questions
 *  |                    ANCOUNT                    |   answers
 *  |                    NSCOUNT                    |   authority
 *  |                    ARCOUNT                    |   additional
 *  +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 */
import type { Cursor } from './cursor.ts'
import { recordMessage, type Transaction } from './dns-exchange.ts'
import { DNS_FIELDS, type DnsFields } from './dns-fields.ts'
import { type DnsMessage, readName, takeName } from './dns-name.ts'
import { dissectOptions } from './dns-options.ts'
import { dissectData } from './dns-records.ts'
import { skimDns } from './dns-skim.ts'
import { CLASSES, OPCODES, REPLY_CODES, typeName } from './dns-values.ts'
import { seconds } from './engine-session.ts'
import { type AnyProtocol, protocol, streamProtocol } from './protocol.ts'
import { within } from './within.ts'

const LENGTH = 2

export const dns = streamProtocol({
  id: 'dns',
  name: 'Domain Name System',
  short: 'DNS',
  osi: 7,
  unit: 'message',
  spec: 'RFC 1035',
  about: 'Finds what belongs to a name: its addresses, its mail host, who is in charge of it.',
  fields: DNS_FIELDS,
  dissect(c, f) {
    dissectMessage(c, f, 'dns')
    return undefined
  },
  wordy: true,
  skim: skimDns,
  frameLength(bytes) {
    const [high, low] = bytes
    return high === undefined || low === undefined ? undefined : LENGTH + high * 256 + low
  },
})

/** Its fields are those of DNS, by their own names. */
const SHARED = Object.fromEntries(
  Object.entries(DNS_FIELDS).map(([key, field]) => [key.startsWith('=') ? key : `=dns.${key}`, field]),
)

export const mdns = protocol({
  id: 'mdns',
  name: 'Multicast Domain Name System',
  short: 'MDNS',
  osi: 7,
  unit: 'message',
  spec: 'RFC 6762',
  about:
    'Names on a local network without a server: who asks asks everybody, and whoever has the name answers.',
  fields: SHARED,
  dissect(c) {
    dissectMessage(c, dns.fields, 'mdns')
    return undefined
  },
  wordy: true,
  skim: skimDns,
})

export const llmnr = protocol({
  id: 'llmnr',
  name: 'Link-local Multicast Name Resolution',
  short: 'LLMNR',
  osi: 7,
  unit: 'message',
  spec: 'RFC 4795',
  about: 'The same in the way of Windows: a host name is asked of everybody on the link.',
  fields: SHARED,
  dissect(c) {
    dissectMessage(c, dns.fields, 'llmnr')
    return undefined
  },
  wordy: true,
  skim: skimDns,
})

/** In the order in which their completion entries stand. */
export const DNS_PROTOCOLS: readonly AnyProtocol[] = [dns, mdns, llmnr]

type Kind = 'dns' | 'mdns' | 'llmnr'

const RESPONSE = 0x8000
const AUTHENTICATED = 0x0020
const UPDATE = 5

function dissectMessage(c: Cursor, f: DnsFields, kind: Kind): void {
  const start = c.pos
  if (c.packet.flow?.transport === 'tcp') c.limit(c.take(f.length))
  const message: DnsMessage = { start: c.pos, end: c.end }
  const id = c.take(f.id)
  const flags = c.glance(f.flags)
  const response = (flags & RESPONSE) !== 0
  const transaction = c.remember(() => recordMessage(c.packet, id, response))
  if (!c.worded) {
    c.pos = c.end
    return
  }
  const opcode = (flags >>> 11) & 15
  const words = [showFlags(c, f, flags, kind)]
  const counts = showCounts(c, f, opcode === UPDATE)
  words.push(`0x${id.toString(16).padStart(4, '0')}`)
  if (response && (flags & 15) !== 0) words.push(REPLY_CODES[flags & 15] ?? `code ${flags & 15}`)
  for (let i = 0; i < counts.questions; i++) words.push(question(c, f, message, kind))
  for (let i = 0; i < counts.records; i++) words.push(record(c, f, message, kind))
  showTransaction(c, f, start, response, transaction)
  if (c.left > 0) {
    const extra = c.left
    c.put(f.extraneous, '', c.pos, c.end, `${extra} bytes`)
    c.takeBytes(f['extraneous.data'], extra)
    c.put(f['extraneous.length'], extra)
  }
  c.info(words.join(' '))
}

/** Records the flags that such a message has; returns what kind of message it is, in words. */
function showFlags(c: Cursor, f: DnsFields, flags: number, kind: Kind): string {
  const response = (flags & RESPONSE) !== 0
  const opcode = OPCODES[(flags >>> 11) & 15] ?? 'Unknown operation'
  const name = `${opcode}${response ? ' response' : ''}`
  const code = response ? `, ${REPLY_CODES[flags & 15] ?? 'Unknown error'}` : ''
  const linkLocal = kind === 'llmnr'
  c.group(
    f.flags,
    flags,
    () => {
      c.peek(f['flags.response'])
      c.peek(f['flags.opcode'])
      if (linkLocal) c.peek(f['flags.conflict'])
      else if (response) c.peek(f['flags.authoritative'])
      c.peek(f['flags.truncated'])
      c.peek(linkLocal ? f['flags.tentative'] : f['flags.recdesired'])
      if (!linkLocal) {
        if (response) c.peek(f['flags.recavail'])
        c.peek(f['flags.z'])
        if (response || (flags & AUTHENTICATED) !== 0) c.peek(f['flags.authenticated'])
        c.peek(f['flags.checkdisable'])
      }
      if (response) c.peek(f['flags.rcode'])
      c.skip(f.flags.size)
    },
    `0x${flags.toString(16).padStart(4, '0')} ${name}${code}`,
  )
  return name
}

function showCounts(c: Cursor, f: DnsFields, update: boolean): { questions: number; records: number } {
  const questions = c.take(update ? f['count.zones'] : f['count.queries'])
  const answers = c.take(update ? f['count.prerequisites'] : f['count.answers'])
  const authority = c.take(update ? f['count.updates'] : f['count.auth_rr'])
  return { questions, records: answers + authority + c.take(f['count.add_rr']) }
}

function question(c: Cursor, f: DnsFields, message: DnsMessage, kind: Kind): string {
  const name = readName(c, c.pos, message)
  return c.group(f.question, '', () => {
    const at = c.pos
    takeName(c, f['qry.name'], message)
    c.put(f['qry.name.len'], name.length, at, name.end)
    c.put(f['count.labels'], name.text.split('.').length, at, name.end)
    const type = c.take(f['qry.type'])
    if (kind === 'mdns') classAndFlag(c, f, 'qry')
    else c.take(f['qry.class'])
    return `${typeName(type)} ${name.text}`
  })
}

/** Multicast DNS has a flag in the class's top bit (RFC 6762 §5.4, §10.2). */
function classAndFlag(c: Cursor, f: DnsFields, of: 'qry' | 'resp'): void {
  const word = c.glance(f['qry.class'])
  c.put(f[`${of}.class`], word & 0x7fff, c.pos, c.pos + 2)
  c.take(of === 'qry' ? f['qry.qu'] : f['resp.cache_flush'])
}

const OPT = 41
const SRV = 33

/** One resource record, RFC 1035 §4.1.3: name, type, class, time to live, length, data. */
function record(c: Cursor, f: DnsFields, message: DnsMessage, kind: Kind): string {
  const name = readName(c, c.pos, message)
  const head = name.end - c.pos
  const type = c.glance(f['resp.type'], head)
  const length = c.glance(f['resp.len'], head + 8)
  if (head + 10 + length > c.left) {
    c.pos = name.end + 10
    c.need('Record data', length)
  }
  const dataEnd = name.end + 10 + length
  return c.group(
    f.record,
    '',
    () => {
      const more = readRecord(c, f, message, kind, type, dataEnd)
      return more === undefined ? typeName(type) : `${typeName(type)} ${more}`
    },
    `${name.text}: type ${typeName(type)}${type === OPT ? '' : `, class ${className(c, f, head, kind)}`}`,
  )
}

function className(c: Cursor, f: DnsFields, head: number, kind: Kind): string {
  const word = c.glance(f['resp.class'], head + 2) & (kind === 'mdns' ? 0x7fff : 0xffff)
  return CLASSES[word] ?? `${word}`
}

function readRecord(
  c: Cursor,
  f: DnsFields,
  message: DnsMessage,
  kind: Kind,
  type: number,
  dataEnd: number,
): string | undefined {
  if (type === SRV) serviceName(c, f, message)
  else takeName(c, f['resp.name'], message)
  c.take(f['resp.type'])
  if (type === OPT) extension(c, f, kind)
  else {
    if (kind === 'mdns') classAndFlag(c, f, 'resp')
    else c.take(f['resp.class'])
    c.take(f['resp.ttl'])
  }
  c.take(f['resp.len'])
  return within(c, dataEnd, 'Record data', () => {
    if (type !== OPT) return dissectData(c, f, type, message)
    dissectOptions(c, f)
    return undefined
  })
}

/** The name that an SRV record is about says what it is about (RFC 2782): `_service._proto.name`. */
function serviceName(c: Cursor, f: DnsFields, message: DnsMessage): void {
  const { text, end } = readName(c, c.pos, message)
  const [service = '', transport = '', ...rest] = text.split('.')
  c.put(f['srv.service'], service, c.pos, end)
  c.put(f['srv.proto'], transport, c.pos, end)
  c.put(f['srv.name'], rest.join('.'), c.pos, end)
  c.pos = end
}

/** The OPT record's class and time to live mean other things (RFC 6891 §6.1.2). */
function extension(c: Cursor, f: DnsFields, kind: Kind): void {
  if (kind === 'mdns') {
    c.put(f['rr.udp_payload_size'], c.glance(f['rr.udp_payload_size']) & 0x7fff, c.pos, c.pos + 2)
    c.take(f['resp.cache_flush'])
  } else c.take(f['rr.udp_payload_size'])
  c.take(f['resp.ext_rcode'])
  c.take(f['resp.edns0_version'])
  const z = c.glance(f['resp.z'])
  c.group(f['resp.z'], z, () => {
    c.peek(f['resp.z.do'])
    c.take(f['resp.z.reserved'])
  })
}

function showTransaction(
  c: Cursor,
  f: DnsFields,
  at: number,
  response: boolean,
  transaction: Transaction | undefined,
): void {
  const { number, time } = c.packet
  if (transaction === undefined) {
    if (response) c.put(f.unsolicited, true, at)
  } else if (response && transaction.response === number) {
    c.put(f.response_to, transaction.request, at)
    c.put(f.time, seconds(transaction.requestTime, time), at)
  } else if (response) {
    const original = transaction.response ?? 0
    const words = `DNS response retransmission. Original response in frame ${original}`
    c.put(f.retransmit_response, '', at, at, words)
    c.put(f['=_ws.expert.message'], words, at)
    c.put(f.retransmit_response_in, original, at)
    c.put(f.retransmission, true, at)
  } else if (transaction.request !== number) {
    const words = `DNS query retransmission. Original request in frame ${transaction.request}`
    c.put(f.retransmit_request, '', at, at, words)
    c.put(f['=_ws.expert.message'], words, at)
    c.put(f.retransmit_request_in, transaction.request, at)
    c.put(f.retransmission, true, at)
  } else if (transaction.response !== null) c.put(f.response_in, transaction.response, at)
}
