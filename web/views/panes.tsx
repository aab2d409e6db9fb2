/** A pane's frame: its head with title, key and tools, and its body; and the dividers between panes. */
import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { LIMITS, type Split, sizeAfterKey, startSizes } from '../lib/split.ts'
import { Icon } from './icons.tsx'

export interface PaneProps {
  id: string
  title: string
  /** A sign before the title. */
  mark?: ComponentChildren
  /** The number key that makes it fill the page. */
  hotkey: number
  zoomed: boolean
  /** Another one fills the page: this one is there, and neither seen nor read. */
  covered?: boolean
  onZoom: () => void
  /** Beside the title: what the pane is about just now. */
  about?: ComponentChildren
  tools?: ComponentChildren
  children: ComponentChildren
}

export function Pane(props: PaneProps) {
  const { id, title, mark, hotkey, zoomed, covered = false, onZoom, about, tools, children } = props
  return (
    <section
      class={`pane pane--${id}${zoomed ? ' is-zoomed' : ''}${covered ? ' is-covered' : ''}`}
      aria-label={title}
      aria-hidden={covered || undefined}
      id={`pane-${id}`}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the pointer's short way; the button in it is the real one */}
      <header class="pane__head" onDblClick={onZoom}>
        <h2 class="pane__title">
          {mark}
          {title}
        </h2>
        {about !== undefined && <div class="pane__about">{about}</div>}
        <div class="pane__tools">
          {tools}
          <button
            type="button"
            class="pane__zoom"
            aria-pressed={zoomed}
            title={zoomed ? `Back to its place (${hotkey} or Esc)` : `Fill the page (${hotkey})`}
            onClick={onZoom}
          >
            <span class="visually-hidden">
              {zoomed ? `Put ${title} back, key ` : `Let ${title} fill the page, key `}
            </span>
            <Icon name={zoomed ? 'shrink' : 'expand'} />
            <kbd>{hotkey}</kbd>
          </button>
        </div>
      </header>
      <div class="pane__body">{children}</div>
    </section>
  )
}

export interface DividerProps {
  split: Split
  size: number
  /** Which arrow key makes the size larger; it also says which way a drag counts. */
  grow: 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown'
  label: string
  onSize: (size: number) => void
  /** Turns pixels into the size's own unit, for parts measured in percent. */
  perPixel?: (divider: HTMLElement) => number
}

export function Divider({ split, size, grow, label, onSize, perPixel }: DividerProps) {
  const element = useRef<HTMLDivElement>(null)
  const across = grow === 'ArrowLeft' || grow === 'ArrowRight'
  const limits = LIMITS[split]

  const drag = (event: PointerEvent) => {
    const divider = element.current
    if (divider === null || event.button !== 0) return
    event.preventDefault()
    divider.setPointerCapture(event.pointerId)
    divider.focus()
    const from = across ? event.clientX : event.clientY
    const unit = perPixel?.(divider) ?? 1
    const sign = grow === 'ArrowRight' || grow === 'ArrowDown' ? 1 : -1
    const move = (moved: PointerEvent) =>
      onSize(size + sign * unit * ((across ? moved.clientX : moved.clientY) - from))
    const end = () => {
      divider.removeEventListener('pointermove', move)
      divider.classList.remove('is-dragged')
    }
    divider.classList.add('is-dragged')
    divider.addEventListener('pointermove', move)
    divider.addEventListener('lostpointercapture', end, { once: true })
  }

  return (
    <div
      ref={element}
      class={`divider divider--${across ? 'upright' : 'level'}`}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={across ? 'vertical' : 'horizontal'}
      aria-valuenow={Math.round(size)}
      aria-valuemin={limits.min}
      aria-valuemax={limits.max}
      data-split={split}
      onPointerDown={drag}
      onDblClick={() => onSize(startSizes(innerWidth, innerHeight)[split])}
      onKeyDown={(event) => {
        const next = sizeAfterKey(split, size, event.key, grow)
        if (next === undefined) return
        event.preventDefault()
        event.stopPropagation()
        onSize(next)
      }}
    />
  )
}
