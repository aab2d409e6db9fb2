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
import { UNVERIFIED } from './checksum.ts'
import type { Segment, SegmentHeader } from './conversation.ts'
import type { Cursor } from './cursor.ts'
import { type Next, protocol } from './protocol.ts'
import { flagNames, putAnalysis, putFlags, TCP_FIELDS, type TcpFields } from './tcp-fields.ts'
import { findWindowScale, readOptions, sackedBytes } from './tcp-options.ts'

const SMALLEST_HEADER = 20

const FIN = 0x01
const SYN = 0x02
const RST = 0x04
const PSH = 0x08
const ACK = 0x10

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
    if (c.packet.quoted || c.left < SMALLEST_HEADER - 4) return asFarAsItGoes(c, f)

    c.packet.sourcePort = source
    c.packet.destinationPort = destination
    const seq = c.glance(f.seq_raw)
    const ack = c.glance(f.ack_raw, 4)
    const headerLength = c.glance(f.hdr_len, 8)
    const flags = c.glance(f.flags, 8)
    const window = c.glance(f.window_size_value, 10)
    if (headerLength < SMALLEST_HEADER) {
      c.pos += 8
      c.fail('Header Length', `expected at least ${SMALLEST_HEADER} bytes, found ${headerLength}`)
    }
    const headerEnd = start + headerLength
    if (headerEnd > c.end) {
      c.pos += SMALLEST_HEADER - 4
      c.need('Options', headerEnd - c.pos)
    }
    // The capture may have kept less of the payload than the IP header promises: the stream must know both.
    const length = Math.max(0, c.wireEnd - headerEnd)
    const segment = c.remember(() =>
      c.packet.surroundings.conversations.segment(
        { number: c.packet.number, time: c.packet.time, bytes: c.bytes },
        {
          source: { address: c.packet.source, port: source },
          destination: { address: c.packet.destination, port: destination },
          seq,
          ack,
          window,
          flags: flagBits(flags),
          windowScale: findWindowScale(c.view, start + SMALLEST_HEADER, headerEnd),
          sacked: flags & ACK ? sackedBytes(c.view, start + SMALLEST_HEADER, headerEnd, ack) : 0,
          payload: { offset: headerEnd, length },
        },
      ),
    )
    c.packet.flow = segment.flow
    if (c.recording) record(c, f, segment, { start, headerEnd, length, seq, ack, flags })
    c.pos = headerEnd
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
}

/** Everything that a reader sees and the stream does not need, in Wireshark's order. */
function record(c: Cursor, f: TcpFields, segment: Segment, header: Header): void {
  const { start, headerEnd, length, flags } = header
  c.put(f.stream, segment.flow.index, start, start + 4)
  c.put(f.len, length, headerEnd, c.end)
  c.put(f.seq, segment.relativeSeq, c.pos, c.pos + 4)
  c.take(f.seq_raw)
  const counted = length + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0)
  c.put(f.nxtseq, (segment.relativeSeq + counted) >>> 0, c.pos, c.pos)
  c.put(f.ack, segment.relativeAck, c.pos, c.pos + 4)
  c.take(f.ack_raw)
  c.peek(f.hdr_len)
  putFlags(c, f)
  const windowAt = c.pos
  c.take(f.window_size_value)
  c.put(f.window_size, segment.window, windowAt, c.pos)
  if (!(flags & SYN)) c.put(f.window_size_scalefactor, segment.windowFactor, windowAt, c.pos)
  putChecksum(c, f)
  c.take(f.urgent_pointer)
  const otherBase = (header.ack - segment.relativeAck) >>> 0
  const options = readOptions(c, f, headerEnd, otherBase)
  const analysis = putAnalysis(c, f, segment, (flags & ACK) !== 0)
  if (c.left > 0) c.takeBytes(f.payload, c.left)

  const { sourcePort, destinationPort } = c.packet
  const acked = flags & ACK ? ` Ack=${segment.relativeAck}` : ''
  const numbers = `Seq=${segment.relativeSeq}${acked} Win=${segment.window} Len=${length}`
  c.info(
    `${analysis}${sourcePort} → ${destinationPort} [${flagNames(flags)}] ${numbers}${options}${awaited(segment, length)}`,
  )
}

function putChecksum(c: Cursor, f: TcpFields): void {
  const at = c.pos
  c.take(f.checksum)
  c.put(f['checksum.status'], UNVERIFIED, at, c.pos, 'Unverified (may be finished after capture, by offload)')
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
  const start = c.pos - 4
  c.take(f.seq_raw)
  c.take(f.ack_raw)
  const headerLength = c.peek(f.hdr_len)
  putFlags(c, f)
  c.take(f.window_size_value)
  putChecksum(c, f)
  c.take(f.urgent_pointer)
  if (headerLength < SMALLEST_HEADER || start + headerLength > c.end) return undefined
  readOptions(c, f, start + headerLength, 0)
  if (c.left > 0) c.takeBytes(f.payload, c.left)
  return undefined
}
