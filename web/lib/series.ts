/** A conversation's points as the page holds them: put together from answers, and found by packet or time. */
import type {
  Bins,
  DatagramPoints,
  DatagramSeries,
  FlowSeries,
  SegmentPoints,
  SegmentSeries,
} from '../../server/dashboard/api-series.ts'

export type Side = 'client' | 'server'

/** More of them than this are asked for anew, thinned out. */
const MOST_POINTS = 10_000
const MOST_BINS = 1500

/** What came later behind what is there; undefined where the whole must be asked for anew. */
export function append(series: FlowSeries, more: FlowSeries): FlowSeries | undefined {
  if (series.flow !== more.flow || series.start !== more.start || series.bin !== more.bin) return undefined
  const points = series.client.number.length + series.server.number.length
  if (points + more.client.number.length + more.server.number.length > MOST_POINTS) return undefined
  if (series.end / series.bin > MOST_BINS) return undefined
  const shared = {
    last: more.last,
    end: more.end,
    complete: more.complete,
    thinned: series.thinned ?? more.thinned,
    evicted: more.evicted,
  }
  if (series.transport === 'tcp' && more.transport === 'tcp') {
    return {
      ...series,
      ...shared,
      client: joinSegments(series.client, more.client),
      server: joinSegments(series.server, more.server),
    } satisfies SegmentSeries
  }
  if (series.transport === 'udp' && more.transport === 'udp') {
    return {
      ...series,
      ...shared,
      client: joinDatagrams(series.client, more.client),
      server: joinDatagrams(series.server, more.server),
    } satisfies DatagramSeries
  }
  return undefined
}

function joinSegments(one: SegmentPoints, other: SegmentPoints): SegmentPoints {
  const by = one.number.length
  return {
    number: [...one.number, ...other.number],
    time: [...one.time, ...other.time],
    length: [...one.length, ...other.length],
    seq: [...one.seq, ...other.seq],
    ack: [...one.ack, ...other.ack],
    window: [...one.window, ...other.window],
    flags: [...one.flags, ...other.flags],
    rtt: [...one.rtt, ...other.rtt],
    fates: [...one.fates, ...shifted(other.fates, by)],
    unseen: [...one.unseen, ...other.unseen.map((at) => at + by)],
    noted: [...one.noted, ...shifted(other.noted, by)],
    repeated: [...one.repeated, ...other.repeated.map((at) => at + by)],
    sacks: [...one.sacks, ...shifted(other.sacks, by)],
    bins: joinBins(one.bins, other.bins),
    totals: added(one.totals, other.totals),
  }
}

function joinDatagrams(one: DatagramPoints, other: DatagramPoints): DatagramPoints {
  const by = one.number.length
  return {
    number: [...one.number, ...other.number],
    time: [...one.time, ...other.time],
    length: [...one.length, ...other.length],
    gap: [...one.gap, ...other.gap],
    jitter: [...one.jitter, ...other.jitter],
    jitterOf: other.jitterOf,
    fates: [...one.fates, ...shifted(other.fates, by)],
    unseen: [...one.unseen, ...other.unseen.map((at) => at + by)],
    bins: joinBins(one.bins, other.bins),
    totals: added(one.totals, other.totals),
  }
}

const shifted = <T extends { at: number }>(list: readonly T[], by: number): T[] =>
  list.map((one) => ({ ...one, at: one.at + by }))

/** The last bin of the one may go on in the first of the other. */
function joinBins(one: Bins, other: Bins): Bins {
  const joined: Bins = {
    at: [...one.at],
    packets: [...one.packets],
    wire: [...one.wire],
    fresh: [...one.fresh],
    again: [...one.again],
  }
  const columns = ['packets', 'wire', 'fresh', 'again'] as const
  other.at.forEach((at, i) => {
    const last = joined.at.length - 1
    if (joined.at[last] === at) {
      for (const name of columns) joined[name][last] = (joined[name][last] ?? 0) + (other[name][i] ?? 0)
    } else {
      joined.at.push(at)
      for (const name of columns) joined[name].push(other[name][i] ?? 0)
    }
  })
  return joined
}

function added<T extends { [K in keyof T]: number }>(one: T, other: T): T {
  const sum = { ...one }
  for (const name of Object.keys(one) as (keyof T)[]) sum[name] = (one[name] + other[name]) as T[keyof T]
  return sum
}

/** The side that has most to say: more new bytes, or else more packets. */
export function talker({ client, server }: FlowSeries): Side {
  if (client.totals.fresh !== server.totals.fresh) {
    return client.totals.fresh > server.totals.fresh ? 'client' : 'server'
  }
  return client.totals.packets >= server.totals.packets ? 'client' : 'server'
}

/** When a packet was seen, seconds since the start; the one before it where it has no point; null before all. */
export function timeOfPacket({ client, server }: FlowSeries, number: number): number | null {
  const times = [client, server].map((points) => {
    const at = lastUpTo(points.number, number)
    return at < 0 ? null : (points.time[at] ?? null)
  })
  const known = times.filter((time) => time !== null)
  return known.length === 0 ? null : Math.max(...known)
}

/** Index of the last value not above `value`, in ascending order; -1 for none. */
export function lastUpTo(values: readonly number[], value: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((values[middle] ?? 0) <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** Index of the value nearest to `value`, in ascending order; -1 where there is none. */
export function nearest(values: readonly number[], value: number): number {
  const before = lastUpTo(values, value)
  const after = before + 1
  if (before < 0) return values.length === 0 ? -1 : 0
  if (after >= values.length) return before
  return value - (values[before] ?? 0) <= (values[after] ?? 0) - value ? before : after
}

/** Whether the other side got nothing of it that it could use. */
export const neverCame = (fate: string) => /lost|queue full|cut|corrupted/.test(fate)
