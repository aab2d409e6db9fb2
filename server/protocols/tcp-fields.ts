/** The fields of TCP: those of the header (RFC 9293 §3.1), and what the stream makes of a segment. */
import { CHECKSUM_STATUS } from './checksum.ts'
import type { Cursor } from './cursor.ts'
import {
  bits,
  bytes,
  duration,
  type Field,
  flag,
  heading,
  hex16,
  int,
  scaledBits,
  text,
  u16,
  u32,
  uint,
} from './field.ts'
import type { NamedFields } from './protocol.ts'
import { ANALYSIS_FIELDS } from './tcp-analysis-fields.ts'
import { OPTION_FIELDS } from './tcp-option-fields.ts'
import { REASSEMBLY_FIELDS } from './tcp-reassembly.ts'
import { badChecksum, calculatedChecksum } from './transport-checksum.ts'

const ECN = 'RFC 3168 §6.1'

const HEADER_FIELDS = {
  srcport: u16('Source Port', {
    aliases: ['tcp.port'],
    about: 'The program that sent this: a client gets any free port, and answers go back to it.',
  }),
  dstport: u16('Destination Port', {
    aliases: ['tcp.port'],
    about: 'The program that should get this: a server listens on a port that its clients know.',
  }),
  stream: uint('Stream index', {
    about: 'Which conversation of the capture this segment belongs to, from 0.',
  }),
  completeness: uint('Conversation completeness', {
    spec: "Wireshark User's Guide §7.5",
    about:
      'Which steps of the connection were seen so far: 1 SYN, 2 SYN-ACK, 4 ACK, 8 data, 16 FIN, 32 RST, added up.',
  }),
  len: uint('TCP Segment Len', {
    unit: 'bytes',
    about:
      'How many bytes of data this segment carries; not sent, but what the IP length leaves after the headers.',
  }),
  seq: uint('Sequence Number', {
    about:
      "Where this segment's first byte stands in the sender's stream, counted from the start of the conversation.",
  }),
  seq_raw: u32('Sequence Number (raw)', {
    about:
      'The same as sent: it starts at a number hard to guess (RFC 6528), so that strangers cannot write in.',
  }),
  nxtseq: uint('Next Sequence Number', {
    about:
      'Where the next segment will begin, and what an acknowledgment of this one will say; SYN and FIN count one.',
  }),
  ack: uint('Acknowledgment Number', {
    about:
      'The next byte that is awaited from the other side: all before it has arrived. Counted from the start.',
  }),
  ack_raw: u32('Acknowledgment number (raw)', { about: 'The same as sent.' }),
  hdr_len: scaledBits('Header Length', 1, 0xf0, 4, {
    unit: 'bytes',
    about:
      'Where the header ends and the data begins (the RFC says Data Offset): 20 bytes, up to 60 with options.',
  }),
  flags: bits('Flags', 2, 0x0fff, {
    base: 'hex',
    about: 'What the segment is besides data: opening, closing, refusing, acknowledging.',
  }),
  'flags.res': flag('Reserved', 2, 0x0e00, { about: 'For later use; zero until then.' }),
  'flags.ae': flag('Accurate ECN', 2, 0x0100, {
    spec: 'RFC 9768',
    about: 'With CWR and ECE tells the sender how many of its packets met congestion.',
  }),
  'flags.cwr': flag('Congestion Window Reduced', 2, 0x0080, {
    spec: ECN,
    about: 'The sender has slowed down, as the other side asked with ECN-Echo.',
  }),
  'flags.ece': flag('ECN-Echo', 2, 0x0040, {
    spec: ECN,
    about: 'A packet arrived marked by a congested router: please send more slowly.',
  }),
  'flags.urg': flag('Urgent', 2, 0x0020, {
    about: 'The urgent pointer counts; hardly used any more (RFC 6093).',
  }),
  'flags.ack': flag('Acknowledgment', 2, 0x0010, {
    about: 'The acknowledgment number counts: set in every segment but the first.',
  }),
  'flags.push': flag('Push', 2, 0x0008, {
    about: 'Hand what you have to the program now: the sender has no more to add for the moment.',
  }),
  'flags.reset': flag('Reset', 2, 0x0004, {
    about: 'There is no such connection, or it ends at once: nothing more will be sent or taken.',
  }),
  'flags.syn': flag('Syn', 2, 0x0002, {
    about: 'Opens one direction of the stream and says where its counting starts.',
  }),
  'flags.fin': flag('Fin', 2, 0x0001, {
    about: 'Closes one direction: the sender has said all, but may still listen.',
  }),
  'flags.ace': bits('ACE', 2, 0x01c0, {
    spec: 'RFC 9768 §3.2.2',
    about:
      'In place of those three, where both ends agreed on it: how many packets met congestion, modulo 8.',
  }),
  'flags.str': text('TCP Flags', { about: 'The twelve bits as letters.' }),
  window_size_value: u16('Window', {
    about: 'How many more bytes the sender of this can take in, as sent: before the scale factor.',
  }),
  window_size: uint('Calculated window size', {
    unit: 'bytes',
    about: 'How many more bytes the sender of this can take in: the other side must stop there and wait.',
  }),
  window_size_scalefactor: int('Window size scaling factor', {
    spec: 'RFC 7323 §2',
    values: { '-1': 'unknown', '-2': 'no window scaling used' },
    about: 'What the window is multiplied by: agreed in the two SYNs, so unknown where those were not seen.',
  }),
  checksum: hex16('Checksum', {
    about: 'Guards header, data and the two addresses against damage on the way.',
  }),
  'checksum.status': uint('Checksum Status', {
    values: CHECKSUM_STATUS,
    about:
      'Verified on the lab network only: elsewhere the card finishes the checksum after the capture saw it, and on the loopback nobody does.',
  }),
  checksum_calculated: calculatedChecksum,
  'checksum_bad.expert': badChecksum,
  urgent_pointer: u16('Urgent Pointer', { about: 'Where urgent data ends, if the URG flag is set.' }),
  payload: bytes('TCP payload', {
    about: 'A piece of the stream; message borders lie where they like in it.',
  }),
  reset_cause: text('Reset cause', {
    spec: 'RFC 9293 §3.5.3',
    about: 'A RST may carry words that say why; hardly any does.',
  }),
  time_relative: duration('Time since first frame in this TCP stream', {
    about: 'How old the conversation is, as the capture knows it.',
  }),
  time_delta: duration('Time since previous frame in this TCP stream', {
    about: 'How long nothing was heard in it.',
  }),
} as const

/** Notes about single segments that follow from nothing but their headers (Wireshark's expert info). */
const NOTE_FIELDS = {
  'connection.syn': heading('Connection establish request (SYN)', {
    spec: 'RFC 9293 §3.5',
    about: 'The first of the three segments that open a connection.',
  }),
  'connection.synack': heading('Connection establish acknowledge (SYN+ACK)', {
    spec: 'RFC 9293 §3.5',
    about: 'The second: the server agrees.',
  }),
  'connection.fin': heading('Connection finish (FIN)', {
    spec: 'RFC 9293 §3.6',
    about: 'One side has said all.',
  }),
  'connection.fin_active': heading('This frame initiates the connection closing', {
    spec: 'RFC 9293 §3.6',
    about: 'The side that closes first will have to wait in TIME-WAIT.',
  }),
  'connection.fin_passive': heading('This frame undergoes the connection closing', {
    spec: 'RFC 9293 §3.6',
    about: 'The other side closes too.',
  }),
  'connection.rst': heading('Connection reset (RST)', {
    spec: 'RFC 9293 §3.5.2',
    about: 'The connection ends at once, or there is none.',
  }),
  'ack.nonzero': heading('The acknowledgment number field is nonzero while the ACK flag is not set', {
    about: 'It means nothing then.',
  }),
  'urgent_pointer.non_zero': heading('The urgent pointer field is nonzero while the URG flag is not set', {
    about: 'It means nothing then.',
  }),
  bogus_header_length: heading('Bogus TCP Header length', {
    about: 'No header is shorter than 20 bytes: this is not TCP, or was damaged.',
  }),
  short_segment: heading('Short segment', { about: 'The header says that it is longer than the segment.' }),
} as const

export const TCP_FIELDS = {
  ...HEADER_FIELDS,
  ...OPTION_FIELDS,
  ...ANALYSIS_FIELDS,
  ...REASSEMBLY_FIELDS,
  ...NOTE_FIELDS,
} as const
export type TcpFields = NamedFields<typeof TCP_FIELDS>

const STEPS = ['SYN_SENT', 'SYN_ACK', 'ACK', 'DATA', 'FIN', 'RST'] as const

/** The sum by name, as Wireshark has it: `Complete, WITH_DATA (31)`. */
export function completenessText(seen: number): string {
  const ended = (seen & 0x30) !== 0
  const named = STEPS.filter((_, bit) => seen & (1 << bit))
  if ((seen & 7) === 7 && ended) return `Complete, ${seen & 8 ? 'WITH_DATA' : 'NO_DATA'} (${seen})`
  const missing = (seen & 7) === 7 && seen & 8 ? 'DATA' : named.join(', ')
  return missing === '' ? `Incomplete (${seen})` : `Incomplete, ${missing} (${seen})`
}

/** In Wireshark's order, lowest bit first. */
const FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR', 'AE'] as const
const FLAG_LETTERS = 'RRRACEUAPRSF'
const ACE_BITS = 0x1c0

/** What is said beside single flags. */
export interface FlagNotes {
  readonly accurateEcn: boolean
  readonly syn?: Field<string> | undefined
  readonly fin?: Field<string> | undefined
  readonly closing?: Field<string> | undefined
  readonly reset?: Field<string> | undefined
}

/** `PSH, ACK`. */
export function flagNames(flags: number): string {
  const names: string[] = FLAG_NAMES.filter((_, bit) => flags & (1 << bit))
  if (flags & 0xe00) names.push('Reserved')
  return names.length === 0 ? '<None>' : names.join(', ')
}

/** `ACE=3` in place of the three flags that make it, where both ends count congestion so. */
function flagsText(flags: number, accurateEcn: boolean): string {
  if (!accurateEcn) return flagNames(flags)
  const others = flagNames(flags & ~ACE_BITS)
  const counter = `ACE=${(flags & ACE_BITS) >> 6}`
  return others === '<None>' ? counter : `${others}, ${counter}`
}

/** The flags as a group over their two bytes, and the cursor behind them. Returns their names. */
export function putFlags(c: Cursor, f: TcpFields, notes: FlagNotes): string {
  const flags = c.glance(f.flags)
  const { accurateEcn, syn, fin, closing, reset } = notes
  const letters = [...FLAG_LETTERS].map((letter, i) => (flags & (0x800 >> i) ? letter : '·'))
  if (accurateEcn) letters.splice(3, 3, '-', String((flags & ACE_BITS) >> 6), '-')
  const names = flagsText(flags, accurateEcn)
  const note = (field: Field<string> | undefined) => {
    if (field !== undefined) c.put(field, '', c.pos, c.pos + 2)
  }
  const body = () => {
    c.peek(f['flags.res'])
    if (accurateEcn) c.peek(f['flags.ace'])
    else {
      c.peek(f['flags.ae'])
      c.peek(f['flags.cwr'])
      c.peek(f['flags.ece'])
    }
    c.peek(f['flags.urg'])
    c.peek(f['flags.ack'])
    c.peek(f['flags.push'])
    c.peek(f['flags.reset'])
    note(reset)
    c.peek(f['flags.syn'])
    note(syn)
    c.peek(f['flags.fin'])
    note(fin)
    note(closing)
    c.put(f['flags.str'], letters.join(''), c.pos, c.pos + 2)
    c.skip(2)
  }
  c.group(f.flags, flags, body, `0x${flags.toString(16).padStart(3, '0')} (${names})`)
  return names
}
