/** As much of a Socket.IO packet's text as its place in the trace needs. Large arguments are not parsed. */

export interface SocketIoPacket {
  readonly type: number
  readonly nsp: string
  readonly ack: number | undefined
  /** Binary messages that follow it. */
  readonly attachments: number
  /** Name of the event; null for packets that are none. */
  readonly event: string | null
  /** What follows the name, as a JSON array; of other packets, their JSON. */
  readonly args: string
}

export const PACKET = {
  CONNECT: 0,
  DISCONNECT: 1,
  EVENT: 2,
  ACK: 3,
  CONNECT_ERROR: 4,
  BINARY_EVENT: 5,
  BINARY_ACK: 6,
}

/** Of an event that is a number, or whose name has escapes in it. */
const NAME = /^\[\s*("(?:[^"\\]|\\.)*"|\d+)\s*,?/

/** NaN or no type that there is where the text is no packet. */
export function typeOf(text: string): number {
  return text.charCodeAt(0) - ZERO
}

/** Where a packet belongs. */
export function namespaceOf(text: string): string {
  const start = addressStart(text)
  const end = addressEnd(text, start)
  return end === start ? '/' : text.slice(start, end)
}

/** `<type>[<attachments>-][<nsp>,][<ackId>][JSON]`, Socket.IO protocol v5. Undefined when it is none. */
export function readPacket(text: string): SocketIoPacket | undefined {
  const type = typeOf(text)
  if (!(type >= 0 && type <= PACKET.BINARY_ACK)) return undefined
  const start = addressStart(text)
  const end = addressEnd(text, start)
  const ackStart = end === start ? start : end + 1
  const json = digitsEnd(text, ackStart)
  const named = type === PACKET.EVENT || type === PACKET.BINARY_EVENT
  const { event, args } = named ? readEvent(text, json) : unnamed(text, json)
  return {
    type,
    nsp: end === start ? '/' : text.slice(start, end),
    ack: json === ackStart ? undefined : Number(text.slice(ackStart, json)),
    attachments: start === 1 ? 0 : Number(text.slice(1, start - 1)),
    event,
    args,
  }
}

function readEvent(text: string, json: number): Pick<SocketIoPacket, 'event' | 'args'> {
  const quote = text.startsWith('["', json) ? text.indexOf('"', json + 2) : -1
  const name = text.slice(json + 2, Math.max(quote, 0))
  const behind = text.charCodeAt(quote + 1)
  if (quote > 0 && (behind === COMMA || behind === BRACKET) && !name.includes('\\')) {
    return { event: name, args: `[${text.slice(behind === COMMA ? quote + 2 : quote + 1)}` }
  }
  const found = NAME.exec(text.slice(json))
  if (found === null) return unnamed(text, json)
  return { event: readName(found[1] ?? ''), args: `[${text.slice(json + found[0].length)}` }
}

function unnamed(text: string, json: number): Pick<SocketIoPacket, 'event' | 'args'> {
  return { event: null, args: text.slice(json) }
}

/** Behind the type and the number of attachments. */
function addressStart(text: string): number {
  const end = digitsEnd(text, 1)
  return end > 1 && text.charCodeAt(end) === DASH ? end + 1 : 1
}

/** Of the comma behind the namespace; where it would start when there is none. */
function addressEnd(text: string, start: number): number {
  return text.charCodeAt(start) === SLASH ? Math.max(start, text.indexOf(',', start)) : start
}

function digitsEnd(text: string, start: number): number {
  let end = start
  while (end < start + MOST_DIGITS && isDigit(text.charCodeAt(end))) end++
  return end
}

const isDigit = (code: number) => code >= ZERO && code <= ZERO + 9
/** Of a number that is still exact. */
const MOST_DIGITS = 15
const ZERO = 0x30
const COMMA = 0x2c
const DASH = 0x2d
const SLASH = 0x2f
const BRACKET = 0x5d

function readName(json: string): string {
  try {
    return String(JSON.parse(json))
  } catch {
    return json
  }
}
