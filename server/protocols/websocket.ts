/**
 * The WebSocket Protocol, RFC 6455 §5.2.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-------+-+-------------+-------------------------------+
 *  |F|R|R|R| opcode|M| Payload len |    Extended payload length    |
 *  |I|S|S|S|  (4)  |A|     (7)     |             (16/64)           |
 *  |N|V|V|V|       |S|             |   (if payload len==126/127)   |
 *  | |1|2|3|       |K|             |                               |
 *  +-+-+-+-+-------+-+-------------+ - - - - - - - - - - - - - - - +
 *  |     Extended payload length continued, if payload len == 127  |
 *  + - - - - - - - - - - - - - - - +-------------------------------+
 *  |                               |Masking-key, if MASK set to 1  |
 *  +-------------------------------+-------------------------------+
 *  | Masking-key (continued)       |          Payload Data         |
 *  +-------------------------------- - - - - - - - - - - - - - - - +
 */
import { type Cursor, decodeText } from './cursor.ts'
import { data } from './data.ts'
import { dataTextLines } from './data-text-lines.ts'
import { quote } from './echo.ts'
import { engineIo } from './engine-io.ts'
import type { EngineTold } from './engine-session.ts'
import { type NamedFields, streamProtocol } from './protocol.ts'
import { inflated } from './websocket-deflate.ts'
import { CLOSE_CODES, OPCODES, WEBSOCKET_FIELDS } from './websocket-fields.ts'
import {
  BINARY,
  CLOSE,
  COMPRESSED,
  CONTINUATION,
  type FrameHeader,
  frameHeader,
  PING,
  PONG,
  plainFrameLength,
  TEXT,
  unmask,
} from './websocket-frame.ts'
import { loseBytes, type Remembered, record, type WholeMessage } from './websocket-message.ts'
import { skimWebSocket } from './websocket-skim.ts'

export { beginWebSocket } from './websocket-message.ts'

type Fields = NamedFields<typeof WEBSOCKET_FIELDS>

export const websocket = streamProtocol({
  id: 'websocket',
  name: 'WebSocket',
  short: 'WebSocket',
  osi: 7,
  unit: 'message',
  spec: 'RFC 6455 §5.2',
  about:
    'Messages both ways over the connection that an HTTP request opened: each has a length, so they stay apart.',
  fields: WEBSOCKET_FIELDS,
  dissect(c, f) {
    const start = c.pos
    const header = frameHeader(c.bytes, start, c.end)
    // Read field by field where somebody looks, and where something is missing: that fails with what it was.
    if (c.recording || header === undefined) takeHeader(c, f)
    if (header === undefined) return undefined
    c.pos = start + header.size
    const { length, masked } = header
    const key = masked ? c.bytes.subarray(c.pos - 4, c.pos) : undefined
    const payload = c.bytes.subarray(c.pos, Math.min(c.end, c.pos + length))
    const whole = payload.length === length
    const told = c.remember(() => record(c.packet, header, () => unmask(payload, key), whole))
    if (!Number.isSafeInteger(length)) overlong(c, length)
    if (c.recording) {
      if (told.deflate) c.put(f.pmc, (header.rsv & COMPRESSED) !== 0, start, start + 1)
      complain(c, f, start, header, payload.length, told)
    }
    if (c.worded) c.info(infoText(header))
    dissectPayload(c, f, header, payload, key, told)
    return undefined
  },
  wordy: true,
  places: { fin: 0, rsv: 0, opcode: 0, mask: 1, payload_length: 1 },
  skim: skimWebSocket,
  frameLength(bytes) {
    const header = frameHeader(bytes, 0, bytes.length)
    if (header === undefined) return undefined
    return Number.isSafeInteger(header.length) ? header.size + header.length : header.size
  },
  plainLength: plainFrameLength,
  /** For finding the way again after a gap: a header that keeps every rule. It is asked nowhere else. */
  recognises(bytes, { flow, fromClient }) {
    loseBytes(flow, fromClient)
    const [first, second, high, low] = bytes
    if (first === undefined || second === undefined) return undefined
    const opcode = first & 0x0f
    const short = second & 0x7f
    if ((first & 0x30) !== 0 || !(opcode in OPCODES) || second >= 0x80 !== fromClient) return false
    if (opcode >= CLOSE && (first < 0x80 || short > 125)) return false
    if (short !== 126) return true
    return high === undefined || low === undefined ? undefined : high * 256 + low > 125
  },
})

function takeHeader(c: Cursor, f: Fields): void {
  c.peek(f.fin)
  c.peek(f.rsv)
  c.take(f.opcode)
  const masked = c.peek(f.mask)
  const short = c.take(f.payload_length)
  if (short === 126) c.take(f.payload_length_ext_16)
  else if (short === 127) c.take(f.payload_length_ext_64)
  if (masked) c.takeBytes(f.masking_key, 4)
}

/** RFC 6455 §5.2: the top bit must be 0, and nobody can hold that much. Where the next frame begins is unknown. */
function overlong(c: Cursor, length: number): never {
  c.remember(() => {
    if (c.packet.flow !== undefined) c.packet.flow.application = undefined
    return null
  })
  return c.fail('Extended Payload length (64 bits)', `expected less than 2^53, found ${length}`)
}

/** Rules that the frame breaks; it can be read all the same. */
function complain(
  c: Cursor,
  f: Fields,
  start: number,
  { fin, rsv, opcode, masked, short, length }: FrameHeader,
  here: number,
  { fromClient, deflate, problem }: Remembered,
): void {
  const note = (words: string) => c.put(f['=_ws.expert.message'], words, start, c.pos)
  if (!(opcode in OPCODES))
    note(`Opcode: ${opcode} is reserved; the receiver must fail the connection (1002)`)
  if (masked !== fromClient) {
    note(
      fromClient
        ? 'Mask: a client must mask every frame; the server closes with 1002 (RFC 6455 §5.1)'
        : 'Mask: a server must not mask (RFC 6455 §5.1)',
    )
  }
  if (opcode >= CLOSE && !fin) note('Fin: a control frame must not be fragmented (RFC 6455 §5.5)')
  if (opcode >= CLOSE && length > 125)
    note(`Payload length: a control frame has at most 125, found ${length} (RFC 6455 §5.5)`)
  const allowed = deflate && (opcode === TEXT || opcode === BINARY) ? COMPRESSED : 0
  if ((rsv & ~allowed) !== 0)
    note('Reserved: expected 0, since no extension that uses these bits was agreed on')
  if ((short === 126 && length < 126) || (short === 127 && length < 65_536)) {
    note('Payload length: must be written in the fewest bytes (RFC 6455 §5.2)')
  }
  if (here < length)
    note(`Payload: ${length} bytes announced, ${here} here; the rest did not come or is not kept`)
  if (problem !== undefined) note(problem)
}

function infoText({ fin, masked, opcode }: FrameHeader): string {
  const name = OPCODES[opcode as keyof typeof OPCODES] ?? `opcode ${opcode}`
  return `WebSocket ${name}${fin ? ' [FIN]' : ''}${masked ? ' [MASKED]' : ''}`
}

function dissectPayload(
  c: Cursor,
  f: Fields,
  header: FrameHeader,
  payload: Uint8Array,
  key: Uint8Array | undefined,
  told: Remembered,
): void {
  const { message } = told
  const start = c.pos
  const end = start + payload.length
  // Bytes that nobody reads need not be unmasked.
  if (!c.worded && (message === undefined || told.link === undefined)) {
    if (message !== undefined && isCarried(message, payload.length)) {
      if (message.opcode === BINARY) c.carry(data, start, start)
      else if (message.opcode === TEXT) c.carry(dataTextLines, start, start)
    }
    c.pos = end
    return
  }
  if (payload.length > 0 || message?.bytes !== undefined) {
    if (key !== undefined && payload.length > 0) c.put(f.masked_payload, '', start, end)
    const masked = key !== undefined && payload.length > 0
    const plain = masked ? c.reading('Unmasked payload', unmask(payload, key)) : c
    const from = masked ? 0 : start
    showPayload(c, plain, f, header, { start: from, end: from + payload.length }, told)
  } else if (message?.opcode === BINARY && !message.compressed && told.link !== undefined) {
    // An attachment may have no bytes, and is one all the same.
    carryMessage(c, c, f, { start, end }, message, told, header)
  }
  c.pos = end
}

/** Whether there is anything of the message to be read: as `showPayload` finds it, without looking into it. */
function isCarried({ frames, bytes, compressed, inflated: kept }: WholeMessage, length: number): boolean {
  if (frames.length > 0 && bytes === undefined) return false
  if (!compressed) return (bytes?.length ?? length) > 0
  if (kept === undefined || kept.kind === 'failed') return false
  return kept.kind === 'again' || kept.bytes.length > 0
}

interface Place {
  readonly start: number
  readonly end: number
}

/** `own` is the frame's reader, `plain` that of the payload's buffer. */
function showPayload(
  own: Cursor,
  plain: Cursor,
  f: Fields,
  header: FrameHeader,
  { start, end }: Place,
  told: Remembered,
): void {
  const { message } = told
  const { opcode } = header
  plain.pos = start
  plain.group(f.payload, '', () => {
    if (opcode >= CLOSE) dissectControl(plain, f, header, start, end)
    else if (!(opcode in OPCODES))
      plain.put(f['payload.unknown'], plain.bytes.subarray(start, end), start, end)
    else if (opcode === CONTINUATION && message === undefined) {
      plain.put(f['payload.continue'], plain.bytes.subarray(start, end), start, end)
    }
    plain.pos = end
  })
  if (message === undefined) return
  if (message.frames.length > 0) {
    own.group(f.fragments, '', () => {
      for (const frame of message.frames) own.put(f.fragment, frame)
      own.put(f['fragment.count'], message.frames.length)
      if (message.bytes !== undefined) own.put(f['reassembled.length'], message.bytes.length)
    })
    if (message.bytes === undefined) return
    const { length } = message.bytes
    const joined = own.reading('Reassembled WebSocket message', message.bytes)
    inflateMessage(own, joined, f, { start: 0, end: length }, message, told, header)
  } else inflateMessage(own, plain, f, { start, end }, message, told, header)
}

/** Undoes the message's compression, if it has any: what comes out is a buffer of its own. */
function inflateMessage(
  own: Cursor,
  c: Cursor,
  f: Fields,
  place: Place,
  message: WholeMessage,
  told: Remembered,
  header: FrameHeader,
): void {
  if (!message.compressed) {
    carryMessage(own, c, f, place, message, told, header)
    return
  }
  const { start, end } = place
  const compressed = () => c.bytes.subarray(start, end)
  const kept = message.inflated
  const bytes = kept && inflated(own.packet.surroundings.inflate, kept, compressed)
  if (bytes !== undefined) {
    const inner = c.reading('Inflated', bytes)
    carryMessage(own, inner, f, { start: 0, end: bytes.length }, message, told, header)
    return
  }
  if (kept !== undefined) c.put(f['decompression.failed.expert'], '', start, end)
  const why = !told.deflate
    ? 'Per-Message Compressed is set, but permessage-deflate was not agreed on'
    : kept === undefined
      ? 'Compressed: not all of the message is here, so it can’t be inflated'
      : 'Compressed: does not inflate; it is broken, refers to messages that are missing here, or is longer than 1 MiB'
  c.put(f['=_ws.expert.message'], why, start, end)
}

function carryMessage(
  own: Cursor,
  c: Cursor,
  f: Fields,
  { start, end }: Place,
  { opcode }: WholeMessage,
  told: Remembered,
  header: FrameHeader,
): void {
  const bytes = c.bytes.subarray(start, end)
  const words = opcode === TEXT && c.worded ? decodeText(bytes) : ''
  if (opcode === TEXT && c.recording) {
    c.put(f['payload.text'], words, start, end)
    if (!isUtf8(bytes)) {
      const note = 'Text: expected UTF-8; the receiver must fail the connection (1007)'
      c.put(f['=_ws.expert.message'], note, start, end)
    }
  }
  if (told.link?.version === 4) {
    const { link, fromClient } = told
    const part = opcode === BINARY ? 'binary' : 'packet'
    c.carry(engineIo, start, end, { link, fromClient, part } satisfies EngineTold)
  } else if (opcode === TEXT) {
    own.info(`${infoText(header)} ${quote(words)}`)
    if (end > start) c.carry(dataTextLines, start, end)
  } else if (opcode === BINARY && end > start) c.carry(data, start, end)
}

function dissectControl(c: Cursor, f: Fields, header: FrameHeader, start: number, end: number): void {
  c.pos = start
  c.end = end
  const { opcode } = header
  if (opcode === CLOSE && c.left > 0) {
    c.group(f['payload.close'], '', () => {
      if (c.left < 2) {
        c.put(
          f['=_ws.expert.message'],
          'Close: expected nothing, or a status code of 2 bytes and a reason',
          start,
          end,
        )
        c.pos = end
        return
      }
      const code = c.take(f['payload.close.status_code'])
      if (code < 1000 || code === 1005 || code === 1006 || code === 1015 || code > 4999) {
        c.put(
          f['=_ws.expert.message'],
          `Status code: ${code} must not be sent (RFC 6455 §7.4)`,
          start,
          start + 2,
        )
      }
      const reason = c.left > 0 ? c.takeText(f['payload.close.reason'], c.left) : ''
      const words = [infoText(header), code, CLOSE_CODES[code], reason].filter((word) => word)
      c.info(words.join(' '))
    })
  } else if (opcode === PING && c.left > 0) c.takeBytes(f['payload.ping'], c.left)
  else if (opcode === PONG && c.left > 0) c.takeBytes(f['payload.pong'], c.left)
  else if (c.left > 0) c.takeBytes(f['payload.unknown'], c.left)
}

const strict = new TextDecoder('utf-8', { fatal: true })

function isUtf8(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes)
    return true
  } catch {
    return false
  }
}
