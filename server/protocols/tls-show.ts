/** A record's fields, and those of what it holds. */
import type { Message } from './conversation.ts'
import type { Cursor } from './cursor.ts'
import { applicationName } from './tls-application.ts'
import type { TlsFields } from './tls-fields.ts'
import type { HandshakePart, RecordFound } from './tls-found.ts'
import { dissectMessage } from './tls-handshake.ts'
import { isOpaque } from './tls-record.ts'
import { CONTENT, CONTENT_TYPES, protocolColumn } from './tls-values.ts'
import { messageName } from './tls-words.ts'

/** Returns the reader of what was opened. */
export function showRecord(
  c: Cursor,
  f: TlsFields,
  found: RecordFound,
  type: number,
  end: number,
): Cursor | undefined {
  const start = c.pos
  const opaque = isOpaque(type, found.version)
  const { plain } = found
  let opened: Cursor | undefined
  const body = () => {
    c.take(opaque ? f['record.opaque_type'] : f['record.content_type'])
    c.take(f['record.version'])
    c.take(f['record.length'])
    if (opaque && found.plain !== undefined) c.put(f['record.content_type'], found.content, start, start + 1)
    const sealedAt = c.pos
    opened = plain === undefined ? undefined : c.reading('Decrypted TLS', plain)
    showContent(c, opened ?? c, f, found, plain === undefined ? end : plain.length, end)
    c.pos = end
    if (plain !== undefined) {
      c.put(f['record.decrypted_length'], plain.length, sealedAt, end)
      c.put(f['record.decrypted_by'], found.label, sealedAt, end)
    }
    if (found.note !== undefined) c.put(f['=_ws.expert.message'], found.note, sealedAt, end)
  }
  const named = applicationName(c.packet, found.protocol)
  const what =
    found.content === CONTENT.applicationData
      ? `Application Data Protocol: ${named ?? 'Application Data'}`
      : (CONTENT_TYPES[found.content as keyof typeof CONTENT_TYPES] ?? '')
  c.group(f.record, '', body, `${protocolColumn(found.version)} Record Layer: ${what}`)
  return opened
}

/**
 * Parts of messages that came in several records: what began before this one, and what goes on behind it. Their
 * fields stand among the record's.
 */
export function showSegments(c: Cursor, f: TlsFields, messages: readonly Message[], content: number): void {
  const { bytes } = c
  let taken = 0
  for (const message of messages) {
    const own = message.pieces.filter((piece) => piece.bytes === bytes)
    const last = own.at(-1)
    if (last !== undefined) taken = Math.max(taken, last.offset + last.length)
    if (message.pieces.length < 2) continue
    for (const piece of own) showSegment(c, f, piece.offset, piece.offset + piece.length)
    showReassembly(c, f, message)
  }
  if (content === CONTENT.applicationData && taken < bytes.length) showSegment(c, f, taken, bytes.length)
}

function showSegment(c: Cursor, f: TlsFields, start: number, end: number): void {
  c.put(f['segment.data'], c.bytes.subarray(start, end), start, end)
}

function showReassembly(c: Cursor, f: TlsFields, message: Message): void {
  const whole = c.packet.surroundings.conversations.messageBytes(message)
  c.group(f.segments, '', () => {
    for (const piece of message.pieces) c.put(f.segment, piece.number)
    c.put(f['segment.count'], message.pieces.length)
    c.put(f['reassembled.length'], message.length)
    if (whole !== undefined) c.put(f['reassembled.data'], whole)
  })
}

/** Shows what the record holds, by a reader that stands at its beginning. */
function showContent(
  c: Cursor,
  content: Cursor,
  f: TlsFields,
  found: RecordFound,
  contentEnd: number,
  end: number,
): void {
  const at = content.pos
  switch (found.content) {
    case CONTENT.changeCipherSpec:
      c.put(f.change_cipher_spec, '', at, contentEnd)
      break
    case CONTENT.alert:
      showAlert(content, f, found, contentEnd)
      break
    case CONTENT.handshake:
      for (const part of found.parts) showPart(content, f, found, part, at)
      break
    case CONTENT.heartbeat:
      showHeartbeat(content, f, found, contentEnd)
      break
    default: {
      c.takeBytes(f.app_data, end - c.pos)
      const named = applicationName(c.packet, found.protocol)
      if (named !== undefined) c.put(f.app_data_proto, named, end, end)
    }
  }
}

function showAlert(c: Cursor, f: TlsFields, { sealed }: RecordFound, end: number): void {
  if (sealed || end - c.pos < 2) {
    c.put(f.alert_message, '', c.pos, end, 'Alert Message: Encrypted Alert')
    return
  }
  c.group(f.alert_message, '', () => {
    c.take(f['alert_message.level'])
    c.take(f['alert_message.desc'])
  })
}

function showHeartbeat(c: Cursor, f: TlsFields, { sealed }: RecordFound, end: number): void {
  if (sealed || end - c.pos < 3) {
    c.put(f.heartbeat_message, '', c.pos, end)
    return
  }
  c.group(f.heartbeat_message, '', () => {
    c.take(f['heartbeat_message.type'])
    const length = c.take(f['heartbeat_message.payload_length'])
    if (length > end - c.pos) {
      const note = `Payload Length: ${length} promised, ${end - c.pos} here; an answer of that length would give memory away`
      c.put(f['=_ws.expert.message'], note, c.pos - 2, c.pos)
    }
    c.takeBytes(f['heartbeat_message.payload'], Math.min(length, end - c.pos))
    if (end > c.pos) c.takeBytes(f['heartbeat_message.padding'], end - c.pos)
  })
}

/** Shows a handshake message, or the part of one that this record has; `base` is where its content begins. */
function showPart(c: Cursor, f: TlsFields, found: RecordFound, part: HandshakePart, base: number): void {
  const [start, end] = [base + part.start, base + part.end]
  c.pos = start
  if (part.kind === 'unread') {
    c.put(f.handshake, '', start, end, 'Handshake Protocol: Encrypted Handshake Message')
  } else if (part.kind === 'whole') {
    const name = messageName(c.bytes, start, end)
    c.group(f.handshake, '', () => dissectMessage(c, f, end, found), `Handshake Protocol: ${name}`)
  } else if (part.kind === 'part') {
    c.put(f.handshake, '', start, end, 'Handshake Protocol: a part of a message')
    if (part.place.frame > 0) c.put(f['handshake.reassembled_in'], part.place.frame, start, end)
  } else showEnd(c, f, found, part, start, end)
  c.pos = end
}

/** The last part of a message that came in several records, and the message. */
function showEnd(
  c: Cursor,
  f: TlsFields,
  found: RecordFound,
  part: HandshakePart & { readonly kind: 'end' },
  start: number,
  end: number,
): void {
  const { bytes, frames } = part
  const text = `Handshake Protocol: ${messageName(bytes, 0, bytes.length)}`
  c.put(f.handshake, '', start, end, `${text} (last fragment)`)
  c.group(f['handshake.fragments'], '', () => {
    for (const frame of frames) c.put(f['handshake.fragment'], frame, start, end)
    c.put(f['handshake.fragment.count'], frames.length, start, end)
    c.pos = end
  })
  const whole = c.reading('Reassembled handshake message', bytes)
  whole.group(f.handshake, '', () => dissectMessage(whole, f, bytes.length, found), text)
}
