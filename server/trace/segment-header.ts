/**
 * A TCP header read once more, of a segment that its conversation knows already: by the skims, since they are quick, and
 * with nobody behind them whom they could change.
 */
import { at32 } from '../protocols/big-endian.ts'
import type { Conversations, Flow, Segment, SegmentHeader } from '../protocols/conversation.ts'
import type { Frame, Packet, Surroundings } from '../protocols/packet.ts'
import { PlacedFrame } from '../protocols/placed-frame.ts'
import { Skim } from '../protocols/skim.ts'
import { Stack } from '../protocols/stack.ts'
import { END, optionLength, SACK } from '../protocols/tcp-option-kinds.ts'
import { SMALLEST_HEADER } from '../protocols/tcp-segment.ts'
import { inflaters } from './inflate.ts'

const NOBODY = { address: '', port: 0 }

export class SegmentHeaders {
  flags = 0
  /** Bytes of payload on the wire. */
  length = 0
  /** As sent. */
  ack = 0
  /** Edges of SACK blocks as sent, left and right in turn. */
  readonly sackEdges: number[] = []
  readonly #skim: Skim
  readonly #stack = new Stack()
  readonly #placed = new PlacedFrame()

  constructor() {
    const conversations = {
      skimmed: (s: Skim, header: SegmentHeader) => this.#take(s, header),
      nextMessage: () => undefined,
    } satisfies Partial<Conversations>
    const surroundings: Surroundings = {
      stack: this.#stack,
      conversations: conversations as Partial<Conversations> as Conversations,
      inflate: inflaters,
    }
    this.#skim = new Skim(surroundings)
  }

  /** False for what is unusual, such as a frame that the capture cut: that has to be dissected. */
  read(frame: Frame, number: number): boolean {
    this.#placed.copy(frame)
    const s = this.#skim
    s.forget()
    s.worded = false
    return s.read(this.#placed, number, 0, this.#stack.lookup('link', frame.linkType))
  }

  /** The same from a packet that was dissected. */
  dissect(packet: Packet | string): boolean {
    if (typeof packet === 'string') return false
    const layer = packet.layers.findLast(({ protocol }) => protocol.id === 'tcp')
    const value = (name: string) => Number(layer?.fields.find((span) => span.field.name === name)?.value)
    const [flags, length, ack] = [value('tcp.flags'), value('tcp.len'), value('tcp.ack_raw')]
    const bytes = packet.buffers[layer?.buffer ?? 0]?.bytes
    if (layer === undefined || bytes === undefined || Number.isNaN(flags + length + ack)) return false
    this.flags = flags
    this.length = length
    this.ack = ack
    this.sackEdges.length = 0
    sackEdges(bytes, layer.start + SMALLEST_HEADER, layer.end, this.sackEdges)
    return true
  }

  #take(s: Skim, { flags, ack, payload }: SegmentHeader): Segment {
    this.flags = flags
    this.ack = ack
    this.length = payload.length
    this.sackEdges.length = 0
    const { frameBytes } = s
    sackEdges(frameBytes, s.at + SMALLEST_HEADER, s.frameStart + payload.offset, this.sackEdges)
    return DUMB
  }
}

/** Adds the edges of the SACK blocks among the options from `start` to `end` (RFC 2018 §3). */
export function sackEdges(bytes: Uint8Array, start: number, end: number, into: number[]): void {
  for (let at = start; at < end; ) {
    if (bytes[at] === END) return
    const length = optionLength(bytes, at, end)
    if (length === 0 || at + length > end) return
    if (bytes[at] === SACK) {
      for (let edge = at + 2; edge + 8 <= at + length; edge += 8) {
        into.push(at32(bytes, edge), at32(bytes, edge + 4))
      }
    }
    at += length
  }
}

const FLOW: Flow = {
  transport: 'tcp',
  index: 0,
  id: '',
  client: NOBODY,
  server: NOBODY,
  application: undefined,
  state: new Map(),
}

/** What a skim is told of a segment that nobody asks about. */
const DUMB: Segment = {
  flow: FLOW,
  fromClient: false,
  relativeSeq: 0,
  relativeAck: 0,
  window: 0,
  windowFactor: 0,
  analysis: [],
  repeats: 'no',
  analysed: false,
  acks: undefined,
  bytesInFlight: undefined,
  pushBytesSent: undefined,
  sincePrevious: 0,
  messages: [],
}
