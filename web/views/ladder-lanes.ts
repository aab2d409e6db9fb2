/** Where the ladder's lanes stand, from where to where they run, and where time is cut out of them. */
import type { FlowNode, Row } from '../../server/dashboard/api.ts'

export interface Lane {
  readonly id: string
  readonly side: 'client' | 'server'
  readonly x: number
  /** `A`, `B` where several flows are shown; empty otherwise. */
  readonly letter: string
  readonly address: string
  readonly port: number
  /** True where the conversation has ended: the lane ends there with a bar. */
  readonly ended: boolean
  /** Solid runs and, where time is cut, broken ones. */
  readonly runs: readonly { readonly y1: number; readonly y2: number; readonly cut: boolean }[]
}

export type LanePlace = Omit<Lane, 'runs' | 'ended'>

/** What every mark is placed by. */
export interface Plan {
  readonly lanes: readonly LanePlace[]
  readonly wide: boolean
  readonly width: number
  readonly byFlow: ReadonlyMap<string, FlowNode>
}

/** From this width the brackets' words have a margin of their own. */
export const WIDE = 600
const TIME_MARGIN = 78
/** Where times end, and the client's states under them. */
export const TIME_END = 76
const WORDS_MARGIN = 150
const LANE_STEP = 24

const OVER = new Set<FlowNode['state']>(['closed', 'reset', 'refused'])

/** Of several flows those that have a packet in the picture, so that letters and lanes are not spent on the others. */
export function flowsDrawn(flows: readonly FlowNode[], rows: readonly Row[]): readonly FlowNode[] {
  const seen = new Set(rows.map((row) => row.flow))
  const drawn = flows.filter((flow) => seen.has(flow.id))
  return flows.length > 1 && drawn.length > 0 ? drawn : flows
}

/** Client lanes left, one a flow, sharing a place where one began after another's end; server lanes right. */
export function placeLanes(flows: readonly FlowNode[], width: number, wide: boolean): LanePlace[] {
  const servers = [...new Map(flows.map((f) => [serverLane(f), f.server])).entries()]
  const right = width - (wide ? WORDS_MARGIN : 24)
  const places = sharePlaces(flows)
  const gaps = Math.max(1, ...places)
  const step = Math.max(5, Math.min(LANE_STEP, Math.max(16, 96 / gaps), (right - TIME_MARGIN) / 3 / gaps))
  return [
    ...flows.map((flow, i) => ({
      id: clientLane(flow),
      side: 'client' as const,
      x: Math.round(TIME_MARGIN + (flows.length > 1 ? 14 : 8) + (places[i] ?? 0) * step),
      letter: flows.length > 1 ? letterOf(i) : '',
      ...flow.client,
    })),
    ...servers.map(([id, server], i) => ({
      id,
      side: 'server' as const,
      x: Math.round(right - (servers.length - 1 - i) * step),
      letter: '',
      ...server,
    })),
  ]
}

/** A session that polls opens connection after connection: each takes the leftmost place that is free again. */
function sharePlaces(flows: readonly FlowNode[]): number[] {
  const takenUntil: number[] = []
  return flows.map((flow) => {
    const free = takenUntil.findIndex((last) => last < flow.first)
    const place = free < 0 ? takenUntil.length : free
    takenUntil[place] = OVER.has(flow.state) ? flow.last : Number.POSITIVE_INFINITY
    return place
  })
}

export const clientLane = (flow: FlowNode) => `client/${flow.id}`
export const serverLane = (flow: FlowNode) => `server/${flow.server.address}:${flow.server.port}`

/** A, B … Z, then numbers. */
export function letterOf(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : String(index + 1)
}

export function inner(lanes: Plan['lanes']): { left: number; right: number } {
  const clients = lanes.filter((lane) => lane.side === 'client').map((lane) => lane.x)
  const servers = lanes.filter((lane) => lane.side === 'server').map((lane) => lane.x)
  return {
    left: Math.max(TIME_MARGIN, ...clients),
    right: servers.length > 0 ? Math.min(...servers) : TIME_MARGIN,
  }
}

export function middle(lanes: Plan['lanes']): number {
  const { left, right } = inner(lanes)
  return (left + right) / 2
}

/** A client's lane begins with its first packet and, when its conversation is over, ends with its last. */
export function drawnLanes(
  plan: Plan,
  reach: ReadonlyMap<string, { y1: number; y2: number }>,
  cuts: readonly { y1: number; y2: number }[],
  height: number,
): Lane[] {
  return plan.lanes.map((lane) => {
    const flow = [...plan.byFlow.values()].find((f) => clientLane(f) === lane.id)
    const span = flow && reach.get(flow.id)
    const ended = flow !== undefined && plan.byFlow.size > 1 && OVER.has(flow.state)
    const from = plan.byFlow.size > 1 ? (span?.y1 ?? 0) : 0
    return { ...lane, ended, runs: laneRuns(cuts, from, ended ? (span?.y2 ?? height) : height) }
  })
}

function laneRuns(cuts: readonly { y1: number; y2: number }[], from: number, to: number): Lane['runs'] {
  const runs: { y1: number; y2: number; cut: boolean }[] = []
  let y = from
  for (const cut of cuts) {
    if (cut.y2 <= from || cut.y1 >= to) continue
    runs.push({ y1: y, y2: cut.y1, cut: false }, { ...cut, cut: true })
    y = cut.y2
  }
  runs.push({ y1: y, y2: to, cut: false })
  return runs.filter((run) => run.y2 > run.y1)
}
