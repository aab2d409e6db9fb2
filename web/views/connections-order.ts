/** Which conversations stand together, and in which order. */
import type { FlowNode, FlowState, SessionNode } from '../../server/dashboard/api.ts'
import { between, formatInterval } from '../lib/format.ts'

/** One conversation, or those of one Engine.IO session. */
export interface ConnectionGroup {
  readonly key: string
  readonly session: SessionNode | null
  readonly sid: string | null
  /** By their first packets. */
  readonly flows: readonly FlowNode[]
  readonly over: boolean
}

const OVER = new Set<FlowState>(['closed', 'reset', 'refused'])

export function isOver(flow: FlowNode): boolean {
  return OVER.has(flow.state)
}

/** Groups, the one that began last first: their order does not change with every packet. */
export function groupConnections(
  flows: readonly FlowNode[],
  sessions: readonly SessionNode[],
): ConnectionGroup[] {
  const bySid = new Map(sessions.map((session) => [session.sid, session]))
  const groups = new Map<string, FlowNode[]>()
  for (const flow of flows) {
    const key = flow.sid === null ? flow.id : `sid ${flow.sid}`
    const known = groups.get(key)
    if (known === undefined) groups.set(key, [flow])
    else known.push(flow)
  }
  return [...groups.entries()]
    .map(([key, members]) => {
      const sid = members[0]?.sid ?? null
      const session = sid === null ? null : (bySid.get(sid) ?? null)
      const over = members.every(isOver) && session?.state !== 'open'
      return { key, session, sid, flows: [...members].sort((a, b) => a.first - b.first), over }
    })
    .sort((a, b) => begin(b) - begin(a))
}

function begin(group: ConnectionGroup): number {
  return Math.min(...group.flows.map((flow) => flow.first))
}

/** The state as a reader says it; `now` is epoch seconds. */
export function stateWords(flow: FlowNode, now: number): string {
  const lived = formatInterval(between(flow.firstTime, flow.lastTime))
  switch (flow.state) {
    case 'opening':
      return 'opening'
    case 'open':
      return `open for ${age(flow, now)}`
    case 'closing':
      return 'one side has closed'
    case 'closed':
      return `closed after ${lived}`
    case 'reset':
      return `reset after ${lived}`
    case 'refused':
      return 'refused'
    case 'datagrams':
      return 'no connection'
  }
}

/** Whole seconds: an age that is read at a glance needs no tenths. */
function age(flow: FlowNode, now: number): string {
  const seconds = Math.max(0, now - Number(flow.firstTime))
  return formatInterval(seconds < 60 ? Math.floor(seconds) : seconds)
}

/** The layer of a protocol, by the short name that flows bear. */
export function layerOf(protocol: string): number {
  return LAYERS[protocol] ?? 7
}

const LAYERS: Readonly<Record<string, number>> = { TCP: 4, UDP: 4, ICMP: 3, 'Engine.IO': 5, TLS: 6 }
