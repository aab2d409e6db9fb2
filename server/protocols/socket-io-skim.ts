/** Socket.IO without recording: events and their acks, with attachments or without. */
import { decodeText } from './cursor.ts'
import { latin1 } from './http-head.ts'
import { json } from './json.ts'
import type { Mark, Skim } from './skim.ts'
import { recordPacket, type SocketIoTold } from './socket-io.ts'
import { PACKET_TYPES } from './socket-io-packet.ts'

const EVENT = 2
const ACK = 3
const BINARY_EVENT = 5
const BINARY_ACK = 6
/** Of a packet that is skimmed; three digits are more than any program sends. */
const COUNT_DIGITS = 2
const DASH = 0x2d
const BRACKET = 0x5b
const CLOSING = 0x5d
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const SLASH = 0x2f

export function skimSocketIo(s: Skim): boolean {
  const { session, fromClient, attachment } = s.told as SocketIoTold
  const { bytes, at: start, end } = s
  if (session === undefined) return false
  if (attachment !== undefined) {
    if (s.speak()) {
      s.info.ascii(
        `Socket.IO attachment ${attachment.index + 1} of ${attachment.count}, ${end - start} bytes`,
      )
    }
    return true
  }
  const type = (bytes[start] ?? 0) - 0x30
  const event = type === EVENT || type === BINARY_EVENT
  if (!event && type !== ACK && type !== BINARY_ACK) return false
  let at = start + 1
  let count: number | undefined
  if (type >= BINARY_EVENT) {
    count = 0
    const countAt = at
    for (; at < end && isDigit(bytes[at] ?? 0); at++) count = count * 10 + (bytes[at] ?? 0) - 0x30
    if (at === countAt || at > countAt + COUNT_DIGITS || bytes[at] !== DASH) return false
    at++
  }
  const nspAt = at
  if (bytes[at] === SLASH) at = plainUpTo(bytes, at, end, COMMA)
  const nspEnd = at
  if (nspEnd > nspAt) at++
  const idAt = at
  while (at < end && isDigit(bytes[at] ?? 0)) at++
  const idEnd = at
  if (at + 1 >= end || bytes[at] !== BRACKET) return false
  // The name of an event, if nothing in it is escaped.
  const nameAt = at + 1
  let nameEnd = nameAt
  if (event) {
    if (bytes[nameAt] !== QUOTE) return false
    nameEnd = plainUpTo(bytes, nameAt + 1, end, QUOTE) + 1
    const behind = bytes[nameEnd]
    if (nameEnd >= end || (behind !== COMMA && behind !== CLOSING)) return false
  }
  if (nspEnd >= end) return false

  const nsp = nspEnd > nspAt ? decodeText(bytes.subarray(nspAt, nspEnd)) : '/'
  const id = idEnd > idAt ? digits(bytes, idAt, idEnd) : undefined
  s.remember(recordPacket(s, bytes, start, end, session, fromClient, type, nsp, id, count))
  if (s.speak()) {
    const ink = s.info
    ink.room(end - start + 32)
    ink.ascii('Socket.IO ')
    ink.ascii(PACKET_TYPES[type])
    if (nspEnd > nspAt) {
      ink.byte(0x20)
      ink.copy(bytes, nspAt, nspEnd)
    }
    if (event) {
      ink.byte(0x20)
      ink.copy(bytes, nameAt, nameEnd)
    }
    if (idEnd > idAt) {
      ink.ascii(event ? ' ack ' : ' ')
      ink.copy(bytes, idAt, idEnd)
    }
  }
  s.tell(1 + type)
  s.at = idEnd
  s.pass(json)
  return true
}

/** An attachment has neither. */
export const SOCKET_IO_PLACES = {
  type: (_: Skim, { kind }: Mark) => (kind > 0 ? kind - 1 : undefined),
  event: (s: Skim, { kind, bytes: own, start, end }: Mark, bytes: Uint8Array) => {
    if (kind !== 1 + EVENT && kind !== 1 + BINARY_EVENT) return undefined
    // The first quote is that of the name: what stands before it was found to hold none.
    const origin = own === undefined ? s.frameStart : 0
    const quote = bytes.indexOf(QUOTE, origin + start)
    return latin1(bytes, quote + 1, plainUpTo(bytes, quote + 1, origin + end, QUOTE))
  },
} as const

/** Where `stop` stands behind nothing but printable ASCII without quotes and backslashes; the end if it doesn't. */
function plainUpTo(bytes: Uint8Array, start: number, end: number, stop: number): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0
    if (byte === stop) return at
    if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH || byte === QUOTE) return end
  }
  return end
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

/** An id, which is short: as a number where that says it all. */
function digits(bytes: Uint8Array, start: number, end: number): string | number {
  if (end - start > 9 || (bytes[start] === 0x30 && end - start > 1))
    return decodeText(bytes.subarray(start, end))
  let value = 0
  for (let at = start; at < end; at++) value = value * 10 + (bytes[at] ?? 0) - 0x30
  return value
}
