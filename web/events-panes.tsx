/** Events and who heard them: what programs say to each other over a connection, wired to the state. */
import { useCallback, useMemo, useRef } from 'preact/hooks'
import * as act from './actions.ts'
import { eventsUntil } from './lib/emissions.ts'
import { type SocketName, socketName } from './lib/socket-names.ts'
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

/** Who has left the network keeps the name that they had there. */
function useSocketNames(): SocketName {
  const known = useRef(new Map<string, string>()).current
  const [hosts, sentFrom] = [state.labNetwork.value?.hosts, state.sentFrom.value]
  const live = state.opened.value === null
  return useCallback(
    (socket) => {
      if (!live) return ''
      const key = `${socket.service} ${socket.nsp} ${socket.socket}`
      const name = socketName(socket, hosts ?? [], sentFrom) || known.get(key) || ''
      known.set(key, name)
      return name
    },
    [hosts, sentFrom, live],
  )
}

export function WhoHeardPart() {
  const { sockets, forgotten } = state.hubSockets.value
  return (
    <WhoHeard
      events={useEvents()}
      sockets={sockets}
      forgotten={forgotten}
      named={useSocketNames()}
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
