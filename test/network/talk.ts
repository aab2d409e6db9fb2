/** Two ends that talk over a TCP connection of the lab network, and know what they must hear. */
import type { Clock } from '../../server/network/clock.ts'
import type { Random } from '../../server/network/random.ts'
import type { TcpFailure, TcpHandle, TcpHandler } from '../../server/network/tcp/connection-api.ts'

/** Bytes that repeat nowhere near, so that one that is lost, doubled or moved shows. */
export function pattern(seed: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = (seed * 2 + 1) | 0
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    bytes[i] = state >>> 24
  }
  return bytes
}

export interface Plan {
  readonly clock: Clock
  readonly say: Uint8Array
  /** What the other end says. */
  readonly hear: Uint8Array
  /** Bytes of the next write; all that is left by default. */
  readonly writeSize?: () => number
  /** Milliseconds for which the program leaves what it was given in the buffer; 0 takes it at once. */
  readonly readPause?: () => number
  /** Says nothing before the other end's FIN: a half-closed connection still carries bytes the other way. */
  readonly waits?: boolean
  /** FIN once everything is said; else only when the other end has sent its own. */
  readonly endFirst?: boolean
  /** RST when so many bytes were heard. */
  readonly abortAt?: number
  readonly onConnected?: (handle: TcpHandle) => void
  readonly onHeard?: (talk: Talk) => void
  readonly onClosed?: (talk: Talk) => void
}

/** One end. What is wrong with what it heard stands in `complaint`. */
export class Talk implements TcpHandler {
  readonly plan: Plan
  heard = 0
  said = 0
  complaint: string | undefined
  isConnected = false
  hasEnded = false
  isClosed = false
  failure: TcpFailure | undefined
  handle: TcpHandle | undefined
  #fin = false

  constructor(plan: Plan) {
    this.plan = plan
  }

  begin(handle: TcpHandle): this {
    this.handle = handle
    return this
  }

  /** Everything heard, the other end's FIN too, and no failure. */
  get complete(): boolean {
    return this.heard === this.plan.hear.length && this.hasEnded && this.failure === undefined
  }

  connected(): void {
    if (this.isConnected) this.complain('connected twice')
    this.isConnected = true
    if (this.handle !== undefined) this.plan.onConnected?.(this.handle)
    this.#say()
  }

  data(bytes: Uint8Array): void {
    const { hear, clock, readPause, abortAt } = this.plan
    if (this.hasEnded || this.isClosed) this.complain('data after the end')
    if (bytes.length === 0) this.complain('data of no bytes')
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] === hear[this.heard + i]) continue
      this.complain(`byte ${this.heard + i} of ${hear.length} is not what was sent`)
      break
    }
    this.heard += bytes.length
    const pause = readPause?.() ?? 0
    if (pause === 0) this.handle?.consumed(bytes.length)
    else clock.at(clock.now() + pause, () => this.#consume(bytes.length))
    this.plan.onHeard?.(this)
    if (abortAt !== undefined && this.heard >= abortAt) this.handle?.abort()
  }

  #consume(bytes: number): void {
    if (!this.isClosed) this.handle?.consumed(bytes)
  }

  ended(): void {
    if (this.hasEnded) this.complain('ended twice')
    this.hasEnded = true
    this.#say()
  }

  writable(): void {
    this.#say()
  }

  closed(failure: TcpFailure | undefined): void {
    if (this.isClosed) this.complain('closed twice')
    this.isClosed = true
    this.failure = failure
    this.plan.onClosed?.(this)
  }

  #say(): void {
    const { say, writeSize } = this.plan
    const { handle } = this
    if (handle === undefined || this.isClosed || !this.isConnected) return
    if (this.plan.waits && !this.hasEnded) return
    while (this.said < say.length) {
      const size = Math.max(1, writeSize?.() ?? say.length)
      const chunk = say.subarray(this.said, this.said + size)
      const took = handle.write(chunk)
      this.said += took
      if (took < chunk.length) return
      if (this.isClosed) return
    }
    this.#maybeEnd()
  }

  #maybeEnd(): void {
    if (this.#fin || this.isClosed || this.said < this.plan.say.length) return
    if (!this.plan.endFirst && !this.hasEnded) return
    this.#fin = true
    this.handle?.end()
  }

  complain(what: string): void {
    this.complaint ??= what
  }
}

/** A whole number from `least` to `most`. */
export const between = (random: Random, least: number, most: number): number =>
  least + random.below(most - least + 1)

export const chance = (random: Random, share: number): boolean => random.next() < share

export function pick<T>(random: Random, choices: readonly T[]): T {
  const chosen = choices[random.below(choices.length)]
  if (chosen === undefined) throw new Error('nothing to choose from')
  return chosen
}
