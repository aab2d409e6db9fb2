/**
 * Transmission Control Protocol, RFC 9293 §3.1.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |          Source Port          |       Destination Port        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                        Sequence Number                        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                    Acknowledgment Number                      |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |  Data |     |A|C|E|U|A|P|R|S|F|                               |
 *  | Offset| Res |E|W|C|R|C|S|S|Y|I|            Window             |
 *  |       |     | |R|E|G|K|H|T|N|N|                               |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |           Checksum            |         Urgent Pointer        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                    Options (up to 40 bytes)                   |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { BAD } from './checksum.ts'
import type { SeenPacket, Segment } from './conversation.ts'
import type { Cursor } from './cursor.ts'
import { lentHeader } from './lent-header.ts'
import { type Next, protocol } from './protocol.ts'
import { putAnalysis } from './tcp-analysis-fields.ts'
import { completenessText, type FlagNotes, putFlags, TCP_FIELDS, type TcpFields } from './tcp-fields.ts'
import { hasCookie, scanOptions } from './tcp-option-kinds.ts'
import { readOptions } from './tcp-options.ts'
import { putReassembly } from './tcp-reassembly.ts'
import { ACK, FIN, RST, SMALLEST_HEADER, SYN, TCP_LAYOUT, TCP_PROTOCOL, URG } from './tcp-segment.ts'
import { skimTcp, TCP_PLACES } from './tcp-skim.ts'
import { type ChecksumFinding, NOT_VERIFIED, putFinding, verifyTransport } from './transport-checksum.ts'

/** The options that the capture did not keep may have held one. */
const UNKNOWN_SCALE = -2

/** Where the cursor stands when it has read the ports. */
const AFTER_PORTS = TCP_LAYOUT.seq_raw

/** One of each for all segments, lent to the conversations: none of them costs an object. */
const lentPacket: { -readonly [K in keyof SeenPacket]: SeenPacket[K] } = {
  number: 0,
  nanos: 0,
  time: 0n,
  bytes: new Uint8Array(),
}
const header = lentHeader()

function lend({ packet, bytes }: Cursor): SeenPacket {
  lentPacket.number = packet.number
  lentPacket.nanos = packet.nanos
  lentPacket.time = packet.time
  lentPacket.bytes = bytes
  return lentPacket
}

export const tcp = protocol({
  id: 'tcp',
  name: 'Transmission Control Protocol',
  short: 'TCP',
  osi: 4,
  unit: 'segment',
  spec: 'RFC 9293 §3.1',
  about: 'Makes of packets that may be lost or overtake each other one stream of bytes, whole and in order.',
  fields: TCP_FIELDS,
  dissect(c, f) {
    const start = c.pos
    const source = c.take(f.srcport)
    const destination = c.take(f.dstport)
    if (c.packet.quoted || c.left < SMALLEST_HEADER - AFTER_PORTS) return asFarAsItGoes(c, f)

    c.packet.sourcePort = source
    c.packet.destinationPort = destination
    const seq = c.glance(f.seq_raw)
    const ack = c.glance(f.ack_raw, TCP_LAYOUT.ack_raw - AFTER_PORTS)
    const headerLength = c.glance(f.hdr_len, TCP_LAYOUT.flags - AFTER_PORTS)
    const flags = c.glance(f.flags, TCP_LAYOUT.flags - AFTER_PORTS)
    const window = c.glance(f.window_size_value, TCP_LAYOUT.window_size_value - AFTER_PORTS)
    if (headerLength < SMALLEST_HEADER) {
      c.take(f.seq_raw)
      c.pos = start + TCP_LAYOUT.flags
      c.peek(f.hdr_len)
      c.put(f.bogus_header_length, '', c.pos, c.pos + 1)
      c.fail('Header Length', `expected at least ${SMALLEST_HEADER} bytes, found ${headerLength}`)
    }
    const headerEnd = start + headerLength
    if (headerEnd > c.wireEnd) {
      asFarAsItGoes(c, f)
      c.put(f.short_segment, '', start, c.pos)
      c.need('Options', headerEnd - c.pos)
    }
    // The capture may have kept less of the header, too.
    const heldEnd = Math.min(headerEnd, c.end)
    // The capture may have kept less of the payload than the IP header promises: the stream must know both.
    const length = Math.max(0, c.wireEnd - headerEnd)
    const checksum = c.packet.verifies ? verify(c, f, start) : NOT_VERIFIED
    if (checksum.status === BAD) c.packet.damaged = true
    const segment = c.remember(() => {
      const { packet } = c
      const seen = lend(c)
      header.source.address = packet.source
      header.source.port = source
      header.destination.address = packet.destination
      header.destination.port = destination
      header.seq = seq
      header.ack = ack
      header.window = window
      header.flags = flags
      scanOptions(c.bytes, start + SMALLEST_HEADER, heldEnd, header)
      if (heldEnd < headerEnd && header.windowScale < 0) header.windowScale = UNKNOWN_SCALE
      header.payload.offset = headerEnd
      header.payload.length = length
      header.payload.bytes = c.buffer === 0 ? undefined : c.bytes
      header.damaged = packet.damaged
      const { conversations } = packet.surroundings
      if (packet.unseen) return conversations.glimpse(seen, header)
      const made = conversations.segment(seen, header)
      const inSyn = length > 0 && (flags & (SYN | ACK)) === SYN
      if (inSyn && hasCookie(c.bytes, start + SMALLEST_HEADER, heldEnd)) {
        made.flow.state.set(FAST_OPEN_DATA, true)
      }
      return made
    })
    c.packet.flow = segment?.flow
    if (c.recording) record(c, f, segment, { start, headerEnd, length, seq, ack, flags, window, checksum })
    c.pos = heldEnd
    if (segment === undefined) return undefined
    if (c.packet.unseen) {
      c.packet.segment = segment
      return undefined
    }
    c.packet.nestMessages(segment)
    if (c.recording && length > 0 && (flags & RST) === 0) putReassembly(c, f, segment, headerEnd, length)
    if (flags & (FIN | RST) && c.packet.firstPass) {
      const { number: frame, time } = c.packet
      segment.flow.whenEnding?.({ frame, time, fromClient: segment.fromClient, reset: (flags & RST) !== 0 })
    }
    if (heldEnd < headerEnd) c.need('Options', headerEnd - heldEnd)
    return undefined
  },
  places: TCP_PLACES,
  skim: skimTcp,
})

interface Header {
  start: number
  headerEnd: number
  length: number
  seq: number
  ack: number
  flags: number
  window: number
  checksum: ChecksumFinding
}

/**
 * Everything that a reader sees and the stream does not need, in Wireshark's order. Without a `segment`, nothing is
 * known of its conversation, and its numbers count from nowhere.
 */
function record(c: Cursor, f: TcpFields, segment: Segment | undefined, header: Header): void {
  const { start, headerEnd, length, flags } = header
  const relativeSeq = segment?.relativeSeq ?? header.seq
  const relativeAck = segment?.relativeAck ?? header.ack
  const window = segment?.window ?? header.window
  const acking = (flags & ACK) !== 0
  const syn = (flags & SYN) !== 0
  if (segment !== undefined) putConversation(c, f, segment, start)
  c.put(f.len, length, Math.min(headerEnd, c.end), c.end)
  c.put(f.seq, relativeSeq, c.pos, c.pos + 4)
  c.take(f.seq_raw)
  c.put(f.nxtseq, (relativeSeq + length + (flags & (SYN | FIN) ? 1 : 0)) >>> 0, c.pos, c.pos)
  c.put(f.ack, relativeAck, c.pos, c.pos + 4)
  c.take(f.ack_raw)
  if (!acking && header.ack !== 0) c.put(f['ack.nonzero'], '', c.pos - 4, c.pos)
  if (syn && acking && segment !== undefined) putFastOpenAnswer(c, f, segment)
  c.peek(f.hdr_len)
  const names = putFlags(c, f, flagNotes(f, segment, flags))
  const windowAt = c.pos
  c.take(f.window_size_value)
  c.put(f.window_size, window, windowAt, c.pos)
  if (segment !== undefined && !syn) {
    c.put(f.window_size_scalefactor, segment.windowFactor, windowAt, c.pos)
  }
  const incorrect = putChecksum(c, f, header.checksum)
  const urgent = c.take(f.urgent_pointer)
  if (urgent !== 0 && (flags & URG) === 0) c.put(f['urgent_pointer.non_zero'], '', c.pos - 2, c.pos)
  const base = segment?.flow.firstSeq?.(!segment.fromClient) ?? (header.ack - relativeAck) >>> 0
  const options = readOptions(c, f, headerEnd, { syn, acking, ack: relativeAck, base })
  if (options.fastOpen) c.put(f['analysis.tfo_syn'], '')
  let analysis = ''
  if (segment !== undefined) {
    c.put(f.time_relative, (segment.flow.age?.(c.packet) ?? 0) / 1e9)
    c.put(f.time_delta, segment.sincePrevious / 1e9)
    // Wireshark gets no further than to options that the capture did not keep.
    if (headerEnd <= c.end) analysis = putAnalysis(c, f, segment)
  }
  if (c.left > 0 && flags & RST) c.takeText(f.reset_cause, c.left)
  else if (c.left > 0) c.takeBytes(f.payload, c.left)

  const { sourcePort, destinationPort } = c.packet
  const acked = acking ? ` Ack=${relativeAck}` : ''
  const urg = flags & URG ? ` Urg=${urgent}` : ''
  const numbers = `Seq=${relativeSeq}${acked} Win=${window}${incorrect}${urg} Len=${length}`
  const more = segment === undefined || c.packet.damaged || c.packet.unseen ? '' : awaited(segment, length)
  c.info(`${analysis}${sourcePort} → ${destinationPort} [${names}] ${numbers}${options.text}${more}`)
}

function putConversation(c: Cursor, f: TcpFields, { flow }: Segment, start: number): void {
  c.put(f.stream, flow.index, start, start + 4)
  // Wireshark tells what was known before the segment, until it reads a packet once more.
  const seen = c.packet.firstPass ? flow.completenessBefore : flow.completeness
  if (seen !== undefined) c.put(f.completeness, seen, start, start, completenessText(seen))
}

/** RFC 7413 §4.2.2: a SYN-ACK acknowledges the data that rode in the SYN, or the SYN alone. */
function putFastOpenAnswer(c: Cursor, f: TcpFields, { relativeAck, flow }: Segment): void {
  if (relativeAck > 1) c.put(f['analysis.tfo_ack'], '')
  else if (flow.state.get(FAST_OPEN_DATA) === true) c.put(f['analysis.tfo_ignored'], '')
}

/** Under this key the flow's state says that data rode in the SYN, with a cookie. */
const FAST_OPEN_DATA = 'tcp.fast_open'

function flagNotes(f: TcpFields, segment: Segment | undefined, flags: number): FlagNotes {
  const accurateEcn = (flags & SYN) === 0 && segment?.flow.accurateEcn === true
  if ((flags & (SYN | FIN | RST)) === 0) return accurateEcn ? COUNTING : PLAIN
  const closesFirst = segment?.flow.closedByClient === segment?.fromClient
  return {
    accurateEcn,
    syn: flags & SYN ? f[flags & ACK ? 'connection.synack' : 'connection.syn'] : undefined,
    fin: flags & FIN ? f['connection.fin'] : undefined,
    closing: flags & FIN ? f[closesFirst ? 'connection.fin_active' : 'connection.fin_passive'] : undefined,
    reset: flags & RST ? f['connection.rst'] : undefined,
  }
}

const PLAIN: FlagNotes = { accurateEcn: false }
const COUNTING: FlagNotes = { accurateEcn: true }

/** Of the segment whose ports have just been read. */
function verify(c: Cursor, f: TcpFields, start: number): ChecksumFinding {
  const found = c.glance(f.checksum, TCP_LAYOUT.checksum - AFTER_PORTS)
  return verifyTransport(c, TCP_PROTOCOL, start, c.wireEnd, found)
}

/** Returns what the info column says of one that is wrong. */
function putChecksum(c: Cursor, f: TcpFields, finding: ChecksumFinding): string {
  const at = c.pos
  c.take(f.checksum)
  const beside = {
    status: f['checksum.status'],
    calculated: f.checksum_calculated,
    bad: f['checksum_bad.expert'],
  }
  return putFinding(c, beside, 'TCP', at, finding)
}

/** Wireshark's words where the data of a known protocol ends no message; replaced by the message's own where it does. */
function awaited(segment: Segment, length: number): string {
  const { application } = segment.flow
  if (length === 0 || application === undefined || application.id === 'data') return ''
  if (segment.messages.length > 0 || segment.analysis.some(({ name }) => name.includes('retransmission')))
    return ''
  return ' [TCP segment of a reassembled PDU]'
}

/** A header that is quoted by an ICMP error, or that the frame cuts off: what there is, without its stream. */
function asFarAsItGoes(c: Cursor, f: TcpFields): Next | undefined {
  const start = c.pos - AFTER_PORTS
  c.take(f.seq_raw)
  c.take(f.ack_raw)
  const headerLength = c.peek(f.hdr_len)
  putFlags(c, f, PLAIN)
  c.take(f.window_size_value)
  putChecksum(c, f, NOT_VERIFIED)
  c.take(f.urgent_pointer)
  if (headerLength < SMALLEST_HEADER || start + headerLength > c.end) return undefined
  readOptions(c, f, start + headerLength, { syn: true, acking: true, ack: 0, base: 0 })
  if (c.left > 0) c.takeBytes(f.payload, c.left)
  return undefined
}
