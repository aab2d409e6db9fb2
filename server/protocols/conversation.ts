/**
 * What dissectors may know beyond the packet: the conversation it belongs to. The trace implements
 * these; the protocols only name them, so that they stay pure.
 */
import type { AnyProtocol, StreamProtocol } from './protocol.ts'

export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** A TCP connection or an exchange of UDP datagrams between two sockets. */
export interface Flow {
  readonly transport: 'tcp' | 'udp'
  /** The stream number that tshark gives (`tcp.stream`, `udp.stream`). */
  readonly index: number
  /** `tcp.3`, `udp.0`: the API's name for it. */
  readonly id: string
  /** Who opened it: sent the SYN, or else the first packet seen. */
  readonly client: Endpoint
  readonly server: Endpoint
  /** What its bytes are, once known. A change (HTTP's 101) holds for the bytes after the message. */
  application: StreamProtocol | undefined
  /** Seconds from the SYN to the ACK that completes the handshake, where all three were seen. */
  readonly initialRtt?: number | undefined
  /** What the application protocols agreed on, by protocol id: changed only inside `c.remember`. */
  readonly state: Map<string, unknown>
  /** Told, on the first pass, of each segment that ends a direction, after its messages: set by who reads the bytes. */
  whenEnding?: ((end: FlowEnd) => void) | undefined
}

/** The segment with which a connection, or one direction of it, ends. */
export interface FlowEnd {
  readonly frame: number
  readonly time: bigint
  readonly fromClient: boolean
  /** RST where it is true, else FIN. */
  readonly reset: boolean
}

/** Where some bytes of a message travelled: `length` bytes at `offset` of packet `number`'s frame. */
export interface Piece {
  readonly number: number
  readonly offset: number
  readonly length: number
  /** What `offset` counts in instead, where the bytes don't stand in the frame: decrypted, or put together from fragments. */
  readonly bytes?: Uint8Array | undefined
}

/** One message of a stream, found when the packet that carries its last byte arrived. */
export interface Message {
  /** `data` for bytes of a stream that no protocol here reads. */
  readonly protocol: AnyProtocol
  readonly fromClient: boolean
  /** Its length on the stream; more than the pieces hold if it was longer than what is kept of one message. */
  readonly length: number
  readonly pieces: readonly Piece[]
}

/** What the TCP header says, for the stream it belongs to. */
export interface SegmentHeader {
  readonly source: Endpoint
  readonly destination: Endpoint
  readonly seq: number
  readonly ack: number
  readonly window: number
  readonly flags: { syn: boolean; ack: boolean; fin: boolean; rst: boolean; psh: boolean }
  /** Scale shift from this segment's option, if it has one (RFC 7323 §2.2). */
  readonly windowScale: number | undefined
  /** Bytes that its SACK blocks say have arrived behind what it acknowledges (RFC 2018); none when left out. */
  readonly sacked?: number
  /** The payload's place in the frame; `length` may exceed the captured bytes when the snaplen cut them. */
  readonly payload: {
    readonly offset: number
    readonly length: number
    /** The buffer that it stands in, where that is not the frame. */
    readonly bytes?: Uint8Array | undefined
  }
  /** A checksum over it was verified and is wrong: its receiver throws it away, so its bytes are not the stream's. */
  readonly damaged?: boolean
}

/** What the stream made of a segment: kept with the packet. */
export interface Segment {
  readonly flow: Flow
  readonly fromClient: boolean
  /** Relative to the first sequence number seen on this side (Wireshark's `tcp.seq`). */
  readonly relativeSeq: number
  readonly relativeAck: number
  /** The window in bytes, scaled where the handshake was seen. */
  readonly window: number
  /** The factor used: -1 unknown, -2 not in use (Wireshark's `tcp.window_size_scalefactor`). */
  readonly windowFactor: number
  /** `tcp.analysis.*` names that hold here, such as `retransmission`, and the packet each refers to if any. */
  readonly analysis: readonly {
    readonly name: string
    readonly frame?: number
    /** For `duplicate_ack` the how manieth it is; for `retransmission` the seconds since the original. */
    readonly value?: number
  }[]
  /** The packet and time that this segment acknowledges, where one does (`tcp.analysis.acks_frame`, `ack_rtt`). */
  readonly acks: { readonly frame: number; readonly rtt: number } | undefined
  /** Bytes that its side has sent and the other not acknowledged, with this segment's payload. */
  readonly bytesInFlight: number | undefined
  /** Bytes that its side has sent since it last set PSH. */
  readonly pushBytesSent: number | undefined
  /** Messages that this segment completed, in order. On the first pass they are found one by one. */
  readonly messages: Message[]
}

/** The trace, as the dissectors see it. */
export interface Conversations {
  /** Called once for each TCP segment, in the order of capture. */
  segment(packet: { number: number; time: bigint; bytes: Uint8Array }, header: SegmentHeader): Segment
  /**
   * First pass: cuts the next message off the stream that `segment` extended, or answers `undefined`.
   * Asked again after that message was dissected, since it may have changed what follows.
   */
  nextMessage(segment: Segment): Message | undefined
  /**
   * Called once, instead of `segment`, for one that no capture at this end would hold: finds the conversation that
   * it belongs to and counts its numbers from there, and changes nothing. `undefined`: there is no such conversation.
   */
  glimpse(
    packet: { number: number; time: bigint; bytes: Uint8Array },
    header: SegmentHeader,
  ): Segment | undefined
  /** Called once for each UDP datagram. */
  datagram(
    packet: { number: number; time: bigint; length: number },
    source: Endpoint,
    destination: Endpoint,
  ): Flow
  /** The conversation of such datagrams, if there is one: for one that no capture at this end would hold. */
  glimpseDatagram(source: Endpoint, destination: Endpoint): Flow | undefined
  /** The bytes of a message that came in several pieces; `undefined` when some were evicted. */
  messageBytes(message: Message): Uint8Array | undefined
  /** State that outlives a flow, such as an Engine.IO session, by kind and key. Bounded: the oldest go first. */
  shared<T>(kind: string, key: string, make: () => T): T
  /**
   * Called once for each Socket.IO packet of a session that was seen from its handshake on: the `index`-th, from
   * 0, in its direction (`in`: from the client). Attachments are not counted.
   */
  socketIoPacket?(sid: string, direction: 'in' | 'out', index: number, frame: number): void
}

/** Decompression, passed in because protocols import no Node module. `undefined`: invalid, or over the limit. */
export interface Inflaters {
  gzip(bytes: Uint8Array): Uint8Array | undefined
  deflate(bytes: Uint8Array): Uint8Array | undefined
  brotli(bytes: Uint8Array): Uint8Array | undefined
}
