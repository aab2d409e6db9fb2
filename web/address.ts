/** Keeps the page's URL true to what is looked at. */
import { effect } from '@preact/signals'
import { writeAddress } from './lib/url.ts'
import type { PaneId } from './state.ts'
import {
  at,
  cursor,
  field,
  filter,
  labId,
  labStep,
  labsOpen,
  lower,
  opened,
  openFlow,
  page,
  selected,
  tab,
  zoomed,
} from './state.ts'

/** What is looked at and no part of a link: it goes with the browser's history alone. */
export interface Aside {
  readonly zoomed: PaneId | null
  readonly tab: PaneId
}

/**
 * Keeps the address bar true. It replaces, and pushes nothing by itself: packets and filters come and go by the hundred, and
 * Back leads out of the page, as expected.
 */
export function keepAddress(): void {
  effect(() => {
    const url = writeAddress({
      filter: filter.value,
      packet: selected.value?.number ?? null,
      field: field.value,
      page: page.value,
      time: cursor.value?.time ?? null,
      at: at.value,
      capture: opened.value?.id ?? null,
      flow: openFlow.value,
      lower: lower.value,
      lab: labsOpen.value ? (labId.value ?? 'all') : null,
      step: labStep.value,
    })
    const aside: Aside = { zoomed: zoomed.value, tab: tab.value }
    history.replaceState(aside, '', url)
  })
}

/** What follows is another page of the history: the browser's Back leads to what is seen now. */
export function turnPage(): void {
  history.pushState(history.state, '', location.href)
}
