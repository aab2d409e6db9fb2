/** A cable on the simulated clock, with everything noted: what was told of each frame, and when it came out. */
import { ChosenFates } from '../../server/network/chosen-fates.ts'
import { SimulatedClock } from '../../server/network/clock.ts'
import { type Impairments, UNIMPAIRED } from '../../server/network/impairments.ts'
import { Link } from '../../server/network/link.ts'
import { seeded } from '../../server/network/random.ts'
import type { Departure, Fate, Tap } from '../../server/network/tap.ts'
import { numbered, numberOf } from './lab-frames.ts'

export interface Seen {
  departures: Departure[]
  arrivals: { id: number; time: number; received: Uint8Array | undefined }[]
}

export function watched(): { tap: Tap; seen: Seen } {
  const seen: Seen = { departures: [], arrivals: [] }
  const tap: Tap = {
    departed: (departure) => seen.departures.push({ ...departure, bytes: departure.bytes.slice() }),
    arrived: (id, time, received) => seen.arrivals.push({ id, time, received: received?.slice() }),
  }
  return { tap, seen }
}

export function cable(impairments: Partial<Impairments> = {}, seed = 1) {
  const clock = new SimulatedClock()
  const { tap, seen } = watched()
  const chosen = { up: new ChosenFates(true), down: new ChosenFates(false) }
  const link = new Link({ name: 'server', clock, random: seeded(seed), tap, chosen })
  link.up.set({ ...UNIMPAIRED, ...impairments })
  const out: { number: number; time: number; bytes: Uint8Array }[] = []
  const take = (bytes: Uint8Array) => out.push({ number: numberOf(bytes), time: clock.now(), bytes })
  /** Offers so many at once, or one each so many milliseconds. */
  const send = (count: number, { every = 0, length = 60, from = 0 } = {}) => {
    for (let n = from; n < from + count; n++) {
      link.up.offer(numbered(n, length), take)
      if (every > 0) clock.run(clock.now() + every)
    }
  }
  const fates = () => seen.departures.map((departure) => departure.fates.join())
  return { clock, link, seen, out, take, send, fates, chosen: chosen.up }
}

export const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)
export const share = (fates: string[], fate: Fate) =>
  fates.filter((each) => each.includes(fate)).length / fates.length
