/** The fields of TCP: those of the header (RFC 9293 §3.1), and what the stream makes of a segment. */
import { CHECKSUM_STATUS } from './checksum.ts'
import type { Segment } from './conversation.ts'
import type { Cursor } from './cursor.ts'
import {
  bits,
  bytes,
  duration,
  type Field,
  flag,
  frameReference,
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
import { OPTION_FIELDS } from './tcp-options.ts'
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
} as const

const ANALYSIS = 'RFC 9293 §3.4'
const note = (label: string, about: string, spec = ANALYSIS) => heading(label, { about, spec })

const ANALYSIS_FIELDS = {
  analysis: heading('SEQ/ACK analysis', {
    about: 'Not sent: worked out from this segment and those before it.',
  }),
  'analysis.acks_frame': frameReference('This is an ACK to the segment in frame', {
    about: 'The packet whose data this one acknowledges.',
  }),
  'analysis.ack_rtt': duration('The RTT to ACK the segment was', {
    about: 'From that packet to this: the round trip, seen from where the capture was made.',
  }),
  'analysis.initial_rtt': duration('iRTT', {
    about: 'The round trip of the handshake: the path before there was load.',
  }),
  'analysis.bytes_in_flight': uint('Bytes in flight', {
    unit: 'bytes',
    about: 'Sent by this side and not yet acknowledged when this segment left.',
  }),
  'analysis.push_bytes_sent': uint('Bytes sent since last PSH flag', {
    unit: 'bytes',
    about: 'How much the push hands over.',
  }),
  'analysis.rto': duration('The RTO for this segment was', {
    spec: 'RFC 6298',
    about: 'How long the sender waited before it sent again.',
  }),
  'analysis.rto_frame': frameReference('RTO based on delta from frame', {
    about: 'The packet that this one repeats.',
  }),
  'analysis.flags': heading('TCP Analysis Flags', {
    about: 'What is out of the ordinary about this segment.',
  }),
  'analysis.retransmission': note(
    'This frame is a (suspected) retransmission',
    'These bytes were sent before and seem to be lost.',
  ),
  'analysis.fast_retransmission': note(
    'This frame is a (suspected) fast retransmission',
    'Sent again after duplicate acknowledgments, without waiting for the timer.',
    'RFC 5681 §3.2',
  ),
  'analysis.spurious_retransmission': note(
    'This frame is a (suspected) spurious retransmission',
    'Sent again although the bytes had been acknowledged already.',
  ),
  'analysis.out_of_order': note(
    'This frame is a (suspected) out-of-order segment',
    'Bytes before those already seen: packets overtook each other.',
  ),
  'analysis.lost_segment': note(
    'Previous segment(s) not captured (common at capture start)',
    'Bytes between the last segment and this one were not seen.',
  ),
  'analysis.ack_lost_segment': note(
    "ACKed segment that wasn't captured (common at capture start)",
    'Acknowledges bytes that the capture did not see: they arrived, so the capture missed them.',
  ),
  'analysis.duplicate_ack': note(
    'Duplicate ACK',
    'Repeats an acknowledgment: something arrived, but not what is awaited.',
    'RFC 5681 §2',
  ),
  'analysis.duplicate_ack_num': uint('Duplicate ACK #', {
    about: 'The third makes the sender repeat at once (RFC 5681 §3.2).',
  }),
  'analysis.duplicate_ack_frame': frameReference('Duplicate to the ACK in frame', {
    about: 'The first acknowledgment of that number.',
  }),
  'analysis.keep_alive': note(
    'TCP keep-alive segment',
    'One byte before the next: asks an idle peer whether it is still there.',
    'RFC 9293 §3.8.4',
  ),
  'analysis.keep_alive_ack': note(
    'ACK to a TCP keep-alive segment',
    'The peer is still there.',
    'RFC 9293 §3.8.4',
  ),
  'analysis.window_update': note(
    'TCP window update',
    'Nothing new but the window: the program has read, there is room again.',
    'RFC 9293 §3.8.6',
  ),
  'analysis.window_full': note(
    'TCP window specified by the receiver is now completely full',
    'The sender has used up the window and must wait for more room.',
    'RFC 9293 §3.8.6',
  ),
  'analysis.zero_window': note(
    'TCP Zero Window segment',
    'No room at all: the program at this end reads too slowly.',
    'RFC 9293 §3.8.6',
  ),
  'analysis.zero_window_probe': note(
    'TCP Zero Window Probe',
    'One byte beyond the closed window, to learn whether it has opened: the update may have been lost.',
    'RFC 9293 §3.8.6.1',
  ),
  'analysis.zero_window_probe_ack': note(
    'ACK to a TCP Zero Window Probe',
    'Answers the probe with the present window.',
    'RFC 9293 §3.8.6.1',
  ),
  'analysis.reused_ports': note(
    'A new tcp session is started with the same ports as an earlier session in this trace',
    'The same two sockets as before, but a new connection.',
  ),
} as const

export const TCP_FIELDS = { ...HEADER_FIELDS, ...OPTION_FIELDS, ...ANALYSIS_FIELDS } as const
export type TcpFields = NamedFields<typeof TCP_FIELDS>

/** In Wireshark's order, lowest bit first. */
const FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR', 'AE'] as const
const FLAG_LETTERS = 'RRRACEUAPRSF'

/** `PSH, ACK`. */
export function flagNames(flags: number): string {
  const names: string[] = FLAG_NAMES.filter((_, bit) => flags & (1 << bit))
  if (flags & 0xe00) names.push('Reserved')
  return names.length === 0 ? '<None>' : names.join(', ')
}

/** The flags as a group over their two bytes, and the cursor behind them. */
export function putFlags(c: Cursor, f: TcpFields): void {
  const flags = c.glance(f.flags)
  const letters = [...FLAG_LETTERS].map((letter, i) => (flags & (0x800 >> i) ? letter : '·')).join('')
  const value = `0x${flags.toString(16).padStart(3, '0')}`
  const body = () => {
    c.peek(f['flags.res'])
    c.peek(f['flags.ae'])
    c.peek(f['flags.cwr'])
    c.peek(f['flags.ece'])
    c.peek(f['flags.urg'])
    c.peek(f['flags.ack'])
    c.peek(f['flags.push'])
    c.peek(f['flags.reset'])
    c.peek(f['flags.syn'])
    c.peek(f['flags.fin'])
    c.put(f['flags.str'], letters, c.pos, c.pos + 2)
    c.skip(2)
  }
  c.group(f.flags, flags, body, `${value} (${flagNames(flags)})`)
}

/** Info column prefixes in Wireshark's words and order. */
const PREFIX: Readonly<Record<string, string>> = {
  reused_ports: 'TCP Port numbers reused',
  retransmission: 'TCP Retransmission',
  fast_retransmission: 'TCP Fast Retransmission',
  spurious_retransmission: 'TCP Spurious Retransmission',
  out_of_order: 'TCP Out-Of-Order',
  lost_segment: 'TCP Previous segment not captured',
  ack_lost_segment: 'TCP ACKed unseen segment',
  window_update: 'TCP Window Update',
  window_full: 'TCP Window Full',
  keep_alive: 'TCP Keep-Alive',
  keep_alive_ack: 'TCP Keep-Alive ACK',
  duplicate_ack: 'TCP Dup ACK',
  zero_window_probe: 'TCP ZeroWindowProbe',
  zero_window: 'TCP ZeroWindow',
  zero_window_probe_ack: 'TCP ZeroWindowProbeAck',
}
const ORDER = Object.keys(PREFIX)
const rank = (name: string) => ORDER.indexOf(name)

/** The segment's analysis as a group. Returns what the info column says of it, with a trailing space, or nothing. */
export function putAnalysis(c: Cursor, f: TcpFields, segment: Segment, acking: boolean): string {
  const { analysis, acks, bytesInFlight, pushBytesSent } = segment
  if (![analysis[0], acks, bytesInFlight].some((known) => known !== undefined)) return ''
  // The handshake's first packet knows of no other.
  const initialRtt = (acking && segment.flow.initialRtt) || undefined
  return c.group(f.analysis, '', () => {
    if (acks !== undefined) {
      c.put(f['analysis.acks_frame'], acks.frame)
      // Packets with the same time measure nothing.
      if (acks.rtt !== 0) c.put(f['analysis.ack_rtt'], acks.rtt)
    }
    if (initialRtt !== undefined) c.put(f['analysis.initial_rtt'], initialRtt)
    if (bytesInFlight !== undefined) c.put(f['analysis.bytes_in_flight'], bytesInFlight)
    if (pushBytesSent !== undefined) c.put(f['analysis.push_bytes_sent'], pushBytesSent)
    return analysis.length === 0 ? '' : c.group(f['analysis.flags'], '', () => putFindings(c, f, analysis))
  })
}

function putFindings(c: Cursor, f: TcpFields, findings: Segment['analysis']): string {
  const known = f as unknown as Readonly<Record<string, Field | undefined>>
  // Fast and spurious retransmissions are retransmissions too, but Wireshark's info says the particular only.
  const particular = findings.some(({ name }) => PARTICULAR.has(name))
  let prefix = ''
  for (const { name, frame, value } of [...findings].sort((a, b) => rank(a.name) - rank(b.name))) {
    const field = known[`analysis.${name}`]
    if (field === undefined) continue
    c.put(field, '')
    if (name === 'duplicate_ack') {
      if (value !== undefined) c.put(f['analysis.duplicate_ack_num'], value)
      if (frame !== undefined) c.put(f['analysis.duplicate_ack_frame'], frame)
    } else if (name === 'retransmission' && value !== 0) {
      // A copy at the very time of the original, passed over here, was not made by a timeout.
      if (value !== undefined) c.put(f['analysis.rto'], value)
      if (frame !== undefined) c.put(f['analysis.rto_frame'], frame)
    }
    const words = PREFIX[name]
    if (words === undefined || (particular && name === 'retransmission')) continue
    // The last stands first, as in Wireshark.
    prefix = `[${words}${name === 'duplicate_ack' ? ` ${frame}#${value}` : ''}] ${prefix}`
  }
  return prefix
}

const PARTICULAR = new Set(['fast_retransmission', 'spurious_retransmission'])
