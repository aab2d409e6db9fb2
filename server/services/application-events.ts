/**
 * How a service tells what it did, without knowing who listens: it publishes notes on a diagnostics channel
 * (`node:diagnostics_channel`). Nobody subscribed costs one property read.
 */
import { channel } from 'node:diagnostics_channel'
import type { EventNode } from '../dashboard/api.ts'
import { newNote, preview } from './event-note.ts'

/** As `eventOf` makes it of a note: the observer adds `id` and `packet`; `time` is epoch nanoseconds. */
export type ApplicationEvent = Omit<EventNode, 'id' | 'packet' | 'packetTime' | 'time' | 'seen'> & {
  time: bigint
}

export const CHANNEL = 'wirelab.application-event'
export const applicationEvents = channel(CHANNEL)

/** Publishes a note of one event, stamped now; what is left out is null. */
export function report(
  event: Pick<ApplicationEvent, 'service' | 'kind'> & Partial<Omit<ApplicationEvent, 'time'>>,
): void {
  if (!applicationEvents.hasSubscribers) return
  applicationEvents.publish(Object.assign(newNote(event.service, event.kind), event))
}

/**
 * What may be told a second of the frequent kinds, `emit` and `on`, and at once. The observer keeps the newest
 * 10,000: more than this could not be read, but would cost the services dearly.
 */
const ALLOWANCE_PER_MS = 2
const ALLOWANCE = 4000
let allowed = ALLOWANCE
let refilledAt = Date.now()
let withheld = 0

/**
 * Asked before an event of a frequent kind is put together: whether somebody listens, and the allowance is not
 * used up. A no is counted.
 */
export function wanted(): boolean {
  if (!applicationEvents.hasSubscribers) return false
  if (allowed < 1) {
    const now = Date.now()
    allowed = Math.min(ALLOWANCE, (now - refilledAt) * ALLOWANCE_PER_MS)
    refilledAt = now
  }
  if (allowed < 1) {
    withheld++
    return false
  }
  allowed--
  return true
}

/** `report` for what may come by the thousand: `make` is called only when the event is wanted. */
export function reportFrequent(make: () => Parameters<typeof report>[0]): void {
  if (wanted()) report(make())
}

/** How many events were not told since this was last asked. */
export function takeWithheld(): number {
  const count = withheld
  withheld = 0
  return count
}

const PREVIEW_BYTES = 1000

/** Raw bytes as the arguments of an event, in one string; what is not UTF-8 shows as U+FFFD. */
export function previewBytes(bytes: Buffer): string {
  return preview(JSON.stringify([bytes.toString('utf8', 0, PREVIEW_BYTES)]))
}

/**
 * Nanoseconds since 1970 on the clock that stamps captured packets (CLOCK_REALTIME), finer than `Date.now()`: the
 * monotonic clock and what the two differed by at the start of the process, known to the microsecond. They run at
 * one rate, and part only when the wall clock is set: then we follow, unless `keepEpoch` was asked not to.
 */
export function epochNow(): bigint {
  return epochStart() + monotonic()
}

/** Nanoseconds from 1970 to where this thread's `performance.now()` is 0. */
export function epochStart(): bigint {
  if (kept) return start
  const now = monotonic()
  const wallClock = BigInt(Date.now()) * MILLISECOND
  const ahead = start + now - wallClock
  // Date.now() cuts to a millisecond: in step, we are up to one ahead of it.
  if (ahead > MILLISECOND + TOLERANCE || ahead < -TOLERANCE) start = wallClock + MILLISECOND / 2n - now
  return start
}

/**
 * From now on this thread's `epochNow` runs with the monotonic clock alone, as the lab network's clock does, so that
 * packets and events stay on one clock. Returns milliseconds from 1970 to where `performance.now()` is 0.
 */
export function keepEpoch(): number {
  const startMs = Number(epochStart()) / Number(MILLISECOND)
  kept = true
  return startMs
}

let kept = false
let start = BigInt(Math.round(performance.timeOrigin * 1000)) * 1000n
const MILLISECOND = 1_000_000n
const TOLERANCE = 500_000n
const monotonic = () => BigInt(Math.round(performance.now() * Number(MILLISECOND)))
