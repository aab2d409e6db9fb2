/** The live page's panes: each view in its frame, wired to the state. */
import { useMemo } from 'preact/hooks'
import * as act from './actions.ts'
import { release } from './feed.ts'
import { count, messagePacket } from './lib/first-minutes.ts'
import { remember } from './lib/memory.ts'
import { cutOrPlugIn } from './network-actions.ts'
import { saveCapture } from './requests.ts'
import * as state from './state.ts'
import { Connections } from './views/connections.tsx'
import { Events } from './views/events.tsx'
import { Heartbeats, HeartbeatsFold } from './views/heartbeats.tsx'
import { Icon } from './views/icons.tsx'
import { Inspector } from './views/inspector.tsx'
import { Ladder } from './views/ladder.tsx'
import { FileMap, KernelMap, NetworkMap } from './views/map.tsx'
import type { MapCable, MapHost } from './views/map-marks.ts'
import { Pace } from './views/pace.tsx'
import { PacketList } from './views/packet-list.tsx'
import { Pane } from './views/panes.tsx'
import { SendBox, type SendOutcome, type SendTarget } from './views/send-box.tsx'
import { ExportMenu, VantageSwitch } from './views/vantage.tsx'
import { Guide } from './views/welcome.tsx'

const place = (id: state.PaneId) => ({
  id,
  hotkey: state.PANES.indexOf(id) + 1,
  zoomed: state.zoomed.value === id,
  onZoom: () => act.showPane(id),
})

export function LadderPane() {
  const flows = state.shownFlows.value
  const rows = state.ladderRows.value
  const all = flows.reduce((sum, flow) => sum + flow.packets, 0)
  // What no capture at this end would hold is drawn, but no conversation counts it.
  const seen = rows.filter(({ transit }) => transit?.seen !== false).length
  const ports = flows.map((flow) => flow.client.port).join(' ')
  const events = useMemo(() => {
    const mine = new Set(flows.map((flow) => flow.client.port))
    return state.events.value.filter((event) => event.remotePort !== null && mine.has(event.remotePort))
  }, [ports, state.events.value])
  return (
    <Pane
      {...place('ladder')}
      title="Ladder"
      about={<LadderAbout />}
      tools={
        <>
          <button type="button" class="pane__folded" onClick={() => act.showPane('map')}>
            Map
          </button>
          <button type="button" class="pane__folded" onClick={() => act.showPane('connections')}>
            Connections
          </button>
        </>
      }
    >
      {state.guide.value && state.opened.value === null && <GuideStrip />}
      <Ladder
        rows={rows}
        flows={flows}
        events={events}
        above={Math.max(0, all - seen - state.ladderBelow.value)}
        below={state.ladderBelow.value}
        selected={state.selected.value?.number ?? null}
        onSelect={selectFromLadder}
        onNewest={act.ladderToNewest}
        file={state.opened.value !== null}
        nothing={
          state.opened.value !== null && state.rows.value.last > 0
            ? 'No two programs speak in this file: there is no ladder to draw. The list has its packets.'
            : ''
        }
      />
    </Pane>
  )
}

const selectFromLadder = (number: number) => void act.select(number)

function LadderAbout() {
  const flows = state.shownFlows.value
  const flow = flows.findLast((one) => one.state === 'open') ?? flows.at(-1)
  if (flow === undefined) return null
  return (
    <>
      <span>{flow.protocol}</span> <span class="mono">{flows.map(({ id }) => id).join(' ')}</span>
      {state.yours.value.has(flow.id) && <span class="tag tag--ringed">yours</span>}
    </>
  )
}

function GuideStrip() {
  const id = state.sentFlow.value?.id
  const rows = state.ladderRows.value.filter((row) => row.flow === id)
  return (
    <Guide
      step={state.guideStep.value}
      guess={state.guess.value}
      count={id === undefined ? null : count(rows)}
      services={state.status.value?.services ?? []}
      lab={state.labNetwork.value !== null}
      pull={state.pull.value}
      sending={state.sending.value}
      onCut={() => cutOrPlugIn()}
      onSend={() => void act.sendMessage('tcp-echo', 'hello\n')}
      onPacket={selectFromLadder}
      onOpenMessage={() => {
        const row = messagePacket(rows)
        if (row !== undefined) {
          void act.select(row.number)
          if (state.narrow.value) state.tab.value = 'inspector'
        }
      }}
      onClose={() => {
        state.guide.value = false
        remember('guide', 'seen')
      }}
    />
  )
}

export function InspectorPane() {
  const content = state.inspected.value
  const row = content.state === 'ready' ? content.detail.row : null
  return (
    <Pane
      {...place('inspector')}
      title="Inspector"
      about={row !== null && <span class="mono">packet {row.number}</span>}
    >
      <Inspector
        content={content}
        highlight={state.highlight.value}
        sizes={state.sizes.value}
        yours={row?.flow != null && state.yours.value.has(row.flow)}
        own={!foreign()}
        onHighlight={(highlight) => (state.highlight.value = highlight)}
        onSize={act.setSize}
        onFilter={(filter) => void act.applyFilter(filter)}
        onPacket={(number) => void act.select(number)}
      />
    </Pane>
  )
}

export function LowerPane() {
  const lower = state.lower.value
  const shown = lower === 'events' ? 'events' : 'packets'
  return (
    <Pane
      {...place(shown)}
      title={shown === 'events' ? 'Events' : 'Packets'}
      about={
        <button
          type="button"
          class="pane__other"
          onClick={() => (state.lower.value = shown === 'events' ? 'packets' : 'events')}
        >
          {shown === 'events' ? 'Packets' : 'Events'}
        </button>
      }
      tools={
        <>
          {shown === 'packets' && <Provenance />}
          {twoEnds() && <VantageSwitch at={state.at.value} onAt={act.seeFrom} />}
          <ExportMenu
            filter={state.filter.value}
            ends={twoEnds()}
            at={state.at.value}
            onSave={(filter, at) => void saveCapture(filter, at)}
          />
          {state.opened.value === null && <Pace pace={state.pace.value} />}
        </>
      }
    >
      {shown === 'events' ? (
        <Events
          events={state.events.value}
          selectedPacket={state.selected.value?.number ?? null}
          file={state.opened.value !== null}
          onPacket={(number) => void act.select(number)}
        />
      ) : (
        <Packets />
      )}
    </Pane>
  )
}

/** A file holds what one end saw. */
const twoEnds = () => state.labNetwork.value !== null && state.opened.value === null

/** How we know of the packets: most are of one kind, and a row of another says so itself. */
const PROVENANCE = {
  lab: ['lab', 'Real frames of the lab network'],
  captured: ['captured', 'The kernel’s own packets, captured'],
} as const

function Provenance() {
  const [word, about] = PROVENANCE[state.labNetwork.value === null ? 'captured' : 'lab']
  return (
    <span class="pane__provenance" title={about}>
      {word}
    </span>
  )
}

function Packets() {
  const following = state.following.value && state.paused.value === null
  return (
    <PacketList
      message={state.rows.value}
      total={state.listTotal.value}
      selected={state.selected.value}
      following={following}
      fresh={Math.max(0, state.rows.value.total - (state.paused.value?.total ?? state.seen.value))}
      evicted={(state.opened.value ?? state.status.value?.trace)?.evicted ?? 0}
      filtered={state.filter.value !== ''}
      file={state.opened.value !== null}
      yours={state.yours.value}
      provenance={state.labNetwork.value === null ? 'captured' : 'lab'}
      onRoom={act.makeRoom}
      onWindow={(window) => void act.watch(window)}
      onFollow={() => {
        if (state.paused.value !== null) release()
        void act.follow()
      }}
      onReachTail={() => {
        if (state.paused.value === null) void act.follow()
      }}
      onLeaveTail={act.stopFollowing}
      onSelect={(row, index) => void act.select(row.number, index)}
      onSelectIndex={act.selectIndex}
      onOpen={() => {
        if (state.narrow.value) state.tab.value = 'inspector'
        else document.querySelector<HTMLElement>('#pane-inspector [role="treeitem"][tabindex="0"]')?.focus()
      }}
    />
  )
}

/** A host's packets: its conversations are the others' too, so the filter is what tells them apart. */
const filterHost = ({ address }: MapHost) => {
  if (address === '') return
  void act.applyFilter(`ip.addr == ${address}`)
  if (state.narrow.value) state.tab.value = 'packets'
}

const openCable = ({ key, impaired }: MapCable) => {
  // Of a file: that is how it was.
  if (state.opened.value !== null) return
  if (!impaired) cutOrPlugIn(key)
  else state.cableOpen.value = !state.cableOpen.value
}

export function MapPane() {
  const network = state.labNetwork.value
  return (
    <Pane {...place('map')} title="Map" about={<span>{networkWords()}</span>}>
      {network === null ? (
        state.network.value !== null && (foreign() ? <FileMap /> : <KernelMap />)
      ) : (
        <NetworkMap
          network={network}
          frames={state.mapFrames.value}
          paused={state.paused.value !== null}
          open={state.cableOpen.value ? 'server' : null}
          onHost={filterHost}
          onCable={openCable}
          invite={state.status.value?.services.find(({ name }) => name === 'tcp-echo')?.tryIt ?? ''}
          clock={clock}
        />
      )}
    </Pane>
  )
}

/** A file that is not from a lab: nobody knows its network. */
const foreign = () => state.opened.value !== null && state.opened.value.session === null

function networkWords(): string {
  if (foreign()) return 'from a file'
  const network = state.network.value
  if (network === null) return ''
  if (network.network === 'kernel') return 'kernel network'
  return network.topology === 'router' ? 'lab network, routed' : 'lab network'
}

export function ConnectionsPane() {
  return (
    <Pane {...place('connections')} title="Connections">
      <Connections
        flows={state.flows.value}
        sessions={state.sessions.value}
        selected={state.shownFlows.value.map((flow) => flow.id)}
        yours={state.yours.value}
        ends={state.ends.value}
        names={state.opened.value?.hosts ?? {}}
        onSelect={(flows) => {
          act.chooseFlows(flows)
          if (state.narrow.value) state.tab.value = 'ladder'
          if (state.zoomed.value === 'connections') state.zoomed.value = null
        }}
        clock={clock}
      />
      {state.opened.value === null && <SendDock />}
    </Pane>
  )
}

/** From a client of the lab's own, to a service or to a lab run's. */
export async function sendTo({ service, run }: SendTarget, message: string): Promise<SendOutcome> {
  const answer = await act.sendMessage(service, message, run ?? undefined)
  return answer.ok
    ? { state: 'answered', reply: answer.value.reply }
    : { state: 'failed', message: answer.error.message }
}

/** The hub over TLS: the lab's own client speaks no TLS, and what it would say is the hub's. */
const SEALED = 'hub-tls'

/** For those without a terminal at hand. */
function SendDock() {
  const targets = (state.status.value?.services ?? []).flatMap(
    ({ name, title, tryIt, state: now }): SendTarget[] =>
      tryIt === '' || now === 'failed' || name === SEALED ? [] : [{ service: name, title, run: null }],
  )
  // The plainest first: what one line of text over TCP is.
  targets.sort((a, b) => Number(b.service === 'tcp-echo') - Number(a.service === 'tcp-echo'))
  return (
    <details class="send-dock">
      <summary>Send a message</summary>
      <SendBox targets={targets} onSend={sendTo} />
    </details>
  )
}

/** Folded until a session has something to say. */
export function HeartbeatsPane() {
  const sessions = state.sessions.value
  const whole = state.zoomed.value === 'heartbeats'
  if (sessions.length === 0 && !whole) return null
  const folding = { whole, unfolded: state.heartbeatsUnfolded.value }
  return (
    <Pane
      {...place('heartbeats')}
      title="Heartbeats"
      mark={<Icon name="heart" />}
      about={
        <HeartbeatsFold
          {...folding}
          sessions={sessions}
          onUnfold={(unfolded) => (state.heartbeatsUnfolded.value = unfolded)}
        />
      }
    >
      <Heartbeats
        {...folding}
        sessions={sessions}
        selected={state.selected.value?.number ?? null}
        onSelect={selectFromLadder}
        clock={clock}
      />
    </Pane>
  )
}

/** Epoch seconds. The lab runs on this computer, so its clock is ours; a file's stands where it ends. */
const clock = () =>
  state.opened.value === null
    ? Date.now() / 1000
    : state.flows.value.reduce((last, flow) => Math.max(last, Number(flow.lastTime)), 0)
