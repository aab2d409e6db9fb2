/** The live page's panes: each view in its frame, wired to the state. */
import { computed } from '@preact/signals'
import type { FlowNode } from '../server/dashboard/api.ts'
import * as act from './actions.ts'
import { openFlow } from './flow.ts'
import { lazy } from './lazy.tsx'
import { clocks, kept, place } from './pane-place.ts'
import { saveCapture, saveJson } from './requests.ts'
import * as state from './state.ts'
import { goLive } from './time.ts'
import { Connections } from './views/connections.tsx'
import { CopyLink } from './views/copy-button.tsx'
import { Icon } from './views/icons.tsx'
import { Inspector } from './views/inspector.tsx'
import { Ladder } from './views/ladder.tsx'
import { ladderPicture } from './views/ladder-draw.ts'
import { LadderHowTo } from './views/ladder-how-to.tsx'
import { withoutConversation } from './views/ladder-words.ts'
import { Pace } from './views/pace.tsx'
import { PacketList } from './views/packet-list.tsx'
import { Pane } from './views/panes.tsx'
import { PictureTools } from './views/picture-tools.tsx'
import { SendBox, type SendOutcome, type SendTarget } from './views/send-box.tsx'
import { ExportMenu, VantageSwitch } from './views/vantage.tsx'

const eventsPanes = () => import('./events-panes.tsx')
const EventsPart = lazy(async () => (await eventsPanes()).EventsPart)
const WhoHeardPart = lazy(async () => (await eventsPanes()).WhoHeardPart)
const WhoHeardTools = lazy(async () => (await eventsPanes()).WhoHeardTools)
const GuideStrip = lazy(async () => (await import('./guide-pane.tsx')).GuideStrip)

const ladderPorts = computed(() => state.shownFlows.value.map(({ client }) => client.port).join(' '))
const ladderEvents = computed(() => {
  const mine = new Set(ladderPorts.value.split(' '))
  // Beside packets stands what programs told: what was put together from those packets would say it twice.
  return state.events.value.filter(
    ({ remotePort, seen }) => seen === undefined && mine.has(String(remotePort)),
  )
})

export const LadderPane = kept('ladder', () => {
  const flows = state.shownFlows.value
  const rows = state.ladderRows.value
  return (
    <Pane
      {...place('ladder')}
      title="Ladder"
      about={ladderAbout()}
      tools={
        <>
          <button type="button" class="pane__folded" onClick={() => act.showPane('map')}>
            Map
          </button>
          <button type="button" class="pane__folded" onClick={() => act.showPane('connections')}>
            Connections
          </button>
          {openFlowButton()}
          <PictureTools name="ladder" description={ladderWords()} draw={ladderNow}>
            <LadderHowTo />
          </PictureTools>
        </>
      }
    >
      {state.guide.value && state.opened.value === null && <GuideStrip />}
      <Ladder
        rows={rows}
        flows={flows}
        events={ladderEvents.value}
        above={state.ladderAbove.value}
        below={state.ladderBelow.value}
        selected={state.selected.value?.number ?? null}
        onSelect={selectFromLadder}
        onNeed={act.needOnLadder}
        onTail={act.ladderAtTail}
        file={state.opened.value !== null}
        nothing={flows.length > 0 ? '' : nothingOnLadder()}
      />
    </Pane>
  )
})

/** The newest conversation of the ladder by itself. */
function openFlowButton() {
  const newest = state.shownFlows.value.at(-1)
  if (newest === undefined || state.openFlow.value !== null) return null
  return (
    <button
      type="button"
      class="pane__tool"
      aria-label={`Open ${newest.id}`}
      title={`Open ${newest.id} by itself: its bytes, stream and states (f)`}
      onClick={() => openFlow(newest.id)}
    >
      <Icon name="alone" />
    </button>
  )
}

/** Why there is no ladder to draw. */
function nothingOnLadder(): string {
  const { rows, last } = state.rows.value
  if (state.opened.value !== null)
    return last > 0
      ? 'No two programs speak in this file: there is no ladder to draw. The list has its packets.'
      : ''
  return state.cursor.value === null
    ? withoutConversation(rows)
    : 'At this time no two programs had spoken yet.'
}

/** The ladder as it is now, as a picture that can be taken along. */
function ladderNow(): SVGSVGElement | null {
  const element = document.querySelector<SVGSVGElement>('.ladder__picture')
  return element === null ? null : ladderPicture(element)
}

function ladderWords(): string {
  const ends = ({ id, client, server }: FlowNode) =>
    `${id} ${client.address}:${client.port} and ${server.address}:${server.port}`
  return state.shownFlows.value.map(ends).join(', ')
}

const selectFromLadder = (number: number) => void act.select(number)

function ladderAbout() {
  const flows = state.shownFlows.value
  const flow = flows.findLast((one) => one.state === 'open') ?? flows.at(-1)
  if (flow === undefined) return null
  return (
    <>
      <span class="pane__words" title={flows.map(({ id }) => id).join(' ')}>
        {flow.protocol}{' '}
        {flows.length === 1 ? <span class="mono">{flow.id}</span> : `${flows.length} connections`}
      </span>
      {state.yours.value.has(flow.id) && <span class="tag tag--ringed">yours</span>}
    </>
  )
}

/** What is looked at, as one can send it. */
const here = () => location.href

export const InspectorPane = kept('inspector', () => {
  const content = state.inspected.value
  const row = content.state === 'ready' ? content.detail.row : null
  return (
    <Pane
      {...place('inspector')}
      title="Inspector"
      about={row !== null && <span class="mono">packet {row.number}</span>}
      tools={row !== null && <CopyLink text={here} label="Copy a link to this packet" />}
    >
      <Inspector
        content={content}
        highlight={state.highlight.value}
        sizes={state.sizes.value}
        yours={row?.flow != null && state.yours.value.has(row.flow)}
        own={!state.foreign.value}
        field={state.field.value}
        onField={(name) => (state.field.value = name)}
        onHighlight={(highlight) => (state.highlight.value = highlight)}
        onSize={act.setSize}
        onFilter={(filter) => void act.applyFilter(filter)}
        onPacket={(number) => void act.select(number)}
      />
    </Pane>
  )
})

const LOWER = { packets: 'Packets', events: 'Events', 'who-heard': 'Who heard' } as const
const LOWER_ORDER = ['packets', 'events', 'who-heard'] as const

export const LowerPane = kept('packets', () => {
  const shown = state.lower.value
  return (
    <Pane
      {...place(shown === 'packets' ? 'packets' : 'events')}
      title={LOWER[shown]}
      about={LOWER_ORDER.filter((other) => other !== shown).map((other) => (
        <button
          type="button"
          key={other}
          class="pane__other"
          onClick={() => {
            if (state.zoomed.value !== null) act.showPane(other === 'packets' ? 'packets' : 'events')
            state.lower.value = other
          }}
        >
          {LOWER[other]}
        </button>
      ))}
      tools={
        <>
          {shown === 'packets' && <Provenance />}
          {twoEnds() && <VantageSwitch at={state.at.value} onAt={act.seeFrom} />}
          {state.opened.value === null && <Pace pace={state.pace.value} />}
          {shown === 'who-heard' && <WhoHeardTools />}
          {shown === 'packets' && (
            <ExportMenu
              filter={state.filter.value}
              ends={twoEnds()}
              at={state.at.value}
              matches={state.listTotal.value}
              onSave={(filter, at) => void saveCapture(filter, at)}
              onJson={(filter) => void saveJson(filter)}
              link={here}
            />
          )}
        </>
      }
    >
      {shown === 'packets' ? packets() : shown === 'events' ? <EventsPart /> : <WhoHeardPart />}
    </Pane>
  )
})

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

function packets() {
  const cursor = state.cursor.value
  const following = state.following.value && cursor === null
  return (
    <PacketList
      message={state.rows.value}
      total={state.listTotal.value}
      selected={state.selected.value}
      following={following}
      cursor={cursor?.number ?? null}
      fresh={Math.max(0, state.rows.value.total - state.seen.value)}
      evicted={(state.opened.value ?? state.status.value?.trace)?.evicted ?? 0}
      filtered={state.filter.value !== ''}
      file={state.opened.value !== null}
      yours={state.yours.value}
      provenance={state.labNetwork.value === null ? 'captured' : 'lab'}
      onStart={(index) => (state.listStart.value = index)}
      onRoom={act.makeRoom}
      onWindow={(window) => void act.watch(window)}
      onFollow={() => {
        if (state.cursor.value === null) void act.follow()
        else goLive()
      }}
      onReachTail={() => {
        if (state.cursor.value === null) void act.follow()
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

export const ConnectionsPane = kept('connections', () => {
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
        onOpen={openFlow}
        clock={clocks.value}
      />
      {state.opened.value === null && sendDock()}
    </Pane>
  )
})

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
function sendDock() {
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
