/** Keeps the rows of the ladder's conversations: asks for what is new when they have grown, one request at a time. */
import { effect } from '@preact/signals'
import type { FlowNode, Row } from '../server/dashboard/api.ts'
import { getPackets } from './requests.ts'
import { ladderRows, paused, shownFlows, status } from './state.ts'

/** The ladder draws no more; who wants older ones has the packet list. */
const MOST = 300
/** At least so long between two requests: a busy conversation is a blur anyway. */
const REST_MS = 200

export function feedLadder(): () => void {
  let subject = ''
  let rows: Row[] = []
  /** How many packets the conversations had when `rows` were fetched. */
  let known = 0
  let busy = false

  return effect(() => {
    const flows = shownFlows.value
    const wanted = `${status.value?.run ?? ''} ${flows.map((flow) => flow.id).join(' ')}`
    if (paused.value !== null) return
    if (wanted !== subject) {
      subject = wanted
      rows = []
      known = 0
      ladderRows.value = rows
    }
    void catchUp(flows)
  })

  async function catchUp(flows: readonly FlowNode[]): Promise<void> {
    const mine = subject
    const last = rows.at(-1)?.number ?? 0
    const newest = Math.max(0, ...flows.map((flow) => flow.last))
    if (busy || newest <= last) return
    busy = true
    const packets = flows.reduce((sum, flow) => sum + flow.packets, 0)
    // What can't be caught up with is skipped: the newest are what one looks at.
    const skip = packets - known > MOST
    const from = skip ? { before: newest + 1 } : { after: last }
    const asked = performance.now()
    const answer = await getPackets({ filter: streamsFilter(flows), limit: MOST, ...from })
    const came = answer.ok && answer.value.packets.length > 0
    if (mine === subject && came) {
      rows = (skip ? answer.value.packets : [...rows, ...answer.value.packets]).slice(-MOST)
      known = packets
      ladderRows.value = rows
    }
    setTimeout(
      () => {
        busy = false
        // Nothing, though the flows say so: they will say so again.
        if ((came || mine !== subject) && paused.peek() === null) void catchUp(shownFlows.peek())
      },
      // Another conversation was chosen meanwhile: nobody waits for that.
      mine === subject ? Math.max(0, REST_MS - (performance.now() - asked)) : 0,
    )
  }
}

function streamsFilter(flows: readonly FlowNode[]): string {
  return flows.map((flow) => flow.id.replace(/^(\w+)\.(\d+)$/, '$1.stream == $2')).join(' or ')
}
