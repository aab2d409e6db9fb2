/**
 * `GET /api/flows/:id/series`: one point a segment or datagram of a conversation, in columns, for charts. Types only, for
 * `web/` too. Times are seconds since `start`; sequence numbers count from the side's first and do not wrap.
 */
import type { Time } from './api.ts'

interface Series {
  flow: string
  /** Time of the conversation's first packet. */
  start: Time
  /** The newest packet that was looked at: `after=` goes on from there. */
  last: number
  /** Seconds from `start` to the newest packet of the conversation that was looked at. */
  end: number
  /** False when the time to answer ran out before `last` was the newest there is. */
  complete: boolean
  /** Which points were left out, in a sentence; null when every packet has its own. */
  thinned: string | null
  /** Whether packets of its beginning are no longer held. */
  evicted: boolean
  /** Seconds a bin. */
  bin: number
}

export interface SegmentSeries extends Series {
  transport: 'tcp'
  client: SegmentPoints
  server: SegmentPoints
}

export interface DatagramSeries extends Series {
  transport: 'udp'
  client: DatagramPoints
  server: DatagramPoints
}

export type FlowSeries = SegmentSeries | DatagramSeries

/** Columns of one length: the n-th entry of each belongs to the n-th packet told. `at` below is such an n. */
interface Points {
  number: number[]
  time: number[]
  /** Bytes of payload. */
  length: number[]
  /** What the lab's cable did, where that was not simply to deliver it. */
  fates: { at: number; fate: string }[]
  /** Those that a capture at this end does not hold: only the lab knows of them. */
  unseen: number[]
  /** Of all packets looked at since `after`, whether told or not. */
  bins: Bins
}

/** What one side sent. */
export interface SegmentPoints extends Points {
  seq: number[]
  /** Null without the ACK flag. */
  ack: (number | null)[]
  /** Scaled, in bytes. */
  window: number[]
  /** The twelve bits as they stand in the header. */
  flags: number[]
  /** Seconds to what it acknowledges (`tcp.analysis.ack_rtt`). */
  rtt: (number | null)[]
  /** `tcp.analysis.*` names that hold, without the prefix. */
  noted: { at: number; names: string[] }[]
  /** Those all of whose bytes had been seen before, whatever Wireshark takes them for. */
  repeated: number[]
  /** SACK blocks: what has arrived of the other side, from and to (exclusive). */
  sacks: { at: number; blocks: [number, number][] }[]
  totals: SegmentTotals
}

export interface DatagramPoints extends Points {
  /** Seconds since the datagram before in this direction; null for the first. */
  gap: (number | null)[]
  /** Seconds, smoothed as RFC 3550 §6.4.1; null for the first. */
  jitter: (number | null)[]
  /**
   * What `jitter` is made of: `transit` where the lab knows when each datagram left and came, else `gaps`, the change
   * from one gap to the next.
   */
  jitterOf: 'transit' | 'gaps'
  totals: DatagramTotals
}

/** Sparse: only bins in which something was sent. */
export interface Bins {
  /** The bin's place: it begins at `at * bin` seconds. */
  at: number[]
  packets: number[]
  /** Bytes of whole frames. */
  wire: number[]
  /** Bytes of payload seen for the first time. */
  fresh: number[]
  /** Bytes of payload seen before. */
  again: number[]
}

export interface DatagramTotals {
  packets: number
  wire: number
  fresh: number
  again: number
  /** Frames that never came out of the cable, as the lab knows. */
  lost: number
}

export interface SegmentTotals extends DatagramTotals {
  /** Sent again by one sign or the other: Wireshark's, or that all its bytes had been seen before. */
  resent: number
  /** As Wireshark judges them; the fast and the spurious ones are retransmissions as well. */
  retransmissions: number
  fast: number
  spurious: number
  outOfOrder: number
  duplicateAcks: number
}
