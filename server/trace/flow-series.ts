/** A conversation's packets as points in time, read a slice after another; going on from where the last answer ended. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FlowNode } from '../dashboard/api.ts'
import type { FlowSeries } from '../dashboard/api-series.ts'
import { DatagramProgress, DatagramSeriesReader } from './datagram-series.ts'
import { SegmentProgress, SegmentSeriesReader } from './segment-series.ts'
import { binWidth } from './series-bins.ts'
import type { ReaderOptions } from './series-gathering.ts'
import { SLICES, SPECIALS_A_SLICE } from './thinner.ts'
import { parseTime } from './time.ts'
import type { Trace } from './trace.ts'

/** Work of one turn of the event loop; the clock is looked at once in so many packets. */
const SLICE_MS = 8
const BETWEEN_LOOKS = 64
/** Places from which reading may go on, by capture. */
const PLACES_KEPT = 64

export interface SeriesRequest {
  /** Only packets behind this number are told; 0 for all. */
  readonly after: number
  /** None behind this. */
  readonly until: number
  /** Seconds a bin, as an earlier answer had it. */
  readonly bin?: number | undefined
  /** After so long what was read is the answer. */
  readonly patienceMs: number
  readonly signal?: AbortSignal | undefined
}

type Progress = SegmentProgress | DatagramProgress
const places = new WeakMap<Trace, Map<string, Progress>>()

export async function readSeries(trace: Trace, flow: FlowNode, request: SeriesRequest): Promise<FlowSeries> {
  const { after, patienceMs, signal } = request
  const { run } = trace
  const start = parseTime(flow.firstTime)
  const end = Number(parseTime(flow.lastTime) - start) / 1e9
  const bin = binWidth(end, request.bin)
  const known = placesOf(trace).get(`${run} ${flow.id} ${after}`)
  const reader = readerOf(flow, { trace, start, end, bin }, known)
  const last = Math.min(trace.last, request.until)
  const giveUp = performance.now() + patienceMs
  let until = performance.now() + SLICE_MS
  let number = Math.max(known === undefined ? flow.first : after + 1, trace.first)
  const evicted = trace.first > flow.first
  for (let looked = 1; number <= last; number++, looked++) {
    if (trace.flowOf(number)?.id === flow.id) reader.read(number, number > after)
    if (looked % BETWEEN_LOOKS !== 0 || performance.now() < until) continue
    if (performance.now() > giveUp || signal?.aborted) {
      number++
      break
    }
    await nextTurn()
    until = performance.now() + SLICE_MS
  }
  const reached = Math.max(number - 1, after)
  if (run === trace.run) keep(trace, `${run} ${flow.id} ${reached}`, reader.progress)
  const { client, server, told, of, dropped } = reader.points()
  const shared = {
    flow: flow.id,
    start: flow.firstTime,
    last: reached,
    end: reached >= flow.last ? end : timeOf(trace, reached, start, end),
    complete: reached >= last,
    thinned: told === of ? null : thinnedWords(told, of, dropped),
    evicted,
    bin,
  }
  return { ...shared, transport: flow.transport, client, server } as FlowSeries
}

function readerOf(
  flow: FlowNode,
  options: ReaderOptions,
  known: Progress | undefined,
): SegmentSeriesReader | DatagramSeriesReader {
  if (flow.transport === 'udp') {
    return new DatagramSeriesReader(
      options,
      known instanceof DatagramProgress ? known.copy() : new DatagramProgress(),
    )
  }
  return new SegmentSeriesReader(
    options,
    known instanceof SegmentProgress ? known.copy() : new SegmentProgress(),
  )
}

function thinnedWords(told: number, of: number, dropped: number): string {
  const left = dropped === 0 ? '' : ` ${dropped} more of those are left out.`
  return `${told} of ${of} packets: of each ${SLICES}th of the time the first, the last, those with the smallest and the largest numbers, and up to ${SPECIALS_A_SLICE} sent again, lost or otherwise noteworthy.${left}`
}

function timeOf(trace: Trace, number: number, start: bigint, otherwise: number): number {
  const frame = trace.frame(number)
  return frame === undefined ? otherwise : Math.min(otherwise, Number(frame.time - start) / 1e9)
}

function placesOf(trace: Trace): Map<string, Progress> {
  let known = places.get(trace)
  if (known === undefined) {
    known = new Map()
    places.set(trace, known)
  }
  return known
}

function keep(trace: Trace, key: string, progress: Progress): void {
  const known = placesOf(trace)
  known.delete(key)
  known.set(key, progress)
  if (known.size <= PLACES_KEPT) return
  const [oldest] = known.keys()
  if (oldest !== undefined) known.delete(oldest)
}
