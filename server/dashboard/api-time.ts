/** Where in time one may look: `GET /api/timeline` and `GET /api/packets/at`. Types only, for `web/` too. */
import type { Row, Time } from './api.ts'

/**
 * The packets held, over time. Buckets are of one width; the n-th entry of each column is the n-th bucket, which begins
 * `n * width` seconds behind `start`.
 */
export interface Timeline {
  run: string
  /** Oldest and newest packet held; null when there is none. */
  first: Instant | null
  last: Instant | null
  start: Time
  /** Seconds a bucket: 1 ms or a power of two times that, as fine as `buckets` allows. */
  width: number
  packets: number[]
  /** Bytes on the wire. */
  bytes: number[]
  /** The layer that most of its packets reach, the upper one of two; 0 for an empty bucket. */
  osi: number[]
  /** Packets to which a cable did something, or of which TCP finds that they or others were lost, late or sent again. */
  trouble: number[]
  /** Packets that match the filter; null without one. */
  matches: number[] | null
  /** False while older packets are still being matched. */
  complete: boolean
}

export interface Instant {
  number: number
  time: Time
}

/** The packet that matches the filter and lies nearest to a time, or to a number. */
export interface PacketAt {
  row: Row
  /** Its place among the matches held, and how many there are. */
  index: number
  total: number
  complete: boolean
}
