/** Wires the state to the views: the one place that knows both. */
import { useMemo } from 'preact/hooks'
import * as act from './actions.ts'
import { release } from './feed.ts'
import * as labs from './lab-actions.ts'
import { count, messagePacket } from './lib/first-minutes.ts'
import { remember, remembered } from './lib/memory.ts'
import { completeFilter, retryCapture } from './requests.ts'
import * as state from './state.ts'
import { currentTheme, toggleTheme } from './theme.ts'
import { Compare } from './views/compare.tsx'
import { Connections } from './views/connections.tsx'
import { Events } from './views/events.tsx'
import { FilterBar } from './views/filter-bar.tsx'
import { Heartbeats } from './views/heartbeats.tsx'
import { Inspector } from './views/inspector.tsx'
import { KeysDialog } from './views/keys-dialog.tsx'
import { LabDrawer } from './views/lab-drawer.tsx'
import { Ladder } from './views/ladder.tsx'
import { Pace } from './views/pace.tsx'
import { PacketList } from './views/packet-list.tsx'
import { Pane } from './views/panes.tsx'
import { SendBox, type SendTarget } from './views/send-box.tsx'
import { Shell } from './views/shell.tsx'
import { CaptureBanner, LinkBanner, StatusPanel } from './views/status-panel.tsx'
import { TopBar } from './views/top-bar.tsx'
import { Guide, Welcome } from './views/welcome.tsx'

const place = (id: state.PaneId) => ({
  id,
  hotkey: state.PANES.indexOf(id) + 1,
  zoomed: state.zoomed.value === id,
  onZoom: () => act.showPane(id),
})

export function App() {
  const comparing = state.page.value === 'compare'
  const welcome = state.welcoming.value
  return (
    <>
      <Shell
        topBar={<Top />}
        banners={<Banners />}
        {...(comparing
          ? { instead: <ComparePage />, insteadIsMain: true }
          : welcome
            ? { instead: <Empty /> }
            : {})}
        beside={<Beside />}
        ladder={<LadderPane />}
        connections={<ConnectionsPane />}
        inspector={<InspectorPane />}
        heartbeats={<HeartbeatsPane />}
        lower={<LowerPane />}
        sizes={state.sizes.value}
        zoomed={state.zoomed.value}
        narrow={state.narrow.value}
        tab={state.tab.value}
        onTab={(tab) => (state.tab.value = tab)}
        onSize={act.setSize}
      />
      <KeysDialog
        open={state.helpOpen.value}
        letters={state.letterKeys.value}
        onLetters={(letters) => {
          state.letterKeys.value = letters
          remember('letter-keys', letters ? null : 'off')
        }}
        onClose={() => (state.helpOpen.value = false)}
      />
    </>
  )
}

export function togglePause(): void {
  if (state.paused.value === null) state.paused.value = { total: state.rows.value.total }
  else {
    release()
    if (state.following.value) void act.follow()
  }
}

function Top() {
  const filtered = state.filter.value !== ''
  return (
    <TopBar
      page={state.page.value}
      labsOpen={state.labsOpen.value}
      paused={state.paused.value !== null}
      theme={currentTheme()}
      status={state.status.value}
      linked={state.link.value.state === 'open' || state.link.value.state === 'connecting'}
      statusOpen={state.statusOpen.value}
      filter={
        <FilterBar
          value={state.filter.value}
          error={state.filterError.value}
          matches={filtered ? state.listTotal.value : null}
          complete={async (text, at, signal) => {
            const answer = await completeFilter(text, at, signal)
            return answer.ok ? answer.value : null
          }}
          onApply={(text) => void act.applyFilter(text)}
          onEdit={() => (state.filterError.value = null)}
        />
      }
      onPage={(page) => (state.page.value = page)}
      onLabs={labs.toggleLabs}
      onPause={togglePause}
      onTheme={toggleTheme}
      onHelp={() => (state.helpOpen.value = true)}
      onStatus={() => (state.statusOpen.value = !state.statusOpen.value)}
    />
  )
}

function Banners() {
  const link = state.link.value
  const status = state.status.value
  return (
    <>
      {link.state === 'lost' && (
        <LinkBanner
          refused={false}
          message="What stands here is what was seen until then. It goes on by itself when the lab is back; is it still running in its terminal?"
        />
      )}
      {link.state === 'refused' && <LinkBanner refused message={link.message} />}
      {link.state !== 'lost' && status !== null && (
        <CaptureBanner capture={status.capture} onRetry={() => void retryCapture()} />
      )}
    </>
  )
}

function Beside() {
  const status = state.status.value
  return (
    <>
      {state.labsOpen.value && (
        <LabDrawer
          labs={state.labs.value}
          lab={state.lab.value}
          host={location.hostname}
          busy={state.labBusy.value}
          error={state.labError.value}
          onOpen={labs.openLab}
          onClose={labs.toggleLabs}
          onStart={(id) => void labs.start(id)}
          onStop={(id) => void labs.stop(id)}
          onAnswer={(id, step, answer) => void labs.answer(id, step, answer)}
          onFilter={(filter) => {
            state.page.value = 'live'
            void act.applyFilter(filter)
          }}
          onSelectPacket={(number) => {
            state.page.value = 'live'
            void act.select(number)
          }}
        />
      )}
      {state.statusOpen.value && status !== null && (
        <StatusPanel
          status={status}
          onClose={() => (state.statusOpen.value = false)}
          onRetry={() => void retryCapture()}
        />
      )}
    </>
  )
}

function Empty() {
  const status = state.status.value
  return (
    <Welcome
      services={status?.services ?? []}
      sending={state.sending.value}
      error={state.sendError.value}
      answered={state.answered.value}
      captured={status?.capture.state === 'running' || status?.capture.state === 'starting'}
      onSend={(guess) => void act.sendHello(guess)}
    />
  )
}

function LadderPane() {
  const flows = state.shownFlows.value
  const rows = state.ladderRows.value
  const all = flows.reduce((sum, flow) => sum + flow.packets, 0)
  const ports = flows.map((flow) => flow.client.port).join(' ')
  const events = useMemo(() => {
    const mine = new Set(flows.map((flow) => flow.client.port))
    return state.events.value.filter((event) => event.remotePort !== null && mine.has(event.remotePort))
  }, [ports, state.events.value])
  return (
    <Pane {...place('ladder')} title="Ladder" about={<LadderAbout />}>
      {state.guide.value && <GuideStrip />}
      <Ladder
        rows={rows}
        flows={flows}
        events={events}
        above={Math.max(0, all - rows.length)}
        selected={state.selected.value?.number ?? null}
        onSelect={selectFromLadder}
      />
    </Pane>
  )
}

const selectFromLadder = (number: number) => void act.select(number)

function LadderAbout() {
  const flows = state.shownFlows.value
  const flow = flows.at(-1)
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

function InspectorPane() {
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
        onHighlight={(highlight) => (state.highlight.value = highlight)}
        onSize={act.setSize}
        onFilter={(filter) => void act.applyFilter(filter)}
        onPacket={(number) => void act.select(number)}
      />
    </Pane>
  )
}

function LowerPane() {
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
      tools={<Pace pace={state.pace.value} />}
    >
      {shown === 'events' ? (
        <Events
          events={state.events.value}
          selectedPacket={state.selected.value?.number ?? null}
          onPacket={(number) => void act.select(number)}
        />
      ) : (
        <Packets />
      )}
    </Pane>
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
      evicted={state.status.value?.trace.evicted ?? 0}
      filtered={state.filter.value !== ''}
      compact={state.narrow.value}
      yours={state.yours.value}
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

function ConnectionsPane() {
  return (
    <Pane {...place('connections')} title="Connections">
      <Connections
        flows={state.flows.value}
        sessions={state.sessions.value}
        selected={state.shownFlows.value.map((flow) => flow.id)}
        yours={state.yours.value}
        onSelect={(flows) => {
          act.chooseFlows(flows)
          if (state.narrow.value) state.tab.value = 'ladder'
        }}
        clock={clock}
      />
      <SendDock />
    </Pane>
  )
}

/** For those without a terminal at hand. */
function SendDock() {
  const targets = (state.status.value?.services ?? []).flatMap(
    ({ name, title, tryIt, state: now }): SendTarget[] =>
      tryIt === '' || now === 'failed' ? [] : [{ service: name, title, port: null }],
  )
  // The plainest first: what one line of text over TCP is.
  targets.sort((a, b) => Number(b.service === 'tcp-echo') - Number(a.service === 'tcp-echo'))
  return (
    <details class="send-dock">
      <summary>Send a message</summary>
      <SendBox
        targets={targets}
        onSend={async ({ service }, message) => {
          const answer = await act.sendMessage(service, message)
          return answer.ok
            ? { state: 'answered', reply: answer.value.reply }
            : { state: 'failed', message: answer.error.message }
        }}
      />
    </details>
  )
}

/** Folded until a session has something to say. */
function HeartbeatsPane() {
  const sessions = state.sessions.value
  if (sessions.length === 0 && state.zoomed.value !== 'heartbeats') return null
  return (
    <Pane {...place('heartbeats')} title="Heartbeats">
      <Heartbeats
        sessions={sessions}
        selected={state.selected.value?.number ?? null}
        onSelect={selectFromLadder}
        clock={clock}
      />
    </Pane>
  )
}

/** Epoch seconds. The lab runs on this computer, so its clock is ours. */
const clock = () => Date.now() / 1000

function ComparePage() {
  return (
    <Compare
      comparison={state.comparison.value}
      capture={state.status.value?.capture ?? null}
      onRun={(message) => void act.runComparison(message)}
      onSelectPacket={(number) => {
        state.page.value = 'live'
        void act.select(number)
      }}
    />
  )
}

/** The guide greets those who come to a lab where nothing has crossed, once. */
export function greet(): void {
  if (remembered('guide') === null) state.guide.value = true
}
