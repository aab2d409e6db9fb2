/**
 * Conversations that go on from another port: a server may answer a well-known port's request from a fresh one, and
 * only the client's address and port tell what the datagrams are. Changed only on the first pass.
 */
import type { Conversations, Endpoint, Flow } from './conversation.ts'
import type { Packet } from './packet.ts'
import type { AnyProtocol } from './protocol.ts'

/** What the datagrams of a conversation are, from one packet on. */
interface Claim {
  readonly protocol: AnyProtocol
  readonly from: number
}

/** Requests whose answer may still come. */
const MAX_EXPECTED = 1000
const CLAIM = 'udp.claim'

/** A protocol, and what it keeps of the conversation, handed over with it. */
type Expected = Map<string, { readonly protocol: AnyProtocol; readonly state: unknown }>

const expected = (conversations: Conversations): Expected =>
  conversations.shared<Expected>('udp.reply', '', () => new Map())

/** Says that the answer to this packet, from whatever port of its receiver, is `protocol`'s. */
export function expectReply(packet: Packet, protocol: AnyProtocol, state: unknown): void {
  const waiting = expected(packet.surroundings.conversations)
  const key = keyOf(packet.source, packet.sourcePort, packet.destination)
  const [oldest] = waiting.keys()
  if (waiting.size >= MAX_EXPECTED && oldest !== undefined) waiting.delete(oldest)
  waiting.delete(key)
  waiting.set(key, { protocol, state })
}

/** What this datagram is, if it is the first of an answer that may come from another port. */
export function awaitedBy(
  conversations: Conversations,
  from: Endpoint,
  to: Endpoint,
): AnyProtocol | undefined {
  const waiting = expected(conversations)
  if (waiting.size === 0) return undefined
  return waiting.get(keyOf(to.address, to.port, from.address))?.protocol
}

/** Takes a datagram into account: if it is the first of an answer, its conversation is the request's protocol's. */
export function takeReply(
  conversations: Conversations,
  flow: Flow,
  from: Endpoint,
  to: Endpoint,
  number: number,
): void {
  const waiting = expected(conversations)
  if (waiting.size === 0) return
  const key = keyOf(to.address, to.port, from.address)
  const found = waiting.get(key)
  if (found === undefined) return
  waiting.delete(key)
  flow.state.set(found.protocol.id, found.state)
  claim(flow, found.protocol, number)
}

/** A conversation is `protocol`'s from this packet on. What was said of earlier ones stays true when they are read again. */
export function claim(flow: Flow, protocol: AnyProtocol, number: number): void {
  if (!flow.state.has(CLAIM)) flow.state.set(CLAIM, { protocol, from: number } satisfies Claim)
}

/** What a packet of this conversation is, whatever its ports say; `undefined` where the ports decide. */
export function claimedBy(flow: Flow | undefined, number: number): AnyProtocol | undefined {
  const claim = flow?.state.get(CLAIM) as Claim | undefined
  return claim !== undefined && number >= claim.from ? claim.protocol : undefined
}

function keyOf(client: string, port: number, server: string): string {
  return `${client}|${port}|${server}`
}
