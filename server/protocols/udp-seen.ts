/** What a conversation learns of each of its datagrams, on the first pass. */
import type { Conversations, Endpoint, Flow } from './conversation.ts'
import { echo } from './echo.ts'
import type { Packet } from './packet.ts'
import { UDP_HEADER } from './udp-header.ts'
import { claim, takeReply } from './udp-reply.ts'

/** What the conversation says of a datagram: kept with its packet. */
interface Seen {
  readonly flow: Flow
  /** Seconds since the first of the conversation, and since the one before. */
  readonly since: number
  readonly sincePrevious: number
}

/** When a conversation's datagrams were seen, in nanoseconds since 1970. */
interface Times {
  readonly first: bigint
  latest: bigint
}

const TIMES = 'udp.times'

/** Takes a datagram into account, on the first pass. One that an error quotes belongs to its conversation as well. */
export function see(packet: Packet, source: number, destination: number, length: number): Seen | undefined {
  const { conversations } = packet.surroundings
  const { number, time, quoted } = packet
  const from = { address: packet.source, port: source }
  const to = { address: packet.destination, port: destination }
  const flow = packet.unseen
    ? conversations.glimpseDatagram(from, to)
    : conversations.datagram({ number, time, length }, from, to)
  if (flow === undefined) return undefined
  if (packet.unseen || quoted) return timesOf(flow, time, false, !packet.unseen)
  return seeOrdinary(conversations, flow, from, to, number, time, length)
}

/** The same for one that was really sent there, whose conversation is known. */
export function seeOrdinary(
  conversations: Conversations,
  flow: Flow,
  from: Endpoint,
  to: Endpoint,
  number: number,
  time: bigint,
  length: number,
): Seen {
  takeReply(conversations, flow, from, to, number)
  if (conversations.isEcho?.(flow)) claim(flow, echo, number)
  // Wireshark measures neither from those that an error quotes nor from empty ones, but for the first of all.
  return timesOf(flow, time, length > UDP_HEADER, true)
}

/** `counts`: the next is measured from it. `kept`: the conversation may remember it. */
function timesOf(flow: Flow, time: bigint, counts: boolean, kept: boolean): Seen {
  const known = flow.state.get(TIMES) as Times | undefined
  const times = known ?? { first: time, latest: time }
  const since = Number(time - times.first) / 1e9
  const seen = { flow, since, sincePrevious: Number(time - times.latest) / 1e9 }
  if (kept && known === undefined) flow.state.set(TIMES, times)
  if (counts) times.latest = time
  return seen
}
