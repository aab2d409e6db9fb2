/**
 * One conversation by itself on the REST API: its bytes as they were said, where in the stream each segment and message
 * lies, and the states that both ends went through. Types only, for `web/` too.
 */
import type { Time } from './api.ts'

/** What is followed: a connection's own bytes, what rides inside its TLS, WebSocket payloads unmasked and inflated, datagrams. */
export type StreamContent = 'tcp' | 'tls' | 'websocket' | 'udp'
export type StreamSide = 'client' | 'server'

/**
 * `GET /api/flows/:id/stream?content=&direction=&view=&line=&limit=`: what both ends said, in the order it could be read,
 * cut into lines: of 16 bytes for `view=hex`, else at line ends and at 80 bytes. Lines keep their numbers; `line` counts
 * from 0, and left out it is the newest `limit` lines.
 */
export interface StreamPage {
  flow: string
  content: StreamContent
  /** What else of it can be followed. */
  contents: StreamContent[]
  /** Lines so far, and the oldest whose bytes are still held. */
  total: number
  first: number
  /** Bytes each side said so far, those that the capture missed included. */
  bytes: { client: number; server: number }
  /** Packets of its beginning were gone before anybody asked: it begins in the middle. */
  beheaded: boolean
  /** False while packets are still being read: `total` is then what was found so far. */
  complete: boolean
  /** Number of `lines[0]`. */
  line: number
  lines: StreamLine[]
}

export interface StreamLine {
  direction: StreamSide
  /** Of its first byte in that direction's stream, from 0. For datagrams, in all that direction sent. */
  offset: number
  /** Bytes: also of those that are not there. */
  length: number
  /** The packet that brought them; null for bytes that no packet here did. */
  number: number | null
  time: Time | null
  /** It begins what its packet brought. */
  begins: boolean
  /** That packet was a retransmission. */
  again: boolean
  base64: string
  /** Why the bytes are not there: the capture never held them, or has let go of them. */
  lost: 'missed' | 'evicted' | null
}

/** `GET /api/flows/:id/stream/find?text=|hex=` and what the stream takes: where some bytes stand. */
export interface StreamMatches {
  matches: StreamMatch[]
  /** There are more than were wanted, or the time was up. */
  more: boolean
}

export interface StreamMatch {
  direction: StreamSide
  offset: number
  length: number
  /** The line that it begins in. */
  line: number
}

/**
 * `GET /api/flows/:id/segments?after=&before=&limit=`: where in the stream each segment lies, by number; TCP only. Behind
 * `after` the oldest, before `before` the newest.
 */
export interface SegmentPage {
  flow: string
  /** The newest packet that was read: `after` goes on from there. */
  last: number
  complete: boolean
  /** Packets of its beginning are no longer held. */
  beheaded: boolean
  /** Segments older than these. */
  earlier: number
  segments: SegmentNode[]
  messages: MessageNode[]
}

/** One segment with bytes, SYN, FIN or RST. */
export interface SegmentNode {
  number: number
  time: Time
  direction: StreamSide
  /** Offset in the stream of that direction, from 0. */
  start: number
  length: number
  /** Of those bytes so many had not been sent before. */
  fresh: number
  /** `F`, `S`, `R`, `P`: which of them are set. */
  flags: string
  keepAlive: boolean
  /** What the lab's cable did, such as `lost`; null where it isn't known or nothing happened. */
  fate: string | null
  /** False for one that a capture at this end would not hold: only the lab knows of it. */
  seen: boolean
}

/** One message that came out of the stream. */
export interface MessageNode {
  direction: StreamSide
  start: number
  end: number
  protocol: string
  osi: number
  label: string
  /** The packet that completed it. */
  number: number
}

/** RFC 9293 §3.3.2. */
export type TcpStateName =
  | 'CLOSED'
  | 'LISTEN'
  | 'SYN-SENT'
  | 'SYN-RECEIVED'
  | 'ESTABLISHED'
  | 'FIN-WAIT-1'
  | 'FIN-WAIT-2'
  | 'CLOSE-WAIT'
  | 'CLOSING'
  | 'LAST-ACK'
  | 'TIME-WAIT'

/** `GET /api/flows/:id/states`: the states that both ends went through. */
export interface FlowStates {
  flow: string
  client: EndStates
  server: EndStates
  /** Why there are none, for datagrams; null for TCP. */
  note: string | null
}

export interface EndStates {
  /** Where it was before the first step; ESTABLISHED where the beginning was not seen. */
  start: TcpStateName
  /** Told by the end itself, or worked out from the segments. */
  source: 'told' | 'inferred'
  steps: StateStep[]
}

export interface StateStep {
  from: TcpStateName
  to: TcpStateName
  time: Time
  /** The packet that moved it: sent or received; null where none did, or it isn't known. */
  number: number | null
  /** `sends SYN`, `receives FIN`, `waits 2 MSL`. */
  because: string
  inferred: boolean
}
