/** Which lab is open beside the page, and the way back to what was looked at before. */
import { batch, effect } from '@preact/signals'
import { follow, seeFrom, select, unselect } from './actions.ts'
import { type Aside, turnPage } from './address.ts'
import { look } from './capture-actions.ts'
import { withLab } from './lib/lab-path.ts'
import { type Address, readAddress } from './lib/url.ts'
import { getLab, getLabs } from './requests.ts'
import * as state from './state.ts'
import { goLive, standAt } from './time.ts'

/** A lab, at one of its steps where the reader means that one; null for the list. */
export function openLab(id: string | null, step: string | null = null): void {
  if (id === state.labId.value && step === state.labStep.value) return
  turnPage()
  putLab(id, step)
}

export function toggleLabs(): void {
  turnPage()
  state.labsOpen.value = !state.labsOpen.value
}

function putLab(id: string | null, step: string | null): void {
  batch(() => {
    state.labId.value = id
    state.labStep.value = step
    state.labError.value = null
    if (state.lab.value?.id !== id) state.lab.value = null
  })
}

/** Fetches what the drawer is to show, when it opens and again after the lab was lost. */
export function followLabs(): void {
  effect(() => {
    if (!state.labsOpen.value || state.link.value.state !== 'open') return
    const id = state.labId.value
    void (async () => {
      const list = await getLabs()
      if (list.ok) state.labs.value = list.value.labs
      else state.labError.value = list.error.message
      if (id === null) return
      const detail = await getLab(id)
      if (state.labId.value !== id) return
      if (detail.ok) state.lab.value = detail.value
      else state.labError.value = detail.error.message
    })()
  })
  effect(() => {
    const told = state.lab.value
    const known = state.labs.peek()
    if (told !== null && known !== undefined) state.labs.value = withLab(known, told)
  })
  addEventListener('popstate', ({ state: aside }) =>
    comeBack(readAddress(new URL(location.href)), aside as Aside | null),
  )
}

/** What an address and the browser's history say was looked at. */
function comeBack(address: Address, aside: Aside | null): void {
  if ((state.opened.value?.id ?? null) !== address.capture)
    look(state.captures.value.find(({ id }) => id === address.capture) ?? null)
  seeFrom(address.at)
  if (address.time === null && state.cursor.value !== null) goLive()
  const filtered = state.filter.value !== address.filter
  const { packet, time } = address
  const chosen = state.selected.value?.number ?? null
  batch(() => {
    state.page.value = address.page
    state.lower.value = address.lower
    state.openFlow.value = address.flow
    state.filter.value = address.filter
    state.filterError.value = null
    state.zoomed.value = aside?.zoomed ?? null
    if (aside !== null) state.tab.value = aside.tab
    state.labsOpen.value = address.lab !== null
    if (address.lab !== null) putLab(address.lab === 'all' ? null : address.lab, address.step)
    if (packet === null && chosen !== null) unselect()
  })
  if (filtered) void follow()
  if (time !== null && time !== state.cursor.value?.time) void standAt(time, packet)
  else if (packet !== null && packet !== chosen) void select(packet)
}
