/** Conversations written as a transcript: who says what on which connection, then what the trace made of it. */
import assert from 'node:assert/strict'
import type { Span } from '../../server/protocols/cursor.ts'
import type { Frame, Packet } from '../../server/protocols/packet.ts'
import { Trace } from '../../server/trace/trace.ts'
import { concat, hex, type Side, START_TIME, TcpConversation, utf8 } from '../frames.ts'
import { type Dissected, readBack } from './dissected.ts'

/** Nanoseconds from one frame to the next. */
export const STEP = 1_000_000n

/** Frames of any number of connections, in the order in which they were spoken. */
export class Wire {
  readonly frames: Frame[] = []
  readonly #keyLog: string
  #connections = 0

  /** `keyLog`: the secrets of its TLS sessions, which its traces know from the beginning. */
  constructor(keyLog = '') {
    this.#keyLog = keyLog
  }

  /** A new connection to a port, 4000 unless told otherwise, its handshake done. */
  open(port = 4000): Line {
    const server = { address: '127.0.0.1', port }
    const client = { address: '127.0.0.1', port: 50_000 + this.#connections++ }
    const line = new Line(this, new TcpConversation({ client, server }))
    return line
  }

  /** Appends frames under the wire's own clock; returns the number of the last. */
  add(frames: readonly Frame[]): number {
    for (const frame of frames)
      this.frames.push({ ...frame, time: START_TIME + BigInt(this.frames.length) * STEP })
    return this.frames.length
  }

  trace(): Trace {
    const trace = new Trace()
    trace.secrets.add(this.#keyLog)
    for (const frame of this.frames) trace.add(frame)
    return trace
  }

  /** Reads packet `number` from a trace of everything said. */
  read(number: number): Dissected {
    return readBack(this.trace(), number)
  }
}

/** One connection. Saying something returns the packet's number. */
export class Line {
  readonly #wire: Wire
  readonly #tcp: TcpConversation

  constructor(wire: Wire, tcp: TcpConversation) {
    this.#wire = wire
    this.#tcp = tcp
    wire.add(tcp.handshake())
  }

  say(side: Side, payload: Uint8Array | string, size?: number): number {
    return this.#wire.add(this.#tcp.send(side, payload, size))
  }

  client(payload: Uint8Array | string, size?: number): number {
    return this.say('client', payload, size)
  }

  server(payload: Uint8Array | string, size?: number): number {
    return this.say('server', payload, size)
  }

  close(side: Side = 'client'): number {
    return this.#wire.add(this.#tcp.close(side))
  }

  /** Carries bytes but not those of the capture: a gap. */
  lose(side: Side, payload: Uint8Array | string): void {
    this.#tcp.send(side, payload)
  }
}

/** A WebSocket frame; masked with a fixed key if it is the client's. */
export function wsFrame(
  side: Side,
  opcode: number,
  payload: Uint8Array | string,
  options: { fin?: boolean } = {},
) {
  const bytes = typeof payload === 'string' ? utf8(payload) : payload
  const mask = side === 'client' ? 0x80 : 0
  const key = hex('37fa213d')
  const length = bytes.length
  const size =
    length < 126
      ? Uint8Array.of(mask | length)
      : length < 65_536
        ? Uint8Array.of(mask | 126, length >> 8, length & 255)
        : concat(Uint8Array.of(mask | 127), longLength(length))
  const first = Uint8Array.of(((options.fin ?? true) ? 0x80 : 0) | opcode)
  if (mask === 0) return concat(first, size, bytes)
  return concat(
    first,
    size,
    key,
    bytes.map((byte, i) => byte ^ key[i & 3]!),
  )
}

function longLength(length: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length))
  return bytes
}

/** The opening handshake of a WebSocket on a line. */
export function upgrade(line: Line, uri = '/', extensions = ''): void {
  line.client(
    `GET ${uri} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  line.server(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n${extensions}\r\n`,
  )
}

/** Requests of Engine.IO’s polling, and the answer to one. */
export const get = (query: string) => `GET /socket.io/?EIO=4&${query} HTTP/1.1\r\nHost: a\r\n\r\n`
export const post = (query: string, body: string) =>
  `POST /socket.io/?EIO=4&${query} HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain;charset=UTF-8\r\n` +
  `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
export const ok = (body: string, type = 'text/plain; charset=UTF-8', status = '200 OK') =>
  `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

/** One thing that was said: whose, and what. */
export type Said = readonly [Side, Uint8Array | string]

/** What is the same however the bytes are split: every layer above TCP, without frame numbers, times and offsets. */
export function story(trace: Trace): string[] {
  const told: string[] = []
  for (let number = 1; number <= trace.total; number++) {
    const packet = trace.packet(number)
    assert.ok(typeof packet !== 'string')
    for (const layer of packet.layers.slice(3))
      told.push(`[${layer.protocol.id}]`, ...layer.fields.flatMap(words))
  }
  return told
}

function words(span: Span): string[] {
  const { field, value } = span
  const own =
    field.type === 'frame' || field.type === 'duration'
      ? field.name
      : `${field.name}=${value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value}`
  return [own.replace(/offset \d+/, 'offset'), ...(span.children ?? []).flatMap(words)]
}

/** The story when each part is cut into segments by `cut`, which is given the part's place and its bytes. */
function toldWith(
  said: readonly Said[],
  cut: (index: number, bytes: Uint8Array) => Uint8Array[],
  keyLog: string,
  port?: number,
): string[] {
  const wire = new Wire(keyLog)
  const line = wire.open(port)
  said.forEach(([side, payload], index) => {
    const bytes = typeof payload === 'string' ? utf8(payload) : payload
    for (const piece of cut(index, bytes)) if (piece.length > 0) line.say(side, piece)
  })
  line.close('server')
  return story(wire.trace())
}

/** Asserts that the story is the same at every split point, and byte by byte; returns it. */
export function everySplitAgrees(said: readonly Said[], keyLog = '', port?: number): string[] {
  const whole = toldWith(said, (_, bytes) => [bytes], keyLog, port)
  const lengths = said.map(([, payload]) => (typeof payload === 'string' ? utf8(payload) : payload).length)
  lengths.forEach((length, index) => {
    for (let at = 1; at < length; at++) {
      const cut = (i: number, bytes: Uint8Array) =>
        i === index ? [bytes.slice(0, at), bytes.slice(at)] : [bytes]
      const split = toldWith(said, cut, keyLog, port)
      assert.deepEqual(split, whole, `part ${index} split at ${at}`)
    }
  })
  const bytewise = (_: number, bytes: Uint8Array) => Array.from(bytes, (byte) => Uint8Array.of(byte))
  const single = toldWith(said, bytewise, keyLog, port)
  assert.deepEqual(single, whole, 'byte by byte')
  return whole
}

/** What must hold of every packet, whatever its bytes. */
export function assertSound(trace: Trace): void {
  for (let number = 1; number <= trace.total; number++) {
    const packet = trace.packet(number)
    assert.ok(typeof packet !== 'string')
    soundPacket(packet)
    assert.ok(trace.row(number))
  }
}

function soundPacket(packet: Packet): void {
  const inside = (what: string, buffer: number, start: number, end: number) => {
    const length = packet.buffers[buffer]?.bytes.length ?? -1
    assert.ok(start >= 0 && start <= end && end <= length, `${what}: ${start} to ${end} of ${length}`)
  }
  const check = (span: Span) => {
    inside(span.field.name, span.buffer, span.start, span.end)
    assert.doesNotMatch(String(span.value), /defect in the/)
    span.children?.forEach(check)
  }
  for (const layer of packet.layers) {
    inside(layer.protocol.id, layer.buffer, layer.start, layer.end)
    layer.fields.forEach(check)
  }
}
