/** What the stream made of a segment. One is kept with every packet of TCP, so it is small: numbers, hardly an object. */
import type { Finding, Message, Segment } from '../protocols/conversation.ts'
import type { Ending } from './pending-message.ts'
import type { FindingDetail, Verdict } from './tcp-analysis.ts'
import {
  FAST_RETRANSMISSION,
  namedFindings,
  RETRANSMISSION,
  SPURIOUS_RETRANSMISSION,
} from './tcp-findings.ts'
import type { TcpFlow } from './tcp-flow.ts'

/** The part that a segment plays beside carrying bytes. */
export type Part = 'handshake' | 'close' | 'refusal' | undefined

const NO_MESSAGES: Message[] = []

export class TcpSegment implements Segment, Verdict {
  readonly flow: TcpFlow
  readonly fromClient: boolean
  readonly relativeSeq: number
  readonly relativeAck: number
  readonly window: number
  readonly sincePrevious: number
  part: Part
  messages: Message[] = NO_MESSAGES
  found = 0
  detail: FindingDetail | undefined = undefined
  acksFrame = 0
  ackNanos: number
  /** Where the message ends of which it brings a part but not the end. */
  ending: Ending | undefined = undefined
  inFlight = -1
  pushed = 0

  constructor(
    flow: TcpFlow,
    fromClient: boolean,
    seq: number,
    ack: number,
    window: number,
    sincePrevious: number,
  ) {
    this.flow = flow
    this.fromClient = fromClient
    this.relativeSeq = seq
    this.relativeAck = ack
    this.window = window
    this.sincePrevious = sincePrevious
    this.part = undefined
    this.ackNanos = 0
  }

  get windowFactor(): number {
    const scale = this.flow.scaleOf(this.fromClient)
    return scale < 0 ? scale : 2 ** scale
  }

  get analysis(): readonly Finding[] {
    return namedFindings(this.found, this.detail)
  }

  get repeats(): 'no' | 'awaited' | 'acknowledged' {
    if (this.found & SPURIOUS_RETRANSMISSION) return 'acknowledged'
    return (this.found & (RETRANSMISSION | FAST_RETRANSMISSION)) === RETRANSMISSION ? 'awaited' : 'no'
  }

  get awaits(): boolean {
    return this.ending !== undefined
  }

  get reassembledIn(): number | undefined {
    return this.ending?.frame || undefined
  }

  get analysed(): boolean {
    return this.found !== 0
  }

  get acks(): { frame: number; rtt: number } | undefined {
    return this.acksFrame === 0 ? undefined : { frame: this.acksFrame, rtt: this.ackNanos / 1e9 }
  }

  get bytesInFlight(): number | undefined {
    return this.inFlight < 0 ? undefined : this.inFlight
  }

  get pushBytesSent(): number | undefined {
    return this.inFlight < 0 ? undefined : this.pushed
  }

  add(message: Message): void {
    if (this.messages === NO_MESSAGES) this.messages = [message]
    else this.messages.push(message)
  }
}
