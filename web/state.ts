/** What the page knows, as signals. Views get it as arguments; only `app.tsx` and the actions read and write it. */
import { computed, signal } from '@preact/signals'
import type {
  ApiError,
  EndpointNode,
  EventNode,
  FlowNode,
  PacketDetail,
  Row,
  SessionNode,
  Status,
  Time,
} from '../server/dashboard/api.ts'
import type { BeatsNode } from '../server/dashboard/api-beats.ts'
import type { CaptureNode, RecordingNode } from '../server/dashboard/api-captures.ts'
import type { SocketList } from '../server/dashboard/api-events.ts'
import type { LabDetail, LabSummary } from '../server/dashboard/api-labs.ts'
import type { RowsMessage } from '../server/dashboard/api-live.ts'
import type { LabNetworkNode, NetworkNode } from '../server/dashboard/api-network.ts'
import type { Timeline } from '../server/dashboard/api-time.ts'
import type { LinkState } from './connection.ts'
import type { Highlight } from './lib/fields.ts'
import {
  type Chat,
  type Folded,
  foldedPanes,
  NO_CHAT,
  ownFlows,
  type Pull,
  step,
} from './lib/first-minutes.ts'
import type { LadderNeed } from './lib/ladder-window.ts'
import { remembered } from './lib/memory.ts'
import { DEFAULT_SPEED } from './lib/replay.ts'
import { readSizes, type Sizes, startSizes } from './lib/split.ts'
import type { Vantage } from './requests.ts'
import type { Comparison } from './views/compare.tsx'
import type { Frames } from './views/map.tsx'
import type { Ends } from './views/tcp-ends.tsx'

export const PANES = ['ladder', 'packets', 'inspector', 'connections', 'heartbeats', 'events', 'map'] as const
export type PaneId = (typeof PANES)[number]
export type Page = 'live' | 'compare'

export const NO_ROWS: RowsMessage = {
  run: '',
  total: 0,
  first: 0,
  last: 0,
  index: -1,
  complete: true,
  rows: [],
}

/** As the server tells it. */
export const link = signal<LinkState>({ state: 'connecting' })
export const status = signal<Status | null>(null)
/** That the lab is back, once it is: read aloud. */
export const linkSaid = signal('')
/** The lab began anew under this page, which lost what it had shown. */
export const begunAnew = signal(false)
export const rows = signal<RowsMessage>(NO_ROWS)
export const flows = signal<FlowNode[]>([])
export const sessions = signal<SessionNode[]>([])
/** Keep-alives and pings beside those of the sessions. */
export const beats = signal<BeatsNode[]>([])
export const events = signal<EventNode[]>([])
/** All that the lab still has of them, oldest first, while somebody looks at them. */
export const eventHistory = signal<readonly EventNode[]>([])
/** Who was at the hub when, as far as it was asked for. */
export const hubSockets = signal<SocketList>({ sockets: [], upTo: 0, forgotten: 0 })
export const labs = signal<LabSummary[] | undefined>(undefined)
export const lab = signal<LabDetail | null>(null)
export const network = signal<NetworkNode | null>(null)
/** What both ends of the newest connection on the ladder know of themselves. */
export const ends = signal<Ends | null>(null)
/** The frames around the cursor, oldest first, for the map to move. */
export const framesAround = signal<Row[]>([])
/** The newest frames, for the map; null until it is known which were there before. */
export const mapFrames = signal<Frames | null>(null)
/** Packets that came in each of the last seconds, oldest first. */
export const pace = signal<number[]>([])

/** Files that are opened, and the one that is looked into, null for what is live. */
export const captures = signal<CaptureNode[]>([])
export const opened = signal<CaptureNode | null>(null)
/** Files that the reader closed; the lab lets go of them when nobody can want them back any more. */
export const closedFiles = signal<ReadonlySet<string>>(new Set())
/** A file on its way to the lab: `sent` is its share that is there, 0 to 1. */
export const opening = signal<{ name: string; sent: number; cancel: () => void } | null>(null)
/** Why the last thing that was asked of captures did not come about. */
export const captureProblem = signal<CaptureProblem | null>(null)
export type CaptureProblem = { of: 'recording' | 'opening' | 'secrets'; message: string }
/** What became of the key log that the opened file was given; null where it was given none. */
export const secretsSaid = signal<string | null>(null)
/** A file is held over the page, and opened when it is let go. */
export const dropping = signal(false)
/** What became of files, in a sentence: read aloud. */
export const filesSaid = signal('')
/** What a request to record was answered, until the status tells more. */
export const recordingTold = signal<RecordingNode | null>(null)

/** As the reader wants it. */
export const page = signal<Page>('live')
export const filter = signal('')
export const filterError = signal<ApiError | null>(null)
export const following = signal(true)
/** How many matches there were when the list stopped following. */
export const seen = signal(0)
/** The row of the list that j begins at while no packet is open; null where the list is not in sight. */
export const listStart = signal<number | null>(null)
/** The end of the cable whose capture is looked at. */
export const at = signal<Vantage>('client')
export const selected = signal<{ number: number; index: number | null } | null>(null)
/**
 * The conversations that the reader chose for the ladder; null lets the ladder follow what happens. With `session`
 * the others of their Engine.IO session come along, also those that are yet to begin.
 */
export const chosenFlows = signal<{ flows: readonly string[]; session: boolean } | null>(null)
/** A packet older than the ladder's newest rows, which the ladder then shows the surroundings of. */
export const ladderAround = signal<number | null>(null)
export const highlight = signal<Highlight | null>(null)
/** The field that was picked in the packet, by its name as the address has it. */
export const field = signal<string | null>(null)
/** The packet that is pointed at, wherever on the page: every view marks it. */
export const pointed = signal<number | null>(null)
/** Where in time the page stands: just behind packet `number`; null while it follows what comes. */
export const cursor = signal<Cursor | null>(null)
export interface Cursor {
  readonly number: number
  readonly time: Time
}
/** Its place among the packets that match; null while that is not known. */
export const cursorIndex = signal<number | null>(null)
/** The network as it was at the cursor; null where it is not looked at, or not known. */
export const networkThen = signal<NetworkNode | null>(null)
/** All that is stored, over time; null until it was asked for. */
export const timeline = signal<Timeline | null>(null)
/** While it is played again: seconds since the oldest packet held, and whether a silence is passing faster than the rest. */
export const playing = signal<{ at: number; shortened: boolean } | null>(null)
export const speed = signal<number>(DEFAULT_SPEED)
/** What the last step in time came to: read aloud. */
export const timeSaid = signal('')
/** Why the page does not stand at the time that was asked for. */
export const timeProblem = signal<string | null>(null)
/** The conversation that is looked at by itself, a zoom of Live; null for none. */
export const openFlow = signal<string | null>(null)
/** That conversation as it was told last; null until it is known. */
export const openedFlow = signal<FlowNode | null>(null)
export const sizes = signal<Sizes>(readSizes(remembered('sizes'), startSizes(innerWidth, innerHeight)))
export const zoomed = signal<PaneId | null>(null)
/** Which pane is in sight where there is room for one only. */
export const tab = signal<PaneId>('ladder')
/** What the lower pane shows. */
export const lower = signal<Lower>('packets')
export type Lower = 'packets' | 'events' | 'who-heard'
export const narrow = signal(false)
export const heartbeatsUnfolded = signal(false)
export const labsOpen = signal(false)
export const labId = signal<string | null>(null)
/** The step that is read, by its id. */
export const labStep = signal<string | null>(null)
export const labBusy = signal(false)
export const labError = signal<string | null>(null)
export const helpOpen = signal(false)
export const letterKeys = signal(remembered('letter-keys') !== 'off')
export const statusOpen = signal(false)
export const capturesOpen = signal(false)
/** The settings of the cable, and why the last change was refused. */
export const cableOpen = signal(false)
export const networkError = signal<ApiError | null>(null)
/** What was changed on the network, in a sentence: read aloud. */
export const networkSaid = signal('')

export type Inspected =
  | { state: 'none' }
  | { state: 'loading'; number: number }
  | { state: 'ready'; detail: PacketDetail }
  | { state: 'gone'; number: number; message: string }
export const inspected = signal<Inspected>({ state: 'none' })

/** Rows of the ladder's conversation. */
export const ladderRows = signal<Row[]>([])
/** Its packets that are older and newer than those. */
export const ladderAbove = signal(0)
export const ladderBelow = signal(0)
/** What the ladder lacks of them where it is looked at, and whether that is their end. */
export const ladderNeed = signal<LadderNeed | null>(null)
export const ladderAtTail = signal(true)

/** The first five minutes. */
export const guide = signal(false)
export const guess = signal<number | null>(null)
export const sending = signal(false)
export const sendError = signal<string | null>(null)
/** The message came back, whether or not its packets were seen. */
export const answered = signal(false)
/** What came of pulling the cable; null until it was pulled. */
export const pull = signal<Pull | null>(null)
/** Who talks over the hub, as far as the guide goes on with it. */
export const chat = signal<Chat>(NO_CHAT)
/** The socket that the first message went from. */
export const helloFrom = signal<EndpointNode | null>(null)
/** Sockets that this page's own Send used, newest last. */
export const sentFrom = signal<EndpointNode[]>([])
export const comparison = signal<Comparison>({ state: 'none' })
/** Conversations that this page's comparisons made. */
export const compared = signal<ReadonlySet<string>>(new Set())
/** Some packet was opened, and the one with the message. */
export const openedOne = signal(false)
export const openedMessage = signal(false)

/** Undefined where nothing can be recorded. */
export const recording = computed<RecordingNode | undefined>(
  () => status.value?.recording ?? recordingTold.value ?? undefined,
)

/** The lab network, where that carries the packets. */
export const labNetwork = computed<LabNetworkNode | null>(() =>
  network.value?.network === 'lab' ? network.value : null,
)

/** A file that is not from a lab: nobody knows its network. */
export const foreign = computed(() => opened.value !== null && opened.value.session === null)

/** Whether anything has ever crossed. */
export const quiet = computed(
  () => (status.value?.trace.total ?? 0) === 0 && rows.value.total === 0 && rows.value.last === 0,
)

/** Whether there is nothing to show but the question. */
export const welcoming = computed(() => quiet.value && status.value !== null && !readingEvents.value)

/** The services speak for themselves also where no packet can be seen. */
const readingEvents = computed(() => (narrow.value ? tab.value : zoomed.value) === 'events')

/** Matches in the list. */
export const listTotal = computed(() => rows.value.total)

/** The ladder's conversations, oldest first: the one that is opened, the chosen ones, else the newest with all of its session. */
export const shownFlows = computed<FlowNode[]>(() => {
  if (openFlow.value !== null) return openedFlow.value === null ? [] : [openedFlow.value]
  const list = flows.value
  const chosen = chosenFlows.value
  let meant = chosen === null ? [] : list.filter((flow) => chosen.flows.includes(flow.id))
  // Also at a time when the chosen ones had not begun.
  if (chosen === null || (meant.length === 0 && cursor.value !== null)) {
    let newest: FlowNode | undefined
    for (const flow of list) if (newest === undefined || flow.first > newest.first) newest = flow
    meant = newest === undefined ? [] : [newest]
  }
  const companions =
    chosen?.session === false
      ? []
      : meant.flatMap((flow) => sessionOf(flow, list)).filter((flow) => !meant.includes(flow))
  const room = Math.max(0, MOST_LANES - meant.length)
  const shown = [...meant.slice(-MOST_LANES), ...(room === 0 ? [] : companions.sort(byFirst).slice(-room))]
  return [...new Set(shown)].sort(byFirst)
})
/** More lanes than this are no picture any more. */
const MOST_LANES = 6

function byFirst(a: FlowNode, b: FlowNode): number {
  return a.first - b.first
}

/** A conversation with the others of its Engine.IO session, if it carries one. */
export function sessionOf(flow: FlowNode, list: readonly FlowNode[]): FlowNode[] {
  return flow.sid === null ? [flow] : list.filter((other) => other.sid === flow.sid)
}

const startedHere = computed(() => {
  const sockets = new Set(sentFrom.value.map(socketKey))
  const ids = new Set(compared.value)
  for (const flow of flows.value) {
    if (sockets.has(socketKey(flow.client)) || demoHosts.value.has(flow.client.address)) ids.add(flow.id)
  }
  return ids
})

/** Conversations from the reader's own programs. While our own message is under way nobody can tell yet, nor of a file. */
export const yours = computed<ReadonlySet<string>>(() =>
  sending.value || opened.value !== null ? NOBODY : ownFlows(flows.value, startedHere.value),
)
const NOBODY: ReadonlySet<string> = new Set()

/** The conversation of the first message. */
export const sentFlow = computed<FlowNode | undefined>(() => {
  const socket = helloFrom.value
  return socket === null
    ? undefined
    : flows.value.find((flow) => socketKey(flow.client) === socketKey(socket))
})

export const guideStep = computed(() =>
  step({
    sentFlow: sentFlow.value,
    sending: sending.value || helloFrom.value !== null,
    opened: openedMessage.value,
    yours: yours.value.size > 0,
    lab: labNetwork.value !== null,
    pull: pull.value,
    chat: chat.value,
  }),
)

/** Panes that are not there yet: the page unfolds with the guide. */
export const folded = computed<Folded[]>(() =>
  guide.value && opened.value === null && openFlow.value === null
    ? foldedPanes(guideStep.value, openedOne.value)
    : [],
)

/** The lab's own clients, whoever asked them to send: a page that was opened later can't know of the others' requests. */
const demoHosts = computed(
  () => new Set(labNetwork.value?.hosts.filter(({ door }) => door === 'demo').map(({ address }) => address)),
)

function socketKey({ address, port }: EndpointNode): string {
  return `${address.replace(/^::ffff:/, '')} ${port}`
}
