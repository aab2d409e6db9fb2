/** Keep-alives and pings, asked for when the conversations say that there are new ones. */
import { effect } from '@preact/signals'
import { getBeats, restAfter } from './requests.ts'
import * as state from './state.ts'

/** At least so long between two requests: nobody's heart beats faster. */
const REST_MS = 250
/** Nothing was asked for yet, or not answered. */
const NOTHING = 0

export function feedBeats(): () => void {
  let subject = ''
  /** How many there were when they were asked for. */
  let known = NOTHING
  let busy = false

  return effect(() => {
    const wanted = `${state.status.value?.run ?? ''} ${state.opened.value?.id ?? ''} ${state.opened.value?.run ?? ''} ${state.at.value}`
    const count = state.flows.value.reduce((sum, { beats }) => sum + (beats ?? 0), 0)
    if (wanted !== subject) {
      subject = wanted
      known = NOTHING
      state.beats.value = []
    }
    if (!busy && count !== known) void ask(count)
  })

  async function ask(count: number): Promise<void> {
    busy = true
    const mine = subject
    known = count
    const answer = await getBeats()
    if (mine === subject && answer.ok) state.beats.value = answer.value.beats
    else known = NOTHING
    setTimeout(
      () => {
        busy = false
        const now = state.flows.peek().reduce((sum, { beats }) => sum + (beats ?? 0), 0)
        if (now !== known) void ask(now)
      },
      restAfter(REST_MS, answer),
    )
  }
}
