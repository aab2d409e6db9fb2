/** One chart: its marks on a canvas, its axes beside them, and every way to read and zoom it. */
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { formatInterval } from '../lib/format.ts'
import { redraw } from '../lib/frame.ts'
import { between, isWhole, moved, type Span, zoomed } from '../lib/time-axis.ts'
import { drawFrame, drawNotes, drawPointing, type Looks, paintScene } from './chart-draw.ts'
import { closestReading, readingAt, readingByKey } from './chart-reading.ts'
import { sceneSvg } from './chart-save.ts'
import {
  type Frame,
  type LegendEntry,
  type Reading,
  type Scene,
  type Silence,
  swatchPath,
} from './chart-scene.ts'
import { PictureTools } from './picture-tools.tsx'
import { useWidth } from './viewport.ts'

/** What all charts of a conversation share. */
export interface ChartShare {
  span: Span
  whole: Span
  onSpan: (span: Span) => void
  /** Where in time the pointer is, on whichever chart; seconds. */
  hover: number | null
  onHover: (time: number | null) => void
  pointed: number | null
  onPoint: (packet: number | null) => void
  selected: number | null
  onSelect: (packet: number) => void
  /** Where in time the page stands; null while it follows. */
  cursor: number | null
  looks: Looks | null
}

export interface ChartProps {
  name: string
  title: string
  /** Over what the sender alone knows. */
  ownWords?: string
  summary: string
  /** Of the plot and its axes, pixels. */
  height?: number
  layout: (frame: Frame) => Scene | Silence
  /** Ways to draw it otherwise. */
  tools?: ComponentChildren
  share: ChartShare
  /** How to read it. */
  children: ComponentChildren
}

/** Below this there is less room for words. */
const TIGHT_BELOW = 520
/** A press that moves less than this is a click. */
const CLICK_PIXELS = 4
const ZOOM_STEP = 0.6

export function Chart({
  name,
  title,
  ownWords = '',
  summary,
  height = 200,
  layout,
  tools,
  share,
  children,
}: ChartProps) {
  const { span, whole, onSpan, hover, onHover, pointed, onPoint, selected, onSelect, cursor, looks } = share
  const plot = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const axes = useRef<SVGSVGElement>(null)
  const over = useRef<SVGSVGElement>(null)
  const width = useWidth(plot)
  const [range, setRange] = useState<readonly [number, number] | null>(null)
  const press = useRef<{ x: number; time: number; span: Span; pans: boolean } | null>(null)
  /** The point that this chart's own pointer or keys are on. */
  const [kept, setKept] = useState<Reading | null>(null)

  const made = useMemo(
    () => (width === 0 ? null : layout({ width, height, span, tight: width < TIGHT_BELOW })),
    [layout, width, height, span],
  )
  const scene = made === null || 'silence' in made ? null : made
  const readings = scene?.readings ?? []
  const own = kept === null ? undefined : readings.find((one) => isSame(one, kept))
  const reading = own ?? closestReading(readings, pointed, hover)

  useLayoutEffect(() => {
    if (scene === null || looks === null) return
    const paint = () => {
      if (axes.current !== null) drawFrame(axes.current, scene)
      if (over.current !== null) drawNotes(over.current, scene)
      if (canvas.current !== null) paintScene(canvas.current, scene, looks, devicePixelRatio)
    }
    redraw(paint)
  }, [scene, looks])

  useLayoutEffect(() => {
    if (scene === null || over.current === null) return
    const on = selected === null ? null : (scene.readings.find(({ number }) => number === selected) ?? null)
    drawPointing(over.current, scene, { time: reading?.time ?? hover, reading, selected: on, cursor, range })
  }, [scene, reading, hover, selected, cursor, range])

  useEffect(() => {
    const element = plot.current
    if (element === null || scene === null) return
    const onWheel = (event: WheelEvent) => {
      const lines = event.deltaMode === 1 ? 16 : 1
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY)
      const seconds = (span.to - span.from) / (scene.plot.right - scene.plot.left)
      const next = sideways
        ? moved(span, whole, event.deltaX * lines * seconds)
        : zoomed(span, whole, Math.exp(event.deltaY * lines * 0.0018), timeAt(event.clientX))
      // There is nothing more to see: the page scrolls.
      if (next.from === span.from && next.to === span.to) return
      event.preventDefault()
      onSpan(next)
    }
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => element.removeEventListener('wheel', onWheel)
  })

  function timeAt(clientX: number): number {
    if (scene === null || plot.current === null) return span.from
    const { left } = plot.current.getBoundingClientRect()
    const share = (clientX - left - scene.plot.left) / (scene.plot.right - scene.plot.left)
    return span.from + Math.min(1, Math.max(0, share)) * (span.to - span.from)
  }

  function read(at: number | null): void {
    const found = at === null ? undefined : readings[at]
    setKept(found ?? null)
    onHover(found?.time ?? null)
    onPoint(found?.number ?? null)
  }

  function onPointerMove(event: PointerEvent): void {
    const started = press.current
    const time = timeAt(event.clientX)
    if (started !== null && Math.abs(event.clientX - started.x) >= CLICK_PIXELS) {
      if (!started.pans) setRange([started.time, time])
      else if (scene !== null) {
        const seconds = (started.span.to - started.span.from) / (scene.plot.right - scene.plot.left)
        onSpan(moved(started.span, whole, (started.x - event.clientX) * seconds))
      }
      return
    }
    const box = plot.current?.getBoundingClientRect()
    if (box === undefined) return
    const near = readingAt(readings, event.clientX - box.left, event.clientY - box.top)
    if (near === null) {
      setKept(null)
      onPoint(null)
      onHover(time)
    } else read(near)
  }

  function onPointerUp(event: PointerEvent): void {
    const started = press.current
    press.current = null
    setRange(null)
    if (started === null) return
    if (Math.abs(event.clientX - started.x) >= CLICK_PIXELS) {
      const next = started.pans ? undefined : between(started.time, timeAt(event.clientX), whole)
      if (next !== undefined) onSpan(next)
      return
    }
    if (reading?.number != null) onSelect(reading.number)
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const middle = reading?.time
    const length = span.to - span.from
    const here = reading === null ? null : readings.indexOf(reading)
    const to = event.shiftKey ? undefined : readingByKey(event.key, here, readings.length)
    if (to !== undefined) {
      if (to === 'before') onSpan(moved(span, whole, -length / 2))
      else if (to === 'behind') onSpan(moved(span, whole, length / 2))
      else read(to)
    } else if (event.key === '+' || event.key === '=') onSpan(zoomed(span, whole, ZOOM_STEP, middle))
    else if (event.key === '-') onSpan(zoomed(span, whole, 1 / ZOOM_STEP, middle))
    else if (event.key === '0') onSpan(whole)
    else if (event.key === 'ArrowLeft') onSpan(moved(span, whole, -length / 5))
    else if (event.key === 'ArrowRight') onSpan(moved(span, whole, length / 5))
    else if (event.key === 'Enter' || event.key === ' ') {
      if (reading?.number != null) onSelect(reading.number)
    } else return
    event.preventDefault()
    event.stopPropagation()
  }

  const said = reading === null ? '' : readingWords(reading)
  return (
    <figure class="chart" data-chart={name}>
      <header class="chart__head">
        <h4 class="chart__title">{title}</h4>
        {tools}
        <PictureTools name={name} title={title} description={summary} draw={() => scene && sceneSvg(scene)}>
          {children}
        </PictureTools>
      </header>
      {summary !== '' && <figcaption class="chart__summary">{summary}</figcaption>}
      {made !== null && 'silence' in made && <p class="chart__silence">{made.silence}</p>}
      <div
        class="chart__plot"
        ref={plot}
        hidden={made !== null && 'silence' in made}
        style={{ height: `${height}px` }}
        role="slider"
        tabIndex={0}
        aria-label={`${title}, point by point`}
        aria-describedby="chart-keys"
        aria-valuemin={0}
        aria-valuemax={readings.length}
        aria-valuenow={reading === null ? 0 : readings.indexOf(reading) + 1}
        aria-valuetext={said === '' ? 'no point is read' : said}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          if (event.button !== 0) return
          press.current = { x: event.clientX, time: timeAt(event.clientX), span, pans: event.shiftKey }
          event.currentTarget.setPointerCapture(event.pointerId)
        }}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => {
          press.current = null
          setRange(null)
        }}
        onPointerLeave={() => press.current === null && read(null)}
        onBlur={() => read(null)}
        onDblClick={() => onSpan(whole)}
      >
        <svg class="chart__axes" ref={axes} aria-hidden="true" />
        <canvas class="chart__marks" ref={canvas} style={{ width: `${width}px`, height: `${height}px` }} />
        <svg class="chart__over" ref={over} aria-hidden="true" />
      </div>
      {scene !== null && (
        <div class="chart__foot">
          <Legend entries={scene.legend.filter(({ own }) => own !== true)} label="What the marks are" />
          <Legend entries={scene.legend.filter(({ own }) => own === true)} label={ownWords} own />
          <p class="chart__reading" aria-hidden="true">
            {said}
          </p>
        </div>
      )}
      {scene !== null && !isWhole(span, whole) && scene.readings.length === 0 && (
        <p class="chart__silence">Nothing to read in this stretch of time.</p>
      )}
    </figure>
  )
}

const isSame = (one: Reading, other: Reading) => one.time === other.time && one.number === other.number

function readingWords({ number, time, text }: Reading): string {
  const when = time <= 0 ? 'at the start' : `${formatInterval(time)} in`
  return `${number === null ? '' : `packet ${number}, `}${when}: ${text}`
}

function Legend({ entries, label, own }: { entries: LegendEntry[]; label: string; own?: boolean }) {
  if (entries.length === 0) return null
  return (
    <ul class={own === true ? 'chart__legend is-own' : 'chart__legend'} aria-label={label}>
      {entries.map((entry) => (
        <li key={entry.text}>
          <Swatch entry={entry} />
          {entry.text}
        </li>
      ))}
      {own === true && (
        <li class="chart__own" aria-hidden="true">
          {label}
        </li>
      )}
    </ul>
  )
}

function Swatch({ entry: { ink, shape } }: { entry: LegendEntry }) {
  const look = shape === 'area' ? `chart-area chart-area--${ink}` : `chart-ink chart-ink--${ink}`
  return (
    <svg class="chart__swatch" viewBox="-11 -9 22 18" aria-hidden="true">
      <path class={shape === 'line' || shape === 'bar' ? `${look} chart-line` : look} d={swatchPath(shape)} />
    </svg>
  )
}
