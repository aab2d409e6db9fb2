/** What is gathered of a conversation for charts, by direction: its totals, its bytes over time, and its points. */
import type { DatagramPoints, DatagramTotals } from '../dashboard/api-series.ts'
import type { Transit } from '../protocols/packet.ts'
import { BinCounter } from './series-bins.ts'
import { Thinner, type ThinnerOptions } from './thinner.ts'
import type { Trace } from './trace.ts'

const NEVER_CAME: readonly string[] = ['lost', 'queue full', 'cut']

export interface ReaderOptions {
  readonly trace: Trace
  /** Time of the conversation's first packet, in nanoseconds since 1970. */
  readonly start: bigint
  /** Seconds from there to its last. */
  readonly end: number
  readonly bin: number
}

export interface SeriesPoint {
  readonly number: number
  /** Seconds since the conversation's start. */
  readonly time: number
  readonly length: number
  readonly fate: string | null
  readonly unseen: boolean
}

export class Gathering<Point extends SeriesPoint, Totals extends DatagramTotals> {
  readonly totals: Totals
  readonly #bins: BinCounter
  readonly #thinner: Thinner<Point>

  constructor(
    { bin, end }: ReaderOptions,
    totals: Totals,
    kept: Pick<ThinnerOptions<Point>, 'most' | 'measures' | 'isSpecial'>,
  ) {
    this.totals = totals
    this.#bins = new BinCounter(bin)
    this.#thinner = new Thinner<Point>({ ...kept, end, timeOf: ({ time }) => time })
  }

  /** A packet that the capture has: bytes on the wire, and of its payload those that are new and those sent again. */
  count(time: number, wire: number, fresh: number, again: number): void {
    const { totals } = this
    totals.packets++
    totals.wire += wire
    totals.fresh += fresh
    totals.again += again
    this.#bins.add(time, wire, fresh, again)
  }

  add(point: Point, transit: Transit | undefined): void {
    if (transit?.fates.some((fate) => NEVER_CAME.includes(fate)) === true) this.totals.lost++
    this.#thinner.add(point)
  }

  /** Points taken in, and of those out of the ordinary how many are left out. */
  get taken(): { of: number; dropped: number } {
    return { of: this.#thinner.count, dropped: this.#thinner.specialsDropped }
  }

  /** The points that are kept, oldest first, and what every kind of series tells of them. */
  columns(): { points: readonly Point[]; shared: SharedColumns & { totals: Totals } } {
    const points = this.#thinner.points()
    const shared = {
      number: points.map(({ number }) => number),
      time: points.map(({ time }) => time),
      length: points.map(({ length }) => length),
      fates: points.flatMap(({ fate }, at) => (fate === null ? [] : [{ at, fate }])),
      unseen: points.flatMap(({ unseen }, at) => (unseen ? [at] : [])),
      bins: this.#bins.bins,
      totals: this.totals,
    }
    return { points, shared }
  }
}

/** Reads a conversation's packets one after the other; what kind of points they become is a subclass's. */
export abstract class SeriesReader<Progress, Point extends SeriesPoint, Totals extends DatagramTotals> {
  /** What must be known to read the next. */
  readonly progress: Progress
  protected readonly options: ReaderOptions
  protected readonly gathered: {
    readonly client: Gathering<Point, Totals>
    readonly server: Gathering<Point, Totals>
  }

  constructor(
    options: ReaderOptions,
    progress: Progress,
    gathering: (options: ReaderOptions) => Gathering<Point, Totals>,
  ) {
    this.options = options
    this.progress = progress
    this.gathered = { client: gathering(options), server: gathering(options) }
  }

  /** Takes in the conversation's next packet; `told` is false for one that only prepares for those behind it. */
  abstract read(number: number, told: boolean): void
}

type SharedColumns = Pick<DatagramPoints, 'number' | 'time' | 'length' | 'fates' | 'unseen' | 'bins'>

/** Both directions, and how many of how many packets are told. */
export interface BothSides<Points> {
  client: Points
  server: Points
  told: number
  of: number
  dropped: number
}

interface Taken {
  readonly taken: { of: number; dropped: number }
}

export function bothSides<Points extends { number: readonly number[] }>(
  { client, server }: { client: Points; server: Points },
  gathered: { client: Taken; server: Taken },
): BothSides<Points> {
  const [one, other] = [gathered.client.taken, gathered.server.taken]
  return {
    client,
    server,
    told: client.number.length + server.number.length,
    of: one.of + other.of,
    dropped: one.dropped + other.dropped,
  }
}

/** What befell it on the lab's cable; null where nothing did or nobody knows. */
export function fateOf(transit: Transit | undefined): string | null {
  const fates = transit?.fates
  if (fates === undefined || (fates.length === 1 && fates[0] === 'delivered')) return null
  return fates.join(', ')
}
