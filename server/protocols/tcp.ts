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
import type { Segment, SegmentHeader } from './conversation.ts'
import type { Cursor } from './cursor.ts'
import { type Next, protocol } from './protocol.ts'
import { flagNames, putAnalysis, putFlags, TCP_FIELDS, type TcpFields } from './tcp-fields.ts'
import { findWindowScale, readOptions, sackedBytes } from './tcp-options.ts'
import { ACK, FIN, PSH, RST, SMALLEST_HEADER, SYN, TCP_LAYOUT, TCP_PROTOCOL } from './tcp-segment.ts'
import { type ChecksumFinding, NOT_VERIFIED, putFinding, verifyTransport } from './transport-checksum.ts'

/** Where the cursor stands when it has read the ports. */
const AFTER_PORTS = TCP_LAYOUT.seq_raw

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
      c.pos = start + TCP_LAYOUT.flags
      c.fail('Header Length', `expected at least ${SMALLEST_HEADER} bytes, found ${headerLength}`)
    }
    const headerEnd = start + headerLength
    if (headerEnd > c.end) {
      c.pos = start + SMALLEST_HEADER
      c.need('Options', headerEnd - c.pos)
    }
    // The capture may have kept less of the payload than the IP header promises: the stream must know both.
    const length = Math.max(0, c.wireEnd - headerEnd)
    const checksum = c.packet.verifies ? verify(c, f, start) : NOT_VERIFIED
    if (checksum.status === BAD) c.packet.damaged = true
    const segment = c.remember(() => {
      const { conversations } = c.packet.surroundings
      const packet = { number: c.packet.number, time: c.packet.time, bytes: c.bytes }
      const header: SegmentHeader = {
        source: { address: c.packet.source, port: source },
        destination: { address: c.packet.destination, port: destination },
        seq,
        ack,
        window,
        flags: flagBits(flags),
        windowScale: findWindowScale(c.bytes, start + SMALLEST_HEADER, headerEnd),
        sacked: flags & ACK ? sackedBytes(c.bytes, start + SMALLEST_HEADER, headerEnd, ack) : 0,
        payload: { offset: headerEnd, length },
        damaged: c.packet.damaged,
      }
      return c.packet.unseen ? conversations.glimpse(packet, header) : conversations.segment(packet, header)
    })
    c.packet.flow = segment?.flow
    if (c.recording) record(c, f, segment, { start, headerEnd, length, seq, ack, flags, window, checksum })
    c.pos = headerEnd
    if (segment === undefined) return undefined
    if (c.packet.unseen) {
      c.packet.segment = segment
      return undefined
    }
    c.packet.nestMessages(segment)
    if (flags & (FIN | RST) && c.packet.firstPass) {
      const { number: frame, time } = c.packet
      segment.flow.whenEnding?.({ frame, time, fromClient: segment.fromClient, reset: (flags & RST) !== 0 })
    }
    return undefined
  },
})

function flagBits(flags: number): SegmentHeader['flags'] {
  return {
    syn: (flags & SYN) !== 0,
    ack: (flags & ACK) !== 0,
    fin: (flags & FIN) !== 0,
    rst: (flags & RST) !== 0,
    psh: (flags & PSH) !== 0,
  }
}

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
  if (segment !== undefined) c.put(f.stream, segment.flow.index, start, start + 4)
  c.put(f.len, length, headerEnd, c.end)
  c.put(f.seq, relativeSeq, c.pos, c.pos + 4)
  c.take(f.seq_raw)
  const counted = length + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0)
  c.put(f.nxtseq, (relativeSeq + counted) >>> 0, c.pos, c.pos)
  c.put(f.ack, relativeAck, c.pos, c.pos + 4)
  c.take(f.ack_raw)
  c.peek(f.hdr_len)
  putFlags(c, f)
  const windowAt = c.pos
  c.take(f.window_size_value)
  c.put(f.window_size, window, windowAt, c.pos)
  if (segment !== undefined && !(flags & SYN)) {
    c.put(f.window_size_scalefactor, segment.windowFactor, windowAt, c.pos)
  }
  const incorrect = putChecksum(c, f, header.checksum)
  c.take(f.urgent_pointer)
  const otherBase = (header.ack - relativeAck) >>> 0
  const options = readOptions(c, f, headerEnd, otherBase)
  const analysis = segment === undefined ? '' : putAnalysis(c, f, segment, (flags & ACK) !== 0)
  if (c.left > 0) c.takeBytes(f.payload, c.left)

  const { sourcePort, destinationPort } = c.packet
  const acked = flags & ACK ? ` Ack=${relativeAck}` : ''
  const numbers = `Seq=${relativeSeq}${acked} Win=${window}${incorrect} Len=${length}`
  const more = segment === undefined || c.packet.damaged || c.packet.unseen ? '' : awaited(segment, length)
  c.info(`${analysis}${sourcePort} → ${destinationPort} [${flagNames(flags)}] ${numbers}${options}${more}`)
}

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
  putFlags(c, f)
  c.take(f.window_size_value)
  putChecksum(c, f, NOT_VERIFIED)
  c.take(f.urgent_pointer)
  if (headerLength < SMALLEST_HEADER || start + headerLength > c.end) return undefined
  readOptions(c, f, start + headerLength, 0)
  if (c.left > 0) c.takeBytes(f.payload, c.left)
  return undefined
}
