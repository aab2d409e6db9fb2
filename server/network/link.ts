/**
 * A cable: two ways, each with netem's impairments. What becomes of a frame is decided when it is offered, as netem
 * does it: whoever cuts the cable later doesn't stop the frames that are on it.
 */
import { Chance } from './chance.ts'
import type { ChosenFates, Verdict } from './chosen-fates.ts'
import type { Clock, Timer } from './clock.ts'
import { type Impairments, UNIMPAIRED } from './impairments.ts'
import { InFlight, type Passage } from './in-flight.ts'
import type { Random } from './random.ts'
import { ETHERNET_HEADER, ipv4End } from './segment-view.ts'
import type { Direction, Fate, Tap } from './tap.ts'

export type Receiver = (frame: Uint8Array) => void

/** Counts the frames of a whole network, for the tap. */
export interface FrameIds {
  next: number
}

export interface LinkOptions {
  readonly name: string
  readonly clock: Clock
  readonly random: Random
  readonly tap?: Tap | undefined
  readonly ids?: FrameIds
  /** Fates that somebody chooses for frames; several cables may share them. */
  readonly chosen?: Readonly<Record<Direction, ChosenFates>>
}

/** Of the fates that let a frame arrive, by the bits below: made once, not for each frame. */
const CORRUPTED = 1
const DUPLICATED = 2
const REORDERED = 4
const DELAYED = 8
const ARRIVING: readonly (readonly Fate[])[] = Array.from({ length: 16 }, (_, bits) => {
  const fates: Fate[] = []
  if (bits & CORRUPTED) fates.push('corrupted')
  if (bits & DUPLICATED) fates.push('duplicated')
  if (bits & REORDERED) fates.push('reordered')
  if (bits & DELAYED) fates.push('delayed')
  return fates.length === 0 ? ['delivered'] : fates
})
const GONE = { lost: ['lost'], 'queue full': ['queue full'], cut: ['cut'] } as const
type Gone = keyof typeof GONE

/** Preamble and start delimiter 8, frame check sequence 4, gap 12 bytes (IEEE 802.3 §3.1, §4.4.2). */
const AROUND_A_FRAME = 24
/** Shorter ones are padded (IEEE 802.3 §3.2.8). */
const SMALLEST_FRAME = 60
/** What one way may hold, whatever delay and queue: 0.5 s of 1 Gbit/s. */
const MOST_BYTES = 64 * 2 ** 20
/** And however small they are: what is kept of each weighs more than its bytes. */
const MOST_FRAMES = 200_000
/** Frames handed over in one go, so that sockets get their turn too. */
const FRAMES_A_TURN = 1024

/** Bits that a frame keeps the cable busy for: 1,514 bytes are 12,304. */
export const bitsOnTheWire = (length: number): number =>
  8 * (Math.max(length, SMALLEST_FRAME) + AROUND_A_FRAME)

/** Frames offered, and how often each fate was met. */
export type Tally = Record<Fate, number> & { frames: number }

export const emptyTally = (): Tally => ({
  frames: 0,
  delivered: 0,
  corrupted: 0,
  duplicated: 0,
  reordered: 0,
  delayed: 0,
  lost: 0,
  'queue full': 0,
  cut: 0,
})

/** Adds one to the other. */
export function addTally(sum: Tally, more: Readonly<Tally>): void {
  for (const name of Object.keys(sum)) sum[name as keyof Tally] += more[name as keyof Tally]
}

/** One direction of a cable. */
export class Way {
  readonly name: string
  readonly direction: Direction
  readonly tally = emptyTally()
  cut = false
  readonly #clock: Clock
  readonly #tap: Tap | undefined
  readonly #ids: FrameIds
  readonly #chosen: ChosenFates | undefined
  readonly #flight = new InFlight()
  #chance: Chance
  #impairments: Impairments = UNIMPAIRED
  /** When the frame that is sent last will have left. */
  #busyUntil = 0
  #timer: Timer | undefined
  #timerAt = 0
  #releasing = false

  constructor(direction: Direction, options: LinkOptions) {
    this.name = options.name
    this.direction = direction
    this.#clock = options.clock
    this.#tap = options.tap
    this.#ids = options.ids ?? { next: 0 }
    this.#chance = new Chance(options.random.fork(direction))
    this.#chosen = options.chosen?.[direction]
  }

  get impairments(): Impairments {
    return this.#impairments
  }

  /** Frames on it or waiting for it. */
  get inside(): number {
    return this.#flight.length
  }

  /** Holds from the next frame on. What is under way arrives no later than it would with the new settings. */
  set(impairments: Impairments): void {
    this.#impairments = impairments
    const now = this.#clock.now()
    this.#busyUntil = this.#flight.retime(now, impairments.delay * 1000, (frame) => this.#sendingMs(frame))
    this.#arm()
  }

  /** Chance begins anew. */
  seed(random: Random): void {
    this.#chance = new Chance(random.fork(this.direction))
  }

  /**
   * Takes a frame in; `to` is called with what comes out, later. The frame is the cable's from now on. One that is
   * not `recorded` isn't shown to the tap.
   */
  offer(frame: Uint8Array, to: Receiver, recorded = true): void {
    const now = this.#clock.now()
    const tap = recorded ? this.#tap : undefined
    this.tally.frames++
    this.#chance.draw(this.#impairments)
    const verdict = !this.cut && this.#chosen?.waiting ? this.#chosen.judge(frame) : undefined
    const gone = this.#why(frame, now, verdict)
    if (gone === undefined) this.#carry(frame, to, now, verdict, tap)
    else this.#lose(gone, frame, now, tap)
  }

  /** Why it never arrives, if it doesn't. Loss comes before the queue, as in netem. */
  #why(frame: Uint8Array, now: number, verdict: Verdict | undefined): Gone | undefined {
    if (this.cut) return 'cut'
    if (this.#chance.lost || verdict?.lost) return 'lost'
    const { rate, limit } = this.#impairments
    const mustWait = rate > 0 && this.#busyUntil > now
    if (mustWait && this.#flight.waiting(now) >= limit) return 'queue full'
    const full = this.#flight.bytes + frame.length > MOST_BYTES || this.#flight.length >= MOST_FRAMES
    return full ? 'queue full' : undefined
  }

  #carry(
    frame: Uint8Array,
    to: Receiver,
    now: number,
    verdict: Verdict | undefined,
    tap: Tap | undefined,
  ): void {
    const { rate, delay, jitter, reorder } = this.#impairments
    const chance = this.#chance
    const sending = rate > 0 ? this.#sendingMs(frame) : 0
    const start = rate > 0 ? Math.max(now, this.#busyUntil) : now
    const queue = this.#flight.waiting(now)
    const end = start + sending
    this.#busyUntil = end

    // Its time on the cable, behind its time in the queue and that of sending it.
    const travel = chance.reordered ? 0 : Math.max(0, (delay + jitter * chance.jitter) * 1000)
    const heldBack = verdict !== undefined && verdict.delayed > 0
    let arrival = end + travel + (verdict?.delayed ?? 0)
    let fates = heldBack ? DELAYED : 0
    if (!heldBack && arrival < this.#flight.latest) {
      if (reorder > 0) fates |= REORDERED
      else arrival = this.#flight.latest
    }
    const received =
      chance.corrupted || verdict?.corrupted ? withOneBitTurned(frame, chance.where) : undefined
    if (received !== undefined) fates |= CORRUPTED
    const twice = chance.duplicated || verdict?.duplicated === true
    if (twice) fates |= DUPLICATED

    const id = tap === undefined ? -1 : this.#ids.next++
    const aside = (fates & (REORDERED | DELAYED)) !== 0
    const bytes = received ?? frame
    const passage: Passage = { bytes, damaged: received !== undefined, id, to, start, end, arrival, aside }
    this.#flight.add(passage)
    // The copy is sent behind it, and costs the cable as much again.
    if (twice) {
      this.#busyUntil = end + sending
      this.#flight.add({ ...passage, start: end, end: end + sending, arrival: arrival + sending })
    }
    this.#count(fates)
    tap?.departed({
      id,
      cable: this.name,
      direction: this.direction,
      time: now,
      bytes: frame,
      fates: ARRIVING[fates] ?? [],
      queue,
      delay: arrival - now,
      rate,
    })
    this.#arm()
  }

  /** Frames on it are gone, and nobody is told. */
  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#flight.clear()
  }

  #sendingMs(frame: Uint8Array): number {
    const { rate } = this.#impairments
    return rate > 0 ? (bitsOnTheWire(frame.length) / rate) * 1000 : 0
  }

  #lose(fate: Gone, frame: Uint8Array, now: number, tap: Tap | undefined): void {
    this.tally[fate]++
    if (tap === undefined) return
    tap.departed({
      id: this.#ids.next++,
      cable: this.name,
      direction: this.direction,
      time: now,
      bytes: frame,
      fates: GONE[fate],
      queue: this.#flight.waiting(now),
      delay: undefined,
      rate: this.#impairments.rate,
    })
  }

  #count(fates: number): void {
    const { tally } = this
    if (fates === 0) {
      tally.delivered++
      return
    }
    for (const fate of ARRIVING[fates] ?? []) tally[fate]++
  }

  /** One timer, for what arrives first. */
  #arm(): void {
    if (this.#releasing) return
    const next = this.#flight.next()
    if (this.#timer !== undefined) {
      if (next !== undefined && next.arrival >= this.#timerAt) return
      this.#timer.cancel()
      this.#timer = undefined
    }
    if (next === undefined) return
    this.#timerAt = next.arrival
    this.#timer = this.#clock.at(next.arrival, this.#release)
  }

  /**
   * Hands over what is due. Also with no delay at all this is a turn of its own, so that two hosts that answer each
   * other don't do it deeper and deeper in one call; what is offered meanwhile waits for the next.
   */
  readonly #release = () => {
    this.#timer = undefined
    this.#releasing = true
    const now = this.#clock.now()
    try {
      for (let left = Math.min(this.#flight.length, FRAMES_A_TURN); left > 0; left--) {
        const passage = this.#flight.take(now)
        if (passage === undefined) break
        if (passage.id >= 0) {
          this.#tap?.arrived(passage.id, now, passage.damaged ? passage.bytes : undefined)
        }
        passage.to(passage.bytes)
      }
    } finally {
      this.#releasing = false
      this.#arm()
    }
  }
}

/** A copy with one bit of its IPv4 packet the other way; undefined for a frame that has none. */
function withOneBitTurned(frame: Uint8Array, where: number): Uint8Array | undefined {
  const end = ipv4End(frame)
  if (end === undefined) return undefined
  // Not `slice`: a Buffer's shares its memory.
  const copy = new Uint8Array(frame)
  const bit = Math.floor(where * (end - ETHERNET_HEADER) * 8)
  const at = ETHERNET_HEADER + (bit >> 3)
  copy[at] = (copy[at] ?? 0) ^ (0x80 >> (bit & 7))
  return copy
}

/** A cable with its two ways. */
export class Link {
  readonly name: string
  readonly up: Way
  readonly down: Way

  constructor(options: LinkOptions) {
    this.name = options.name
    this.up = new Way('up', options)
    this.down = new Way('down', options)
  }

  /** Cut: what is offered is gone; what is on it arrives. */
  get cut(): boolean {
    return this.up.cut
  }

  set cut(cut: boolean) {
    this.up.cut = cut
    this.down.cut = cut
  }

  /** Frames on it or waiting for it, both ways. */
  get inside(): number {
    return this.up.inside + this.down.inside
  }

  /** Chance begins anew, both ways. */
  seed(random: Random): void {
    this.up.seed(random)
    this.down.seed(random)
  }

  close(): void {
    this.up.close()
    this.down.close()
  }
}
