/** A button that opens a menu: arrows move in it, Enter picks, Esc or Tab leave. */
import type { ComponentChildren } from 'preact'
import { Icon } from './icons.tsx'
import { type Anchor, Popover, useOpener } from './popover.tsx'
import { nextIndex } from './roving.ts'

export interface MenuItem {
  label: ComponentChildren
  /** Said beside it, quietly. */
  about?: string
  /** One of several, of which one is in force; with `toggles` it is in force or not by itself. */
  checked?: boolean
  toggles?: boolean
  /** Picking it changes the menu, which stays. */
  stays?: boolean
  /** Begins another group. */
  apart?: boolean
  onPick: () => void
}

export interface MenuButtonProps {
  /** On the button. */
  words: ComponentChildren
  /** Its name where the words are a sign only, and the menu's. */
  label: string
  class?: string
  title?: string
  /** Over the items: what they are about. */
  heading?: string
  items: readonly MenuItem[]
}

export function MenuButton({ words, label, class: name = '', title, heading, items }: MenuButtonProps) {
  const { open, setOpen, button, popover } = useOpener()
  return (
    <>
      <button
        {...button}
        type="button"
        class={`menu-button ${name}`}
        aria-label={typeof words === 'string' ? undefined : label}
        aria-haspopup="menu"
        title={title}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown' || open) return
          event.preventDefault()
          event.stopPropagation()
          setOpen(true)
        }}
      >
        {words}
        {typeof words === 'string' && <Icon name="caret" />}
      </button>
      {open && <Menu {...popover} align="end" label={label} heading={heading} items={items} />}
    </>
  )
}

export interface MenuProps {
  id?: string
  anchor: Anchor
  align?: 'start' | 'end'
  label: string
  heading?: ComponentChildren
  items: readonly MenuItem[]
  /** `back`: focus belongs where it came from. */
  onClose: (back: boolean) => void
}

/** The menu itself: its first item, or of a choice the one in force, has the focus. */
export function Menu({ id, anchor, align = 'start', label, heading, items, onClose }: MenuProps) {
  const choice = items[0]?.checked !== undefined
  const start = choice
    ? Math.max(
        0,
        items.findIndex(({ checked }) => checked === true),
      )
    : 0
  const key = (event: KeyboardEvent) => {
    if (!(event.currentTarget instanceof HTMLElement)) return
    event.stopPropagation()
    if (event.key === 'Tab') return onClose(true)
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('[role^="menuitem"]')]
    const on = document.activeElement
    const at = on instanceof HTMLElement ? buttons.indexOf(on) : -1
    const to = nextIndex(event.key, at, buttons.length) ?? letterIndex(event.key, at, buttons)
    if (to === undefined) return
    event.preventDefault()
    buttons[to]?.focus()
  }
  return (
    <Popover
      anchor={anchor}
      align={align}
      class="menu"
      role="menu"
      label={label}
      onClose={onClose}
      onKeyDown={key}
      {...(id !== undefined && { id })}
    >
      {heading !== undefined && (
        <p class="menu__heading" role="presentation">
          {heading}
        </p>
      )}
      {items.map((item, index) => (
        <button
          key={index}
          ref={index === start ? focusFirst : null}
          type="button"
          class={item.apart === true ? 'menu__item menu__item--apart' : 'menu__item'}
          {...(item.checked === undefined
            ? { role: 'menuitem' }
            : {
                role: item.toggles === true ? 'menuitemcheckbox' : 'menuitemradio',
                'aria-checked': item.checked,
              })}
          tabIndex={-1}
          onClick={() => {
            if (item.stays !== true) onClose(true)
            item.onPick()
          }}
        >
          <span>{item.label}</span>
          {item.about !== undefined && <span class="menu__about">{item.about}</span>}
        </button>
      ))}
    </Popover>
  )
}

/** In the next turn: the menu has to be on the page before it can have the focus. */
function focusFirst(element: HTMLElement | null): void {
  if (element !== null) queueMicrotask(() => element.focus({ preventScroll: true }))
}

/** The next item that begins with a letter, round about. */
function letterIndex(key: string, at: number, items: readonly HTMLElement[]): number | undefined {
  if (key.length !== 1 || key === ' ') return undefined
  for (let step = 1; step <= items.length; step++) {
    const index = (at + step) % items.length
    if (items[index]?.textContent?.toLowerCase().startsWith(key.toLowerCase()) === true) return index
  }
  return undefined
}
