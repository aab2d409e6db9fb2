/** Which echo reply answers which request: the same for ICMP and ICMPv6, which have the same two numbers. */
import type { Cursor } from './cursor.ts'
import type { Field } from './field.ts'
import type { Ink } from './ink.ts'
import type { Packet } from './packet.ts'

/** A request and, once it was seen, its reply: one object, kept by both packets. */
export interface EchoExchange {
  request: number
  requestTime: bigint
  reply: number | undefined
  replyTime: bigint
}

/** What is asked of a packet that belongs to an exchange. */
type Echo = Pick<Packet, 'number' | 'time' | 'source' | 'destination' | 'surroundings'>

const KIND = 'echo exchange'
/** Exchanges remembered: as many at least, and twice as many at most. */
const LEAST_KEPT = 5000

/** The latest exchanges under what their packets have in common. Those that came long ago go all at once. */
class Exchanges {
  #young = new Map<string, EchoExchange>()
  #old: ReadonlyMap<string, EchoExchange> = new Map()

  get(key: string): EchoExchange | undefined {
    return this.#young.get(key) ?? this.#old.get(key)
  }

  set(key: string, exchange: EchoExchange): void {
    if (this.#young.size >= LEAST_KEPT) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, exchange)
  }
}

const exchanges = ({ surroundings }: Echo): Exchanges =>
  surroundings.conversations.shared(KIND, '', () => new Exchanges())

/**
 * What both packets of an exchange between two hosts have in common: `ping` counts the sequence round and round. Like
 * Wireshark, it does not ask which of the two is the asking one.
 */
function keyOf({ source, destination }: Echo, protocol: string, numbers: string): string {
  const [one, other] = source < destination ? [source, destination] : [destination, source]
  return `${protocol} ${one} ${other} ${numbers}`
}

/** Takes a request into account. `numbers` is what it and its reply have in common. */
export function noteRequest(packet: Echo, protocol: string, numbers: string): EchoExchange {
  const { number, time } = packet
  const exchange = { request: number, requestTime: time, reply: undefined, replyTime: 0n }
  exchanges(packet).set(keyOf(packet, protocol, numbers), exchange)
  return exchange
}

/** The exchange that this reply ends; `undefined` when its request was not seen, or has its reply already. */
export function noteReply(packet: Echo, protocol: string, numbers: string): EchoExchange | undefined {
  const exchange = exchanges(packet).get(keyOf(packet, protocol, numbers))
  if (exchange === undefined || exchange.reply !== undefined) return undefined
  exchange.reply = packet.number
  exchange.replyTime = packet.time
  return exchange
}

/** What an echo says in the packet list as it comes: a request has no answer yet. */
export function writeEcho(
  info: Ink,
  request: boolean,
  ident: number,
  seq: number,
  exchange: EchoExchange | undefined,
): void {
  info.ascii(request ? 'Echo (ping) request id=0x' : 'Echo (ping) reply id=0x')
  info.hex(ident, 4)
  info.ascii(', seq=')
  info.decimal(seq)
  if (request) info.ascii(' (no response found!)')
  else if (exchange !== undefined) {
    info.ascii(' (request in ')
    info.decimal(exchange.request)
    info.ascii(')')
  }
}

interface ExchangeFields {
  resp_in: Field<number>
  resp_to: Field<number>
  /** Milliseconds. */
  resptime: Field<number>
}

/** The other packet and, in the reply, the time between. Returns the words for the info column. */
export function putExchange(
  c: Cursor,
  f: ExchangeFields,
  exchange: EchoExchange | undefined,
  request: boolean,
): string {
  if (request) {
    if (exchange?.reply === undefined) return ' (no response found!)'
    c.put(f.resp_in, exchange.reply)
    return ` (reply in ${exchange.reply})`
  }
  if (exchange === undefined) return ''
  c.put(f.resp_to, exchange.request)
  c.put(f.resptime, Number(exchange.replyTime - exchange.requestTime) / 1e6)
  return ` (request in ${exchange.request})`
}
