/**
 * The shapes of `GET /api/beats`: who asks whether the other end is still there, beside the Engine.IO 4 sessions of
 * `GET /api/sessions`. Types only.
 */
import type { Beat } from './api.ts'

/** The layer that asks: TCP's keep-alives, WebSocket's own pings, and the pings of Engine.IO 3. */
export type BeatKind = 'tcp' | 'websocket' | 'engine.io-3'

/** One end's questions in one layer of one conversation. */
export interface BeatsNode {
  /** `tcp.3`. */
  flow: string
  kind: BeatKind
  /** Whether the conversation's client asks. */
  fromClient: boolean
  /** Questions ever asked. */
  count: number
  /** The latest 50, oldest first. */
  beats: Beat[]
}

export interface BeatList {
  /** The 200 that were asked on last, those first. */
  beats: BeatsNode[]
}
