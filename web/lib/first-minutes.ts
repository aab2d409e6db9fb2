/** The first five minutes: from an empty page to one's own packets, as steps that the wire itself takes. */
import type { FlowNode, Row } from '../../server/dashboard/api.ts'
import { inWords } from './format.ts'

export type Step =
  /** Nothing was sent yet: how many packets will it take? */
  | 'ask'
  /** The message is on its way. */
  | 'sent'
  /** The conversation is over and was counted. */
  | 'counted'
  /** One packet was opened: now from the reader's own terminal. */
  | 'terminal'
  /** Packets came that are the reader's own. */
  | 'yours'

export interface Progress {
  sentFlow: FlowNode | undefined
  /** Whether the sent conversation was asked for at all. */
  sending: boolean
  opened: boolean
  yours: boolean
}

export function step({ sentFlow, sending, opened, yours }: Progress): Step {
  if (yours) return 'yours'
  if (!sending) return 'ask'
  if (sentFlow === undefined || !isOver(sentFlow)) return 'sent'
  return opened ? 'terminal' : 'counted'
}

function isOver(flow: FlowNode): boolean {
  return flow.state === 'closed' || flow.state === 'reset' || flow.state === 'refused'
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

/** Conversations with a service of the lab that this page did not start: the reader's. */
export function ownFlows(flows: readonly FlowNode[], startedHere: ReadonlySet<string>): Set<string> {
  return new Set(
    flows.filter((flow) => flow.service !== null && !startedHere.has(flow.id)).map((flow) => flow.id),
  )
}
