/** What every pane is told: where it stands, and which time it is. */
import { computed } from '@preact/signals'
import * as act from './actions.ts'
import { passed } from './map-feed.ts'
import * as state from './state.ts'

export const place = (id: state.PaneId) => ({
  id,
  hotkey: state.PANES.indexOf(id) + 1,
  zoomed: state.zoomed.value === id,
  onZoom: () => act.showPane(id),
})

/**
 * The clock to look at, epoch seconds. The lab runs on this computer, so its clock is ours; a file's stands where it ends.
 * At another time it is another clock, so that whoever shows the present shows that one at once.
 */
export const clocks = computed(() => {
  const cursor = state.cursor.value
  if (cursor !== null) return () => Number(cursor.time) + passed()
  if (state.opened.value === null) return () => Date.now() / 1000
  return () => state.flows.value.reduce((last, flow) => Math.max(last, Number(flow.lastTime)), 0)
})

/** Epoch seconds where the page stands in time; null while it follows what comes. */
export const until = () => (state.cursor.value === null ? null : Number(state.cursor.value.time))
