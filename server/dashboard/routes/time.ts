/** Where in time one may look: the packets held over time, and the one that is nearest to a time. */
import { Type } from 'typebox'
import { formatTime, parseTime } from '../../trace/time.ts'
import type { Trace } from '../../trace/trace.ts'
import type { Instant, PacketAt, Timeline } from '../api-time.ts'
import type { App, Dependencies } from '../app.ts'
import { notFound } from '../refusals.ts'
import { At, CaptureId, FilterText, match, PacketNumber, traceAt, viewOf } from '../selection.ts'

const DEFAULT_BUCKETS = 256
/** A minimap is looked at while it fills: what is not matched by then comes with the next request. */
const PATIENCE_MS = 200
const LOOKUP_PATIENCE_MS = 5000

export function timeRoutes(api: App, deps: Dependencies): void {
  const TimelineQuery = Type.Object(
    {
      capture: CaptureId,
      at: At,
      filter: FilterText,
      buckets: Type.Optional(Type.Integer({ minimum: 1, maximum: 1024 })),
    },
    { additionalProperties: false },
  )
  api.get('/timeline', { schema: { querystring: TimelineQuery } }, async (request): Promise<Timeline> => {
    const { capture, at, filter, buckets = DEFAULT_BUCKETS } = request.query
    const trace = await traceAt(deps.captures, capture, at)
    const view = viewOf(trace, filter)
    const { density } = trace.past
    if (view.filter !== undefined) await match(view, PATIENCE_MS, request.signal)
    await density.catchUp()
    const matches = view.filter === undefined ? null : await density.matches(view, buckets)
    const { start, widthNanos, ...columns } = density.bins(buckets)
    return {
      run: trace.run,
      first: instant(trace, trace.first),
      last: instant(trace, trace.last),
      start: formatTime(start),
      width: widthNanos / 1e9,
      ...columns,
      matches,
      complete: view.complete,
    }
  })

  const AtQuery = Type.Object(
    {
      capture: CaptureId,
      at: At,
      filter: FilterText,
      /** Epoch seconds, to nine decimals. */
      time: Type.Optional(Type.String({ pattern: '^[0-9]{1,12}(\\.[0-9]{1,9})?$' })),
      number: Type.Optional(PacketNumber),
    },
    { additionalProperties: false },
  )
  // Without `time` the newest match up to `number`, or of all; the oldest, where none is as old.
  api.get('/packets/at', { schema: { querystring: AtQuery } }, async (request): Promise<PacketAt> => {
    const { capture, at, filter, time, number } = request.query
    const trace = await traceAt(deps.captures, capture, at)
    const view = viewOf(trace, filter)
    await match(view, LOOKUP_PATIENCE_MS, request.signal)
    const wanted = time === undefined ? undefined : parseTime(nineDecimals(time))
    const until = wanted === undefined ? (number ?? trace.last) : lastUntil(trace, wanted)
    const before = view.page({ before: until + 1, limit: 1 })
    const after = view.page({ after: until, limit: 1 })
    const far = (found: number | undefined) =>
      found === undefined ? undefined : distance(trace.past.timeOf(found), wanted)
    const [one, other] = [far(before.numbers[0]), far(after.numbers[0])]
    const page = one === undefined || (other !== undefined && other < one) ? after : before
    const row = trace.row(page.numbers[0] ?? 0)
    if (row === undefined) throw notFound('no packet that is held matches')
    return { row, index: page.index, total: view.total, complete: view.complete }
  })
}

function nineDecimals(time: string): string {
  const [seconds, part = ''] = time.split('.')
  return `${seconds}.${part.padEnd(9, '0')}`
}

function instant(trace: Trace, number: number): Instant | null {
  const time = trace.past.timeOf(number)
  return time === undefined ? null : { number, time: formatTime(time) }
}

/** The last packet that was seen by then, by halves: they are held in the order in which they were seen. */
function lastUntil(trace: Trace, time: bigint): number {
  let low = Math.max(1, trace.first)
  let high = trace.last + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((trace.past.timeOf(middle) ?? 0n) <= time) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** Seconds from a packet to a time; 0 where no time was asked for. */
function distance(seen: bigint | undefined, wanted: bigint | undefined): number {
  if (seen === undefined || wanted === undefined) return 0
  return Math.abs(Number(seen - wanted))
}
