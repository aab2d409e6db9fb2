/** The first five minutes: from an empty page to one's own packets, as steps that the wire itself takes. */
import type { Beat, EventNode, FlowNode, Row, SessionNode } from '../../server/dashboard/api.ts'
import { inWords } from './format.ts'

export type Step =
  /** Nothing was sent yet: how many packets will it take? */
  | 'ask'
  /** The message is on its way. */
  | 'sent'
  /** The conversation is over and was counted. */
  | 'counted'
  /** The packet with the message was opened: now from the reader's own terminal. */
  | 'terminal'
  /** Packets came that are the reader's own. On the lab network: now pull the cable. */
  | 'yours'
  /** The cable is cut: now send into it. */
  | 'cut'
  /** Something was lost in it: now plug it in. */
  | 'plug'
  /** Plugged in, and TCP does not know: its timer runs. */
  | 'waiting'
  /** What was lost came through. Next, two tabs that chat. */
  | 'again'
  /** A tab of the chat is there, or two. */
  | 'chat'
  /** One of them spoke, and another heard. Next, the first lab. */
  | 'heard'

export interface Progress {
  sentFlow: FlowNode | undefined
  /** Whether the sent conversation was asked for at all. */
  sending: boolean
  /** The packet with the message was opened. */
  opened: boolean
  yours: boolean
  /** There is a cable to pull. */
  lab: boolean
  pull: Pull | null
  chat: Chat
}

export function step({ sentFlow, sending, opened, yours, lab, pull, chat }: Progress): Step {
  if (chat.spoke !== null && yours) return 'heard'
  if (chat.here > 0 && yours && (!lab || (pull !== null && pull.again !== null))) return 'chat'
  // Whoever pulls the cable before they come to it is past the steps before.
  if (lab && pull !== null && (yours || opened)) {
    if (pull.again !== null) return 'again'
    if (pull.cut) return pull.lost === null ? 'cut' : 'plug'
    if (pull.lost !== null) return 'waiting'
  }
  if (yours) return 'yours'
  if (!sending) return 'ask'
  if (sentFlow === undefined || !isOver(sentFlow)) return 'sent'
  return opened ? 'terminal' : 'counted'
}

function isOver(flow: FlowNode): boolean {
  return flow.state === 'closed' || flow.state === 'reset' || flow.state === 'refused'
}

/** What became of the chat. */
export interface Chat {
  /** Clients that are connected to the hub. */
  here: number
  /** The first thing that was said while somebody could hear it. */
  spoke: { by: string; packet: number | null; others: number } | null
  /** The newest ping that was answered. */
  beat: Beat | null
}

/** `before` is what was known: what was said stays said when a tab goes. */
export function afterChat(
  before: Chat,
  sessions: readonly SessionNode[],
  events: readonly EventNode[],
): Chat {
  const open = sessions.filter(({ state }) => state === 'open')
  const beats = open.flatMap((session) => session.beats.filter(({ pong }) => pong !== null))
  const beat = beats.reduce<Beat | null>(
    (last, one) => (last === null || one.ping > last.ping ? one : last),
    null,
  )
  const said = events.find(
    ({ kind, event, seen }) => kind === 'on' && event === 'speak' && seen === undefined,
  )
  const known = before.spoke
  const spoke =
    known === null && said?.socket != null && open.length > 1
      ? { by: said.socket.slice(0, 4), packet: said.packet, others: open.length - 1 }
      : known !== null && known.packet === null && said !== undefined
        ? { ...known, packet: said.packet }
        : known
  return { here: open.length, spoke, beat: beat ?? before.beat }
}

export const NO_CHAT: Chat = { here: 0, spoke: null, beat: null }

/** Panes that have nothing to say yet: the page unfolds as the first minutes go on. */
export function foldedPanes(now: Step, opened: boolean): Folded[] {
  const early = now === 'ask' || now === 'sent' || now === 'counted'
  // Map and connections have something to say when there is more than the page's own message.
  return [
    ...(early || now === 'terminal' ? ['left' as const] : []),
    ...(early && !opened ? ['inspector' as const] : []),
  ]
}
export type Folded = 'left' | 'inspector'

/** The cable was pulled. */
export interface Pull {
  cut: boolean
  /** The newest packet when it was. */
  since: number
  /** The first packet that was lost in it, and the first sent again that arrived. */
  lost: number | null
  again: number | null
}

type Pulled = Pick<Row, 'number' | 'fate' | 'analysis'>

/** Goes on from what was known, with whether it is cut now and the newest packets. */
export function afterPull(
  before: Pull | null,
  cut: boolean,
  rows: readonly Pulled[],
  last: number,
): Pull | null {
  if (before === null && !cut) return null
  const pull = before ?? { cut, since: last, lost: null, again: null }
  let { lost, again } = pull
  for (const row of rows) {
    if (row.number <= pull.since) continue
    if (row.fate?.includes('cut') === true) lost ??= row.number
    else if (lost !== null && row.number > lost && isAgain(row)) again ??= row.number
  }
  return cut === pull.cut && lost === pull.lost && again === pull.again ? pull : { ...pull, cut, lost, again }
}

function isAgain({ analysis }: Pulled): boolean {
  return analysis.some((name) => name.endsWith('retransmission'))
}

export interface Count {
  total: number
  meet: number
  talk: number
  part: number
}

/** Counts a conversation's packets by the part each plays. */
export function count(rows: readonly Pick<Row, 'episode'>[]): Count {
  const meet = rows.filter((row) => row.episode === 'handshake').length
  const part = rows.filter((row) => row.episode === 'close' || row.episode === 'refusal').length
  return { total: rows.length, meet, part, talk: rows.length - meet - part }
}

/** `10: three to meet, four to talk, three to part.` */
export function countSentence({ total, meet, talk, part }: Count): string {
  const parts = [
    [meet, 'to meet'],
    [talk, 'to talk'],
    [part, 'to part'],
  ] as const
  const said = parts.filter(([n]) => n > 0).map(([n, what]) => `${inWords(n)} ${what}`)
  return `${total}: ${said.join(', ')}.`
}

/** What to say to a guess. */
export function replyToGuess(guess: number | undefined, total: number): string {
  if (guess === undefined) return ''
  if (guess === total) return `You said ${guess}. Exactly.`
  if (guess < total / 2) return `You said ${guess}. The word itself is one packet; the rest make sure of it.`
  return `You said ${guess}. Look which ones you did not expect.`
}

/** The packet that carries the message: the client's first with something above the transport in it. */
export function messagePacket<R extends Pick<Row, 'fromClient' | 'osi'>>(rows: readonly R[]): R | undefined {
  return rows.find((row) => row.fromClient === true && row.osi > 4)
}

/** Whether a packet of the message's conversation has the message in it, on its way there or back. */
export function carriesMessage(row: Pick<Row, 'flow' | 'osi'>, sentFlow: Pick<FlowNode, 'id'>): boolean {
  return row.flow === sentFlow.id && row.osi > 4
}

/** Conversations with a service of the lab that this page did not start: the reader's. */
export function ownFlows(flows: readonly FlowNode[], startedHere: ReadonlySet<string>): Set<string> {
  return new Set(
    flows.filter((flow) => flow.service !== null && !startedHere.has(flow.id)).map((flow) => flow.id),
  )
}
