/**
 * The first pass over a capture, in its order: the only one on which anything changes. Most packets are skimmed; what is
 * unusual is dissected. Either way a packet is read once, and once more only where somebody wants more of it than a
 * skim leaves behind.
 */
import type { Conversations, Endpoint, Flow, Segment } from '../protocols/conversation.ts'
import { link } from '../protocols/link.ts'
import { dissect, type Frame, Packet, type Surroundings } from '../protocols/packet.ts'
import { PlacedFrame } from '../protocols/placed-frame.ts'
import { Skim } from '../protocols/skim.ts'
import { Stack } from '../protocols/stack.ts'
import { SYN } from '../protocols/tcp-segment.ts'
import type { CompiledFilter } from './filter.ts'
import type { UdpFlow } from './flow-record.ts'
import type { FlowTable } from './flows.ts'
import { LentColumns } from './lent-columns.ts'
import { packetColumns } from './rows.ts'
import { destinationText, sameWay, sourceText } from './sockets.ts'
import { FROM_CLIENT, FROM_SERVER, type FrameStore, UNCOUNTED } from './store.ts'
import type { TcpFlow } from './tcp-flow.ts'
import type { WantedFields } from './wanted-fields.ts'

const LINK_BIT = new Stack().bit(link)
const NOBODY: Endpoint = { address: '', port: 0 }

export class FirstPass {
  /** Time of the first packet, in nanoseconds since 1970. */
  start = 0n
  #startSeconds = 0
  #startNanoseconds = 0
  readonly #store: FrameStore
  readonly #flows: FlowTable
  readonly #surroundings: Surroundings
  readonly #skim: Skim
  readonly #columns = new LentColumns()
  readonly #placed = new PlacedFrame()
  /** Of the packet that is skimmed. */
  #source: Endpoint = NOBODY
  #destination: Endpoint = NOBODY

  constructor(store: FrameStore, flows: FlowTable, surroundings: Surroundings) {
    this.#store = store
    this.#flows = flows
    this.#surroundings = surroundings
    this.#skim = new Skim(surroundings)
  }

  /** See `Trace`, as for the three that follow. */
  add(frame: Frame): number {
    const number = this.#begin(frame)
    if (this.#skimmed(this.#asPlaced(frame), number, false)) this.#skim.memory = []
    else this.dissected(frame, number, false)
    return number
  }

  addRecorded(frame: Frame): Packet {
    return this.dissected(frame, this.#begin(frame), true)
  }

  /** Of the packet that was taken last and made nothing of, since the first one. */
  nanos = 0

  summarise(frame: Frame | PlacedFrame): LentColumns {
    const placed = this.#enter(frame)
    const number = this.#store.last
    if (!this.#skimmed(placed, number, true)) return this.#lend(this.dissected(frame, number, true))
    return this.#skim.unusual ? this.#lend(this.#dissectedAgain(placed, number)) : this.#lendSkimmed(placed)
  }

  choose(frame: Frame | PlacedFrame, filter: CompiledFilter): LentColumns | undefined {
    const placed = this.#enter(frame)
    const number = this.#store.last
    if (!this.#skimmed(placed, number, true)) {
      return this.#lendChosen(this.dissected(frame, number, true), filter)
    }
    const s = this.#skim
    this.nanos = s.nanos
    if ((s.protocols & filter.protocols) !== filter.protocols) {
      s.forget()
      return undefined
    }
    if (s.unusual) return this.#lendChosen(this.#dissectedAgain(placed, number), filter)
    if (filter.meets !== undefined && this.#isAtHand(filter.wanted)) {
      if (filter.meets(s)) return this.#lendSkimmed(placed)
      s.forget()
      return undefined
    }
    const packet = this.#made(placed, number, filter.wanted, true)
    return filter.matches(packet) ? this.#lendSkimmed(placed) : undefined
  }

  #lendSkimmed(placed: PlacedFrame): LentColumns {
    const s = this.#skim
    const columns = this.#columns
    columns.number = s.number
    columns.nanos = s.nanos
    columns.start = this.start
    columns.frame = placed
    columns.source = s.source
    columns.destination = s.destination
    columns.protocol = s.column
    columns.length = s.originalLength
    columns.ink = s.info
    s.forget()
    return columns
  }

  #lendChosen(packet: Packet, filter: CompiledFilter): LentColumns | undefined {
    this.nanos = packet.nanos
    return filter.matches(packet) ? this.#lend(packet) : undefined
  }

  /** A packet that was skimmed and says more when it is recorded. */
  #dissectedAgain(placed: PlacedFrame, number: number): Packet {
    const { memory } = this.#skim
    this.#skim.memory = []
    const packet = new Packet(placed, number, this.#surroundings, { recording: true, memory })
    return dissect(packet, placed.linkType)
  }

  #lend(packet: Packet): LentColumns {
    const columns = this.#columns
    const { number, source, destination, protocol, length, info } = packetColumns(packet, this.start)
    Object.assign(columns, { number, source, destination, protocol, length, info })
    columns.nanos = packet.nanos
    columns.start = this.start
    columns.frame = packet
    return columns
  }

  look(frame: Frame | PlacedFrame, wanted: WantedFields, lined: boolean, bits: number): Packet | undefined {
    const placed = this.#enter(frame)
    const number = this.#store.last
    const s = this.#skim
    if (!this.#skimmed(placed, number, true, lined)) {
      return this.dissected(placed, number, true, lined ? undefined : wanted)
    }
    this.nanos = s.nanos
    if ((s.protocols & bits) === bits) return this.#made(placed, number, wanted, lined)
    s.forget()
    return undefined
  }

  /** The packet of what was just skimmed. */
  #made(placed: PlacedFrame, number: number, wanted: WantedFields, lined: boolean): Packet {
    const s = this.#skim
    const { memory } = s
    if (!(lined && s.unusual) && this.#isAtHand(wanted)) {
      s.forget()
      const packet = new Packet(placed, number, this.#surroundings, { recording: false })
      packet.takeAll(s)
      wanted.fill(packet, s)
      return packet
    }
    s.memory = []
    const mode =
      lined && s.unusual ? { recording: true, memory } : { recording: true, worded: false, wanted, memory }
    const packet = dissect(new Packet(placed, number, this.#surroundings, mode), placed.linkType)
    if (!mode.worded) packet.takeAll(s)
    return packet
  }

  /** Whether all that is wanted of what was just skimmed can be read where it stands. */
  #isAtHand(wanted: WantedFields): boolean {
    const s = this.#skim
    return !s.handedOver && !s.overflowed && wanted.areAtHand(s.protocols)
  }

  /** Gives it the next number. */
  #enter(frame: Frame | PlacedFrame): PlacedFrame {
    const placed = this.#asPlaced(frame)
    if (frame === placed) this.#beginPlaced(placed)
    else this.#begin(frame)
    return placed
  }

  #begin(frame: Frame): number {
    const number = this.#store.append(frame)
    if (number === 1) this.#startAt(frame.time)
    return number
  }

  #beginPlaced(frame: PlacedFrame): void {
    if (this.#store.appendPlaced(frame) === 1) this.#startAt(frame.time)
  }

  #startAt(time: bigint): void {
    this.start = time
    const seconds = time / 1_000_000_000n
    this.#startSeconds = Number(seconds)
    this.#startNanoseconds = Number(time - seconds * 1_000_000_000n)
  }

  #asPlaced(frame: Frame | PlacedFrame): PlacedFrame {
    if (frame instanceof PlacedFrame) return frame
    this.#placed.copy(frame)
    return this.#placed
  }

  /** Takes the frame into account without recording it, if it is of the usual kind. */
  #skimmed(frame: PlacedFrame, number: number, lasting: boolean, worded = lasting): boolean {
    const { transit } = frame
    const s = this.#skim
    if (transit?.seen === false || (frame.record?.comments.length ?? 0) > 0) return false
    const seconds = frame.seconds - this.#startSeconds
    const nanos = seconds * 1e9 + (frame.nanoseconds - this.#startNanoseconds)
    const { verify } = this.#surroundings
    s.verifiesIp = transit !== undefined || verify?.ip === true
    s.verifiesTcp = transit !== undefined || verify?.tcp === true
    s.verifiesUdp = transit !== undefined || verify?.udp === true
    s.worded = worded
    if (!s.read(frame, number, nanos, this.#surroundings.stack.lookup('link', frame.linkType))) return false
    if (transit !== undefined) s.protocols |= LINK_BIT
    const record = s.flow === undefined ? undefined : this.#flows.found
    record?.count(s, s.fromClient === true)
    const messages = s.segment === undefined ? 0 : s.segment.messages.length
    this.#store.found(
      number,
      s.protocols,
      record === undefined ? -1 : record.order,
      record === undefined ? UNCOUNTED : s.fromClient === true ? FROM_CLIENT : FROM_SERVER,
      messages,
      lasting ? undefined : s.memory,
    )
    return true
  }

  /** Takes a frame that is held into account the long way. */
  dissected(frame: Frame, number: number, recording: boolean, wanted?: WantedFields): Packet {
    const held = this.#store.frame(number) ?? frame
    const packet = new Packet(held, number, this.#surroundings, { recording, wanted })
    dissect(packet, frame.linkType)
    const record = packet.flow === undefined ? undefined : this.#flows.recordOf(packet.flow)
    // What bits that fell over on the way look like is no conversation, unless it is one already.
    const counts = !packet.unseen && (!packet.damaged || (record?.packets ?? 0) > 0)
    if (record !== undefined && counts) record.count(packet, packet.fromClient === true)
    this.#store.conclude(number, {
      memory: packet.memory,
      protocols: packet.protocols,
      flow: record?.order ?? -1,
      part:
        record === undefined || !counts ? UNCOUNTED : packet.fromClient === true ? FROM_CLIENT : FROM_SERVER,
      messages: packet.segment?.messages.length ?? 0,
    })
    return packet
  }

  /** A segment whose sockets stand in the skim as numbers: finds its conversation, and their names for both. */
  segment(s: Skim, header: Parameters<Conversations['skimmed']>[1]): Segment {
    const known = this.#findEnds('tcp', s)
    header.source = this.#source
    header.destination = this.#destination
    // Only a SYN may be another connection's than that of the same sockets.
    if (known?.transport !== 'tcp' || (header.flags & SYN) !== 0) {
      const flow = this.#flows.tcp(header)
      this.#findSide(s, flow)
      return flow.segment(s, header, s.fromClient === true)
    }
    s.fromClient = this.#source === known.client
    return known.segment(s, header, s.fromClient)
  }

  /** The same for a datagram. */
  datagram(s: Skim): UdpFlow {
    this.#findEnds('udp', s)
    const flow = this.#flows.udp(this.#source, this.#destination)
    this.#findSide(s, flow)
    return flow
  }

  /** Answers with the conversation, if there has been one between those ends. */
  #findEnds(transport: 'tcp' | 'udp', s: Skim): TcpFlow | UdpFlow | undefined {
    const known = this.#flows.between(transport, s)
    if (known === undefined) {
      this.#source = { address: sourceText(s), port: s.sourcePort }
      this.#destination = { address: destinationText(s), port: s.destinationPort }
    } else {
      const { client, server } = known.flow
      const forth = sameWay(known.sockets, s)
      this.#source = forth ? client : server
      this.#destination = forth ? server : client
    }
    s.source = this.#source.address
    s.destination = this.#destination.address
    return known?.flow
  }

  #findSide(s: Skim, { client }: Flow): void {
    s.fromClient = s.sourcePort === client.port && s.source === client.address
  }
}
