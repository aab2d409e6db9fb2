/** Something small that opens above the page beside what opened it; no pane cuts it off. Esc and a press elsewhere close it. */
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { placeBeside, type Rect } from '../lib/place.ts'

/** What opens it, or the place where it was asked for. */
export type Anchor = { readonly current: HTMLElement | null } | Rect

export interface PopoverProps {
  anchor: Anchor
  class: string
  role: 'menu' | 'region' | 'dialog'
  label: string
  id?: string
  align?: 'start' | 'end'
  /** `back`: by a key, so focus goes where it came from. */
  onClose: (back: boolean) => void
  onKeyDown?: (event: KeyboardEvent) => void
  children: ComponentChildren
}

/** A button and what opens beside it: the button's own attributes, and how what it opened is closed. */
export function useOpener() {
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const id = useId()
  return {
    open,
    setOpen,
    button: {
      ref: button,
      'aria-expanded': open,
      'aria-controls': open ? id : undefined,
      onClick: () => setOpen(!open),
    },
    popover: {
      id,
      anchor: button,
      onClose: (back: boolean) => {
        setOpen(false)
        if (back) button.current?.focus()
      },
    },
  }
}

/** Exists while it is open. */
export function Popover({ anchor, align = 'start', onClose, onKeyDown, ...props }: PopoverProps) {
  const root = useRef<HTMLDivElement>(null)
  const close = useRef(onClose)
  close.current = onClose

  useLayoutEffect(() => {
    const element = root.current
    if (element === null) return
    element.showPopover()
    const place = () => {
      const rect = 'current' in anchor ? anchor.current?.getBoundingClientRect() : anchor
      if (rect === undefined) return
      element.style.maxHeight = ''
      const { left, top, maxHeight } = placeBeside(
        rect,
        { width: element.offsetWidth, height: element.offsetHeight },
        { width: innerWidth, height: innerHeight },
        align,
      )
      element.style.left = `${left}px`
      element.style.top = `${top}px`
      element.style.maxHeight = `${maxHeight}px`
    }
    place()
    addEventListener('resize', place)
    return () => removeEventListener('resize', place)
  }, [anchor, align])

  useEffect(() => {
    const opener = 'current' in anchor ? anchor.current : null
    const inside = (node: EventTarget | null) =>
      node instanceof Node && (root.current?.contains(node) === true || opener?.contains(node) === true)
    const away = (event: Event) => {
      if (!inside(event.target)) close.current(false)
    }
    const leave = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.preventDefault()
      event.stopPropagation()
      close.current(true)
    }
    document.addEventListener('pointerdown', away)
    document.addEventListener('focusin', away)
    document.addEventListener('keydown', leave, { capture: true })
    return () => {
      document.removeEventListener('pointerdown', away)
      document.removeEventListener('focusin', away)
      document.removeEventListener('keydown', leave, { capture: true })
    }
  }, [anchor])

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: its role is its caller's
    <div
      ref={root}
      popover="manual"
      id={props.id}
      class={`popover ${props.class}`}
      {...{ role: props.role, 'aria-label': props.label }}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      onDblClick={(event) => event.stopPropagation()}
    >
      {props.children}
    </div>
  )
}
