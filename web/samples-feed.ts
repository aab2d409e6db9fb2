/** What both ends of the ladder's newest TCP connection know of themselves, asked for as it goes on. */
import { effect } from '@preact/signals'
import type { FlowSamples } from '../server/dashboard/api-network.ts'
import { sampleAsOf } from './lib/replay.ts'
import { getSamples, restAfter } from './requests.ts'
import * as state from './state.ts'

const REST_MS = 1000

export function feedSamples(): () => void {
  let subject = ''
  let packets = -1
  let busy = false
  let told: FlowSamples | null = null
  /** The newest packet when all of them were asked for. */
  let upTo = 0

  return effect(() => {
    const flow = state.shownFlows.value.findLast(({ transport }) => transport === 'tcp')
    if (flow === undefined || state.labNetwork.value === null || state.page.value !== 'live') return
    const wanted = `${state.status.value?.run ?? ''} ${state.opened.value?.id ?? ''} ${state.at.value} ${flow.id}`
    if (wanted !== subject) {
      subject = wanted
      packets = -1
      told = null
      upTo = 0
      state.ends.value = null
    }
    const cursor = state.cursor.value
    // Of a time that has passed all was told: once is enough.
    const wants = cursor === null ? packets !== flow.packets : upTo < cursor.number
    // What was sent again into a cut cable changes them as well, and is a packet.
    if (!busy && wants) void ask(flow.id)
    else tell()
  })

  async function ask(id: string): Promise<void> {
    busy = true
    const mine = subject
    packets = packetsOf(id)
    const { last } = state.rows.peek()
    // Of what goes on only the newest is shown; a busy connection tells hundreds a second.
    const whole = state.cursor.peek() !== null
    const answer = await getSamples(id, whole ? {} : { limit: 1 })
    if (mine === subject && answer.ok) {
      told = answer.value
      upTo = whole ? last : 0
      tell()
    }
    setTimeout(
      () => {
        busy = false
        const now = state.cursor.peek() === null ? packetsOf(id) : packets
        if (mine === subject && now !== packets) void ask(id)
      },
      restAfter(REST_MS, answer),
    )
  }

  /** Each end's newest sample, of what it had told by the time that the page shows. */
  function tell(): void {
    if (told === null) return
    const time = state.cursor.peek()?.time ?? null
    const { flow, client, server } = told
    state.ends.value = { flow, client: sampleAsOf(client, time), server: sampleAsOf(server, time) }
  }
}

function packetsOf(id: string): number {
  return state.flows.peek().find((flow) => flow.id === id)?.packets ?? 0
}
