/** Heartbeats: how a connection is asked whether it still lives, wired to the state. */
import { useMemo } from 'preact/hooks'
import * as act from './actions.ts'
import { clocks, place, until } from './pane-place.ts'
import * as state from './state.ts'
import { Heartbeats, HeartbeatsFold, HeartbeatsHowTo } from './views/heartbeats.tsx'
import { heartbeatsPicture } from './views/heartbeats-draw.ts'
import { subjectsOf, verdictsOf } from './views/heartbeats-subjects.ts'
import { Icon } from './views/icons.tsx'
import { Pane } from './views/panes.tsx'
import { PictureTools } from './views/picture-tools.tsx'

const open = (number: number) => void act.select(number)

/** Folded until somebody has something to say. */
export function HeartbeatsPane() {
  const whole = state.zoomed.value === 'heartbeats'
  const [sessions, beats, flows] = [state.sessions.value, state.beats.value, state.flows.value]
  const events = state.events.value
  const subjects = useMemo(
    () => subjectsOf(sessions, beats, flows, verdictsOf(events)),
    [sessions, beats, flows, events],
  )
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
}
