/** What is asked for because the page stands at another time: how everything was then, and all that is stored, over time. */
import { batch, effect } from '@preact/signals'
import {
  getEventsUntil,
  getFlowsUntil,
  getNetworkAt,
  getSessionsUntil,
  getTimeline,
  restAfter,
} from './requests.ts'
import * as state from './state.ts'
import { timeIsGone } from './time.ts'

/** As many as the live feed brings. */
const MOST_FLOWS = 200
const MOST_EVENTS = 1000
/** At least so long between two moments asked for while time passes. */
const REST_MS = 50
const TIMELINE_REST_MS = 1000
const BUCKETS = 512

const capture = () => `${state.opened.value?.id ?? ''} ${state.rows.value.run} ${state.at.value}`

/** Conversations, sessions and events as they were at the cursor. */
export function feedMoment(): () => void {
  let busy = false
  let known = ''
  return effect(() => {
    const cursor = state.cursor.value
    const moment = cursor === null ? '' : `${capture()} ${cursor.number}`
    if (moment === '') {
      known = ''
      state.networkThen.value = null
    } else if (moment !== known && !busy) void ask()
  })

  async function ask(): Promise<void> {
    busy = true
    for (;;) {
      const cursor = state.cursor.peek()
      const number = cursor?.number
      const of = peeked()
      if (cursor === null || number === undefined || known === `${of} ${number}`) break
      const most = state.opened.peek() === null ? MOST_FLOWS : undefined
      const [flows, sessions, events, network] = await Promise.all([
        getFlowsUntil(number, most),
        getSessionsUntil(number),
        getEventsUntil(number, MOST_EVENTS),
        state.labNetwork.peek() === null ? undefined : getNetworkAt(cursor.time),
      ])
      if (state.cursor.peek() === null || peeked() !== of) continue
      if (!flows.ok || !sessions.ok || !events.ok) {
        if (!flows.ok && flows.error.code === 'evicted') timeIsGone()
        break
      }
      known = `${of} ${number}`
      batch(() => {
        state.flows.value = flows.value.flows
        state.sessions.value = sessions.value.sessions
        state.events.value = events.value.events
        state.networkThen.value = network?.ok === true ? network.value : null
      })
      await new Promise((resolve) => setTimeout(resolve, REST_MS))
    }
    busy = false
  }
}

const peeked = () => `${state.opened.peek()?.id ?? ''} ${state.rows.peek().run} ${state.at.peek()}`

/** The bar's picture: asked for as packets come, once a second at most. */
export function feedTimeline(): () => void {
  let busy = false
  let known = ''
  let subject = ''
  return effect(() => {
    const of = capture()
    const { last } = state.rows.value
    if (of !== subject) {
      subject = of
      state.timeline.value = null
    }
    const wanted = `${of} ${state.filter.value} ${last}`
    if (last === 0 || busy || wanted === known || state.page.value !== 'live') return
    known = wanted
    void ask(of)
  })

  async function ask(of: string): Promise<void> {
    busy = true
    const answer = await getTimeline(state.filter.peek(), BUCKETS)
    if (answer.ok && of === peeked()) state.timeline.value = answer.value
    const again = !answer.ok || !answer.value.complete
    setTimeout(
      () => {
        busy = false
        const now = `${peeked()} ${state.filter.peek()} ${state.rows.peek().last}`
        if ((again || now !== known) && state.page.peek() === 'live') {
          known = now
          void ask(peeked())
        }
      },
      restAfter(TIMELINE_REST_MS, answer),
    )
  }
}
