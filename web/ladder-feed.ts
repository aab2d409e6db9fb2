/**
 * Keeps the rows of the ladder's conversations: asks for what is new when they have grown, one request at a time. When
 * the reader is on a packet older than those, it keeps that packet's surroundings instead, until told otherwise.
 */
import { batch, effect } from '@preact/signals'
import type { FlowNode, Row } from '../server/dashboard/api.ts'
import { isCopy } from './lib/fate.ts'
import { getPackets } from './requests.ts'
import { at, inspected, ladderAround, ladderBelow, ladderRows, opened, shownFlows, status } from './state.ts'

/** The ladder draws no more; who wants others has the packet list. */
const MOST = 300
/** Of those, so many before the packet that one is on. */
const BEFORE = 120
/** At least so long between two requests: a busy conversation is a blur anyway. */
const REST_MS = 200

export function feedLadder(): () => void {
  let subject = ''
  let rows: Row[] = []
  /** How many packets the conversations had when `rows` were fetched. */
  let known = 0
  /** The newest packet that was asked for, drawn or not. */
  let upTo = 0
  let busy = false

  const stopFollowing = effect(() => {
    const flows = shownFlows.value
    const around = ladderAround.value
    const wanted = `${status.value?.run ?? ''} ${opened.value?.id ?? ''} ${opened.value?.run ?? ''} ${at.value} ${flows.map((flow) => flow.id).join(' ')} ${around ?? ''}`
    if (wanted !== subject) {
      subject = wanted
      rows = []
      known = 0
      upTo = 0
      if (around === null) ladderRows.value = rows
    }
    void (around === null ? catchUp(flows) : surround(flows, around))
  })

  // Whoever goes to a packet that the ladder has let go of is taken there, once.
  let taken: number | null = null
  const stopLooking = effect(() => {
    const packet = inspected.value.state === 'ready' ? inspected.value.detail.row : null
    const shown = ladderRows.value
    const ids = new Set<string | null>(shownFlows.value.map((flow) => flow.id))
    if (packet === null || !ids.has(packet.flow)) {
      taken = null
      ladderAround.value = null
      return
    }
    const [first, last] = [shown[0], shown.at(-1)]
    if (packet.number === taken || first === undefined || last === undefined) return
    // Another conversation's, which are about to go.
    if (!shown.every((row) => ids.has(row.flow))) return
    taken = packet.number
    const newer = ladderAround.peek() !== null && packet.number > last.number
    if (packet.number < first.number || newer) ladderAround.value = packet.number
  })

  return () => {
    stopFollowing()
    stopLooking()
  }

  async function surround(flows: readonly FlowNode[], around: number): Promise<void> {
    const mine = subject
    if (rows.length > 0 || busy) return
    busy = true
    const filter = streamsFilter(flows)
    const [before, after] = await Promise.all([
      getPackets({ filter, limit: BEFORE, before: around }),
      getPackets({ filter, limit: MOST - BEFORE, after: around - 1 }),
    ])
    busy = false
    if (mine !== subject) return goOn()
    if (!before.ok || !after.ok) return
    const { total, index, packets } = after.value
    rows = [...before.value.packets, ...packets].filter((row) => !isCopy(row))
    batch(() => {
      ladderRows.value = rows
      ladderBelow.value = index < 0 ? 0 : total - index - packets.length
    })
  }

  async function catchUp(flows: readonly FlowNode[]): Promise<void> {
    const mine = subject
    const last = upTo
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
      const fresh = answer.value.packets.filter((row) => !isCopy(row))
      upTo = answer.value.packets.at(-1)?.number ?? upTo
      rows = (skip ? fresh : [...rows, ...fresh]).slice(-MOST)
      known = packets
      batch(() => {
        ladderRows.value = rows
        ladderBelow.value = 0
      })
    }
    setTimeout(
      () => {
        busy = false
        // Nothing, though the flows say so: they will say so again.
        if (came || mine !== subject) goOn()
      },
      // Another conversation was chosen meanwhile: nobody waits for that.
      mine === subject ? Math.max(0, REST_MS - (performance.now() - asked)) : 0,
    )
  }

  function goOn(): void {
    const around = ladderAround.peek()
    void (around === null ? catchUp(shownFlows.peek()) : surround(shownFlows.peek(), around))
  }
}

function streamsFilter(flows: readonly FlowNode[]): string {
  return flows.map((flow) => flow.id.replace(/^(\w+)\.(\d+)$/, '$1.stream == $2')).join(' or ')
}
