/** The packet's bytes, hex and text, each in its layer's colour. Point at one and its field answers. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { PacketDetail } from '../../server/dashboard/api.ts'
import { decodeBase64, hexByte, hexOffset, printable } from '../lib/bytes.ts'
import { fieldAt, type Highlight } from '../lib/fields.ts'
import { owners } from '../lib/layers.ts'
import { listWindow, reveal } from '../lib/virtual-list.ts'

export interface ByteViewProps {
  detail: PacketDetail
  highlight: Highlight | null
  onPoint: (highlight: Highlight | null) => void
  onPick: (highlight: Highlight) => void
}

const LINE = 20
/** Below this width eight bytes stand on a line, above it sixteen. */
const SIXTEEN_FROM = 486

export function ByteView({ detail, highlight, onPoint, onPick }: ByteViewProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const [chosen, setChosen] = useState(0)
  const [size, setSize] = useState({ width: 0, height: 0 })
  const [top, setTop] = useState(0)
  const buffer = Math.min(chosen, detail.buffers.length - 1)

  const bytes = useMemo(() => decodeBase64(detail.buffers[buffer]?.base64 ?? ''), [detail, buffer])
  const own = useMemo(() => owners(detail.layers, buffer, bytes.length), [detail, buffer, bytes])

  // The buffer in which the lit bytes are comes forward.
  const litBuffer = highlight?.buffer
  useEffect(() => {
    if (litBuffer !== undefined) setChosen(litBuffer)
  }, [litBuffer, highlight?.field])

  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null) return
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight })
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const perLine = size.width >= SIXTEEN_FROM ? 16 : 8
  const shape = { total: Math.ceil(bytes.length / perLine), rowHeight: LINE, viewport: size.height }
  const window = listWindow(shape, top)
  const lit =
    highlight !== null && highlight.buffer === buffer && highlight.end > highlight.start ? highlight : null

  useEffect(() => {
    const element = scroller.current
    if (lit === null || element === null) return
    const first = reveal(shape, element.scrollTop, Math.floor((lit.end - 1) / perLine))
    const next = reveal(shape, first, Math.floor(lit.start / perLine))
    if (next !== element.scrollTop) element.scrollTop = next
  }, [lit?.start, lit?.end, buffer, perLine, size.height])

  const at = (event: Event): Highlight | undefined => {
    const cell = (event.target as Element).closest('[data-at]')
    return cell === null ? undefined : fieldAt(detail.layers, buffer, Number(cell.getAttribute('data-at')))
  }

  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const steps: Record<string, number> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -perLine,
      ArrowDown: perLine,
    }
    const step = steps[event.key]
    if (step === undefined || bytes.length === 0) return
    event.preventDefault()
    event.stopPropagation()
    // Left and right go from field to field, up and down from line to line.
    const from = lit === null ? -1 : step > 0 ? (step === 1 ? lit.end - 1 : lit.start) : lit.start
    const next = Math.min(bytes.length - 1, Math.max(0, from + step))
    const found = fieldAt(detail.layers, buffer, next)
    if (found !== undefined) onPick(found)
  }

  const lines = []
  for (let line = window.first; line < window.first + window.count; line++) {
    lines.push(
      <Line key={line} line={line} perLine={perLine} bytes={bytes} own={own} detail={detail} lit={lit} />,
    )
  }

  return (
    <div class="byte-view">
      {detail.buffers.length > 1 && (
        <div class="byte-view__buffers" role="tablist" aria-label="Buffers">
          {tabNames(detail.buffers).map((name, index) => (
            <button
              type="button"
              role="tab"
              key={name}
              id={`buffer-${index}`}
              aria-selected={index === buffer}
              aria-controls="bytes"
              tabIndex={index === buffer ? 0 : -1}
              onClick={() => setChosen(index)}
              onKeyDown={(event) => {
                const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
                if (step === 0) return
                event.preventDefault()
                event.stopPropagation()
                const next = (index + step + detail.buffers.length) % detail.buffers.length
                setChosen(next)
                document.getElementById(`buffer-${next}`)?.focus()
              }}
            >
              {name}
            </button>
          ))}
        </div>
      )}
      <div
        ref={scroller}
        id="bytes"
        class="byte-view__scroller"
        role="application"
        aria-roledescription="bytes"
        aria-label={`${detail.buffers[buffer]?.name ?? 'Frame'}: ${bytes.length} bytes. Arrow keys go from field to field.`}
        tabIndex={0}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        onPointerOver={(event) => onPoint(at(event) ?? null)}
        onPointerLeave={() => onPoint(null)}
        onClick={(event) => {
          const found = at(event)
          if (found !== undefined) onPick(found)
        }}
        onKeyDown={key}
      >
        <div class="byte-view__all" style={`height: ${window.height}px`}>
          <div class="byte-view__window" style={`transform: translateY(${top + window.offset}px)`}>
            {lines}
          </div>
        </div>
      </div>
    </div>
  )
}

/** Two of one name are told apart by a number: a packet may carry several records, each decrypted by itself. */
function tabNames(buffers: PacketDetail['buffers']): string[] {
  const met = new Map<string, number>()
  return buffers.map(({ name }) => {
    const times = (met.get(name) ?? 0) + 1
    met.set(name, times)
    return buffers.filter((other) => other.name === name).length === 1 ? name : `${name} ${times}`
  })
}

interface LineProps {
  line: number
  perLine: number
  bytes: Uint8Array
  own: Int16Array
  detail: PacketDetail
  lit: Highlight | null
}

function Line({ line, perLine, bytes, own, detail, lit }: LineProps) {
  const start = line * perLine
  const end = Math.min(bytes.length, start + perLine)
  const hex = []
  const text = []
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0
    const layer = detail.layers[own[at] ?? -1]?.osi
    const classes = byteClass(at, start, end, lit)
    const middle = at - start === 8 ? ' byte-view__byte--middle' : ''
    hex.push(
      <span key={at} class={`byte-view__byte${middle}${classes}`} data-at={at} data-layer={layer}>
        {hexByte(byte)}
      </span>,
    )
    const shown = printable(byte)
    text.push(
      <span
        key={at}
        class={`byte-view__char${shown === undefined ? ' is-blank' : ''}${classes}`}
        data-at={at}
        data-layer={layer}
      >
        {shown ?? '·'}
      </span>,
    )
  }
  return (
    <div class="byte-view__line">
      <span class="byte-view__offset">{hexOffset(start)}</span>
      <span class={`byte-view__hex byte-view__hex--${perLine}`}>{hex}</span>
      <span class="byte-view__text">{text}</span>
    </div>
  )
}

/** Lit bytes are one shape: its ends are round where it begins and ends, and open where it goes on in the next line. */
function byteClass(at: number, start: number, end: number, lit: Highlight | null): string {
  if (lit === null || at < lit.start || at >= lit.end) return ''
  const first = at === lit.start || at === start ? ' is-first' : ''
  const last = at === lit.end - 1 || at === end - 1 ? ' is-last' : ''
  return ` is-lit${first}${last}`
}
