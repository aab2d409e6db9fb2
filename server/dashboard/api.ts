/**
 * Every shape that crosses the dashboard's REST API, but for those of the `api-*.ts` beside it: the live feed's, the lab
 * network's, files', labs', comparisons', heartbeats', charts', streams' and their states', what is asked of a time, and
 * who was at the hub. Types only: `web/` imports these files and nothing else of the server.
 */

import type { RecordingNode } from './api-captures.ts'
import type { TransitNode } from './api-network.ts'

/** How we know: the kernel's own packets, real frames of the lab network, or worked out from others. */
export type Provenance = 'captured' | 'lab' | 'inferred'

/** Epoch seconds as a string with 9 decimals, exact to the nanosecond. */
export type Time = string

/** What part a packet plays in its conversation, for the ladder's folds. */
export type Episode = 'handshake' | 'upgrade' | 'heartbeat' | 'data' | 'close' | 'refusal'

/** One line of the packet list. */
export interface Row {
  number: number
  time: Time
  /** Seconds since the first packet of the capture. */
  timeRelative: number
  source: string
  destination: string
  /** Short name of the innermost protocol that has one: `TCP`, `WebSocket`. */
  protocol: string
  /** OSI layer of that protocol, for its colour. */
  osi: number
  /** Bytes on the wire. */
  length: number
  info: string
  /** `tcp.0`, `udp.3`; null for packets outside a conversation, such as ARP. */
  flow: string | null
  provenance: Provenance
  /** The lab network's ground truth, such as `lost` or `corrupted, duplicated`; null on other networks. */
  fate: string | null
  /** Its way over a cable of the lab network; null on other networks. */
  transit: TransitNode | null
  /** Whether the conversation's client sent it; null outside a conversation. */
  fromClient: boolean | null
  /** The ladder's few words: `SYN`, `SYN ACK`, `GET /`, `ping 2`, `"hello"`. */
  label: string
  /** A teacher's sentence for it, where there is one: `The server asks: are you still there?` */
  says: string | null
  episode: Episode | null
  /** `tcp.analysis.*` names that hold, without the prefix: `retransmission`, `out_of_order`. */
  analysis: string[]
  /** The packet that it repeats, where TCP's analysis names one; left out otherwise. */
  repeats?: number
  /** True when some layer could not be read. */
  malformed: boolean
}

export interface PacketPage {
  /** Of the capture: another means that it began anew. */
  run: string
  /** How many packets match in all. */
  total: number
  /** Lowest and highest number still held, matching or not; 0 when there is none. */
  first: number
  last: number
  packets: Row[]
  /** Index of `packets[0]` among the matches still held; -1 when the page is empty. */
  index: number
  /** False while older packets are still being matched: `total` is then what was found so far. */
  complete: boolean
}

export interface FieldNode {
  name: string
  label: string
  /** A number above 2^53-1 is a string; bytes are lower-case hex. */
  value: string | number | boolean
  /** How a filter compares it. `frame` is the number of another packet, `duration` seconds, `none` has no value. */
  type:
    | 'uint'
    | 'int'
    | 'boolean'
    | 'string'
    | 'bytes'
    | 'ipv4'
    | 'ipv6'
    | 'ether'
    | 'frame'
    | 'duration'
    | 'none'
  text: string
  buffer: number
  start: number
  end: number
  /** The bits of those bytes that are the field; 0 for all. */
  mask: number
  about: string | null
  spec: string | null
  children: FieldNode[]
}

export interface LayerNode {
  protocol: string
  name: string
  osi: number
  /** What one of its pieces is called: frame, packet, segment, message. */
  unit: string
  about: string
  spec: string
  buffer: number
  start: number
  /** Where its own bytes end: its header, if it carries another layer. */
  end: number
  /** Index in `layers` of the one that carries it; -1 for the outermost. */
  parent: number
  fields: FieldNode[]
}

export interface PacketDetail {
  number: number
  time: Time
  timeRelative: number
  provenance: Provenance
  fate: string | null
  /** Bytes on the wire and bytes held. */
  length: number
  captured: number
  row: Row
  layers: LayerNode[]
  /** The frame first; then bytes made from it: reassembled, unmasked, inflated. */
  buffers: { name: string; base64: string }[]
}

export interface EndpointNode {
  address: string
  port: number
}

/** Both ends' progress in one word, after RFC 9293 §3.3.2 where it is TCP. */
export type FlowState = 'opening' | 'open' | 'closing' | 'closed' | 'reset' | 'refused' | 'datagrams'

/** One conversation. Seconds for intervals, bytes on the wire. */
export interface FlowNode {
  id: string
  transport: 'tcp' | 'udp'
  /** Innermost protocol seen in it: `Socket.IO`, `Echo`, `TCP`. */
  protocol: string
  /** Name of the lab's service it talks to, such as `tcp-echo`; null when it is none of ours. */
  service: string | null
  client: EndpointNode
  server: EndpointNode
  state: FlowState
  packets: number
  packetsFromClient: number
  bytes: number
  bytesFromClient: number
  /** Handshake round trip (tcp.analysis.initial_rtt), or the shortest measured; null before there is one. */
  rtt: number | null
  firstTime: Time
  lastTime: Time
  first: number
  last: number
  /** Engine.IO session it carries; null when none. */
  sid: string | null
  /** Grows with its keep-alives and WebSocket pings, and their answers; left out where there are none. `GET /api/beats` has them. */
  beats?: number
}

export interface Beat {
  ping: number
  pingTime: Time
  /** The pong's packet; null while it is awaited or when it never came. */
  pong: number | null
  pongTime: Time | null
  /** Seconds. */
  rtt: number | null
}

/** An Engine.IO session, over however many TCP connections. */
export interface SessionNode {
  sid: string
  transport: 'polling' | 'websocket'
  /** Milliseconds, as the handshake said. */
  pingInterval: number
  pingTimeout: number
  flows: string[]
  /** Ids that Socket.IO gave it, by namespace. */
  sockets: { nsp: string; sid: string }[]
  state: 'open' | 'closed'
  opened: Time
  /** The latest 200, oldest first. */
  beats: Beat[]
  /** When the server's next ping is due; null when the session is closed. */
  nextDue: Time | null
  /** It had beats by then, and none of them is held any more: only where it is asked for as of a packet. */
  beatsForgotten?: true
  /** How it ended: the packet that showed it, and why; null or left out while it is open. */
  closed?: { packet: number; time: Time; reason: string } | null
}

export interface ServiceNode {
  /** `hub`, `hub-tls`, `tcp-echo`, `udp-echo`, `websocket-echo`, `dashboard`. */
  name: string
  title: string
  protocol: string
  host: string
  port: number
  state: 'listening' | 'failed'
  /** Where it is on the lab network; null on the kernel's, and for the dashboard. */
  lab: EndpointNode | null
  /** A command that talks to it, to copy into a terminal; empty for the dashboard. */
  tryIt: string
  /** Set when the wanted port was taken: which, and by whom as far as can be told. */
  note: string | null
}

export interface CaptureStatus {
  source: 'dumpcap' | 'tcpdump' | 'file' | 'lab' | null
  state: 'starting' | 'running' | 'unavailable' | 'failed' | 'off'
  /** What is captured from, such as `lo`. */
  interface: string | null
  /** One sentence on what is the matter, or on what is being captured. */
  message: string
  /** Commands that mend it on this system, to copy. */
  remedy: string[]
  packets: number
  /** Frames lost, by whom: the kernel's buffer, or our own bounded queues. */
  droppedByKernel: number
  droppedByUs: number
}

export interface Status {
  /** Changes when the observer starts anew: everything seen before is gone. */
  run: string
  version: string
  startedAt: Time
  network: 'kernel' | 'lab'
  services: ServiceNode[]
  capture: CaptureStatus
  trace: { total: number; first: number; last: number; evicted: number; bytes: number; limitBytes: number }
  /** Engine.IO heartbeat of the hub, milliseconds. */
  heartbeat: { pingInterval: number; pingTimeout: number }
  /** The worst delay of the services' event loop in the last second, and since the start, milliseconds. */
  lag: { last: number; worst: number }
  /** Application events dropped because the observer was busy. */
  eventsDropped: number
  /** Left out where nothing can be recorded. */
  recording?: RecordingNode
}

/** What a service did, reported by the service itself on the same clock as the packets. */
export interface EventNode {
  id: number
  time: Time
  service: string
  kind: 'connect' | 'disconnect' | 'upgrade' | 'emit' | 'on' | 'join' | 'leave' | 'lag'
  remoteAddress: string | null
  remotePort: number | null
  eioSid: string | null
  /** Socket.IO id of the socket it happened on. */
  socket: string | null
  nsp: string | null
  /** `in`: from the client to the service. */
  direction: 'in' | 'out' | null
  /** The n-th Socket.IO packet of that Engine.IO session and direction, from 0; null if it was none. */
  index: number | null
  event: string | null
  /** The arguments as JSON, cut at 1,000 characters. */
  args: string | null
  /** For `on`: how many listeners the server had for it; 0 is an event with no listener. */
  listeners: number | null
  /** For `emit`: null is this socket alone, an empty list everybody in the namespace. For `join`, `leave`: which. */
  rooms: string[] | null
  /** For `emit` to rooms: ids and rooms that were left out, such as the speaker's own by `socket.broadcast`. */
  except?: string[]
  /** Set when the sender wants an answer, and on that answer: Socket.IO's ack id. */
  ack?: number
  /** The client's event in whose listener this was emitted, as (eioSid, index); left out where the hub spoke by itself. */
  cause?: { eioSid: string; index: number }
  /** For `emit`: it may be dropped where the client is not ready to take it. */
  volatile?: boolean
  /** Binary arguments, which travel in messages of their own behind it. */
  attachments?: number
  /** For `disconnect`, and a refused `connect`: why. */
  reason: string | null
  /** The packet that carried it, by (eioSid, direction, index); null until seen, or if it had none. */
  packet: number | null
  /** When the capture at the clients' end saw that packet. */
  packetTime?: Time
  /**
   * No service told it: put together from the packets alone, `time` being the packet's and `service` the server's
   * `address:port`. Rooms, listeners and causes can't be told.
   */
  seen?: 'wire'
}

export interface ApiError {
  code: string
  message: string
  /** The parameter or field at fault. */
  field?: string
  /** For a bad filter: the character, from 0. */
  at?: number
  expected?: string
}

/** `GET /api/flows`, `/api/sessions` and `/api/events` answer with these. */
export interface FlowList {
  flows: FlowNode[]
}
export interface SessionList {
  sessions: SessionNode[]
}
export interface EventList {
  events: EventNode[]
}

/** `GET /api/filter/complete?text=&at=`: what could stand where the caret is. */
export interface CompletionList {
  /** The word of `text` that a chosen name replaces: from, to (exclusive). */
  from: number
  to: number
  names: Completion[]
}

export interface Completion {
  name: string
  label: string
  /** A field's type as in `field.ts`, `time`, `protocol`, or else `function`, `operator` or `value`. */
  type: string
  about: string | null
}

/** `PATCH /api/heartbeat`, milliseconds; holds for sessions opened from then on. */
export interface HeartbeatNode {
  pingInterval: number
  pingTimeout: number
}

/** `POST /api/send`. */
export interface SendRequest {
  /** `hub`, `tcp-echo`, `udp-echo` or `websocket-echo`. */
  service: string
  message: string
  /** Id of a lab's run in progress, to talk to its services; the fixed ones when left out. */
  run?: string
}

/** One message went to one of our services, from a client of our own. */
export interface SendResult {
  reply: string | null
  flow: EndpointNode | null
}
