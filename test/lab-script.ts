/** What a cable of the lab network tells, from a script: departures and arrivals in the order of their times. */
import type { LabWitness } from '../server/capture/lab-frames.ts'
import type { Direction, Fate } from '../server/network/tap.ts'
import { START_TIME } from './frames.ts'

export interface Sent {
  /** Milliseconds from the start at which it enters the cable. */
  at: number
  direction: Direction
  bytes: Uint8Array
  /** Milliseconds on the cable; 10 unless said otherwise, and of no matter for what never arrives. */
  delay?: number
  fates?: Fate[]
  /** What comes out instead. */
  received?: Uint8Array
  cable?: string
  rate?: number
}

const GONE: readonly Fate[] = ['lost', 'queue full', 'cut']

interface Told {
  time: number
  tell(witness: LabWitness): void
}

export const timeOf = (ms: number): bigint => START_TIME + BigInt(Math.round(ms * 1e6))

/** Tells all of it; `pauses` says after which events the bytes so far are no longer lent. */
export function tell(witness: LabWitness, script: readonly Sent[], pauses = (_event: number) => true): void {
  const events = script.flatMap(eventsOf).sort((a, b) => a.time - b.time)
  for (const [at, event] of events.entries()) {
    event.tell(witness)
    if (pauses(at)) witness.paused()
  }
  witness.paused()
}

/** Those of them that happen before `until`, and those from there on: to look at what is under way. */
export function tellUntil(witness: LabWitness, script: readonly Sent[], until: number): () => void {
  const events = script.flatMap(eventsOf).sort((a, b) => a.time - b.time)
  for (const event of events) if (event.time < until) event.tell(witness)
  witness.paused()
  return () => {
    for (const event of events) if (event.time >= until) event.tell(witness)
    witness.paused()
  }
}

function eventsOf(sent: Sent, id: number): Told[] {
  const {
    at,
    direction,
    bytes,
    delay = 10,
    fates = ['delivered'],
    received,
    cable = 'server',
    rate = 0,
  } = sent
  const comes = !fates.some((fate) => GONE.includes(fate))
  // Lent: whoever keeps it must have copied it.
  const lent = bytes.slice()
  const events: Told[] = [
    {
      time: at,
      tell: (witness) =>
        witness.departed({
          id,
          cable,
          direction,
          time: timeOf(at),
          bytes: lent,
          fates,
          queue: 0,
          delay: comes ? delay / 1000 : undefined,
          rate,
        }),
    },
  ]
  const copies = !comes ? 0 : fates.includes('duplicated') ? 2 : 1
  for (let copy = 0; copy < copies; copy++) {
    const time = at + delay + copy * 0.25
    events.push({ time, tell: (witness) => witness.arrived(id, timeOf(time), received?.slice()) })
  }
  return events
}

/** A copy with one bit the other way. */
export function damaged(bytes: Uint8Array, at = bytes.length - 1): Uint8Array {
  const copy = bytes.slice()
  copy[at] = (copy[at] ?? 0) ^ 0x08
  return copy
}
