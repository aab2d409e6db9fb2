/** Keeps the rows of the ladder's conversations: asks for what is new when they have grown, one request at a time. */
import { effect } from '@preact/signals'
import type { FlowNode, Row } from '../server/dashboard/api.ts'
import { getPackets } from './requests.ts'
import { ladderRows, paused, shownFlows, status } from './state.ts'

const PAGE = 500
/** More rungs than this nobody climbs; the newest are kept. */
const MOST = 1000

export function feedLadder(): () => void {
  let subject = ''
  let rows: Row[] = []
  let busy = false

  return effect(() => {
    const flows = shownFlows.value
    const wanted = `${status.value?.run ?? ''} ${flows.map((flow) => flow.id).join(' ')}`
    if (paused.value !== null) return
    if (wanted !== subject) {
      subject = wanted
      rows = []
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
    // A long conversation is entered near its end.
    const from = last === 0 && packets > MOST ? { before: newest + 1 } : { after: last }
    const answer = await getPackets({ filter: streamsFilter(flows), limit: PAGE, ...from })
    busy = false
    if (mine === subject) {
      const fresh = answer.ok ? answer.value.packets : []
      // Nothing, though the flows say so: they will say so again.
      if (fresh.length === 0) return
      rows = [...rows, ...fresh].slice(-MOST)
      ladderRows.value = rows
    }
    if (paused.peek() === null) void catchUp(shownFlows.peek())
  }
}

function streamsFilter(flows: readonly FlowNode[]): string {
  return flows.map((flow) => flow.id.replace(/^(\w+)\.(\d+)$/, '$1.stream == $2')).join(' or ')
}
