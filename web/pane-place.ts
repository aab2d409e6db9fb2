/** What every pane is told: where it stands, whether it is in sight, and which time it is. */
import { computed } from '@preact/signals'
import { cloneElement, type VNode } from 'preact'
import { useRef } from 'preact/hooks'
import * as act from './actions.ts'
import { passed } from './map-feed.ts'
import * as state from './state.ts'
import type { PaneProps } from './views/panes.tsx'

export const place = (id: state.PaneId) => ({
  id,
  hotkey: state.PANES.indexOf(id) + 1,
  zoomed: state.zoomed.value !== null && stand(state.zoomed.value) === stand(id),
  onZoom: () => act.showPane(id),
})

/** Packets and events stand in one place. */
const stand = (id: state.PaneId) => (id === 'events' ? 'packets' : id)

/**
 * A pane that stays as it was while another covers it: nothing of it is drawn, and it asks nothing of the state, until it is
 * in sight again. `draw` has no hooks: it is not called meanwhile.
 */
export function kept(id: state.PaneId, draw: () => VNode<PaneProps> | null): () => VNode<PaneProps> | null {
  const covered = computed(
    () => !state.narrow.value && state.zoomed.value !== null && stand(state.zoomed.value) !== stand(id),
  )
  return function Kept() {
    const drawn = useRef<VNode<PaneProps> | null>(null)
    if (!covered.value) drawn.current = draw()
    else if (drawn.current !== null) return cloneElement(drawn.current, { covered: true, zoomed: false })
    return drawn.current
  }
}

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
