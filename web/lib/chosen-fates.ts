/** Fates that somebody chooses for frames to come: what the form says, what it means to the API, and in words. */
import type { EndpointNode, FlowNode, Row } from '../../server/dashboard/api.ts'
import type { ChosenFateNode, NetworkPatch } from '../../server/dashboard/api-network.ts'
import { formatInterval } from './format.ts'

export type Choice = NonNullable<NetworkPatch['choose']>[number]
export type Match = ChosenFateNode['match']
export type Fate = ChosenFateNode['fate']

export const MATCHES: readonly (readonly [Match, string, string])[] = [
  ['data', 'data segment', 'data segments'],
  ['last', 'last segment of a message', 'last segments of messages'],
  ['ack', 'pure ACK', 'pure ACKs'],
  ['syn', 'SYN', 'SYNs'],
  ['fin', 'FIN', 'FINs'],
  ['udp', 'UDP datagram', 'UDP datagrams'],
  ['any', 'frame', 'frames'],
]

export const FATES: readonly (readonly [Fate, string])[] = [
  ['lost', 'Drop'],
  ['corrupted', 'Corrupt'],
  ['duplicated', 'Duplicate'],
  ['delayed', 'Delay'],
]

export interface Draft {
  readonly fate: Fate
  readonly match: Match
  readonly nth: number
  /** Null for all from there on. */
  readonly count: number | null
  readonly direction: 'up' | 'down'
  /** `this`: of the conversation on the ladder; `next`: the one that the first such frame belongs to. */
  readonly of: 'this' | 'next' | 'any'
  /** Milliseconds, for `delayed`. */
  readonly delayMs: number
}

export const FIRST_DRAFT: Draft = {
  fate: 'lost',
  match: 'data',
  nth: 1,
  count: 1,
  direction: 'up',
  of: 'next',
  delayMs: 200,
}

export function choiceOf(draft: Draft, client: EndpointNode | null): Choice {
  const { fate, match, nth, count, direction, of } = draft
  const flow = of === 'any' ? 'any' : of === 'this' ? client : null
  return { fate, match, nth, count, direction, flow, delay: fate === 'delayed' ? draft.delayMs / 1000 : null }
}

/** What is most often wanted, in one press. */
export interface Quick {
  readonly label: string
  readonly choice: Choice
}

/** For the conversation one is on, if any; a packet of it says which way. */
export function quickChoices(flow: FlowNode | null, row: Pick<Row, 'fromClient'> | null): Quick[] {
  const client = flow?.client ?? null
  const back = row?.fromClient === false
  const direction = back ? ('down' as const) : ('up' as const)
  const lost = { fate: 'lost', nth: 1, count: 1, delay: null } as const
  const way = back ? 'the server’s' : 'the client’s'
  const next: Quick = {
    label: 'Drop the next SYN',
    choice: { ...lost, match: 'syn', direction: 'up', flow: 'any' },
  }
  const of = client === null ? 'any' : client
  if (flow?.transport === 'udp') {
    return [
      { label: `Drop ${way} next datagram`, choice: { ...lost, match: 'udp', direction, flow: of } },
      next,
    ]
  }
  return [
    { label: `Drop ${way} next data`, choice: { ...lost, match: 'data', direction, flow: of } },
    { label: `Drop ${way} last`, choice: { ...lost, match: 'last', direction, flow: of } },
    {
      label: 'Drop only ACKs',
      choice: { ...lost, match: 'ack', direction: back ? 'up' : 'down', flow: of, count: null },
    },
    next,
  ]
}

/** `Drop data segment 40 of 10.0.0.100:51324, to the server`. */
export function choiceWords(node: Omit<ChosenFateNode, 'id' | 'met' | 'matched'>): string {
  const { fate, match, nth, count, direction, flow, ports, delay } = node
  const verb = FATES.find(([name]) => name === fate)?.[1] ?? fate
  const [, one, many] = MATCHES.find(([name]) => name === match) ?? [match, match, match]
  const which =
    count === null
      ? nth === 1
        ? `all ${many}`
        : `all ${many} from number ${nth} on`
      : count > 1
        ? `${many} ${nth} to ${nth + count - 1}`
        : nth === 1
          ? `the next ${one}`
          : `${one} ${nth}`
  const of =
    flow === 'any'
      ? 'of any conversation'
      : flow === null
        ? 'of whichever comes first'
        : `of ${flow.address}:${flow.port}`
  const where = ports === null ? '' : ' on the ports of a lab run'
  const by = fate === 'delayed' && delay !== null ? ` by ${formatInterval(delay)}` : ''
  return `${verb} ${which} ${of}${where}, to the ${direction === 'up' ? 'server' : 'client'}${by}`
}

/** How far it has come. */
export function choiceProgress({ met, matched, nth, count }: ChosenFateNode): string {
  if (count !== null && met >= count) return `done: ${met === 1 ? 'it met its frame' : `${met} met`}`
  if (matched === 0) return 'none came yet'
  if (met === 0) return `${matched} of ${nth} came`
  return count === null ? `${met} met` : `${met} of ${count} met`
}
