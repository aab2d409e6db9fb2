/** The cable in the top bar: what it is like now, other cables in one press, and the way to all its settings. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { LabNetworkNode } from '../../server/dashboard/api-network.ts'
import { cableName, impairmentWords, isCut } from '../lib/impairments.ts'
import { Icon } from './icons.tsx'
import { nextIndex } from './roving.ts'

export interface CableMenuProps {
  network: LabNetworkNode
  onPreset: (id: string) => void
  onCut: () => void
  onUndo: () => void
  onSettings: () => void
}

export function CableMenu({ network, onPreset, onCut, onUndo, onSettings }: CableMenuProps) {
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const cut = isCut(network)

  const close = (back: boolean) => {
    setOpen(false)
    if (back) button.current?.focus()
  }
  useEffect(() => {
    if (!open) return
    const item = (which: string) => root.current?.querySelector<HTMLElement>(which)
    const first = item('[aria-checked="true"]') ?? item('[role^="menuitem"]')
    first?.focus()
    const away = (event: PointerEvent) => {
      if (event.target instanceof Node && root.current?.contains(event.target) === false) setOpen(false)
    }
    document.addEventListener('pointerdown', away)
    return () => document.removeEventListener('pointerdown', away)
  }, [open])

  const key = (event: KeyboardEvent) => {
    if (!open) return
    const items = [...(root.current?.querySelectorAll<Element>('[role^="menuitem"]') ?? [])]
    const at = document.activeElement === null ? -1 : items.indexOf(document.activeElement)
    if (event.key === 'Escape') close(true)
    else if (event.key === 'Tab') return setOpen(false)
    else {
      const to = nextIndex(event.key, at, items.length)
      if (to === undefined) return
      const item = items[to]
      if (item instanceof HTMLElement) item.focus()
    }
    event.preventDefault()
    event.stopPropagation()
  }
  const pick = (act: () => void) => () => {
    act()
    close(true)
  }
  return (
    <div class="cable-menu" ref={root}>
      <button
        ref={button}
        type="button"
        class="cable-menu__button"
        aria-haspopup="menu"
        aria-expanded={open}
        title={cut ? 'The cable is cut' : impairmentWords(network.up)}
        onClick={() => setOpen(!open)}
      >
        <span class={`state-mark state-mark--${cut ? 'broken' : 'solid'}`} aria-hidden="true" />
        <span class="cable-menu__word">cable:</span>
        <span class="cable-menu__now">{cableName(network)}</span>
        <Icon name="caret" />
      </button>
      {open && (
        <div class="cable-menu__list" role="menu" aria-label="Cable" tabIndex={-1} onKeyDown={key}>
          {/* A cut cable is cut below, and keeps what it was like. */}
          {network.presets
            .filter((one) => !one.cut)
            .map(({ id, name, up }) => (
              <button
                key={id}
                type="button"
                role="menuitemradio"
                tabIndex={-1}
                aria-checked={id === network.preset}
                onClick={pick(() => onPreset(id))}
              >
                <span>{name}</span>
                <span class="cable-menu__numbers">{impairmentWords(up)}</span>
              </button>
            ))}
          <div class="cable-menu__acts">
            <button type="button" role="menuitem" tabIndex={-1} onClick={pick(onCut)}>
              {cut ? 'Plug it in' : 'Cut the cable'}
            </button>
            {network.undo !== null && (
              <button type="button" role="menuitem" tabIndex={-1} onClick={pick(onUndo)}>
                Undo: {network.undo}
              </button>
            )}
            <button type="button" role="menuitem" tabIndex={-1} onClick={pick(onSettings)}>
              All settings
            </button>
          </div>
        </div>
      )}
    </div>
  )
}
