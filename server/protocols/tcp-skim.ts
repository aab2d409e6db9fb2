/** TCP without recording: the header's numbers to the stream, its messages onwards, and a line of text if nothing in it spoke. */
import { at8, at16, at32 } from './big-endian.ts'
import type { Finding, Segment } from './conversation.ts'
import { type Ink, TO } from './ink.ts'
import { TCP } from './ip-protocols.ts'
import { lentHeader } from './lent-header.ts'
import type { Skim } from './skim.ts'
import { findingsText } from './tcp-analysis-fields.ts'
import { flagNames } from './tcp-fields.ts'
import {
  END,
  FIXED_LENGTH,
  isTimestampsAlone,
  LARGEST_SHIFT,
  MAXIMUM_SEGMENT_SIZE,
  NO_OPERATION,
  optionLength,
  SACK,
  SACK_PERMITTED,
  scanOptions,
  TIMESTAMPS,
  WINDOW_SCALE,
} from './tcp-option-kinds.ts'
import { ACK, FIN, RST, SMALLEST_HEADER, SYN, TCP_LAYOUT, URG } from './tcp-segment.ts'
import { isWhole } from './transport-checksum.ts'

const OFFSET = TCP_LAYOUT
const FLAG_BITS = 0xfff

const header = lentHeader()

export function skimTcp(s: Skim): boolean {
  const { bytes, at: start, end } = s
  if (end - start < SMALLEST_HEADER) return false
  const headerEnd = start + ((at8(bytes, start + OFFSET.flags) >> 4) << 2)
  // Too short a header, or a packet that the capture cut: dissect has words for them.
  if (headerEnd < start + SMALLEST_HEADER || headerEnd > end || s.wireEnd !== end) return false
  if (s.verifiesTcp && !isWhole(s, TCP, end - start)) return false
  const flags = at16(bytes, start + OFFSET.flags) & FLAG_BITS
  const length = end - headerEnd
  // Data that rides in a SYN: TCP Fast Open, which dissect takes note of.
  if (flags & SYN && length > 0) return false
  s.sourcePort = at16(bytes, start + OFFSET.srcport)
  s.destinationPort = at16(bytes, start + OFFSET.dstport)
  header.seq = at32(bytes, start + OFFSET.seq_raw)
  header.ack = at32(bytes, start + OFFSET.ack_raw)
  header.window = at16(bytes, start + OFFSET.window_size_value)
  header.flags = flags
  scanOptions(bytes, start + SMALLEST_HEADER, headerEnd, header)
  header.payload.offset = headerEnd - s.frameStart
  header.payload.length = length
  s.segmentLength = length
  const { conversations } = s.surroundings
  const segment = s.remember(conversations.skimmed(s, header))
  s.segment = segment
  s.flow = segment.flow
  // From here on nothing can be taken back.
  for (;;) {
    const message = conversations.nextMessage(segment)
    if (message === undefined) break
    s.message(message)
  }
  s.gather()
  if (flags & (FIN | RST)) {
    segment.flow.whenEnding?.({
      frame: s.number,
      time: s.time,
      fromClient: segment.fromClient,
      reset: (flags & RST) !== 0,
    })
  }
  if (s.worded && !s.spoken && !s.unusual) {
    const ordinary = (flags & URG) === 0 && !segment.flow.accurateEcn
    if (!ordinary || !s.speak() || !words(s, segment, flags, length, start + SMALLEST_HEADER, headerEnd)) {
      s.unusual = true
    }
  }
  return true
}

const FLAGS = OFFSET.flags

/** What is at hand of a segment; numbers that count from the first one seen are the stream's. */
export const TCP_PLACES = {
  srcport: OFFSET.srcport,
  dstport: OFFSET.dstport,
  stream: ({ segment }: Skim) => segment?.flow.index,
  len: ({ segmentLength }: Skim) => segmentLength,
  seq: ({ segment }: Skim) => segment?.relativeSeq,
  seq_raw: OFFSET.seq_raw,
  ack: ({ segment }: Skim) => segment?.relativeAck,
  ack_raw: OFFSET.ack_raw,
  hdr_len: FLAGS,
  flags: FLAGS,
  'flags.res': FLAGS,
  'flags.cwr': FLAGS,
  'flags.ece': FLAGS,
  'flags.urg': FLAGS,
  'flags.ack': FLAGS,
  'flags.push': FLAGS,
  'flags.reset': FLAGS,
  'flags.syn': FLAGS,
  'flags.fin': FLAGS,
  window_size_value: OFFSET.window_size_value,
  window_size: ({ segment }: Skim) => segment?.window,
  checksum: OFFSET.checksum,
  urgent_pointer: OFFSET.urgent_pointer,
} as const

const names: (Uint8Array | undefined)[] = []
const encoder = new TextEncoder()

/** ` [PSH, ACK] Seq=`, made once for each set of flags. */
function flagsText(flags: number): Uint8Array {
  const known = names[flags]
  if (known !== undefined) return known
  const made = encoder.encode(` [${flagNames(flags)}] Seq=`)
  names[flags] = made
  return made
}

/** What `dissect` says of an ordinary segment; false where it has an option that is not often seen. */
function words(
  s: Skim,
  segment: Segment,
  flags: number,
  length: number,
  options: number,
  headerEnd: number,
): boolean {
  const { info: ink, frameBytes: bytes } = s
  const { analysis } = segment
  if (analysis.length > 0) ink.ascii(findingsText(analysis))
  ink.decimal(s.sourcePort)
  ink.copy(TO)
  ink.decimal(s.destinationPort)
  ink.copy(flagsText(flags))
  ink.decimal(segment.relativeSeq)
  if (flags & ACK) {
    ink.ascii(' Ack=')
    ink.decimal(segment.relativeAck)
  }
  ink.ascii(' Win=')
  ink.decimal(segment.window)
  ink.ascii(' Len=')
  ink.decimal(length)
  if (isTimestampsAlone(bytes, options, headerEnd)) timestamps(ink, bytes, options + 2)
  else if (!optionWords(ink, bytes, options, headerEnd, header.ack - segment.relativeAck)) return false
  const { application } = segment.flow
  const awaited = length > 0 && application !== undefined && application.id !== 'data'
  if (awaited && segment.messages.length === 0 && !analysis.some(isRetransmission)) {
    ink.ascii(' [TCP segment of a reassembled PDU]')
  }
  return true
}

function timestamps(ink: Ink, bytes: Uint8Array, at: number): void {
  ink.ascii(' TSval=')
  ink.decimal(at32(bytes, at + 2))
  ink.ascii(' TSecr=')
  ink.decimal(at32(bytes, at + 6))
}

const isRetransmission = ({ name }: Finding) => name.includes('retransmission')

/** What follows the end of the options has no meaning, but should be zeros. */
function isPadding(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== END) return false
  return true
}

/** A SYN's, and SACK, in any order; false for any other, and for one of a wrong length. SACK counts from `base`. */
function optionWords(ink: Ink, bytes: Uint8Array, start: number, end: number, base: number): boolean {
  for (let at = start; at < end; ) {
    const kind = at8(bytes, at)
    if (kind === END) return isPadding(bytes, at, end)
    const length = optionLength(bytes, at, end)
    const fits = kind === SACK ? length > 2 && (length - 2) % 8 === 0 : FIXED_LENGTH[kind] === length
    if (kind !== NO_OPERATION && (!fits || at + length > end)) return false
    switch (kind) {
      case NO_OPERATION:
        break
      case MAXIMUM_SEGMENT_SIZE:
        ink.ascii(' MSS=')
        ink.decimal(at16(bytes, at + 2))
        break
      case WINDOW_SCALE:
        if (at8(bytes, at + 2) > LARGEST_SHIFT) return false
        ink.ascii(' WS=')
        ink.decimal(2 ** at8(bytes, at + 2))
        break
      case SACK_PERMITTED:
        ink.ascii(' SACK_PERM')
        break
      case TIMESTAMPS:
        timestamps(ink, bytes, at)
        break
      case SACK:
        for (let edge = at + 2; edge < at + length; edge += 8) {
          ink.ascii(' SLE=')
          ink.decimal((at32(bytes, edge) - base) >>> 0)
          ink.ascii(' SRE=')
          ink.decimal((at32(bytes, edge + 4) - base) >>> 0)
        }
        break
      default:
        return false
    }
    at += length
  }
  return true
}
