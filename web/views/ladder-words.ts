/** The ladder's words: what stands beside a mark, and what a reader who hears the page is told. */
import type { EventNode, Row } from '../../server/dashboard/api.ts'

/** Wireshark's analysis terms, as a teacher would say them. */
const ANALYSIS: Readonly<Record<string, string>> = {
  retransmission: 'sent again',
  fast_retransmission: 'sent again, fast',
  spurious_retransmission: 'sent again, needlessly',
  rto: 'sent again, timed out',
  out_of_order: 'out of order',
  lost_segment: 'one before it was not seen',
  ack_lost_segment: 'acks what was not seen',
  duplicate_ack: 'same ack again',
  zero_window: 'window full',
  window_full: 'fills the window',
  window_update: 'window opens',
  keep_alive: 'keep-alive',
  keep_alive_ack: 'keep-alive answered',
  zero_window_probe: 'asks: room yet?',
  zero_window_probe_ack: 'no room yet',
  reused_ports: 'port used before',
}

/** These only restate what the whole exchange is about. */
const QUIET = new Set(['initial_rtt', 'ack_rtt', 'bytes_in_flight', 'push_bytes_sent', 'acks_frame', 'flags'])

export function analysisWords(row: Row): string {
  const words = row.analysis
    .filter((name) => !QUIET.has(name))
    .map((name) => ANALYSIS[name] ?? name.replaceAll('_', ' '))
  if (row.fate !== null && row.fate !== 'delivered') words.push(row.fate)
  if (row.malformed) words.push('malformed')
  return [...new Set(words)].join(' · ')
}

export function clip(text: string, characters: number): string {
  const most = Math.max(1, Math.floor(characters))
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`
}

/** A note beside something: cut where most of it stays readable, left out where it would not. */
export function fit(text: string, characters: number): string {
  return characters >= Math.min(text.length, 12) ? clip(text, characters) : ''
}

/** What the service's program did, as its own code reads: `emit('incoming-message', "hi")`. */
export function eventWords(event: EventNode): { words: string; detail: string } {
  const name = event.event ?? ''
  const args = (event.args ?? '').replace(/^\[(.*)\]$/s, '$1')
  const call = `('${name}'${args === '' ? '' : `, ${args}`})`
  switch (event.kind) {
    case 'connect':
      return { words: event.nsp === null ? 'connect' : `connect ${event.nsp}`, detail: event.socket ?? '' }
    case 'disconnect':
      return { words: 'disconnect', detail: event.reason ?? '' }
    case 'upgrade':
      return { words: 'upgrade', detail: '' }
    case 'emit':
      return { words: `emit${call}`, detail: event.rooms?.length ? `to ${event.rooms.join(', ')}` : '' }
    case 'on':
      return { words: `on${call}`, detail: event.listeners === 0 ? 'nobody listens' : '' }
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

export function describePacket(row: Row, tags: string, letter: string): string {
  const way =
    row.fromClient === null
      ? `${row.source} to ${row.destination}`
      : row.fromClient
        ? 'client to server'
        : 'server to client'
  const parts = [
    `Packet ${row.number}`,
    letter === '' ? way : `${way}, flow ${letter}`,
    row.label,
    `${row.protocol}, layer ${row.osi}`,
    `${row.length} bytes`,
    tags,
    row.says ?? '',
  ]
  return parts.filter((part) => part !== '').join(', ')
}
