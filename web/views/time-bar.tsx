/** The bar at the foot of the page: all that is stored, where in it the page stands, and the ways to other times. */
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Timeline } from '../../server/dashboard/api-time.ts'
import { between, formatCount, formatInterval } from '../lib/format.ts'
import { redraw } from '../lib/frame.ts'
import { speedName } from '../lib/replay.ts'
import { Icon } from './icons.tsx'
import { drawTimeBar } from './time-bar-draw.ts'
import { layoutTimeBar, placeOf, type TimeBarLayout, timeAt } from './time-bar-layout.ts'

export interface TimeBarProps {
  timeline: Timeline
  /** The packet that the page stands behind; null while it follows what comes. */
  cursor: { readonly number: number; readonly time: string } | null
  /** While it plays, seconds since the oldest packet held; else null. */
  playhead: number | null
  playing: boolean
  /** A silence passes faster than the rest. */
  shortened: boolean
  speed: number
  speeds: readonly number[]
  /** Packets behind the cursor, of those that match. */
  newer: number
  /** Why it does not stand where it was asked to. */
  problem: string | null
  /** Nothing more will come. */
  file: boolean
  theme: string
  /** Seconds since the oldest packet held. `aloud`: one can't see where that leads. */
  onSeek: (at: number, aloud: boolean) => void
  onStep: (by: -1 | 1) => void
  onEnd: (end: 'oldest' | 'newest') => void
  onPlay: () => void
  onSpeed: (speed: number) => void
  onLive: () => void
}

/** Of what is stored, with one press of Page Up or Page Down. */
const PAGE = 1 / 10
const EMPTY: TimeBarLayout = { width: 0, height: 0, span: 0, bars: [], silences: [], stops: [] }

export function TimeBar(props: TimeBarProps) {
  const { timeline, cursor, playhead, playing, newer, file, theme } = props
  const track = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  const layout = useMemo(() => (size.width === 0 ? EMPTY : layoutTimeBar(timeline, size)), [timeline, size])
  const { first, last } = timeline
  const origin = first?.time ?? '0'
  const at = playhead ?? (cursor === null ? layout.span : Math.max(0, between(origin, cursor.time)))
  const place = placeOf(layout.stops, at)

  useLayoutEffect(() => {
    const element = track.current
    if (element === null) return
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight })
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const paint = useRef(() => {})
  paint.current = () => {
    if (canvas.current !== null) drawTimeBar(canvas.current, layout, cursor === null ? Infinity : place)
  }
  const [repaint] = useState(() => () => paint.current())
  useLayoutEffect(() => redraw(repaint), [layout, cursor === null, Math.round(place), theme])

  const seek = (event: PointerEvent) => {
    const x = event.clientX - (track.current?.getBoundingClientRect().left ?? 0)
    props.onSeek(timeAt(layout.stops, Math.max(0, Math.min(layout.width, x))), false)
  }

  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const act = keyOf(event.key, props, layout.span, at)
    if (act === undefined) return
    event.preventDefault()
    event.stopPropagation()
    act()
  }

  const stands = cursor === null ? 'live' : `packet ${formatCount(cursor.number)}`
  const when = `${formatInterval(at)} of ${formatInterval(layout.span)}`
  return (
    <section class={cursor === null ? 'time-bar' : 'time-bar is-held'} aria-label="Time">
      <div class="time-bar__steps">
        <button
          type="button"
          class="time-bar__button"
          aria-label="One packet back"
          title="One packet back ( , )"
          onClick={() => props.onStep(-1)}
        >
          <Icon name="stepBack" />
        </button>
        <button
          type="button"
          class="time-bar__button"
          aria-label={playing ? 'Stop playing' : 'Play again'}
          title={playing ? 'Stop (Shift+Space)' : 'Play again (Shift+Space)'}
          onClick={props.onPlay}
        >
          <Icon name={playing ? 'pause' : 'play'} />
        </button>
        <button
          type="button"
          class="time-bar__button"
          aria-label="One packet on"
          title="One packet on ( . )"
          onClick={() => props.onStep(1)}
        >
          <Icon name="stepOn" />
        </button>
        <select
          class="time-bar__speed"
          aria-label="Speed of playing"
          value={String(props.speed)}
          onChange={(event) => props.onSpeed(Number(event.currentTarget.value))}
        >
          {props.speeds.map((speed) => (
            <option key={speed} value={String(speed)}>
              {speedName(speed)}
            </option>
          ))}
        </select>
      </div>
      <div
        ref={track}
        class="time-bar__track"
        role="slider"
        tabIndex={0}
        aria-label="Time"
        aria-valuemin={0}
        aria-valuemax={Number(layout.span.toFixed(6))}
        aria-valuenow={Number(at.toFixed(6))}
        aria-valuetext={`${stands}, ${when}`}
        onKeyDown={key}
        onPointerDown={(event) => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          seek(event)
        }}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) seek(event)
        }}
      >
        <canvas ref={canvas} class="time-bar__picture" />
        {last !== null && (
          <span class="time-bar__head" style={`transform: translateX(${place.toFixed(1)}px)`} />
        )}
      </div>
      <p class="time-bar__where">
        {props.problem !== null ? (
          <span role="alert">{props.problem}</span>
        ) : cursor === null ? (
          <span>{`${formatInterval(layout.span)} stored`}</span>
        ) : (
          <>
            <span>{`packet ${formatCount(cursor.number)}`}</span>{' '}
            <span class="time-bar__when">{props.shortened ? 'silence, shortened' : formatInterval(at)}</span>
          </>
        )}
      </p>
      {!file && (
        <button
          type="button"
          class="time-bar__live"
          aria-pressed={cursor === null}
          title={cursor === null ? 'The page follows what comes' : 'Back to what comes'}
          onClick={props.onLive}
        >
          <span class={`state-mark state-mark--${cursor === null ? 'solid' : 'hollow'}`} aria-hidden="true" />
          Live
          {cursor !== null && newer > 0 && (
            <span class="time-bar__newer">{`${formatCount(newer)} newer`}</span>
          )}
        </button>
      )}
      {file && cursor !== null && newer > 0 && (
        <span class="time-bar__newer">{`${formatCount(newer)} later`}</span>
      )}
    </section>
  )
}

/** What a key does on the slider: arrows go by packets, the others over the whole. */
function keyOf(
  key: string,
  { onStep, onSeek, onEnd, onPlay }: TimeBarProps,
  span: number,
  at: number,
): (() => void) | undefined {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return () => onStep(-1)
    case 'ArrowRight':
    case 'ArrowUp':
      return () => onStep(1)
    case 'PageDown':
      return () => onSeek(Math.max(0, at - span * PAGE), true)
    case 'PageUp':
      return () => onSeek(Math.min(span, at + span * PAGE), true)
    case ' ':
      return onPlay
    case 'Home':
      return () => onEnd('oldest')
    case 'End':
      return () => onEnd('newest')
    default:
      return undefined
  }
}
