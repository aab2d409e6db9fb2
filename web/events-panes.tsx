/** Events and who heard them: what programs say to each other over a connection, wired to the state. */
import { useMemo } from 'preact/hooks'
import * as act from './actions.ts'
import { eventsUntil } from './lib/emissions.ts'
import { until } from './pane-place.ts'
import * as state from './state.ts'
import { Events } from './views/events.tsx'
import { PictureTools } from './views/picture-tools.tsx'
import { WhoHeard, WhoHeardHowTo } from './views/who-heard.tsx'
import { whoHeardPicture } from './views/who-heard-draw.ts'

/** Events know their packets as the capture at the clients' end numbers them. */
function openOfEvent(number: number): void {
  if (state.at.value !== 'client') act.seeFrom('client')
  void act.select(number)
}

const selectedOfEvents = () => (state.at.value === 'client' ? (state.selected.value?.number ?? null) : null)

/** The newest events that are held, as of where the page stands. */
function useEvents() {
  const history = state.eventHistory.value
  const at = until()
  return useMemo(() => (at === null ? history : eventsUntil(history, at)), [history, at])
}

export function EventsPart() {
  return (
    <Events
      events={useEvents()}
      sockets={state.hubSockets.value.sockets}
      selectedPacket={selectedOfEvents()}
      file={state.opened.value !== null}
      onPacket={openOfEvent}
    />
  )
}

export function WhoHeardPart() {
  const { sockets, forgotten } = state.hubSockets.value
  return (
    <WhoHeard
      events={useEvents()}
      sockets={sockets}
      forgotten={forgotten}
      selectedPacket={selectedOfEvents()}
      onPacket={openOfEvent}
    />
  )
}

export function WhoHeardTools() {
  return (
    <PictureTools
      name="who-heard"
      draw={() => {
        const { sockets } = state.hubSockets.value
        return whoHeardPicture(document, state.eventHistory.value, sockets)
      }}
    >
      <WhoHeardHowTo />
    </PictureTools>
  )
}
