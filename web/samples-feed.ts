/** What both ends of the ladder's newest TCP connection know of themselves, asked for as it goes on. */
import { effect } from '@preact/signals'
import { getSamples } from './requests.ts'
import * as state from './state.ts'

const REST_MS = 1000

export function feedSamples(): () => void {
  let subject = ''
  let packets = -1
  let busy = false

  return effect(() => {
    const flow = state.shownFlows.value.findLast(({ transport }) => transport === 'tcp')
    if (flow === undefined || state.labNetwork.value === null || state.page.value !== 'live') return
    const wanted = `${state.status.value?.run ?? ''} ${state.opened.value?.id ?? ''} ${state.at.value} ${flow.id}`
    if (wanted !== subject) {
      subject = wanted
      packets = -1
      state.ends.value = null
    }
    // What was sent again into a cut cable changes them as well, and is a packet.
    if (!busy && packets !== flow.packets) void ask(flow.id)
  })

  async function ask(id: string): Promise<void> {
    busy = true
    const mine = subject
    packets = state.flows.peek().find((flow) => flow.id === id)?.packets ?? 0
    const answer = await getSamples(id)
    if (mine === subject && answer.ok) {
      const { client, server } = answer.value
      state.ends.value = { flow: id, client: client.at(-1) ?? null, server: server.at(-1) ?? null }
    }
    setTimeout(() => {
      busy = false
      const now = state.flows.peek().find((flow) => flow.id === id)?.packets ?? 0
      if (mine === subject && now !== packets) void ask(id)
    }, REST_MS)
  }
}
