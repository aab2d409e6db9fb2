/** The ladder's words: what stands beside a mark, and what a reader who hears the page is told. */
import type { EventNode, Row } from '../../server/dashboard/api.ts'
import { fateWords } from '../lib/fate.ts'

/** Wireshark's analysis terms that a row's own label and sentence leave unsaid. */
const ANALYSIS: Readonly<Record<string, string>> = {
  out_of_order: 'out of order',
  lost_segment: 'one before it was not seen',
  ack_lost_segment: 'acks what was not seen',
  window_full: 'fills the window',
  reused_ports: 'port used before',
}

export function analysisWords(row: Row): string {
  const words = row.analysis.flatMap((name) => ANALYSIS[name] ?? [])
  const fate = fateWords(row)
  if (fate !== '') words.push(fate)
  if (row.malformed) words.push('malformed')
  return [...new Set(words)].join(' · ')
}

export function clip(text: string, characters: number): string {
  const most = Math.max(1, Math.floor(characters))
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`
}

/** A sentence in lines of so many characters, broken between words; what is over after `most` lines is cut. */
export function wrap(text: string, characters: number, most: number): string[] {
  const lines: string[] = []
  let rest = text
  while (lines.length < most - 1 && rest.length > characters) {
    const space = rest.lastIndexOf(' ', characters)
    if (space <= 0) break
    lines.push(rest.slice(0, space))
    rest = rest.slice(space + 1)
  }
  return rest === '' ? lines : [...lines, clip(rest, characters)]
}

/** A note beside something: cut where most of it stays readable, left out where it would not. */
export function fit(text: string, characters: number): string {
  return characters >= Math.min(text.length, 12) ? clip(text, characters) : ''
}

/** What the service's program did, as its own code reads: `emit('incoming-message', "hi")`. */
export function eventWords(event: EventNode): { words: string; detail: string } {
  const name = event.event ?? ''
  // What is too long is cut short, and has no end.
  const args = (event.args ?? '').replace(/^\[/, '').replace(/\]$/, '')
  const call = `('${name}'${args === '' ? '' : `, ${args}`})`
  switch (event.kind) {
    case 'connect':
      return { words: event.nsp === null ? 'connect' : `connect ${event.nsp}`, detail: event.socket ?? '' }
    case 'disconnect':
      return { words: 'disconnect', detail: event.reason ?? '' }
    case 'upgrade':
      return { words: 'upgrade', detail: '' }
    case 'emit':
      // What is no Socket.IO has no namespace: a call of a socket's own method.
      if (event.nsp === null && event.event !== null) return { words: `${name}(${args})`, detail: '' }
      // An answer to an event has no name of its own.
      return {
        words: event.event === null ? `ack(${args})` : `emit${call}`,
        detail: event.rooms?.length ? `to ${event.rooms.join(', ')}` : '',
      }
    case 'on':
      return {
        words: event.event === null ? `on ack(${args})` : `on${call}`,
        detail: event.listeners === 0 ? 'nobody listens' : '',
      }
    case 'join':
    case 'leave':
      return {
        words: `${event.kind}(${(event.rooms ?? []).map((room) => `'${room}'`).join(', ')})`,
        detail: '',
      }
    case 'lag':
      return { words: 'the program was busy', detail: '' }
  }
}

export function describeEvent(event: EventNode): string {
  const { words, detail } = eventWords(event)
  const carried = event.packet === null ? '' : `, packet ${event.packet}`
  return `${event.service}: ${words}${detail === '' ? '' : `, ${detail}`}${carried}`
}

/** What is said where packets came and no two programs spoke; empty while that isn't known. */
export function withoutConversation(rows: readonly Pick<Row, 'flow' | 'protocol'>[]): string {
  if (rows.length === 0 || rows.some(({ flow }) => flow !== null)) return ''
  const names = [...new Set(rows.map(({ protocol }) => protocol))]
  const last = names.pop()
  const what = names.length === 0 ? last : `${names.join(', ')} and ${last}`
  return `${what}, and no two programs that speak: a ladder is between two. The list has these packets.`
}

/** What is said of a packet, besides who sent it. */
export interface PacketWords {
  readonly label: string
  readonly tags: string
  readonly says: string | null
  readonly letter: string
}

export function describePacket(row: Row, { label, tags, says, letter }: PacketWords): string {
  const way =
    row.fromClient === null
      ? `${row.source} to ${row.destination}`
      : row.fromClient
        ? 'client to server'
        : 'server to client'
  const parts = [
    `Packet ${row.number}`,
    letter === '' ? way : `${way}, flow ${letter}`,
    label,
    `${row.protocol}, layer ${row.osi}`,
    `${row.length} bytes`,
    tags,
    says ?? '',
  ]
  return parts.filter((part) => part !== '').join(', ')
}
