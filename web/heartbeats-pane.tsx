/** Heartbeats: how a connection is asked whether it still lives, wired to the state. */
import { computed } from '@preact/signals'
import * as act from './actions.ts'
import { clocks, kept, place, until } from './pane-place.ts'
import * as state from './state.ts'
import { Heartbeats, HeartbeatsFold, HeartbeatsHowTo } from './views/heartbeats.tsx'
import { heartbeatsPicture } from './views/heartbeats-draw.ts'
import { subjectsOf, verdictsOf } from './views/heartbeats-subjects.ts'
import { Icon } from './views/icons.tsx'
import { Pane } from './views/panes.tsx'
import { PictureTools } from './views/picture-tools.tsx'

const open = (number: number) => void act.select(number)

const subjectsNow = computed(() =>
  subjectsOf(state.sessions.value, state.beats.value, state.flows.value, verdictsOf(state.events.value)),
)

/** Folded until somebody has something to say. */
export const HeartbeatsPane = kept('heartbeats', () => {
  const whole = state.zoomed.value === 'heartbeats'
  const subjects = subjectsNow.value
  if (subjects.length === 0 && !whole) return null
  const tools = (
    <PictureTools
      name="heartbeats"
      draw={() => heartbeatsPicture(document.querySelector('#pane-heartbeats'))}
    >
      <HeartbeatsHowTo />
    </PictureTools>
  )
  const folding = { whole, unfolded: state.heartbeatsUnfolded.value }
  return (
    <Pane
      {...place('heartbeats')}
      title="Heartbeats"
      mark={<Icon name="heart" />}
      about={
        <HeartbeatsFold
          {...folding}
          subjects={subjects}
          clock={clocks.value}
          onUnfold={(unfolded) => (state.heartbeatsUnfolded.value = unfolded)}
        />
      }
      tools={tools}
    >
      <Heartbeats
        {...folding}
        subjects={subjects}
        selected={state.selected.value?.number ?? null}
        onSelect={open}
        until={until()}
        clock={clocks.value}
      />
    </Pane>
  )
})
