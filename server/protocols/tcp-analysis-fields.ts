/** The fields of what is worked out from a segment and those before it, and how they are shown. */
import type { Finding, Segment } from './conversation.ts'
import type { Cursor } from './cursor.ts'
import { duration, type Field, frameReference, heading, uint } from './field.ts'
import type { NamedFields } from './protocol.ts'

const ANALYSIS = 'RFC 9293 §3.4'
const note = (label: string, about: string, spec = ANALYSIS) => heading(label, { about, spec })

export const ANALYSIS_FIELDS = {
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
  'analysis.tfo_syn': note(
    'TCP SYN with TFO Cookie',
    'A returning client: its data may ride in the SYN.',
    'RFC 7413 §3',
  ),
  'analysis.tfo_ack': note(
    'TCP SYN-ACK accepting TFO data',
    'The server has taken the data that rode in the SYN.',
    'RFC 7413 §3',
  ),
  'analysis.tfo_ignored': note(
    'TCP SYN-ACK ignoring TFO data',
    'The server has not: it must be sent again.',
    'RFC 7413 §3',
  ),
} as const

type Fields = NamedFields<typeof ANALYSIS_FIELDS>

/** Info column prefixes in Wireshark's words. */
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

/** The segment's analysis as a group. Returns what the info column says of it, with a trailing space, or nothing. */
export function putAnalysis(c: Cursor, f: Fields, segment: Segment): string {
  if (!segment.analysed) return ''
  const { analysis, acks, bytesInFlight, pushBytesSent } = segment
  const { initialRtt } = segment.flow
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

function putFindings(c: Cursor, f: Fields, findings: readonly Finding[]): string {
  const known = f as unknown as Readonly<Record<string, Field | undefined>>
  for (const { name, frame, value } of findings) {
    const field = known[`analysis.${name}`]
    if (field === undefined) continue
    c.put(field, '')
    if (name === 'duplicate_ack') {
      if (value !== undefined) c.put(f['analysis.duplicate_ack_num'], value)
      if (frame !== undefined) {
        // Wireshark says it once more, as a note to the packet.
        c.group(f['analysis.duplicate_ack_frame'], frame, () =>
          c.put(field, '', c.pos, c.pos, `Duplicate ACK (#${value})`),
        )
      }
    } else if (name === 'retransmission' && value !== 0) {
      // A copy at the very time of the original, passed over here, was not made by a timeout.
      if (value !== undefined) c.put(f['analysis.rto'], value)
      if (frame !== undefined) c.put(f['analysis.rto_frame'], frame)
    }
  }
  return findingsText(findings)
}

/** What the info column says of findings, with a trailing space, or nothing. */
export function findingsText(findings: readonly Finding[]): string {
  // Fast and spurious retransmissions are retransmissions too, but Wireshark's info says the particular only.
  const particular = findings.some(({ name }) => PARTICULAR.has(name))
  let prefix = ''
  for (const { name, frame, value } of findings) {
    const words = PREFIX[name]
    if (words === undefined || (particular && name === 'retransmission')) continue
    // The last stands first, as in Wireshark.
    prefix = `[${words}${name === 'duplicate_ack' ? ` ${frame}#${value}` : ''}] ${prefix}`
  }
  return prefix
}

const PARTICULAR = new Set(['fast_retransmission', 'spurious_retransmission'])
