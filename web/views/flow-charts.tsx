/** The charts of one conversation over one time axis: zoomed, pointed at and read together. */
import { useCallback, useEffect, useId, useLayoutEffect, useMemo, useState } from 'preact/hooks'
import type { FlowSamples } from '../../server/dashboard/api-network.ts'
import type { DatagramSeries, FlowSeries, SegmentSeries } from '../../server/dashboard/api-series.ts'
import { formatInterval } from '../lib/format.ts'
import { type Side, talker, timeOfPacket } from '../lib/series.ts'
import { isWhole, type Span, zoomed } from '../lib/time-axis.ts'
import { Chart, type ChartShare } from './chart.tsx'
import { type Looks, readLooks } from './chart-draw.ts'
import type { Frame } from './chart-scene.ts'
import {
  ReadArrivals,
  ReadGaps,
  ReadRoundTrip,
  ReadSequence,
  ReadThroughput,
  ReadWindow,
} from './chart-words.tsx'
import { arrivalWords, gapWords, layoutArrivals, layoutGaps } from './datagrams-layout.ts'
import { layoutRoundTrip, roundTripWords } from './round-trip-layout.ts'
import { layoutThroughput, throughputWords } from './throughput-layout.ts'
import { layoutSequence, type SequenceStyle, sequenceWords } from './time-sequence-layout.ts'
import { layoutWindow, windowWords } from './window-layout.ts'

export interface FlowChartsProps {
  series: FlowSeries | null
  /** The stretch that is looked at with more of its points, where the whole was thinned out. */
  detail: { series: FlowSeries; span: Span } | null
  /** What both ends told of themselves; null while that is not known. */
  samples: FlowSamples | null
  /** Bits a second of the cable by who sends; null where there is none. */
  rates: Record<Side, number> | null
  /** At which end the capture stands; null where both ends are one host. */
  at: Side | null
  pointed: number | null
  onPoint: (packet: number | null) => void
  selected: number | null
  onSelect: (packet: number) => void
  /** The packet just behind which the page stands; null while it follows. */
  cursor: number | null
  /** What is looked at; null for the whole. */
  onLook: (span: Span | null) => void
}

const SEQUENCE_HEIGHT = 320
/** Of the time, on either side: a mark at the edge is whole. */
const MARGIN = 0.01
const SHORTEST = 0.001

export function FlowCharts(props: FlowChartsProps) {
  const { series, detail, samples, pointed, onPoint, selected, onSelect, cursor, onLook } = props
  const [chosen, setChosen] = useState<Span | null>(null)
  const [hover, setHover] = useState<number | null>(null)
  const [side, setSide] = useState<Side | null>(null)
  const [style, setStyle] = useState<SequenceStyle>('tcptrace')
  const [inks, setInks] = useState<SVGSVGElement | null>(null)
  const looks = useLooks(inks)

  const end = Math.max(SHORTEST, series?.end ?? 0)
  const whole = useMemo(() => ({ from: -end * MARGIN, to: end * (1 + MARGIN) }), [end])
  const span = chosen ?? whole
  const onSpan = useCallback((next: Span) => setChosen(isWhole(next, whole) ? null : next), [whole])
  useEffect(() => onLook(chosen), [chosen])
  const flow = series?.flow
  useEffect(() => {
    setChosen(null)
    setSide(null)
  }, [flow])

  if (series === null) return <p class="flow-charts__wait">Reading the conversation…</p>
  const share: ChartShare = {
    span,
    whole,
    onSpan,
    hover: hover ?? (pointed === null ? null : timeOfPacket(series, pointed)),
    onHover: setHover,
    pointed,
    onPoint,
    selected,
    onSelect,
    cursor: cursor === null ? null : (timeOfPacket(series, cursor) ?? 0),
    looks,
  }
  const from = side ?? talker(series)
  const near =
    detail !== null && covers(detail.span, span) && detail.series.flow === flow ? detail.series : series
  return (
    <div class="flow-charts">
      <svg class="flow-charts__inks" ref={setInks} aria-hidden="true" />
      <p class="visually-hidden" id="chart-keys">
        Arrow keys read point by point, plus and minus zoom, shift with an arrow moves, 0 shows all, Enter
        opens the packet.
      </p>
      <div class="flow-charts__bar">
        <Choice
          legend="What was sent by"
          value={from}
          options={[
            ['client', 'client'],
            ['server', 'server'],
          ]}
          onChoose={setSide}
        />
        <div class="flow-charts__zoom">
          <span class="flow-charts__range">
            {chosen === null
              ? `all ${formatInterval(end)}`
              : `${spanWords(chosen)} of ${formatInterval(end)}`}
          </span>
          <button
            type="button"
            aria-label="Zoom in"
            title="Zoom in (+)"
            onClick={() => onSpan(zoomed(span, whole, 0.5))}
          >
            +
          </button>
          <button
            type="button"
            aria-label="Zoom out"
            title="Zoom out (−)"
            disabled={chosen === null}
            onClick={() => onSpan(zoomed(span, whole, 2))}
          >
            −
          </button>
          <button
            type="button"
            disabled={chosen === null}
            title="Show all (0, or double click)"
            onClick={() => setChosen(null)}
          >
            All
          </button>
        </div>
      </div>
      {near.transport === 'tcp' && series.transport === 'tcp' ? (
        <SegmentCharts
          {...props}
          series={series}
          near={near}
          side={from}
          style={style}
          onStyle={setStyle}
          share={share}
        />
      ) : near.transport === 'udp' && series.transport === 'udp' ? (
        <DatagramCharts {...props} series={series} near={near} side={from} share={share} />
      ) : null}
      {near.thinned !== null && (
        <p class="flow-charts__thinned">
          {near === series ? 'Thinned out: ' : 'Thinned out here: '}
          {near.thinned} Zoom in and the rest is fetched.
        </p>
      )}
      {series.evicted && (
        <p class="flow-charts__thinned">
          Its first packets made room for newer ones: the charts begin with the oldest that is still held.
        </p>
      )}
      {samples !== null && series.transport === 'tcp' && samples.note !== null && (
        <p class="flow-charts__thinned">{samples.note}</p>
      )}
    </div>
  )
}

interface SegmentChartsProps extends Omit<FlowChartsProps, 'series'> {
  series: SegmentSeries
  near: SegmentSeries
  side: Side
  style: SequenceStyle
  onStyle: (style: SequenceStyle) => void
  share: ChartShare
}

function SegmentCharts({
  series,
  near,
  samples,
  rates,
  at,
  side,
  style,
  onStyle,
  share,
}: SegmentChartsProps) {
  const own = samples?.[side] ?? NO_SAMPLES
  const sequence = useCallback(
    (frame: Frame) => layoutSequence({ series: near, side, style }, frame),
    [near, side, style],
  )
  const roundTrip = useCallback(
    (frame: Frame) => layoutRoundTrip({ series: near, side, samples: own }, frame),
    [near, side, own],
  )
  const windows = useCallback(
    (frame: Frame) => layoutWindow({ series: near, side, samples: own, at }, frame),
    [near, side, own, at],
  )
  const ownWords = `the ${side}’s own state, never on the wire`
  return (
    <>
      <Chart
        name="time-sequence"
        title="Time and sequence"
        summary={sequenceWords(series, side)}
        height={SEQUENCE_HEIGHT}
        layout={sequence}
        share={share}
        tools={
          <Choice
            legend="as drawn by"
            quiet
            value={style}
            options={[
              ['tcptrace', 'tcptrace'],
              ['stevens', 'Stevens'],
            ]}
            onChoose={onStyle}
          />
        }
      >
        <ReadSequence style={style} />
      </Chart>
      <Chart
        name="window"
        title="Windows"
        ownWords={ownWords}
        summary={windowWords(own, side, samples?.note ?? null)}
        layout={windows}
        share={share}
      >
        <ReadWindow />
      </Chart>
      <Chart
        name="round-trip"
        title="Round-trip time"
        ownWords={ownWords}
        summary={roundTripWords(series, side, at)}
        layout={roundTrip}
        share={share}
      >
        <ReadRoundTrip />
      </Chart>
      <ThroughputChart series={series} rates={rates} side={side} share={share} />
    </>
  )
}

const NO_SAMPLES: FlowSamples['client'] = []

interface DatagramChartsProps extends Omit<FlowChartsProps, 'series'> {
  series: DatagramSeries
  near: DatagramSeries
  side: Side
  share: ChartShare
}

function DatagramCharts({ series, near, rates, side, share }: DatagramChartsProps) {
  const arrivals = useCallback((frame: Frame) => layoutArrivals({ series: near, side }, frame), [near, side])
  const gaps = useCallback((frame: Frame) => layoutGaps({ series: near, side }, frame), [near, side])
  return (
    <>
      <Chart
        name="arrivals"
        title="Datagrams"
        summary={arrivalWords({ series, side })}
        layout={arrivals}
        share={share}
      >
        <ReadArrivals />
      </Chart>
      <Chart
        name="gaps"
        title="Gaps and jitter"
        summary={gapWords({ series, side })}
        layout={gaps}
        share={share}
      >
        <ReadGaps />
      </Chart>
      <ThroughputChart series={series} rates={rates} side={side} share={share} />
    </>
  )
}

function ThroughputChart({
  series,
  rates,
  side,
  share,
}: Pick<FlowChartsProps, 'rates'> & { series: FlowSeries; side: Side; share: ChartShare }) {
  const rate = rates?.[side] ?? null
  const throughput = useCallback(
    (frame: Frame) => layoutThroughput({ series, side, rate }, frame),
    [series, side, rate],
  )
  return (
    <Chart
      name="throughput"
      title="Throughput and goodput"
      summary={throughputWords(series, side)}
      layout={throughput}
      share={share}
    >
      <ReadThroughput />
    </Chart>
  )
}

interface ChoiceProps<T extends string> {
  legend: string
  /** The legend is only read aloud. */
  quiet?: boolean
  value: T
  options: readonly (readonly [T, string])[]
  onChoose: (value: T) => void
}

function Choice<T extends string>({ legend, quiet = false, value, options, onChoose }: ChoiceProps<T>) {
  const name = useId()
  return (
    <fieldset class="flow-charts__choice">
      <legend class={quiet ? 'visually-hidden' : undefined}>{legend}</legend>
      {options.map(([one, words]) => (
        <label key={one}>
          <input type="radio" name={name} checked={one === value} onChange={() => onChoose(one)} />
          <span>{words}</span>
        </label>
      ))}
    </fieldset>
  )
}

/** What the inks look like, read again whenever the page changes its looks. */
function useLooks(inks: SVGSVGElement | null): Looks | null {
  const [looks, setLooks] = useState<Looks | null>(null)
  useLayoutEffect(() => {
    if (inks === null) return
    const read = () => setLooks(readLooks(inks))
    read()
    const observer = new MutationObserver(read)
    observer.observe(document.documentElement, { attributes: true })
    const wishes = ['(forced-colors: active)', '(prefers-contrast: more)'].map((wish) => matchMedia(wish))
    for (const wish of wishes) wish.addEventListener('change', read)
    return () => {
      observer.disconnect()
      for (const wish of wishes) wish.removeEventListener('change', read)
    }
  }, [inks])
  return looks
}

const covers = (outer: Span, inner: Span) => outer.from <= inner.from && outer.to >= inner.to

function spanWords({ from, to }: Span): string {
  return `${formatInterval(to - from)} at ${formatInterval(Math.max(0, from))},`
}
