/** The page: what stands in its frame, wired to the state. */
import * as act from './actions.ts'
import * as files from './capture-actions.ts'
import { filterHistory, forgetFilter, restoreFilters } from './filter-history.ts'
import { HeartbeatsPane } from './heartbeats-pane.tsx'
import { toggleLabs } from './lab-place.ts'
import { lazy, loadLater, loadMissing, missing } from './lazy.tsx'
import { alike, KNOBS } from './lib/impairments.ts'
import { remember, remembered } from './lib/memory.ts'
import { ConnectionsPane, InspectorPane, LadderPane, LowerPane } from './live-panes.tsx'
import { MapPane } from './map-pane.tsx'
import * as net from './network-actions.ts'
import { completeFilter, retryCapture, saveCapture } from './requests.ts'
import * as state from './state.ts'
import { currentTheme, lookItems, projecting } from './theme.ts'
import { holdOrGoOn } from './time.ts'
import { TimeFoot } from './time-pane.tsx'
import { AnewBanner, CaptureBanner, LostBanner, MissingBanner, RefusedBanner } from './views/banners.tsx'
import { CableMenu } from './views/cable-menu.tsx'
import { FilterBar } from './views/filter-bar.tsx'
import { FilterMenu } from './views/filter-menu.tsx'
import { DropPlace, OpenedBanner } from './views/opened-file.tsx'
import { RecordingButton } from './views/recording.tsx'
import { Shell } from './views/shell.tsx'
import { TopBar } from './views/top-bar.tsx'

const panels = () => import('./panels.ts')
const CablePanel = lazy(async () => (await panels()).CablePanel)
// Their buttons say what they control: that is there as soon as they are pressed.
const CapturesPanel = lazy(async () => (await panels()).CapturesPanel, <aside id="captures-panel" hidden />)
const ChosenFates = lazy(async () => (await panels()).ChosenFates)
const KeysDialog = lazy(async () => (await panels()).KeysDialog)
const StatusPanel = lazy(async () => (await panels()).StatusPanel, <aside id="status-panel" hidden />)
const Welcome = lazy(async () => (await import('./views/welcome.tsx')).Welcome)
const LabPane = lazy(async () => (await import('./lab-pane.tsx')).LabPane)
const ComparePage = lazy(async () => (await import('./compare-pane.tsx')).ComparePage)
const FlowPane = lazy(
  async () => (await import('./flow-pane.tsx')).FlowPane,
  <section class="pane pane--flow" aria-label="Conversation" />,
)
loadLater(() => import('./lib/picture-export.ts'))

export function App() {
  const comparing = state.page.value === 'compare'
  const welcome = state.welcoming.value && state.opened.value === null && state.openFlow.value === null
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
        map={<MapPane />}
        mapDrawn={state.labNetwork.value !== null}
        connections={<ConnectionsPane />}
        inspector={<InspectorPane />}
        heartbeats={<HeartbeatsPane />}
        lower={<LowerPane />}
        foot={!comparing && !welcome && <TimeFoot />}
        flow={state.openFlow.value === null ? null : <FlowPane />}
        folded={projecting.value ? ESSENTIAL : state.folded.value}
        sizes={state.sizes.value}
        quiet={state.inspected.value.state === 'none'}
        zoomed={state.zoomed.value}
        narrow={state.narrow.value}
        tab={state.tab.value}
        onTab={(tab) => (state.tab.value = tab)}
        onSize={act.setSize}
      />
      <FilterMenu
        current={state.filter.value}
        onFilter={(filter) => {
          if (state.page.value !== 'live') goTo('live')
          void act.applyFilter(filter)
        }}
      />
      {state.helpOpen.value && (
        <KeysDialog
          panes={state.PANES}
          letters={state.letterKeys.value}
          onLetters={(letters) => {
            state.letterKeys.value = letters
            remember('letter-keys', letters ? null : 'off')
          }}
          onClose={() => (state.helpOpen.value = false)}
        />
      )}
      <p class="visually-hidden" role="status">
        {state.linkSaid.value}
      </p>
      <p class="visually-hidden" role="status">
        {state.networkSaid.value}
      </p>
      <p class="visually-hidden" role="status">
        {state.filesSaid.value}
      </p>
      <p class="visually-hidden" role="status">
        {state.timeSaid.value}
      </p>
      {state.dropping.value && (
        <DropPlace busy={state.opening.value !== null} file={state.opened.value !== null} />
      )}
    </>
  )
}

/** Both pages tell of what is live. */
export function goTo(page: state.Page): void {
  files.look(null)
  state.page.value = page
}

/** On a projector the ladder and the packet one is on are enough; the other panes are a key away. */
const ESSENTIAL = ['left', 'lower'] as const

function Top() {
  const filtered = state.filter.value !== ''
  return (
    <TopBar
      page={state.page.value}
      labsOpen={state.labsOpen.value}
      paused={state.cursor.value !== null}
      playing={state.playing.value !== null}
      theme={currentTheme()}
      look={lookItems()}
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
          history={filterHistory.value}
          onEdit={() => (state.filterError.value = null)}
          onForget={forgetFilter}
          onRestore={restoreFilters}
        />
      }
      cable={<Cable />}
      file={state.opened.value !== null}
      capturesOpen={state.capturesOpen.value}
      recording={
        <RecordingButton
          recording={state.recording.value}
          open={state.capturesOpen.value}
          onOpen={toggleCaptures}
        />
      }
      onCaptures={toggleCaptures}
      onPage={goTo}
      onLabs={toggleLabs}
      onPause={holdOrGoOn}
      onHelp={() => (state.helpOpen.value = true)}
      onStatus={() => {
        files.showCaptures(false)
        state.statusOpen.value = !state.statusOpen.value
        state.cableOpen.value = false
      }}
    />
  )
}

const toggleCaptures = () => files.showCaptures(!state.capturesOpen.value)

const patchNow = (given: Parameters<typeof net.patch>[0]) => void net.patch(given)

function openCable(open: boolean): void {
  state.cableOpen.value = open
  if (!open) return
  state.statusOpen.value = false
  files.showCaptures(false)
}

function Cable() {
  const network = state.labNetwork.value
  if (network === null || state.opened.value !== null) return null
  return (
    <CableMenu
      network={network}
      onPreset={(preset) => patchNow({ preset })}
      onCut={() => net.cutOrPlugIn()}
      onUndo={() => void net.undo()}
      onSettings={() => openCable(true)}
    />
  )
}

function CableSettings() {
  const network = state.labNetwork.value
  if (network === null || state.opened.value !== null || !state.cableOpen.value) return null
  const error = state.networkError.value
  const inspected = state.inspected.value
  const row = inspected.state === 'ready' && state.selected.value !== null ? inspected.detail.row : null
  const flow =
    state.flows.value.find(({ id }) => id === (row?.flow ?? state.shownFlows.value.at(-1)?.id)) ?? null
  return (
    <CablePanel
      network={network}
      error={error}
      onSet={net.setImpairment}
      onAlike={() => {
        if (!alike(network.up, network.down)) {
          patchNow({ down: Object.fromEntries(KNOBS.map(({ name }) => [name, network.up[name]])) })
        }
      }}
      onPreset={(preset) => patchNow({ preset })}
      onCut={() => net.cutOrPlugIn()}
      onUndo={() => void net.undo()}
      onClose={() => openCable(false)}
    >
      <ChosenFates
        chosen={network.chosen}
        flow={flow}
        row={row}
        error={error?.field?.startsWith('choose') ? (error.message ?? null) : null}
        onChoose={(choice) => patchNow({ choose: [choice] })}
        onRemove={(id) => patchNow({ unchoose: [id] })}
      />
    </CablePanel>
  )
}

function Banners() {
  const link = state.link.value
  const status = state.status.value
  return (
    <>
      {link.state === 'lost' && <LostBanner since={link.since} why={link.why} />}
      {link.state === 'refused' && <RefusedBanner message={link.message} />}
      {link.state !== 'lost' && state.begunAnew.value && (
        <AnewBanner onClose={() => (state.begunAnew.value = false)} />
      )}
      {link.state !== 'lost' && status !== null && (
        <CaptureBanner
          capture={status.capture}
          folded={state.narrow.value}
          onRetry={() => void retryCapture()}
        />
      )}
      {missing.value.size > 0 && (
        <MissingBanner onRetry={() => void loadMissing()} onReload={() => location.reload()} />
      )}
      {state.opened.value !== null && (
        <OpenedBanner
          capture={state.opened.value}
          folded={state.narrow.value}
          onSave={() => void saveCapture('', 'client', state.opened.value?.name)}
          onBack={() => files.look(null)}
        />
      )}
    </>
  )
}

function Beside() {
  const status = state.status.value
  return (
    <>
      {state.labsOpen.value && <LabPane />}
      <CableSettings />
      {state.capturesOpen.value && (
        <CapturesPanel
          recording={state.recording.value}
          captures={state.captures.value}
          closed={state.closedFiles.value}
          opened={state.opened.value?.id ?? null}
          opening={state.opening.value}
          problem={state.captureProblem.value}
          onRecord={() => void files.record()}
          onOpenRecorded={() => void files.openRecorded()}
          secretsSaid={state.secretsSaid.value}
          onOpen={(file) => void files.takeFile(file)}
          onKeyLog={(file) => void files.takeKeyLog(file)}
          onLook={files.look}
          onCloseFile={files.closeFile}
          onReopen={files.reopenFile}
          onClose={() => files.showCaptures(false)}
        />
      )}
      {state.statusOpen.value && status !== null && (
        <StatusPanel
          status={status}
          onClose={() => (state.statusOpen.value = false)}
          onRetry={() => void retryCapture()}
          onCaptures={toggleCaptures}
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
      events={state.events.value.length}
      onEvents={() => act.showPane('events')}
      onSend={(guess) => void act.sendHello(guess)}
    />
  )
}

/** The guide greets those who come to a lab where nothing has crossed, once. */
export function greet(): void {
  if (remembered('guide') === null) state.guide.value = true
}
