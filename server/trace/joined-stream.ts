/** A conversation's packets, one after the other, made into what each side said: in order, every byte once. */
import type { Packet } from '../protocols/packet.ts'
import { ByteStream, type Run, WaitingBudget } from './byte-stream.ts'
import { position } from './sequence.ts'
import type { Content } from './stream-contents.ts'

/** Bytes of one side as they could be read; `number` 0 for bytes that no packet brought. */
export interface Said extends Run {
  readonly fromClient: boolean
  /** Which of the packet's pieces they are in. */
  readonly place: number
}

interface Side {
  readonly stream: ByteStream
  reached: number
}

export class JoinedStream {
  readonly #content: Content
  readonly #say: (said: Said) => void
  readonly #sides: Readonly<Record<'client' | 'server', Side>>

  constructor(content: Content, say: (said: Said) => void) {
    this.#content = content
    this.#say = say
    const budget = new WaitingBudget()
    const side = (fromClient: boolean): Side => ({
      stream: new ByteStream(budget, (run) => say({ ...run, fromClient, place: 0 })),
      reached: 0,
    })
    this.#sides = { client: side(true), server: side(false) }
  }

  /** The next packet of the conversation. One that never came, or came damaged, says nothing. */
  packet(packet: Packet): void {
    const { segment, fromClient } = packet
    if (fromClient === null || packet.unseen || packet.damaged) return
    const pieces = this.#content.pieces(packet)
    if (this.#content.ordered || segment === undefined) {
      pieces.forEach((bytes, place) => {
        this.#say({ number: packet.number, offset: 0, length: bytes.length, bytes, fromClient, place })
      })
      return
    }
    const [own, other] = fromClient
      ? [this.#sides.client, this.#sides.server]
      : [this.#sides.server, this.#sides.client]
    // The SYN, or what lies before the first byte: that one is at 1.
    if (segment.relativeSeq === 0 && own.stream.next < 0) own.stream.next = 1
    for (const bytes of pieces) {
      const start = position(segment.relativeSeq, 0, own.reached)
      own.reached = Math.max(own.reached, start + bytes.length)
      own.stream.accept(start, { number: packet.number, offset: 0, length: bytes.length, bytes })
    }
    other.stream.acknowledgedTo(position(segment.relativeAck, 0, other.reached))
  }

  /** No more will come: gives out what waits behind gaps. */
  end(): void {
    this.#sides.client.stream.end()
    this.#sides.server.stream.end()
  }
}
