/**
 * The workload on its four roads: each message with the packet that carried it first, the one that brought its echo,
 * and what became of it on the way.
 */
import type { RunView, Sighting } from '../kit/lab.ts'
import { conversations, type SentBytes } from '../kit/stream.ts'

export const COUNT = 20
/** Bytes of a message, its newline included. */
export const OWN = 17
const PATTERN = /message (\d\d) of 20/g

export const ROADS = ['TCP', 'WebSocket', 'Socket.IO', 'UDP'] as const
export type Road = (typeof ROADS)[number]
export const STREAMS = ['TCP', 'WebSocket', 'Socket.IO'] as const
export const PORT = { TCP: '$TCP', WebSocket: '$WS', 'Socket.IO': '$HUB', UDP: '$UDP' } as const

export interface Message {
  readonly n: number
  /** The packet that carried it first, whatever became of that. */
  readonly sent: Sighting
  readonly lost: boolean
  readonly echo: Sighting | undefined
  /** Milliseconds from the one to the other; infinite without an echo. */
  readonly took: number
  /** How many packets carried it on its own, each time anew; only for UDP, which sends nothing again by itself. */
  readonly copies: number
}

/** One conversation's share of the workload, in the order of sending. */
export interface Workload {
  readonly road: Road
  readonly flow: string
  readonly messages: readonly Message[]
  readonly since: number
}

/** Oldest first; conversations without a message are left out. */
export function workloads(run: RunView, road: Road): readonly Workload[] {
  const all = road === 'UDP' ? overUdp(run) : overStream(run, road)
  return all.filter(({ messages }) => messages.length > 0).sort((a, b) => a.since - b.since)
}

/** All messages left, and all came back. */
export const isWhole = ({ messages }: Workload) =>
  messages.length === COUNT && messages.every(({ echo }) => echo !== undefined)

export const count = (packet: Sighting, field: string) => Number(packet.values(field)[0])
export const isLost = (packet: Sighting) => packet.values('link.fate').includes('lost')

function overStream(run: RunView, road: Road): Workload[] {
  return conversations(run, PORT[road]).map(({ flow, client, server }) => {
    const echoes = places(server)
    const messages = [...places(client)].flatMap(([n, at]): Message[] => {
      const sent = client.packetAt(at)
      const back = echoes.get(n)
      const echo = back === undefined ? undefined : server.packetAt(back)
      return sent === undefined ? [] : [message(n, sent, echo, 1)]
    })
    return { road, flow, messages, since: messages[0]?.sent.time ?? 0 }
  })
}

function overUdp(run: RunView): Workload[] {
  const byFlow = new Map<string, { sent: Map<number, Sighting[]>; echoes: Map<number, Sighting> }>()
  for (const packet of run.find('udp.port==$UDP && !icmp')) {
    const said = Buffer.from(String(packet.values('udp.payload')[0] ?? ''), 'hex').toString('latin1')
    const flow = packet.flow ?? ''
    const known = byFlow.get(flow) ?? { sent: new Map(), echoes: new Map() }
    byFlow.set(flow, known)
    for (const [, digits] of said.matchAll(PATTERN)) {
      const n = Number(digits)
      if (packet.fromClient) known.sent.set(n, [...(known.sent.get(n) ?? []), packet])
      else if (!known.echoes.has(n)) known.echoes.set(n, packet)
    }
  }
  return [...byFlow].map(([flow, { sent, echoes }]) => {
    const messages = [...sent].flatMap(([n, [first, ...again]]) =>
      first === undefined ? [] : [message(n, first, echoes.get(n), 1 + again.length)],
    )
    return { road: 'UDP', flow, messages, since: messages[0]?.sent.time ?? 0 }
  })
}

function message(n: number, sent: Sighting, echo: Sighting | undefined, copies: number): Message {
  const took = echo === undefined ? Number.POSITIVE_INFINITY : (echo.time - sent.time) * 1000
  return { n, sent, lost: isLost(sent), echo, took, copies }
}

/** Where each message ends in the stream, by its number: the first time that it is there. */
function places(side: SentBytes): Map<number, number> {
  const found = new Map<number, number>()
  for (const { text, end } of texts(side.bytes)) {
    for (const match of text.matchAll(PATTERN)) {
      const n = Number(match[1])
      // A piece that was masked ends with its frame; in bare bytes each message has its own end.
      if (!found.has(n)) found.set(n, end ?? match.index + match[0].length - 1)
    }
  }
  return found
}

interface Piece {
  readonly text: string
  /** Offset of its last byte, where it is a frame; undefined for bytes as they are, from the first one on. */
  readonly end: number | undefined
}

/** Frames of WebSocket behind its head (RFC 6455 §5.2), unmasked; else the bytes as they are. */
function texts(bytes: Buffer): Piece[] {
  const head = bytes.indexOf('\r\n\r\n')
  const upgrades = head > 0 && /^upgrade: *websocket/im.test(bytes.toString('latin1', 0, head))
  if (!upgrades) return [{ text: bytes.toString('latin1'), end: undefined }]
  const pieces: Piece[] = []
  for (let at = head + 4; at + 2 <= bytes.length; ) {
    const second = bytes.readUInt8(at + 1)
    const isMasked = second >= 0x80
    const isLong = (second & 0x7f) === 126
    // The workload has no frame of 64 kB.
    if ((second & 0x7f) === 127 || (isLong && at + 4 > bytes.length)) break
    const length = isLong ? bytes.readUInt16BE(at + 2) : second & 0x7f
    const key = at + (isLong ? 4 : 2)
    const from = key + (isMasked ? 4 : 0)
    const end = from + length
    if (end > bytes.length) break
    const payload = Buffer.from(bytes.subarray(from, end))
    if (isMasked)
      for (let i = 0; i < length; i++) payload[i] = (payload[i] ?? 0) ^ (bytes[key + (i & 3)] ?? 0)
    pieces.push({ text: payload.toString('latin1'), end: end - 1 })
    at = end
  }
  return pieces
}
