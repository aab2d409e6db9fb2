/** What a record says in the packet list, in Wireshark's words. */

import type { RecordFound } from './tls-found.ts'
import { isRetry, readHello } from './tls-hello.ts'
import { ALERT_LEVELS, ALERTS, CONTENT, HANDSHAKE, HANDSHAKE_TYPES } from './tls-values.ts'

export const APPLICATION_DATA = 'Application Data'

/** What a handshake message is called, by its type or, of a ServerHello, by what it means. */
export function messageName(bytes: Uint8Array, start: number, end: number): string {
  const type = bytes[start] ?? 0
  if (type === HANDSHAKE.serverHello) {
    const hello = readHello(bytes, start, end)
    if (hello !== undefined && isRetry(hello)) return 'Hello Retry Request'
  }
  return HANDSHAKE_TYPES[type] ?? `Unknown type ${type}`
}

/** `start` to `end` is the content: of `found.plain` where the record was opened, else of the bytes it stands in. */
export function recordWords(found: RecordFound, bytes: Uint8Array, start: number, end: number): string {
  switch (found.content) {
    case CONTENT.changeCipherSpec:
      return 'Change Cipher Spec'
    case CONTENT.alert:
      return alertWords(found, bytes, start, end)
    case CONTENT.handshake:
      return handshakeWords(found, bytes, start)
    case CONTENT.heartbeat:
      if (found.sealed || end - start < 3) return 'Encrypted Heartbeat'
      return bytes[start] === 1 ? 'Heartbeat Request' : 'Heartbeat Response'
    default:
      return APPLICATION_DATA
  }
}

function alertWords(found: RecordFound, bytes: Uint8Array, start: number, end: number): string {
  if (found.sealed || end - start < 2) return 'Encrypted Alert'
  const level = bytes[start] ?? 0
  const description = bytes[start + 1] ?? 0
  const levelName = ALERT_LEVELS[level as keyof typeof ALERT_LEVELS] ?? level
  return `Alert (Level: ${levelName}, Description: ${ALERTS[description] ?? description})`
}

function handshakeWords({ parts }: RecordFound, bytes: Uint8Array, base: number): string {
  const words = parts.map((part) => {
    if (part.kind === 'whole') return messageName(bytes, base + part.start, base + part.end)
    if (part.kind === 'end') return messageName(part.bytes, 0, part.bytes.length)
    return part.kind === 'part' ? '[Handshake Fragment]' : 'Encrypted Handshake Message'
  })
  return words.join(', ')
}
