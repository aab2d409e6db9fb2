/**
 * Transport Layer Security, RFC 8446 (TLS 1.3) and RFC 5246 (TLS 1.2): its records, §5.1.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |  Content type |            Version            |   Length …
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   … Length       |   Content, or the sealed content and its tag  |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * With the secrets of a key log the sealed records are opened on the first pass: what was inside is kept with the
 * packet and read on as a stream of its own (ADR 0010).
 */
import type { Cursor } from './cursor.ts'
import { data } from './data.ts'
import { streamProtocol } from './protocol.ts'
import { TLS_FIELDS, type TlsFields } from './tls-fields.ts'
import type { RecordFound } from './tls-found.ts'
import { HEADER, isRecord, isSsl2Hello, takeIn } from './tls-record.ts'
import { showRecord, showSegments } from './tls-show.ts'
import { skimTls } from './tls-skim.ts'
import { dissectSsl2Hello } from './tls-ssl2.ts'
import { CONTENT, protocolColumn } from './tls-values.ts'
import { recordWords } from './tls-words.ts'

export const tls = streamProtocol({
  id: 'tls',
  name: 'Transport Layer Security',
  short: 'TLS',
  osi: 6,
  unit: 'record',
  spec: 'RFC 8446',
  about:
    'Makes the connection private: who is at the other end is proven once, and from then on nobody between can read or change a byte.',
  wordy: true,
  skim: skimTls,
  fields: TLS_FIELDS,
  dissect(c, f) {
    if (c.left >= SSL2_HEADER && isSsl2Hello(c.bytes, c.pos)) return dissectSsl2Hello(c, f)
    if (c.left < HEADER || !isRecord(c.bytes, c.pos)) return unknownBytes(c, f)
    const start = c.pos
    const type = c.glance(f['record.content_type'])
    const version = c.glance(f['record.version'], 1)
    const length = c.glance(f['record.length'], 3)
    const contentAt = start + HEADER
    const end = Math.min(c.end, contentAt + length)
    const header = { type, version, length, start: contentAt, end }
    const found = c.remember(() => takeIn(c.packet, c.bytes, header))
    const { inner } = found
    let opened: Cursor | undefined
    try {
      if (c.packet.worded) speak(c, found, contentAt, end)
      if (c.recording) opened = showRecord(c, f, found, type, end)
      // What is wrong inside a handshake message, only who reads it to its end can say.
      else if (type === CONTENT.handshake) c.packet.unsaid = true
      if (end - contentAt < length) {
        c.pos = end
        c.need('Content', contentAt + length - end)
      }
    } finally {
      // Whatever went wrong: what was remembered of it must be asked for again, in its turn.
      if (inner !== undefined) c.packet.nestInner(inner, found.fromClient)
    }
    if (opened !== undefined && inner !== undefined) showSegments(opened, f, inner.messages, found.content)
    return undefined
  },
  frameLength(bytes, { fromClient }) {
    const [first] = bytes
    if (first === undefined) return undefined
    if (bytes.length < HEADER) return first >= 0x80 || isType(first) ? undefined : bytes.length
    if (isRecord(bytes, 0)) return HEADER + (bytes[3] ?? 0) * 256 + (bytes[4] ?? 0)
    if (fromClient && first >= 0x80) {
      if (bytes.length < SSL2_HEADER) return undefined
      if (isSsl2Hello(bytes, 0)) return 2 + (first & 0x7f) * 256 + (bytes[1] ?? 0)
    }
    return bytes.length
  },
  recognises(bytes, { fromClient }) {
    const [first, major] = bytes
    if (first === undefined) return undefined
    if (first >= 0x80) {
      if (!fromClient) return false
      return bytes.length < SSL2_HEADER ? undefined : isSsl2Hello(bytes, 0)
    }
    if (!isType(first) || (major !== undefined && major !== 3)) return false
    return bytes.length < HEADER ? undefined : isRecord(bytes, 0)
  },
})

/** As far as the lengths of SSL 2's hello. */
const SSL2_HEADER = 11
const isType = (first: number) => first >= CONTENT.changeCipherSpec && first <= CONTENT.heartbeat

function unknownBytes(c: Cursor, f: TlsFields): undefined {
  // Kept so that every reading finds its own things in the same order.
  c.remember(() => null)
  c.put(
    f['=_ws.expert.message'],
    'Expected a record of TLS, found none: these bytes are passed over',
    c.pos,
    c.end,
  )
  c.info('Ignored Unknown Record')
  c.carry(data)
  return undefined
}

/** The packet list's line; what the record carries says more, and is asked after it. */
function speak(c: Cursor, found: RecordFound, start: number, end: number): void {
  const { plain } = found
  c.packet.column = protocolColumn(found.version)
  c.info(
    plain === undefined
      ? recordWords(found, c.bytes, start, end)
      : recordWords(found, plain, 0, plain.length),
  )
}
