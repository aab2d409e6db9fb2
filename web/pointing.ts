/**
 * One hover lights the same packet everywhere. Views say which packets a mark stands for (`data-packet="42"`, several
 * parted by spaces), which conversation (`data-flow`) and which hosts (`data-host`); whoever is pointed at, or has the
 * keyboard's focus, is marked `data-pointed` in all of them: one attribute for each, and nothing is drawn anew.
 */
import { effect } from '@preact/signals'
import type { Row } from '../server/dashboard/api.ts'
import { redraw } from './lib/frame.ts'
import * as state from './state.ts'

/** Listens to the page from now on. */
export function linkPointing(root: HTMLElement): () => void {
  /** What this set: a view that points by itself, such as a canvas, takes its own back. */
  let mine: number | null = null
  const point = (number: number | null) => {
    if (number === null && state.pointed.peek() !== mine) return
    mine = number
    state.pointed.value = number
  }
  const over = ({ target }: Event) => point(packetOf(target) ?? packetOf(focused(root)))
  const leave = () => point(null)
  const focus = ({ target }: Event) => point(packetOf(target))
  root.addEventListener('pointerover', over)
  root.addEventListener('pointerleave', leave)
  root.addEventListener('focusin', focus)
  root.addEventListener('focusout', leave)

  let lit: ReadonlySet<Element> = new Set()
  const mark = () => {
    const wanted = marksIn(root)
    for (const element of lit) if (!wanted.has(element)) element.removeAttribute('data-pointed')
    for (const element of wanted) element.setAttribute('data-pointed', '')
    lit = wanted
  }
  const stop = effect(() => {
    if (state.pointed.value !== null || state.selected.value !== null || lit.size > 0) mark()
  })
  // What comes into sight meanwhile is marked as well.
  const observer = new MutationObserver(() => {
    if (state.pointed.peek() !== null || state.selected.peek() !== null) redraw(mark)
  })
  observer.observe(root, { childList: true, subtree: true, attributeFilter: ['data-packet', 'data-flow'] })
  return () => {
    stop()
    observer.disconnect()
    root.removeEventListener('pointerover', over)
    root.removeEventListener('pointerleave', leave)
    root.removeEventListener('focusin', focus)
    root.removeEventListener('focusout', leave)
  }
}

function packetOf(target: EventTarget | null): number | null {
  const text = target instanceof Element ? target.closest('[data-packet]')?.getAttribute('data-packet') : null
  const number = Number.parseInt(text ?? '', 10)
  return Number.isNaN(number) ? null : number
}

/** Where the keyboard is, if it is used. */
function focused(root: HTMLElement): Element | null {
  const { activeElement } = root.ownerDocument
  return activeElement?.matches(':focus-visible') === true ? activeElement : null
}

/** Marks of the packet pointed at; and, with none, of where the selected one went. */
function marksIn(root: HTMLElement): Set<Element> {
  const number = state.pointed.peek()
  const row = rowOf(number ?? state.selected.peek()?.number ?? null)
  const wanted = new Set<Element>()
  const add = (selector: string) => {
    for (const element of root.querySelectorAll(selector)) wanted.add(element)
  }
  if (number !== null) add(`[data-packet~="${number}"]`)
  if (row === undefined) return wanted
  if (row.flow !== null) add(`[data-flow="${row.flow}"]`)
  for (const host of [row.source, row.destination]) add(`[data-host~="${CSS.escape(host)}"]`)
  return wanted
}

function rowOf(number: number | null): Row | undefined {
  if (number === null) return undefined
  const { inspected, ladderRows, rows } = state
  const open = inspected.peek()
  if (open.state === 'ready' && open.detail.number === number) return open.detail.row
  const is = (row: Row) => row.number === number
  return rows.peek().rows.find(is) ?? ladderRows.peek().find(is)
}
