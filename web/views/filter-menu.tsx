/**
 * "Filter on this", for whatever says by `data-filter` what it is: by the second mouse button, by Shift+F10 or the menu
 * key, or by a long press. One listener serves the whole page.
 */
import { useEffect, useState } from 'preact/hooks'
import { copyText } from '../lib/clipboard.ts'
import { comparedValue, type Joining, joined } from '../lib/filter-words.ts'
import { middleCut } from '../lib/format.ts'
import type { Rect } from '../lib/place.ts'
import { Menu, type MenuItem } from './menu.tsx'

export interface FilterMenuProps {
  /** The filter in force. */
  current: string
  onFilter: (filter: string) => void
}

interface Meant {
  filters: readonly string[]
  /** What stands there, where the element says that apart from its filters. */
  value: string | undefined
  at: Rect
  /** Where the focus was. */
  from: Element | null
}

const JOININGS: readonly (readonly [Joining, string, string])[] = [
  ['and', 'And', 'both hold'],
  ['or', 'Or', 'one of them holds'],
  ['not', 'And not', 'all but these'],
]

export function FilterMenu({ current, onFilter }: FilterMenuProps) {
  const [meant, setMeant] = useState<Meant | null>(null)
  const [chosen, setChosen] = useState(0)
  const [said, setSaid] = useState('')
  useEffect(
    () =>
      listenForMenus(document, (next) => {
        setChosen(0)
        setSaid('')
        setMeant(next)
      }),
    [],
  )
  const filter = meant?.filters[chosen]
  const copy = async (text: string) =>
    setSaid((await copyText(text)) ? `Copied: ${text}` : 'Nothing was copied.')
  return (
    <>
      {meant !== null && filter !== undefined && (
        <Menu
          anchor={meant.at}
          label="Filter on this"
          heading={meant.filters.length === 1 ? <code>{short(filter)}</code> : 'Filter on'}
          items={[
            ...(meant.filters.length === 1 ? [] : choices(meant.filters, chosen, setChosen)),
            ...actions(
              filter,
              current,
              meant.value ?? comparedValue(filter),
              onFilter,
              (text) => void copy(text),
            ),
          ]}
          onClose={(back) => {
            setMeant(null)
            if (back && (meant.from instanceof HTMLElement || meant.from instanceof SVGElement))
              meant.from.focus()
          }}
        />
      )}
      <span class="visually-hidden" role="status">
        {said}
      </span>
    </>
  )
}

function choices(filters: readonly string[], chosen: number, choose: (index: number) => void): MenuItem[] {
  return filters.map((filter, index) => ({
    label: <code>{short(filter)}</code>,
    checked: index === chosen,
    stays: true,
    onPick: () => choose(index),
  }))
}

function actions(
  filter: string,
  current: string,
  value: string | undefined,
  onFilter: (filter: string) => void,
  onCopy: (text: string) => void,
): MenuItem[] {
  const add = ([how, label, about]: (typeof JOININGS)[number], index: number): MenuItem => ({
    label,
    about,
    apart: index === 0,
    onPick: () => onFilter(joined(current, filter, how)),
  })
  return [
    {
      label: 'Use as filter',
      ...(current !== '' && { about: 'instead of the one there' }),
      apart: true,
      onPick: () => onFilter(filter),
    },
    ...(current === ''
      ? JOININGS.slice(2).map((one) => ({ ...add(one, 1), label: 'Not this' }))
      : JOININGS.map(add)),
    { label: 'Copy filter', apart: true, onPick: () => onCopy(filter) },
    ...(value === undefined ? [] : [{ label: 'Copy value', onPick: () => onCopy(value) }]),
  ]
}

const short = (filter: string) => middleCut(filter, 48)

/** How long a finger rests until it means more than a tap, and how far it may stray. */
const LONG_PRESS_MS = 500
const STRAY_PX = 10

function listenForMenus(page: Document, onMeant: (meant: Meant) => void): () => void {
  let resting: ReturnType<typeof setTimeout> | undefined
  let pressed: { x: number; y: number } | undefined
  let taken = false

  const open = (element: Element, filters: readonly string[], at: Rect) =>
    onMeant({ filters, value: statedValue(element), at, from: page.activeElement })

  const second = (event: MouseEvent) => {
    // With Shift the browser's own menu comes, and where text is selected that is what one wants.
    if (event.shiftKey || !(event.target instanceof Element) || getSelection()?.isCollapsed === false) return
    if (event.target.closest('[role="menu"]') !== null || taken) return event.preventDefault()
    const element = event.target.closest('[data-filter]')
    if (element === null) return
    event.preventDefault()
    open(element, filtersAbove(element), pointRect(event.clientX, event.clientY))
  }
  const key = (event: KeyboardEvent) => {
    if (event.key !== 'ContextMenu' && !(event.key === 'F10' && event.shiftKey)) return
    const focused = activeElement(page)
    if (focused === null) return
    const own = focused.closest('[data-filter]')
    const filters = own === null ? filtersBelow(focused) : filtersAbove(own)
    if (filters.length === 0) return
    event.preventDefault()
    open(own ?? focused, filters, focused.getBoundingClientRect())
  }
  const lift = () => {
    clearTimeout(resting)
    pressed = undefined
  }
  const press = (event: PointerEvent) => {
    taken = false
    const element = event.target instanceof Element ? event.target.closest('[data-filter]') : null
    if (event.pointerType !== 'touch' || element === null) return
    pressed = { x: event.clientX, y: event.clientY }
    resting = setTimeout(() => {
      taken = true
      open(element, filtersAbove(element), pointRect(event.clientX, event.clientY))
    }, LONG_PRESS_MS)
  }
  const stray = (event: PointerEvent) => {
    if (pressed === undefined) return
    if (Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > STRAY_PX) lift()
  }
  // A long press has been answered: no click shall come of it, and no focus go elsewhere.
  const release = (event: TouchEvent) => {
    if (taken && event.cancelable) event.preventDefault()
    taken = false
  }

  const listening = new AbortController()
  const { signal } = listening
  page.addEventListener('contextmenu', second, { signal })
  page.addEventListener('keydown', key, { signal })
  page.addEventListener('pointerdown', press, { signal })
  page.addEventListener('pointermove', stray, { signal, passive: true })
  page.addEventListener('pointerup', lift, { signal })
  page.addEventListener('pointercancel', lift, { signal })
  page.addEventListener('touchend', release, { signal, passive: false })
  return () => {
    lift()
    listening.abort()
  }
}

/** What has the focus: in a grid or a tree that keeps it, the row that it speaks of. */
function activeElement(page: Document): Element | null {
  const focused = page.activeElement
  const row = focused?.getAttribute('aria-activedescendant')
  return (row == null ? null : page.getElementById(row)) ?? focused
}

/** Its own first, then those of what it stands in. */
function filtersAbove(element: Element): string[] {
  const found: string[] = []
  for (let at: Element | null = element; at !== null; at = at.parentElement) found.push(...linesOf(at))
  return [...new Set(found)]
}

/** The first of each thing in it: a row has many cells. */
function filtersBelow(element: Element): string[] {
  const firsts = [...element.querySelectorAll('[data-filter]')].flatMap((one) => linesOf(one).slice(0, 1))
  return [...new Set(firsts)].slice(0, MOST_CHOICES)
}

const MOST_CHOICES = 12

function linesOf(element: Element): string[] {
  return (element.getAttribute('data-filter') ?? '').split('\n').filter((line) => line !== '')
}

const statedValue = (element: Element) => element.getAttribute('data-value') ?? undefined

const pointRect = (x: number, y: number): Rect => ({ left: x, right: x, top: y, bottom: y })
