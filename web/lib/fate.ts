/** What a cable of the lab network did to a frame, as shape and as words. */
import type { Row } from '../../server/dashboard/api.ts'
import { between, plural } from './format.ts'

/** What never arrives is broken, whatever else befell it. */
export type FateShape = 'plain' | 'lost' | 'corrupted' | 'duplicated' | 'reordered' | 'delayed'

export function fateShape({ fate }: Pick<Row, 'fate'>): FateShape {
  if (fate === null || fate === 'delivered') return 'plain'
  if (/\b(lost|queue full|cut)\b/.test(fate)) return 'lost'
  for (const shape of ['corrupted', 'duplicated', 'reordered', 'delayed'] as const) {
    if (fate.includes(shape)) return shape
  }
  return 'plain'
}

/** A packet at a time when it was on its way still: its arrival is not known then. */
export interface UnderWay {
  /** The part of its way that it had gone, 0 to 1. */
  readonly gone?: number
}

/** The part of the cable that a frame gets over: a full queue is at its beginning, a cut in its middle. */
export function reachOf({ fate, gone }: Pick<Row, 'fate'> & UnderWay): number {
  if (gone !== undefined) return gone
  if (fateShape({ fate }) !== 'lost') return 1
  if (fate?.includes('queue full') === true) return 0.1
  return fate?.includes('cut') === true ? 0.5 : 0.6
}

/** Beside the mark; empty where nothing befell it. */
export function fateWords({ fate }: Pick<Row, 'fate'>): string {
  if (fate === null || fate === 'delivered') return ''
  return fate === 'cut' ? 'lost: the cable is cut' : fate === 'queue full' ? 'lost: the queue was full' : fate
}

/** For a frame that a capture at the end one looks from would not hold; empty for the others. */
export function unseenWords({ transit }: Pick<Row, 'transit'>): string {
  if (transit === null || transit.seen) return ''
  const end = transit.direction === 'down' ? 'client' : 'server'
  return transit.delay === null
    ? `never arrived: the ${end}’s own capture would not show it`
    : 'on another cable: a capture at this end would not show it'
}

/** A few words: where nobody took part who could say more, the flags and the length. */
export function labelOf({ label, protocol, transit }: Pick<Row, 'label' | 'protocol' | 'transit'>): string {
  const [, flags] = /\[([A-Z]+(?:, [A-Z]+)*)\]/.exec(label) ?? []
  if (transit === null || transit.seen || flags === undefined) return label === '' ? protocol : label
  const [, length = '0'] = /\bLen=(\d+)/.exec(label) ?? []
  return length === '0' ? flags.replaceAll(', ', ' ') : plural(Number(length), 'byte')
}

/** Its way over the cable in time: when it left, and when it came out or will. */
export interface Way {
  readonly sentAt: string
  readonly arrivals: readonly string[]
}

/** Shorter than this, in seconds, the way is no distance in a picture of time. */
const SHORT_S = 0.0005

/** Undefined where there was none, or none that shows; without arrivals for what is lost. */
export function wayOf({ transit }: Pick<Row, 'transit'>): Way | undefined {
  if (transit === null) return undefined
  const { sentAt, arrivals, delay } = transit
  if (delay === null && arrivals.length === 0) return { sentAt, arrivals }
  const known = arrivals.length > 0 ? arrivals : delay === null ? [] : [later(sentAt, delay)]
  const last = known.at(-1)
  return last === undefined || between(sentAt, last) < SHORT_S ? undefined : { sentAt, arrivals: known }
}

/** A time of the API's so many seconds later. */
export function later(time: string, seconds: number): string {
  const [whole = '0', part = ''] = time.split('.')
  const nanoseconds =
    BigInt(whole) * 1_000_000_000n +
    BigInt(part.padEnd(9, '0').slice(0, 9)) +
    BigInt(Math.round(seconds * 1e9))
  return `${nanoseconds / 1_000_000_000n}.${String(nanoseconds % 1_000_000_000n).padStart(9, '0')}`
}
