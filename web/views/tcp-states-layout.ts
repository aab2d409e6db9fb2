/**
 * The state diagram of RFC 9293 §3.3.2, figure 5, as geometry, and on it the way that each end of a connection took.
 * CLOSED stands twice, as in the figure: where a connection begins, and where it ends.
 */
import type { EndStates, FlowStates, StateStep, TcpStateName } from '../../server/dashboard/api-stream.ts'

export type NodeId = TcpStateName | 'CLOSED-END'
export type EndName = 'client' | 'server'

export interface StateNode {
  readonly id: NodeId
  readonly name: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** Ends that were here, and those that are here now. */
  readonly visited: boolean
  readonly here: readonly EndName[]
}

export interface StateEdge {
  readonly key: string
  readonly path: string
  /** RFC's words: what happens, and what is sent. */
  readonly words: readonly string[]
  readonly wordsX: number
  readonly wordsY: number
  readonly anchor: 'start' | 'middle' | 'end'
  readonly taken: readonly EndName[]
  /** Not in the figure: left out there so that it stays readable. */
  readonly beyond: boolean
}

export interface StateChip {
  readonly key: string
  readonly end: EndName
  readonly x: number
  readonly y: number
  readonly width: number
  readonly label: string
  readonly says: string
  /** The packet that moved it. */
  readonly number: number
}

export interface StatesLayout {
  readonly width: number
  readonly height: number
  readonly nodes: readonly StateNode[]
  readonly edges: readonly StateEdge[]
  readonly chips: readonly StateChip[]
}

type Column = 0 | 1 | 2

const NODES: readonly (readonly [NodeId, Column, number])[] = [
  ['CLOSED', 1, 0],
  ['LISTEN', 1, 1],
  ['SYN-RECEIVED', 0, 2],
  ['SYN-SENT', 2, 2],
  ['ESTABLISHED', 1, 3],
  ['FIN-WAIT-1', 0, 4],
  ['CLOSE-WAIT', 2, 4],
  ['FIN-WAIT-2', 0, 5],
  ['CLOSING', 1, 5],
  ['LAST-ACK', 2, 5],
  ['TIME-WAIT', 1, 6],
  ['CLOSED-END', 2, 6],
]

interface EdgeShape {
  readonly from: NodeId
  readonly to: NodeId
  readonly words: readonly string[]
  /** Moved aside, where two edges join the same states. */
  readonly aside?: number
  /** Where its words stand: beside its middle, to the left or right. */
  readonly side?: 'left' | 'right' | 'above'
  /** Along the edge, 0 to 1, where its packet stands if that is not the middle. */
  readonly at?: number
}

const EDGES: readonly EdgeShape[] = [
  { from: 'CLOSED', to: 'LISTEN', words: ['passive OPEN'], aside: 14, side: 'left' },
  { from: 'LISTEN', to: 'CLOSED', words: [], aside: 14 },
  { from: 'CLOSED', to: 'SYN-SENT', words: ['active OPEN', 'snd SYN'], aside: -10, side: 'right', at: 0.68 },
  { from: 'SYN-SENT', to: 'CLOSED', words: [], aside: -10 },
  { from: 'LISTEN', to: 'SYN-RECEIVED', words: ['rcv SYN', 'snd SYN, ACK'], aside: 10, side: 'left' },
  { from: 'SYN-RECEIVED', to: 'LISTEN', words: [], aside: 10 },
  { from: 'LISTEN', to: 'SYN-SENT', words: [], side: 'left' },
  { from: 'SYN-SENT', to: 'SYN-RECEIVED', words: ['rcv SYN, snd SYN, ACK'], side: 'above' },
  { from: 'SYN-RECEIVED', to: 'ESTABLISHED', words: ['rcv ACK of SYN'], side: 'right' },
  { from: 'SYN-SENT', to: 'ESTABLISHED', words: ['rcv SYN, ACK', 'snd ACK'], side: 'right' },
  { from: 'SYN-RECEIVED', to: 'FIN-WAIT-1', words: ['CLOSE', 'snd FIN'], side: 'left' },
  { from: 'ESTABLISHED', to: 'FIN-WAIT-1', words: ['CLOSE, snd FIN'], side: 'right' },
  { from: 'ESTABLISHED', to: 'CLOSE-WAIT', words: ['rcv FIN', 'snd ACK'], side: 'right' },
  { from: 'FIN-WAIT-1', to: 'FIN-WAIT-2', words: ['rcv ACK', 'of FIN'], side: 'left' },
  { from: 'FIN-WAIT-1', to: 'CLOSING', words: ['rcv FIN', 'snd ACK'], side: 'right' },
  { from: 'CLOSE-WAIT', to: 'LAST-ACK', words: ['CLOSE', 'snd FIN'], side: 'right' },
  { from: 'FIN-WAIT-2', to: 'TIME-WAIT', words: ['rcv FIN', 'snd ACK'], side: 'left' },
  { from: 'CLOSING', to: 'TIME-WAIT', words: ['rcv ACK of FIN'], side: 'right' },
  { from: 'LAST-ACK', to: 'CLOSED-END', words: ['rcv ACK', 'of FIN'], side: 'right' },
  { from: 'TIME-WAIT', to: 'CLOSED-END', words: ['2 MSL'], side: 'above' },
]

const NODE_HEIGHT = 26
const ROW_GAP = 74
const TOP = 16
/** Below this width only words of the edges that were taken find room. */
const WORDY = 460
const CHIP_HEIGHT = 16

export interface StatesSize {
  readonly width: number
}

/** Steps later than `until` (epoch seconds) have not happened yet. */
export function layoutStates(
  states: FlowStates | null,
  size: StatesSize,
  until: number | null,
): StatesLayout {
  const width = Math.max(280, size.width)
  const nodeWidth = Math.min(128, Math.max(84, width * 0.25))
  const margin = Math.max(nodeWidth / 2 + 2, width * (width < WORDY ? 0.16 : 0.21))
  const columns = [margin, width / 2, width - margin] as const
  const placed = new Map<NodeId, { x: number; y: number }>(
    NODES.map(([id, column, row]) => [id, { x: columns[column], y: TOP + NODE_HEIGHT / 2 + row * ROW_GAP }]),
  )
  const ways = {
    client: wayOf(states?.client, until),
    server: wayOf(states?.server, until),
  }
  const shapes: (EdgeShape & { beyond: boolean })[] = EDGES.map((edge) => ({ ...edge, beyond: false }))
  for (const { steps } of [ways.client, ways.server]) {
    for (const { from, to } of steps) {
      if (shapes.some((edge) => edge.from === from && edge.to === to)) continue
      shapes.push({ from, to, words: to === 'TIME-WAIT' ? [] : ['RST'], side: 'right', beyond: true })
    }
  }

  const chips: StateChip[] = []
  const edges = shapes.map((shape): StateEdge => {
    const [a, b] = [placed.get(shape.from), placed.get(shape.to)]
    const line = between(a ?? ORIGIN, b ?? ORIGIN, nodeWidth, shape.aside ?? 0)
    const taken: EndName[] = []
    for (const end of ['client', 'server'] as const) {
      const steps = ways[end].steps.filter(({ from, to }) => from === shape.from && to === shape.to)
      if (steps.length === 0) continue
      taken.push(end)
    }
    taken.forEach((end, order) => {
      const step = ways[end].steps.find(({ from, to }) => from === shape.from && to === shape.to)
      const number = step?.step.number ?? null
      if (step === undefined || number === null) return
      const share = taken.length === 1 ? (shape.at ?? 0.5) : 0.3 + order * 0.4
      chips.push(chipOf(end, step.step, number, along(line, share)))
    })
    const middle = along(line, shape.at ?? 0.5)
    const side = shape.side ?? 'right'
    const away = taken.length > 0 ? 20 : 8
    // Where the line comes down on its words' side they stand above it, else below.
    const leans = Math.abs(line.x2 - line.x1) > 20
    const towards = ((side === 'right') === line.x2 > line.x1) === line.y2 > line.y1
    const lift = side === 'above' ? 20 : leans ? (towards ? 12 : -4) : 0
    return {
      key: `${shape.from}>${shape.to}`,
      path: `M${line.x1},${line.y1}L${line.x2},${line.y2}`,
      words: width >= WORDY ? shape.words : [],
      wordsX: middle.x + (side === 'left' ? -away : side === 'right' ? away : 0),
      wordsY: middle.y - lift - (side === 'above' ? 0 : ((shape.words.length || 1) - 1) * 6 + 3),
      anchor: side === 'left' ? 'end' : side === 'right' ? 'start' : 'middle',
      taken,
      beyond: shape.beyond,
    }
  })
  const nodes = NODES.map(([id]): StateNode => {
    const at = placed.get(id) ?? ORIGIN
    const here = (['client', 'server'] as const).filter((end) => ways[end].now === id)
    return {
      id,
      name: id === 'CLOSED-END' ? 'CLOSED' : id,
      x: at.x - nodeWidth / 2,
      y: at.y - NODE_HEIGHT / 2,
      width: nodeWidth,
      height: NODE_HEIGHT,
      visited: ways.client.visited.has(id) || ways.server.visited.has(id),
      here,
    }
  })
  // The keys go through them as they came about.
  chips.sort((a, b) => a.number - b.number)
  return { width, height: TOP + NODE_HEIGHT + 6 * ROW_GAP + 20, nodes, edges, chips }
}

const ORIGIN = { x: 0, y: 0 }

interface Way {
  readonly steps: readonly { readonly from: NodeId; readonly to: NodeId; readonly step: StateStep }[]
  readonly visited: ReadonlySet<NodeId>
  readonly now: NodeId | null
}

/** The steps so far; CLOSED behind a step is where connections end. */
function wayOf(end: EndStates | undefined, until: number | null): Way {
  if (end === undefined) return { steps: [], visited: new Set(), now: null }
  const steps = end.steps
    .filter(({ time }) => until === null || Number(time) <= until)
    .map((step) => ({
      from: step.from as NodeId,
      to: step.to === 'CLOSED' ? ('CLOSED-END' as const) : step.to,
      step,
    }))
  const visited = new Set<NodeId>([end.start])
  for (const { to } of steps) visited.add(to)
  return { steps, visited, now: steps.at(-1)?.to ?? end.start }
}

interface Line {
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
}

/** From box to box, between their borders, moved aside to the right of its way. */
function between(
  a: { x: number; y: number },
  b: { x: number; y: number },
  width: number,
  aside: number,
): Line {
  const [dx, dy] = [b.x - a.x, b.y - a.y]
  const length = Math.hypot(dx, dy) || 1
  const [ox, oy] = [(-dy / length) * aside, (dx / length) * aside]
  const out = (from: { x: number; y: number }, sign: 1 | -1) => {
    const share = Math.min(
      Math.abs(dx) < 1 ? Number.POSITIVE_INFINITY : width / 2 / Math.abs(dx),
      Math.abs(dy) < 1 ? Number.POSITIVE_INFINITY : (NODE_HEIGHT / 2 + 1) / Math.abs(dy),
    )
    return { x: from.x + sign * dx * share + ox, y: from.y + sign * dy * share + (Math.abs(dy) < 1 ? oy : 0) }
  }
  const [start, stop] = [out(a, 1), out(b, -1)]
  return { x1: start.x, y1: start.y, x2: stop.x, y2: stop.y }
}

function along({ x1, y1, x2, y2 }: Line, share: number): { x: number; y: number } {
  return { x: x1 + (x2 - x1) * share, y: y1 + (y2 - y1) * share }
}

function chipOf(end: EndName, step: StateStep, number: number, at: { x: number; y: number }): StateChip {
  const label = String(number)
  const width = 12 + label.length * 6.6
  const { from, to, because, inferred } = step
  return {
    key: `${end} ${from}>${to}`,
    end,
    x: at.x - width / 2,
    y: at.y - CHIP_HEIGHT / 2,
    width,
    label,
    says: `${end === 'client' ? 'Client' : 'Server'}: ${from} to ${to}, ${because}, packet ${number}${inferred ? ' (inferred)' : ''}`,
    number,
  }
}

/** An end's whole way in words: for the ear, and under the picture. */
export function courseWords(name: string, end: EndStates, until: number | null): string {
  const steps = end.steps.filter(({ time }) => until === null || Number(time) <= until)
  const words = steps.map(({ to, number }) => (number === null ? to : `${to} (packet ${number})`))
  return `${name}: ${[end.start, ...words].join(' → ')}`
}
