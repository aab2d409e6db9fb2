/** What the receiver allows, what the network is thought to bear, and what is under way: RFC 9293 §3.8.6, RFC 5681. */
import type { SampleNode } from '../../server/dashboard/api-network.ts'
import type { SegmentPoints } from '../../server/dashboard/api-series.ts'
import { formatBytes, formatInterval } from '../lib/format.ts'
import { lastUpTo, nearest, type Side } from '../lib/series.ts'
import {
  type Area,
  type Band,
  bytesTick,
  type EdgeNote,
  type Frame,
  groundOf,
  type Ink,
  inSight,
  type LegendEntry,
  type Line,
  linear,
  type Reading,
  type Scene,
  type Silence,
  sceneOf,
  stepTo,
  valueTicks,
} from './chart-scene.ts'
import { backwards, type RoundTripInput, samplesWithin } from './round-trip-layout.ts'

export interface WindowInput extends RoundTripInput {
  /** At which end the capture stands; null where both ends are one host. */
  readonly at: Side | null
}

/** What the receiver allows, or the threshold, may make the picture so many times higher. */
const ROOM_ABOVE = 2
/** Phases by their ink, and their names, the shorter where there is less room. */
const PHASE_WORDS = {
  'slow-start': ['slow start'],
  avoidance: ['congestion avoidance', 'avoidance'],
  'fast-recovery': ['fast recovery', 'recovery'],
  'rto-recovery': ['timeout recovery', 'timeout'],
} as const satisfies Partial<Record<Ink, readonly string[]>>
type Phase = keyof typeof PHASE_WORDS
/** Pixels of a letter. */
const LETTER = 6.2

export function layoutWindow({ series, side, samples, at }: WindowInput, frame: Frame): Scene | Silence {
  const own = series[side]
  const acks = series[side === 'client' ? 'server' : 'client']
  if (own.totals.fresh === 0 && own.totals.again === 0) {
    return {
      silence: `The ${side} has sent no bytes yet: nothing was under way, and no window has mattered.`,
    }
  }
  const { plot, x } = groundOf(frame)
  const { span } = frame
  const known = samplesWithin(samples, series.start, frame)
  const [first, last] = inSight(acks.time, span)
  const wire = unacknowledged(own, acks)
  const told = known.length > 0
  const flight = told ? underWay(known, at === null || at === side ? wire : []) : wire

  let most = 1
  for (const { cwnd, inFlight } of known) most = Math.max(most, cwnd, inFlight)
  for (const [time, bytes] of flight) if (time >= span.from && time <= span.to) most = Math.max(most, bytes)
  const notes: EdgeNote[] = []
  let allowed = 0
  for (let i = first; i <= last; i++)
    if (acks.ack[i] !== null) allowed = Math.max(allowed, acks.window[i] ?? 0)
  const threshold = Math.max(0, ...known.map(({ ssthresh }) => ssthresh ?? 0))
  let top = most
  for (const [key, words, value] of [
    ['window', 'receive window', allowed],
    ['ssthresh', 'ssthresh', threshold],
  ] as const) {
    if (value <= most * ROOM_ABOVE) top = Math.max(top, value)
    else notes.push({ key, text: `${words} up to ${formatBytes(value)}` })
  }
  top *= 1.08
  const y = linear(0, top, plot.bottom, plot.top)

  const unseen = new Set(acks.unseen)
  const rwnd: number[] = []
  const windowReadings: Reading[] = []
  for (let i = first; i <= last; i++) {
    if (acks.ack[i] === null || unseen.has(i)) continue
    const [time = 0, window = 0] = [acks.time[i], acks.window[i]]
    stepTo(rwnd, x(time), y(window))
    windowReadings.push({
      number: acks.number[i] ?? null,
      time,
      x: x(time),
      y: y(Math.min(window, top)),
      text: `receive window ${formatBytes(window)}`,
    })
  }
  const cwnd: number[] = []
  const ssthresh: number[] = []
  const sampleReadings: Reading[] = []
  for (const sample of known) {
    stepTo(cwnd, x(sample.at), y(sample.cwnd))
    if (sample.ssthresh !== null) stepTo(ssthresh, x(sample.at), y(sample.ssthresh))
    // Of what was told at one moment the last is how it stood.
    if (sampleReadings.at(-1)?.time === sample.at) sampleReadings.pop()
    sampleReadings.push({
      number: packetAt(own, acks, sample.at),
      time: sample.at,
      x: x(sample.at),
      y: y(sample.cwnd),
      text: sampleWords(sample),
    })
  }
  const under: number[] = []
  for (const [time, bytes] of flight) stepTo(under, x(time), y(bytes))
  const readings = told ? sampleReadings : windowReadings
  const lines: Line[] = [
    { ink: 'window', points: rwnd },
    { ink: 'flight', points: under },
  ]
  if (told) lines.push({ ink: 'ssthresh', points: ssthresh }, { ink: 'cwnd', points: cwnd })
  const areas: Area[] = under.length < 4 ? [] : [{ ink: 'flight', points: floored(under, plot.bottom) }]
  const bands = bandsOf(known, x, plot)
  return sceneOf(frame, {
    plot,
    yTicks: valueTicks(plot, 0, top, y, bytesTick),
    bands,
    areas,
    lines,
    notes,
    readings,
    legend: legendOf(told, bands),
  })
}

/** An area from a line down to a height. */
function floored(points: readonly number[], bottom: number): number[] {
  const flat = points.map((value, i) => (i % 2 === 1 ? bottom : value))
  return [...points, ...backwards(flat)]
}

/** Bytes sent and not acknowledged, as the capture has it. */
function unacknowledged(own: SegmentPoints, acks: SegmentPoints): (readonly [time: number, bytes: number])[] {
  const steps: (readonly [number, number])[] = []
  const unseen = new Set(own.unseen)
  let [sent, acked, i, j] = [0, 0, 0, 0]
  while (i < own.time.length || j < acks.time.length) {
    const [ownTime = Number.POSITIVE_INFINITY, ackTime = Number.POSITIVE_INFINITY] = [
      own.time[i],
      acks.time[j],
    ]
    if (ownTime <= ackTime) {
      if (!unseen.has(i)) sent = Math.max(sent, (own.seq[i] ?? 0) + (own.length[i] ?? 0))
      i++
    } else {
      acked = Math.max(acked, acks.ack[j] ?? 0)
      j++
    }
    steps.push([Math.min(ownTime, ackTime), Math.max(0, sent - acked)])
  }
  return steps
}

/**
 * Bytes in flight as the sender told. It tells at most a hundred times a second: where the wire beside it shows that less
 * is unacknowledged since, no more than that can be under way.
 */
function underWay(
  samples: readonly { at: number; inFlight: number }[],
  wire: readonly (readonly [time: number, bytes: number])[],
): (readonly [time: number, bytes: number])[] {
  const steps: (readonly [number, number])[] = []
  let at = lastUpTo(
    wire.map(([time]) => time),
    samples[0]?.at ?? 0,
  )
  samples.forEach((sample, i) => {
    steps.push([sample.at, sample.inFlight])
    const until = samples[i + 1]?.at ?? Number.POSITIVE_INFINITY
    for (at = Math.max(0, at); at < wire.length && (wire[at]?.[0] ?? 0) < until; at++) {
      const [time = 0, bytes = 0] = wire[at] ?? []
      const before = steps.at(-1)?.[1] ?? 0
      if (time > sample.at && bytes < before) steps.push([time, bytes])
    }
  })
  return steps
}

/** The packet nearest in time. */
function packetAt(one: SegmentPoints, other: SegmentPoints, time: number): number | null {
  const [i, j] = [nearest(one.time, time), nearest(other.time, time)]
  const away = (at: number, times: readonly number[]) =>
    at < 0 ? Number.POSITIVE_INFINITY : Math.abs((times[at] ?? 0) - time)
  return (away(i, one.time) <= away(j, other.time) ? one.number[i] : other.number[j]) ?? null
}

function phaseOf({ recovery, cwnd, ssthresh }: SampleNode): Phase {
  if (recovery !== 'open') return recovery === 'fast recovery' ? 'fast-recovery' : 'rto-recovery'
  return ssthresh === null || cwnd < ssthresh ? 'slow-start' : 'avoidance'
}

function bandsOf(
  samples: readonly (SampleNode & { at: number })[],
  x: (time: number) => number,
  { left, right }: { left: number; right: number },
): Band[] {
  const bands: Band[] = []
  const runs: { phase: Phase; from: number; to: number }[] = []
  for (const sample of samples) {
    const phase = phaseOf(sample)
    const run = runs.at(-1)
    if (run !== undefined) run.to = sample.at
    if (run?.phase !== phase) runs.push({ phase, from: sample.at, to: sample.at })
  }
  for (const { phase, from, to } of runs) {
    const x0 = Math.max(left, x(from))
    const x1 = Math.min(right, x(to))
    if (x1 - x0 < 1) continue
    const label = PHASE_WORDS[phase].find((words) => words.length * LETTER + 8 < x1 - x0) ?? ''
    bands.push({ key: `${phase} ${from}`, x0, x1, label, ink: phase })
  }
  return bands
}

function sampleWords(sample: SampleNode): string {
  const threshold = sample.ssthresh === null ? 'no ssthresh yet' : `ssthresh ${formatBytes(sample.ssthresh)}`
  return `cwnd ${formatBytes(sample.cwnd)}, ${threshold}, ${formatBytes(sample.inFlight)} in flight, ${PHASE_WORDS[phaseOf(sample)][0]}`
}

function legendOf(told: boolean, bands: readonly Band[]): LegendEntry[] {
  if (!told) {
    return [
      { ink: 'window', shape: 'line', text: 'receive window, captured' },
      { ink: 'flight', shape: 'area', text: 'not acknowledged yet, captured' },
    ]
  }
  return [
    { ink: 'window', shape: 'line', text: 'receive window, captured' },
    { ink: 'cwnd', shape: 'line', text: 'cwnd', own: true },
    { ink: 'ssthresh', shape: 'line', text: 'ssthresh', own: true },
    { ink: 'flight', shape: 'area', text: 'in flight', own: true },
    ...(['fast-recovery', 'rto-recovery'] as const)
      .filter((phase) => bands.some(({ ink }) => ink === phase))
      .map((phase) => ({ ink: phase, shape: 'area', text: PHASE_WORDS[phase][0], own: true }) as const),
  ]
}

/** What it shows. `note`: why the sender told nothing; null when it did. */
export function windowWords(samples: readonly SampleNode[], side: Side, note: string | null): string {
  if (samples.length === 0) {
    return `The receive window stands in every ACK. ${note ?? `The ${side} has told nothing of its congestion window.`}`
  }
  const most = Math.max(...samples.map(({ cwnd }) => cwnd))
  const phases: Phase[] = []
  let [recoveries, timeouts, inRecovery] = [0, 0, 0]
  samples.forEach((sample, i) => {
    const phase = phaseOf(sample)
    if (phase !== phases.at(-1)) {
      phases.push(phase)
      if (phase === 'fast-recovery') recoveries++
      if (phase === 'rto-recovery') timeouts++
    }
    const next = samples[i + 1]
    if (next !== undefined && sample.recovery !== 'open') inRecovery += next.time - sample.time
  })
  const repairs =
    recoveries + timeouts === 0
      ? 'It never had to repair a loss.'
      : `Recovery began ${times(recoveries)} by duplicate ACKs and ${times(timeouts)} by the timer, ${formatInterval(inRecovery / 1000)} in all.`
  return `The ${side}’s congestion window reached ${formatBytes(most)}. ${repairs}`
}

const times = (count: number) => (count === 0 ? 'never' : count === 1 ? 'once' : `${count} times`)
