/**
 * Questions that only ask whether the other end is still there, and their answers, by the layer that asks: TCP's
 * keep-alives (RFC 9293 §3.8.4), WebSocket's pings (RFC 6455 §5.5.2), and the pings of Engine.IO 3, which the client
 * sends. Those of Engine.IO 4 are its session's (`engine-session.ts`). Changed only on the first pass.
 */
import type { Beat } from './engine-session.ts'

export type BeatKind = 'tcp' | 'websocket' | 'engine.io-3'

/** One end's questions in one layer. */
export interface BeatLine {
  readonly kind: BeatKind
  /** Whether the conversation's client asks. */
  readonly fromClient: boolean
  /** Questions ever asked. */
  count: number
  /** The latest 50, oldest first. */
  readonly beats: readonly Beat[]
}

interface At {
  readonly number: number
  readonly time: bigint
}

/** `token` ties an answer to its question: a pong repeats the bytes of its ping. */
interface Asked extends Beat {
  readonly token: string
}

interface OpenLine extends BeatLine {
  readonly beats: Asked[]
}

const MAX_BEATS = 50

/** Those of one conversation. */
export class FlowBeats {
  /** Grows with every question and answer. */
  changes = 0
  readonly #lines: OpenLine[] = []

  get lines(): readonly BeatLine[] {
    return this.#lines
  }

  ask(kind: BeatKind, fromClient: boolean, at: At, token = ''): void {
    const line = this.#find(kind, fromClient) ?? this.#begin(kind, fromClient)
    if (line.beats.length >= MAX_BEATS) line.beats.shift()
    line.beats.push({ ping: at.number, pingTime: at.time, pong: null, pongTime: null, token })
    line.count++
    this.changes++
  }

  /** The other end's word on the latest question that it fits; nothing where there is none, or it was answered before. */
  answer(kind: BeatKind, fromClient: boolean, at: At, token = ''): void {
    const beat = this.#find(kind, !fromClient)?.beats.findLast((asked) => asked.token === token)
    if (beat === undefined || beat.pong !== null) return
    beat.pong = at.number
    beat.pongTime = at.time
    this.changes++
  }

  #find(kind: BeatKind, fromClient: boolean): OpenLine | undefined {
    return this.#lines.find((line) => line.kind === kind && line.fromClient === fromClient)
  }

  #begin(kind: BeatKind, fromClient: boolean): OpenLine {
    const line: OpenLine = { kind, fromClient, count: 0, beats: [] }
    this.#lines.push(line)
    return line
  }
}
