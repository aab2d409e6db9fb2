/** One side of a TCP connection: what is known of its sending, its bytes in order, its messages. */
import type { Flow, SeenPacket, SegmentHeader } from '../protocols/conversation.ts'
import { FIN, RST, SYN } from '../protocols/tcp-segment.ts'
import { ByteStream, type WaitingBudget } from './byte-stream.ts'
import { type CuttingContext, MessageCutter } from './message-cutter.ts'
import { AnalysedSide } from './tcp-analysis.ts'
import type { FlightBudget } from './unacknowledged.ts'

export interface TcpContext extends CuttingContext {
  readonly waiting: WaitingBudget
  readonly flights: FlightBudget
}

export class Direction {
  /** Whether `base` is known. */
  based = false
  /** Behind the highest byte that it is known to have sent. */
  reached = 0
  /** Highest position the other side acknowledged; -1 for none. */
  acknowledged = -1
  /** Position of its FIN; -1 for none. */
  finAt = -1
  synSeen = false
  ended = false
  readonly analysed: AnalysedSide
  readonly stream: ByteStream
  readonly cutter: MessageCutter

  constructor(flow: Flow, fromClient: boolean, context: TcpContext) {
    this.analysed = new AnalysedSide(context.flights)
    this.cutter = new MessageCutter(flow, fromClient, context)
    this.stream = new ByteStream(context.waiting, (run) => this.cutter.push(run))
  }

  /** Sequence number of position 0: the SYN's, or the one before the first that was heard or acknowledged. */
  get base(): number {
    return this.analysed.base
  }

  get closed(): boolean {
    return this.finAt >= 0 && this.acknowledged > this.finAt
  }

  /** Counting starts at 1 when the SYN was not captured, as in Wireshark. */
  startAt(seq: number, flags: number): void {
    this.analysed.base = flags & SYN ? seq : (seq - 1) >>> 0
    this.based = true
  }

  /** Its first number as the other side's ACK gives it away. */
  startBefore(ack: number): void {
    this.analysed.base = (ack - 1) >>> 0
    this.based = true
  }

  /** A SYN of another number before any data: what was heard of this side so far belongs to an attempt that failed. */
  startAnew(seq: number): void {
    this.analysed.base = seq
    if (this.stream.next > 1) return
    this.stream.next = -1
    this.reached = 0
    this.acknowledged = -1
  }

  /** Takes in the bytes of a segment that begin at position `start`. */
  deliver(packet: SeenPacket, header: SegmentHeader, start: number): void {
    const { flags, payload } = header
    const { stream } = this
    if (flags & SYN && stream.next < 0) stream.next = start
    if (this.acknowledged >= 0) {
      if (stream.waitingFrom >= 0) stream.acknowledgedTo(this.acknowledged)
      if (this.acknowledged >= start && stream.next < start) stream.skipTo(start)
    }
    if (payload.length > 0 && (flags & RST) === 0) {
      const { offset, length, bytes } = payload
      const held = Math.max(0, Math.min(length, (bytes ?? packet.bytes).length - offset))
      if (held > 0) stream.accept(start, { number: packet.number, offset, length: held, bytes })
      if (held < length) {
        stream.accept(start + held, { number: 0, offset: 0, length: length - held })
      }
    }
    if (flags & FIN && this.finAt < 0) this.finAt = start + payload.length
    if (flags & RST || (this.finAt >= 0 && (stream.next < 0 || stream.next >= this.finAt))) this.end()
  }

  end(): void {
    if (this.ended) return
    this.ended = true
    this.stream.end()
    this.cutter.end()
  }

  close(): void {
    this.analysed.close()
    this.stream.end()
    this.cutter.close()
  }
}
