/** What the pictures of the opened conversation are made of, asked for as it goes on, one request at a time. */
import { batch, effect, signal } from '@preact/signals'
import type { EventNode } from '../server/dashboard/api.ts'
import type { FlowStates, MessageNode, SegmentNode, SegmentPage } from '../server/dashboard/api-stream.ts'
import { getEmits, getSegments, getStates, restAfter } from './requests.ts'
import * as state from './state.ts'

export interface FlowBytes {
  readonly flow: string
  /** In the order of packets. */
  readonly segments: readonly SegmentNode[]
  readonly messages: readonly MessageNode[]
  /** Segments that are older, and not at hand. */
  readonly earlier: number
  /** Packets of its beginning are no longer held by the lab. */
  readonly beheaded: boolean
}

export const flowBytes = signal<FlowBytes | null>(null)
export const flowStates = signal<FlowStates | null>(null)
/** What the services had emitted when it was opened; later events are pushed. */
export const flowEmits = signal<readonly EventNode[]>([])

/** The ruler shows the newest so many; who wants others has the stream. */
const MOST = 20_000
const PAGE = 1000
const MOST_EMITS = 2000
/** At least so long between two requests. */
const REST_MS = 250

export function feedFlow(): () => void {
  let subject = ''
  /** How many packets it had when it was asked about. */
  let known = -1
  /** The newest packet that was read. */
  let last = 0
  let busy = false

  return effect(() => {
    const flow = state.openedFlow.value
    const wanted =
      flow === null
        ? ''
        : `${state.status.value?.run ?? ''} ${state.opened.value?.run ?? ''} ${state.at.value} ${flow.id}`
    if (wanted !== subject) {
      subject = wanted
      known = -1
      last = 0
      batch(() => {
        flowBytes.value = null
        flowStates.value = null
        flowEmits.value = []
      })
    }
    if (flow !== null && flow.transport === 'tcp' && !busy && flow.packets !== known) void ask(flow.id)
  })

  async function ask(id: string): Promise<void> {
    busy = true
    const mine = subject
    known = state.openedFlow.peek()?.packets ?? 0
    const before = flowBytes.peek()
    const [page, states] = await Promise.all([
      getSegments(id, { limit: PAGE, ...(before === null ? { before: NEWEST } : { after: last }) }),
      getStates(id),
    ])
    let complete = true
    if (mine === subject) {
      batch(() => {
        if (page.ok) {
          complete = page.value.complete
          last = page.value.last
          flowBytes.value = later(before, page.value)
        }
        if (states.ok) flowStates.value = states.value
      })
      if (page.ok && before === null) await Promise.all([fillUp(id, mine), askEmits(mine)])
    }
    setTimeout(
      () => {
        busy = false
        const flow = state.openedFlow.peek()
        if (
          flow !== null &&
          flow.transport === 'tcp' &&
          (!complete || mine !== subject || flow.packets !== known)
        ) {
          void ask(flow.id)
        }
      },
      mine === subject ? restAfter(REST_MS, ...(before === null ? [] : [page, states])) : 0,
    )
  }

  /** Of those that are pushed only the latest are kept, of all services. */
  async function askEmits(mine: string): Promise<void> {
    if (state.openedFlow.peek()?.sid == null) return
    const answer = await getEmits(MOST_EMITS)
    if (mine === subject && answer.ok) flowEmits.value = answer.value.events
  }

  /** Older ones, as far as there is room: shown when they are all here. */
  async function fillUp(id: string, mine: string): Promise<void> {
    let older: Pick<FlowBytes, 'segments' | 'messages' | 'earlier'> | undefined
    for (;;) {
      const known = flowBytes.peek()
      const first = older?.segments[0]?.number ?? known?.segments[0]?.number
      const earlier = older?.earlier ?? known?.earlier ?? 0
      if (first === undefined || earlier === 0 || (older?.segments.length ?? 0) + PAGE >= MOST) break
      const page = await getSegments(id, { limit: 2 * PAGE, before: first })
      if (mine !== subject || !page.ok || page.value.segments.length === 0) return
      const { segments, messages } = page.value
      older = {
        segments: [...segments, ...(older?.segments ?? [])],
        messages: [...messages.filter(({ number }) => number < first), ...(older?.messages ?? [])],
        earlier: page.value.earlier,
      }
    }
    const known = flowBytes.peek()
    if (known === null || older === undefined) return
    flowBytes.value = {
      ...known,
      segments: [...older.segments, ...known.segments],
      messages: [...older.messages, ...known.messages],
      earlier: older.earlier,
    }
  }
}

/** Above every packet's number. */
const NEWEST = Number.MAX_SAFE_INTEGER

function later(before: FlowBytes | null, page: SegmentPage): FlowBytes {
  const { flow, beheaded } = page
  if (before === null) {
    return { flow, beheaded, segments: page.segments, messages: page.messages, earlier: page.earlier }
  }
  const segments = [...before.segments, ...page.segments]
  const over = Math.max(0, segments.length - MOST)
  const kept = over === 0 ? segments : segments.slice(over)
  const oldest = kept[0]?.number ?? 0
  const messages = [...before.messages, ...page.messages]
  return {
    flow,
    beheaded,
    segments: kept,
    messages: over === 0 ? messages : messages.filter(({ number }) => number >= oldest),
    earlier: before.earlier + over,
  }
}
