/**
 * What dissectors may know beyond the packet: the conversation it belongs to. The trace implements
 * these; the protocols only name them, so that they stay pure.
 */
import type { EngineIoSession } from './engine-session.ts'
import type { FlowBeats } from './flow-beats.ts'
import type { Packet } from './packet.ts'
import type { AnyProtocol, StreamProtocol } from './protocol.ts'
import type { Skim } from './skim.ts'

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
  /** The connection whose sealed bytes this stream came out of; left out for the connections themselves. */
  readonly carrier?: Flow | undefined
  /** What its bytes are, once known. A change (HTTP's 101) holds for the bytes after the message. */
  application: StreamProtocol | undefined
  /** Seconds from the SYN to the ACK that completes the handshake, where all three were seen. */
  readonly initialRtt?: number | undefined
  /** TCP: nanoseconds from the conversation's first packet to that one. */
  age?(packet: SeenMoment): number
  /**
   * TCP: which steps of a connection's life were seen, as Wireshark's `tcp.completeness` adds them up: so far, and before
   * the latest segment.
   */
  readonly completeness?: number | undefined
  readonly completenessBefore?: number | undefined
  /** TCP: the number that a side counts from, as sent; undefined while that is not known. */
  firstSeq?(fromClient: boolean): number | undefined
  /** TCP: whether the client sent the first FIN; undefined while there is none. */
  readonly closedByClient?: boolean | undefined
  /** TCP: whether both ends count congestion marks in three flags (RFC 9768). */
  readonly accurateEcn?: boolean | undefined
  /** What the application protocols agreed on, by protocol id: changed only inside `c.remember`. */
  readonly state: Map<string, unknown>
  /** Keep-alives and pings that were seen in it; undefined while there were none. Changed only on the first pass. */
  beats?: FlowBeats | undefined
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

/**
 * A stream inside the connection: what TLS carries, once it is opened. Fed with the opened bytes in order, on the first
 * pass only, it gives out their messages.
 */
export interface InnerStream {
  /** A conversation of its own, with the connection's name and ends: its application is what rides inside. */
  readonly flow: Flow
  /** Further bytes of one side. */
  push(fromClient: boolean, piece: Piece): void
  /** That side sends no more. */
  end(fromClient: boolean): void
  /** The next whole message of that side, or `undefined` until more is pushed. */
  next(fromClient: boolean): Message | undefined
  /** Forgets what is unfinished, for good. */
  close(): void
}

/** When a packet was seen. */
export interface SeenMoment {
  /** Nanoseconds since the capture's first packet: a double is exact for 104 days, and costs no bigint a packet. */
  readonly nanos: number
  /** Nanoseconds since 1970: asked for where that is not enough. */
  readonly time: bigint
}

/** The packet that a segment or datagram came in. Lent for the call: one object may serve for all packets. */
export interface SeenPacket extends SeenMoment {
  readonly number: number
  readonly bytes: Uint8Array
}

/** What the TCP header says, for the stream it belongs to. Lent for the call, its endpoints included: copy what is kept. */
export interface SegmentHeader {
  readonly source: Endpoint
  readonly destination: Endpoint
  readonly seq: number
  readonly ack: number
  readonly window: number
  /** The twelve bits as they stand; `tcp-segment.ts` names them. */
  readonly flags: number
  /** Scale shift from this segment's option (RFC 7323 §2.2); -1 where it has none, -2 where that is not known. */
  readonly windowScale: number
  /** Bytes that its SACK blocks say have arrived behind what it acknowledges (RFC 2018). */
  readonly sacked: number
  /** It carries an option of Accurate ECN (RFC 9768 §3.2.3). */
  readonly accurateEcn: boolean
  /** The payload's place in the frame; `length` may exceed the captured bytes when the snaplen cut them. */
  readonly payload: {
    readonly offset: number
    readonly length: number
    /** The buffer that it stands in, where that is not the frame. */
    readonly bytes?: Uint8Array | undefined
  }
  /** A checksum over it was verified and is wrong: its receiver throws it away, so its bytes are not the stream's. */
  readonly damaged: boolean
}

/** Something noteworthy about a segment, or about the packet that carries it. */
export interface Finding {
  /** Behind `tcp.analysis.`. */
  readonly name: string
  /** The packet it refers to, if any. */
  readonly frame?: number
  /** For `duplicate_ack` the how manieth it is; for `retransmission` the seconds since the original. */
  readonly value?: number
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
  /** `tcp.analysis.*` names that hold here, such as `retransmission`, in Wireshark's order. */
  readonly analysis: readonly Finding[]
  /** Whether it is a retransmission by the timer, of bytes that are `awaited`, or one of bytes long `acknowledged`. */
  readonly repeats: 'no' | 'awaited' | 'acknowledged'
  /** Whether Wireshark would show an analysis: something was found or measured. */
  readonly analysed: boolean
  /** The packet and time that this segment acknowledges, where one does (`tcp.analysis.acks_frame`, `ack_rtt`). */
  readonly acks: { readonly frame: number; readonly rtt: number } | undefined
  /** Bytes that its side has sent and the other not acknowledged, with this segment's payload. */
  readonly bytesInFlight: number | undefined
  /** Bytes that its side has sent since it last set PSH. */
  readonly pushBytesSent: number | undefined
  /** Nanoseconds since the segment before it in its conversation; 0 for the first. */
  readonly sincePrevious: number
  /** Whether it brings a part of a message but not the end: where its bytes end, or all through. */
  readonly awaits?: boolean
  /** The packet that completes that message; undefined until it has come. */
  readonly reassembledIn?: number | undefined
  /** Messages that this segment completed, in order. On the first pass they are found one by one. */
  readonly messages: Message[]
}

/** A part of an IP packet that was too large for its way. */
export interface Fragment {
  readonly source: string
  readonly destination: string
  readonly protocol: number
  readonly id: number
  /** Bytes before it in the whole payload. */
  readonly offset: number
  readonly length: number
  /** False for the last. */
  readonly more: boolean
  /** Where its bytes begin: in the frame, or in `bytes`. */
  readonly piece: { readonly offset: number; readonly bytes?: Uint8Array | undefined }
}

/** A fragment as part of the whole. */
export interface ReassemblyPiece {
  /** The packet that brought it. */
  readonly number: number
  readonly offset: number
  readonly length: number
  overlap: boolean
  /** Its bytes are not those that an overlapping one had. */
  conflict: boolean
  /** It claims another end than the last fragment seen before. */
  multipleTails: boolean
  /** It reaches past the end. */
  tooLong: boolean
}

/** A packet whose fragments come in: one object for all of them. */
export interface Reassembly {
  /** In order of their offsets. */
  readonly pieces: readonly ReassemblyPiece[]
  /** The packet that completed it; `undefined` while some are missing. */
  readonly reassembledIn: number | undefined
  /** The whole payload, from then on. */
  readonly bytes: Uint8Array | undefined
  /** How many bytes it holds. */
  readonly kept: number
}

/** The trace, as the dissectors see it. */
export interface Conversations {
  /** Called once for each fragment of an IP packet, in the order of capture. */
  fragment(packet: { readonly number: number; readonly nanos: number }, fragment: Fragment): Reassembly
  /** Called once for each TCP segment, in the order of capture. */
  segment(packet: SeenPacket, header: SegmentHeader): Segment
  /** The same for a packet whose sockets stand there as numbers: finds their names, for the header and the packet. */
  skimmed(s: Skim, header: { -readonly [K in keyof SegmentHeader]: SegmentHeader[K] }): Segment
  /**
   * First pass: cuts the next message off the stream that `segment` extended, or answers `undefined`.
   * Asked again after that message was dissected, since it may have changed what follows.
   */
  nextMessage(segment: Segment): Message | undefined
  /**
   * Called once, instead of `segment`, for one that no capture at this end would hold: finds the conversation that
   * it belongs to and counts its numbers from there, and changes nothing. `undefined`: there is no such conversation.
   */
  glimpse(packet: SeenPacket, header: SegmentHeader): Segment | undefined
  /** Called once for each UDP datagram. */
  datagram(
    packet: { number: number; time: bigint; length: number },
    source: Endpoint,
    destination: Endpoint,
  ): Flow
  /** The same for one whose sockets stand in the skim as numbers: finds their names, for that too. */
  skimmedDatagram(s: Skim): Flow
  /** The conversation of such datagrams, if there is one: for one that no capture at this end would hold. */
  glimpseDatagram(source: Endpoint, destination: Endpoint): Flow | undefined
  /** The bytes of a message that came in several pieces; `undefined` when some were evicted. */
  messageBytes(message: Message): Uint8Array | undefined
  /** A stream for what the connection carries inside; `undefined` where there can be none. Made anew at each call. */
  inner?(flow: Flow): InnerStream | undefined
  /**
   * Counts bytes that a dissector holds of a connection's unfinished messages; negative to give some back, and all
   * are when the connection is dropped. False when all connections together hold too many.
   */
  hold?(flow: Flow, bytes: number): boolean
  /**
   * A record of that packet could only be opened now: lets `work` dissect, as on the first pass, what it carries, with
   * the packet as it was. It is counted and told of as changed. Nothing happens when the packet is not held any more.
   */
  revisit?(number: number, flow: Flow, fromClient: boolean, work: (packet: Packet) => void): void
  /** Whether who serves there is known to send back what it is sent. */
  isEcho?(flow: Flow): boolean
  /** State that outlives a flow, such as an Engine.IO session, by kind and key. Bounded: the oldest go first. */
  shared<T>(kind: string, key: string, make: () => T): T
  /**
   * Called once for each Socket.IO packet of a session that was seen from its handshake on: the `index`-th, from
   * 0, in its direction (`in`: from the client). Attachments are not counted.
   */
  socketIoPacket?(sid: string, direction: 'in' | 'out', index: number, frame: number): void
  /**
   * Called once for each Socket.IO packet of any session, with what it says. Undefined in most traces: then nothing is
   * made of it.
   */
  readonly socketIoText?: ((seen: SeenSocketIo) => void) | undefined
}

/** A Socket.IO packet on the first pass. `bytes` are lent until the call returns. */
export interface SeenSocketIo {
  readonly session: EngineIoSession
  readonly fromClient: boolean
  /** Of a session that was joined in the middle: null. */
  readonly index: number | null
  readonly frame: number
  /** Nanoseconds since 1970. */
  readonly time: bigint
  readonly flow: Flow | undefined
  readonly bytes: Uint8Array
  /** Where the packet's text stands in them. */
  readonly start: number
  readonly end: number
}

/** Decompression, passed in because protocols import no Node module. `undefined`: invalid, or over the limit. */
export interface Inflaters {
  gzip(bytes: Uint8Array): Uint8Array | undefined
  deflate(bytes: Uint8Array): Uint8Array | undefined
  brotli(bytes: Uint8Array): Uint8Array | undefined
  /** A WebSocket message of permessage-deflate; `window` are the up to 32 KiB before it that it may refer to. */
  message(bytes: Uint8Array, window: Uint8Array | undefined): Uint8Array | undefined
}
