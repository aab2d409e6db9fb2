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
import { quote } from './echo.ts'
import { engineIo } from './engine-io.ts'
import type { EngineTold } from './engine-session.ts'
import { type NamedFields, streamProtocol } from './protocol.ts'
import { CLOSE_CODES, OPCODES, WEBSOCKET_FIELDS } from './websocket-fields.ts'
import {
  BINARY,
  CLOSE,
  type FrameHeader,
  PING,
  PONG,
  type Remembered,
  record,
  TEXT,
  unmask,
  type WholeMessage,
} from './websocket-message.ts'

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
    const fin = c.peek(f.fin)
    const rsv = c.peek(f.rsv)
    const opcode = c.take(f.opcode)
    const masked = c.peek(f.mask)
    const short = c.take(f.payload_length)
    const header: FrameHeader = { fin, rsv, opcode, masked }
    const length =
      short === 126
        ? c.take(f.payload_length_ext_16)
        : short === 127
          ? Number(c.take(f.payload_length_ext_64))
          : short
    const key = masked ? c.takeBytes(f.masking_key, 4) : undefined
    const payload = c.bytes.subarray(c.pos, Math.min(c.end, c.pos + length))
    const told = c.remember(() => record(c.packet, header, () => unmask(payload, key)))
    if (!Number.isSafeInteger(length)) overlong(c, length)
    if (c.recording) {
      if (told.deflate) {
        c.pos = start
        c.peek(f.pmc)
        c.pos = payload.byteOffset - c.bytes.byteOffset
      }
      complain(c, f, start, header, { short, length, here: payload.length }, told)
      c.info(infoText(header))
    }
    dissectPayload(c, f, header, payload, key, told)
    return undefined
  },
  frameLength(bytes) {
    const [, second] = bytes
    if (second === undefined) return undefined
    const short = second & 0x7f
    const size = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + (second >= 0x80 ? 4 : 0)
    if (bytes.length < size) return undefined
    if (short < 126) return size + short
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (short === 126) return size + view.getUint16(2)
    const length = Number(view.getBigUint64(2))
    return Number.isSafeInteger(length) ? size + length : size
  },
  /** For finding the way again after a gap: a header that keeps every rule. */
  recognises(bytes, { fromClient }) {
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
  { fin, rsv, opcode, masked }: FrameHeader,
  { short, length, here }: { short: number; length: number; here: number },
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
  const allowed = deflate && (opcode === TEXT || opcode === BINARY) ? 4 : 0
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
  const carried = message !== undefined && told.link !== undefined
  // Bytes that nobody reads need not be unmasked.
  if (!c.recording && !carried) {
    if (message?.opcode === BINARY && payload.length > 0) c.carry(data, start, start)
    c.pos = end
    return
  }
  if (key !== undefined && payload.length > 0) c.put(f.masked_payload, payload, start, end)
  const plain =
    key === undefined || payload.length === 0 ? c : c.reading('Unmasked payload', unmask(payload, key))
  const [from, to] = plain === c ? [start, end] : [0, payload.length]
  if (to > from) plain.put(f.payload, plain.bytes.subarray(from, to), from, to)
  if (header.opcode >= CLOSE) {
    dissectControl(plain, f, header, from, to)
    c.pos = end
    return
  }
  if (!(header.opcode in OPCODES)) plain.put(f['payload.unknown'], plain.bytes.subarray(from, to), from, to)
  if (message === undefined) {
    c.pos = end
    return
  }
  for (const frame of message.frames) c.put(f.fragment, frame)
  if (message.frames.length > 0) c.put(f['fragment.count'], message.frames.length)
  if (message.bytes !== undefined) c.put(f['reassembled.length'], message.bytes.length)
  if (message.frames.length > 0 && message.bytes === undefined) {
    c.pos = end
    return
  }
  if (message.bytes === undefined) carryMessage(c, plain, from, to, f, message, told, header)
  else {
    const whole = c.reading('Reassembled WebSocket message', message.bytes)
    carryMessage(c, whole, 0, message.bytes.length, f, message, told, header)
  }
}

/** `own` is the frame's reader, `c` that of the buffer that holds the message. */
function carryMessage(
  own: Cursor,
  c: Cursor,
  start: number,
  end: number,
  f: Fields,
  message: WholeMessage,
  told: Remembered,
  header: FrameHeader,
): void {
  const { opcode, compressed } = message
  if (compressed) {
    c.put(
      f['=_ws.expert.message'],
      told.deflate
        ? 'Compressed by permessage-deflate (RFC 7692); shown as it travels'
        : 'Per-Message Compressed is set, but permessage-deflate was not agreed on',
      start,
      end,
    )
    if (end > start) c.carry(data, start, end)
    return
  }
  const words = opcode === TEXT && c.recording ? decodeText(c.bytes.subarray(start, end)) : ''
  if (opcode === TEXT && c.recording) {
    c.put(f['payload.text'], words, start, end)
    if (!isUtf8(c.bytes.subarray(start, end))) {
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
    own.pos = own.end
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
