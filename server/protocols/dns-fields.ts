/** The fields of a DNS message, its questions, and what every record has before its data (RFC 1035 §4.1). */
import { DNS_OPTION_FIELDS } from './dns-option-fields.ts'
import { DNS_RECORD_FIELDS } from './dns-record-fields.ts'
import { CLASSES, OPCODES, RECORD_TYPES, REPLY_CODES } from './dns-values.ts'
import { expertMessage } from './expert.ts'
import {
  bits,
  boolean,
  bytes,
  duration,
  flag,
  frameReference,
  heading,
  hex16,
  int,
  text,
  u16,
  u32,
  uint,
} from './field.ts'
import type { NamedFields } from './protocol.ts'

const UPDATE = 'RFC 2136 §2.2'
const MULTICAST = 'RFC 6762'
const LINK_LOCAL = 'RFC 4795 §2.1.1'
const ANALYSIS = 'none'

export const DNS_FIELDS = {
  length: u16('Length', {
    unit: 'bytes',
    spec: 'RFC 1035 §4.2.2',
    about: 'Over TCP a message has its length in front, since the stream itself has no messages.',
  }),
  id: hex16('Transaction ID', {
    spec: 'RFC 1035 §4.1.1',
    about:
      'Chosen by the one who asks; the answer repeats it. Hard to guess, so that nobody else can answer.',
  }),
  flags: hex16('Flags', {
    spec: 'RFC 1035 §4.1.1',
    about: 'What kind of message this is, and how the question went.',
  }),
  'flags.response': flag('Response', 2, 0x8000, { about: 'Set in an answer, clear in a question.' }),
  'flags.opcode': bits('Opcode', 2, 0x7800, {
    values: OPCODES,
    about: 'What is asked for: a lookup in nearly every message.',
  }),
  'flags.authoritative': flag('Authoritative', 2, 0x0400, {
    about: "The server is one of the zone's own: it did not get this from a cache.",
  }),
  'flags.conflict': flag('Conflict', 2, 0x0400, {
    spec: LINK_LOCAL,
    about: 'More than one host has answered to this name.',
  }),
  'flags.truncated': flag('Truncated', 2, 0x0200, {
    about: 'The answer did not fit into the datagram; the client asks again over TCP.',
  }),
  'flags.recdesired': flag('Recursion desired', 2, 0x0100, {
    about: 'The client wants the answer itself, not the name of the next server to ask.',
  }),
  'flags.tentative': flag('Tentative', 2, 0x0100, {
    spec: LINK_LOCAL,
    about: 'The host has not yet made sure that the name is its own.',
  }),
  'flags.recavail': flag('Recursion available', 2, 0x0080, {
    about: 'The server asks other servers on behalf of its clients.',
  }),
  'flags.z': flag('Z', 2, 0x0040, { about: 'Reserved: 0.' }),
  'flags.authenticated': flag('Answer authenticated', 2, 0x0020, {
    spec: 'RFC 4035 §3.2.3',
    about: 'The server has verified the signatures of all that it answers.',
  }),
  'flags.checkdisable': flag('Non-authenticated data', 2, 0x0010, {
    spec: 'RFC 4035 §3.2.2',
    about: 'Set in a question: answers whose signatures fail are wanted all the same.',
  }),
  'flags.rcode': bits('Reply code', 2, 0x000f, {
    values: REPLY_CODES,
    about: 'How it went. No such name means that the name does not exist, for any type.',
  }),
  'count.queries': u16('Questions', { about: 'How many questions follow: one, in practice.' }),
  'count.answers': u16('Answer RRs', { about: 'How many records answer the question.' }),
  'count.auth_rr': u16('Authority RRs', {
    about:
      'How many records name who is in charge: servers to ask next, or the SOA of a name that is not there.',
  }),
  'count.add_rr': u16('Additional RRs', {
    about:
      'How many records were not asked for but help: addresses of the servers named, and the OPT record.',
  }),
  'count.zones': u16('Zones', { spec: UPDATE, about: 'Which zone is to be changed: one.' }),
  'count.prerequisites': u16('Prerequisites', {
    spec: UPDATE,
    about: 'Conditions on the zone without which nothing is changed.',
  }),
  'count.updates': u16('Updates', { spec: UPDATE, about: 'Records to add or to delete.' }),
  'count.labels': uint('Label Count', { about: 'How many parts the name has between its dots.' }),
  question: heading('Question', { about: 'A name, and what one wants to know of it.' }),
  record: heading('Record', { about: 'One fact about a name, and for how long it may be believed.' }),
  'qry.name': text('Name', {
    spec: 'RFC 1035 §3.1',
    about: 'What is asked about. On the wire each part has its length in front, and no dots.',
  }),
  'qry.name.len': uint('Name Length', { unit: 'characters', about: 'Of the name as it is written.' }),
  'qry.type': u16('Type', {
    values: RECORD_TYPES,
    spec: 'RFC 1035 §3.2.2',
    about: 'What one wants to know: A for an IPv4 address, AAAA for an IPv6 address, MX for mail.',
  }),
  'qry.class': hex16('Class', { values: CLASSES, spec: 'RFC 1035 §3.2.4', about: 'Internet, in practice.' }),
  'qry.qu': flag('"QU" question', 2, 0x8000, {
    spec: `${MULTICAST} §5.4`,
    about: 'The answer may come to the asker alone, not to the whole network.',
  }),
  'resp.name': text('Name', {
    spec: 'RFC 1035 §4.1.4',
    about: 'Whom the record is about; two bytes can point at a name that stands earlier in the message.',
  }),
  'resp.type': u16('Type', {
    values: RECORD_TYPES,
    spec: 'RFC 1035 §3.2.2',
    about: 'What the data of this record is.',
  }),
  'resp.class': hex16('Class', { values: CLASSES, spec: 'RFC 1035 §3.2.4', about: 'Internet, in practice.' }),
  'resp.cache_flush': flag('Cache flush', 2, 0x8000, {
    spec: `${MULTICAST} §10.2`,
    about: 'These records replace all that is known of this name and type.',
  }),
  'resp.ttl': u32('Time to live', {
    unit: 'seconds',
    about: 'How long the record may be kept and used without asking again.',
  }),
  'resp.len': u16('Data length', { unit: 'bytes', about: 'How much data follows.' }),
  response_in: frameReference('Response In', { spec: ANALYSIS, about: 'The packet with the answer.' }),
  response_to: frameReference('Request In', { spec: ANALYSIS, about: 'The packet with the question.' }),
  time: duration('Time', { spec: ANALYSIS, about: 'From the first question to its answer.' }),
  retransmission: boolean('Retransmission', {
    spec: ANALYSIS,
    about: 'The same question or answer once more: UDP loses packets, and the client asks again.',
  }),
  retransmit_request: heading('DNS query retransmission', {
    spec: ANALYSIS,
    about: 'The same question as in an earlier packet, before it was answered.',
  }),
  retransmit_response: heading('DNS response retransmission', {
    spec: ANALYSIS,
    about: 'The question was answered before.',
  }),
  retransmit_request_in: frameReference('Retransmitted request. Original request in', {
    spec: ANALYSIS,
    about: 'The packet that asked the same first.',
  }),
  retransmit_response_in: frameReference('Retransmitted response. Original response in', {
    spec: ANALYSIS,
    about: 'The packet that answered first.',
  }),
  unsolicited: boolean('Unsolicited', {
    spec: ANALYSIS,
    about: 'An answer to a question that this capture does not hold.',
  }),
  'extraneous.data': bytes('Extraneous Data Bytes', { about: 'Bytes behind the last record.' }),
  'extraneous.length': int('Extraneous Data Length', { unit: 'bytes', about: 'How many they are.' }),
  extraneous: heading('Extraneous data', { about: 'The message is longer than what it holds.' }),
  data: bytes('Data', { about: 'The data of a record whose type is not read here.' }),
  ...DNS_RECORD_FIELDS,
  ...DNS_OPTION_FIELDS,
  '=_ws.expert.message': expertMessage,
} as const

export type DnsFields = NamedFields<typeof DNS_FIELDS>
