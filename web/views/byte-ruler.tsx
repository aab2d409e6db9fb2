/** The byte ruler: both directions' streams along their offsets, each with its writes, segments and messages. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { formatBytes, formatCount } from '../lib/format.ts'
import { redraw } from '../lib/frame.ts'
import { bothWays, drawRuler } from './byte-ruler-draw.ts'
import {
  layoutRuler,
  panned,
  type RulerData,
  type RulerMark,
  type RulerView,
  streamEnd,
  zoomed,
} from './byte-ruler-layout.ts'
import { rulerWords } from './byte-ruler-words.ts'
import { PictureTools } from './picture-tools.tsx'
import { useWidth } from './viewport.ts'

export interface ByteRulerProps {
  client: RulerData
  server: RulerData
  selected: number | null
  /** Segments older than those that are here. */
  earlier: number
  onSelect: (number: number) => void
}

/** A stream up to this long is shown whole at first; of a longer one its newest part. */
const WHOLE = 6000
const ZOOM = 1.5
const ROW_NAMES = [
  ['written', 'written'],
  ['sent', 'segments'],
  ['read', 'read'],
] as const

export function ByteRuler({ client, server, selected, earlier, onSelect }: ByteRulerProps) {
  const root = useRef<HTMLDivElement>(null)
  return (
    <div class="byte-ruler" ref={root}>
      {earlier > 0 && (
        <p class="byte-ruler__words">
          The newest segments; {formatCount(earlier)} older ones are left out here.
        </p>
      )}
      <div class="byte-ruler__aside">
        <PictureTools
          name="byte-ruler"
          description={`To the server: ${rulerWords(client)} To the client: ${rulerWords(server)}`}
          draw={() => bothWays([...(root.current?.querySelectorAll<SVGSVGElement>(PICTURE) ?? [])])}
        >
          <HowToRead />
        </PictureTools>
      </div>
      <OneWay name="client → server" id="client" data={client} selected={selected} onSelect={onSelect} />
      <OneWay name="server → client" id="server" data={server} selected={selected} onSelect={onSelect} />
    </div>
  )
}

const PICTURE = '.byte-ruler__picture'

interface OneWayProps {
  name: string
  id: string
  data: RulerData
  selected: number | null
  onSelect: (number: number) => void
}

function OneWay({ name, id, data, selected, onSelect }: OneWayProps) {
  const picture = useRef<SVGSVGElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  const width = useWidth(frame)
  /** Null follows the newest. */
  const [view, setView] = useState<RulerView | null>(null)
  const end = useMemo(() => streamEnd(data), [data])
  const seen = view ?? { from: Math.max(0, end - WHOLE), to: Math.max(end, 16) }
  /** Of what is here: older segments may be left out. */
  const begin = useMemo(() => data.segments.reduce((least, { start }) => Math.min(least, start), end), [data])
  const words = useMemo(() => rulerWords(data), [data])
  const layout = useMemo(
    () => (width === 0 ? undefined : layoutRuler(data, seen, width)),
    [data, seen.from, seen.to, width],
  )

  const zoom = (factor: number, about = 0.5) => setView(zoomed(seen, factor, about, end))
  const pan = (share: number) => setView(panned(seen, share * (seen.to - seen.from), end))
  const pick = (mark: RulerMark) => {
    const [first] = mark.numbers
    if (mark.count > 1) {
      const margin = (mark.end - mark.start) * 0.2
      setView(zoomed({ from: mark.start - margin, to: mark.end + margin }, 1, 0.5, end))
    } else if (first !== undefined) onSelect(first)
  }

  const paint = () => {
    if (picture.current === null || layout === undefined) return
    drawRuler(picture.current, layout, {
      selected,
      onPick: pick,
      onEdge: (direction) => pan(direction * 0.5),
    })
  }
  const painter = useRef(paint)
  painter.current = paint
  const [repaint] = useState(() => () => painter.current())
  useLayoutEffect(() => redraw(repaint), [layout, selected])

  // A packet chosen elsewhere comes into sight.
  const shown = useRef<number | null>(selected)
  useEffect(() => {
    if (selected === shown.current) return
    shown.current = selected
    const segment = data.segments.find(({ number, length }) => number === selected && length > 0)
    if (segment === undefined) return
    const to = segment.start + segment.length
    if (segment.start < seen.to && to > seen.from) return
    const half = (seen.to - seen.from) / 2
    setView(panned({ from: segment.start - half, to: segment.start + half }, 0, end))
  }, [selected])

  const act = { zoom, pan }
  const latest = useRef(act)
  latest.current = act
  useEffect(() => listen(frame.current, latest), [])

  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === '+' || event.key === '=') zoom(1 / ZOOM)
    else if (event.key === '-') zoom(ZOOM)
    else if (event.key === '0') setView({ from: begin, to: Math.max(begin + 16, end) })
    else if (event.shiftKey && event.key === 'ArrowLeft') pan(-0.25)
    else if (event.shiftKey && event.key === 'ArrowRight') pan(0.25)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const whole = seen.from <= begin && seen.to >= end
  return (
    <section
      class="byte-ruler__way"
      aria-label={`Bytes ${id === 'client' ? 'to the server' : 'to the client'}`}
    >
      <header class="byte-ruler__head">
        <h4>{name}</h4>
        <span class="byte-ruler__total">{formatBytes(end)}</span>
        <div class="byte-ruler__tools">
          <button
            type="button"
            onClick={() => zoom(ZOOM)}
            disabled={whole}
            aria-label="Zoom out"
            title="Zoom out (-)"
          >
            −
          </button>
          <button type="button" onClick={() => zoom(1 / ZOOM)} aria-label="Zoom in" title="Zoom in (+)">
            +
          </button>
          <button
            type="button"
            disabled={whole}
            onClick={() => setView({ from: begin, to: Math.max(begin + 16, end) })}
            title="The whole stream (0)"
          >
            All
          </button>
          <button
            type="button"
            aria-pressed={view === null}
            onClick={() => setView(null)}
            title="Follow the newest bytes"
          >
            Newest
          </button>
        </div>
      </header>
      <p class="byte-ruler__words">{words}</p>
      <div class="byte-ruler__body" hidden={end === 0}>
        <div class="byte-ruler__names" aria-hidden="true" style={`height: ${layout?.height ?? 0}px`}>
          {layout?.rows.map((row) => (
            <span key={row.id} style={`top: ${row.y}px`}>
              {ROW_NAMES.find(([row_]) => row_ === row.id)?.[1]}
            </span>
          ))}
        </div>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: keys of the marks inside, which have the focus */}
        <div class="byte-ruler__frame" ref={frame} onKeyDown={key}>
          <svg ref={picture} class="byte-ruler__picture" role="group" aria-label={words} />
        </div>
      </div>
    </section>
  )
}

type Acts = { readonly current: { zoom(factor: number, about: number): void; pan(share: number): void } }

/** The wheel zooms where the picture has the focus, or with Ctrl; it moves along sideways; a drag moves as well. */
function listen(element: HTMLElement | null, acts: Acts): (() => void) | undefined {
  if (element === null) return undefined
  const wheel = (event: WheelEvent) => {
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX
    const inside = element.contains(document.activeElement)
    if (sideways !== 0 && Math.abs(sideways) >= Math.abs(event.shiftKey ? 0 : event.deltaY)) {
      acts.current.pan(sideways / element.clientWidth)
    } else if (event.ctrlKey || inside) {
      const { left } = element.getBoundingClientRect()
      acts.current.zoom(1.0015 ** event.deltaY, (event.clientX - left) / element.clientWidth)
    } else return
    event.preventDefault()
  }
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return
    let from = event.clientX
    let dragging = false
    const move = (moved: PointerEvent) => {
      if (!dragging && Math.abs(moved.clientX - from) < 4) return
      if (!dragging) element.setPointerCapture(event.pointerId)
      dragging = true
      acts.current.pan((from - moved.clientX) / element.clientWidth)
      from = moved.clientX
    }
    const stop = () => {
      element.removeEventListener('pointermove', move)
      window.removeEventListener('pointerup', stop)
      if (!dragging) return
      // What was dragged is not clicked as well.
      const swallow = (click: Event) => click.stopPropagation()
      element.addEventListener('click', swallow, true)
      setTimeout(() => element.removeEventListener('click', swallow, true))
    }
    element.addEventListener('pointermove', move)
    window.addEventListener('pointerup', stop)
  }
  element.addEventListener('wheel', wheel, { passive: false })
  element.addEventListener('pointerdown', down)
  return () => {
    element.removeEventListener('wheel', wheel)
    element.removeEventListener('pointerdown', down)
  }
}

function HowToRead() {
  return (
    <>
      <p>
        From left to right the bytes of one direction, counted from its first. Above, what the program wrote;
        in the middle, the segments that carried it, by packet number; below, the messages that came out.
      </p>
      <p>
        The edges need not meet: TCP is a stream, and cuts it where it likes. A notched end is PSH: nothing
        more waited behind it.
      </p>
      <p>
        A hollow write is a guess: its program did not tell. A lower, hatched segment was sent again; a broken
        one was lost; hatched ground no segment here carried.
      </p>
      <p>
        Arrows go from mark to mark, Enter opens the packet, + and − zoom, Shift with arrows moves along; so
        do the wheel and a drag.
      </p>
    </>
  )
}
