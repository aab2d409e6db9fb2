/** Which echo reply answers which request: the same for ICMP and ICMPv6, which have the same two numbers. */
import type { Cursor } from './cursor.ts'
import type { Field } from './field.ts'

/** A request and, once it was seen, its reply: one object, kept by both packets. */
export interface EchoExchange {
  request: number
  requestTime: bigint
  reply: number | undefined
  replyTime: bigint
}

interface Latest {
  exchange: EchoExchange | undefined
}

const KIND = 'echo exchange'

/**
 * The latest exchange of two hosts under these numbers: `ping` counts the sequence round and round. Like Wireshark,
 * it does not ask which of the two is the asking one.
 */
function latest(c: Cursor, protocol: string, numbers: string): Latest {
  const { source, destination } = c.packet
  const [one, other] = source < destination ? [source, destination] : [destination, source]
  const key = `${protocol} ${one} ${other} ${numbers}`
  return c.packet.surroundings.conversations.shared<Latest>(KIND, key, () => ({ exchange: undefined }))
}

/** `numbers` is what request and reply have in common. */
export function rememberRequest(c: Cursor, protocol: string, numbers: string): EchoExchange {
  return c.remember(() => {
    const { number, time } = c.packet
    const exchange = { request: number, requestTime: time, reply: undefined, replyTime: 0n }
    latest(c, protocol, numbers).exchange = exchange
    return exchange
  })
}

/** The exchange that this reply ends; `undefined` when its request was not seen, or has its reply already. */
export function rememberReply(c: Cursor, protocol: string, numbers: string): EchoExchange | undefined {
  return c.remember(() => {
    const { number, time } = c.packet
    const { exchange } = latest(c, protocol, numbers)
    if (exchange === undefined || exchange.reply !== undefined) return undefined
    exchange.reply = number
    exchange.replyTime = time
    return exchange
  })
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
