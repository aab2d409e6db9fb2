/**
 * How a service tells what it did, without knowing who listens: it publishes on a diagnostics channel
 * (`node:diagnostics_channel`). Nobody subscribed costs one property read.
 */
import { channel } from 'node:diagnostics_channel'
import type { EventNode } from '../dashboard/api.ts'

/** As published: the observer adds `id` and `packet`; `time` is epoch nanoseconds. */
export type ApplicationEvent = Omit<EventNode, 'id' | 'packet' | 'time'> & { time: bigint }

export const CHANNEL = 'wirelab.application-event'
export const applicationEvents = channel(CHANNEL)

const NOTHING = {
  remoteAddress: null,
  remotePort: null,
  eioSid: null,
  socket: null,
  nsp: null,
  direction: null,
  index: null,
  event: null,
  args: null,
  listeners: null,
  rooms: null,
  reason: null,
} satisfies Partial<ApplicationEvent>

/** Publishes one event, stamped now; what is left out is null. */
export function report(
  event: Pick<ApplicationEvent, 'service' | 'kind'> & Partial<Omit<ApplicationEvent, 'time'>>,
): void {
  if (applicationEvents.hasSubscribers) applicationEvents.publish({ ...NOTHING, ...event, time: epochNow() })
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

const PREVIEW_LENGTH = 1000

/** JSON of an event's arguments, cut at 1,000 characters. */
export function preview(json: string): string {
  return json.length > PREVIEW_LENGTH ? `${json.slice(0, PREVIEW_LENGTH - 1)}…` : json
}

/** The same for raw bytes, as one string; what is not UTF-8 shows as U+FFFD. */
export function previewBytes(bytes: Buffer): string {
  return preview(JSON.stringify([bytes.toString('utf8', 0, PREVIEW_LENGTH)]))
}

/**
 * Nanoseconds since 1970 on the clock that stamps captured packets (CLOCK_REALTIME), finer than `Date.now()`: the
 * monotonic clock and what the two differed by at the start of the process, known to the microsecond. They run at
 * one rate, and part only when the wall clock is set: then we follow, unless `keepEpoch` was asked not to.
 */
export function epochNow(): bigint {
  const now = process.hrtime.bigint()
  if (kept) return now + offset
  const ahead = Number(now + offset - wallClock())
  // Date.now() cuts to a millisecond: in step, we are up to one ahead of it.
  if (ahead > MILLISECOND + TOLERANCE || ahead < -TOLERANCE)
    offset = wallClock() + BigInt(MILLISECOND / 2) - now
  return now + offset
}

/**
 * From now on this thread's `epochNow` runs with the monotonic clock alone, as the lab network's clock does, so that
 * packets and events stay on one clock. Returns milliseconds from 1970 to where `performance.now()` is 0.
 */
export function keepEpoch(): number {
  const epochMs = Number(epochNow()) / MILLISECOND
  const start = epochMs - performance.now()
  kept = true
  return start
}

let kept = false
const MILLISECOND = 1_000_000
const TOLERANCE = 500_000
const wallClock = () => BigInt(Date.now()) * 1_000_000n
let offset =
  BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n - process.hrtime.bigint()
