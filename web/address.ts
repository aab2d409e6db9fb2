/** Keeps the page's URL true to what is looked at. */
import { effect } from '@preact/signals'
import { writeAddress } from './lib/url.ts'
import {
  at,
  cursor,
  field,
  filter,
  labId,
  labsOpen,
  lower,
  opened,
  openFlow,
  page,
  selected,
} from './state.ts'

/** Keeps the address bar true. It replaces, never pushes: Back leads out of the page, as expected. */
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
    })
    history.replaceState(null, '', url)
  })
}
