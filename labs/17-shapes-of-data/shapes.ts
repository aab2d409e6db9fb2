/** What lab 17 looks for in the learner's packets: a reading in three shapes, a message twice. */
import { eventsIn, type SeenEvent } from '../kit/events.ts'
import type { RunView, Sighting } from '../kit/lab.ts'
import { unpack } from './messagepack.ts'

/** An event that carried the reading, and how many bytes its WebSocket messages had. */
export interface Shape {
  readonly event: SeenEvent
  readonly size: number
  readonly reading: Readonly<Record<string, unknown>>
  /** WebSocket messages. */
  readonly messages: number
}

const echoes = (run: RunView) => eventsIn(run, 'tcp.dstport==$HUB', 'echo')

/** The reading as JSON alone: its samples are a list of numbers. */
export function asJson(run: RunView): Shape | undefined {
  for (const event of echoes(run)) {
    const [reading] = event.args
    if (isRecord(reading) && Array.isArray(reading.samples) && reading.samples.length >= 32) {
      return { event, reading, size: textSize(event), messages: 1 }
    }
  }
  return undefined
}

/** The reading as JSON with a placeholder in it: its samples are bytes that travel behind. */
export function asBinaryEvent(run: RunView): Shape | undefined {
  for (const event of echoes(run)) {
    const [reading] = event.args
    if (!isRecord(reading) || !isPlaceholder(reading.samples)) continue
    const [bytes] = attachmentsOf(run, event)
    if (bytes === undefined) continue
    return {
      event,
      reading: { ...reading, samples: bytes },
      size: textSize(event) + bytes.length,
      messages: 2,
    }
  }
  return undefined
}

/** The reading as bytes alone: whatever MessagePack makes of it, or why these bytes are none. */
export function asMessagePack(run: RunView): Shape | { event: SeenEvent; problem: string } | undefined {
  let failed: { event: SeenEvent; problem: string } | undefined
  for (const event of echoes(run)) {
    if (!isPlaceholder(event.args[0])) continue
    const [bytes = Buffer.alloc(0)] = attachmentsOf(run, event)
    const read = unpack(bytes)
    if (bytes.length === 0) failed = { event, problem: 'has no bytes: what does pack return?' }
    else if ('problem' in read) failed = { event, problem: `is no MessagePack: ${read.problem}` }
    else if (!isRecord(read.value)) failed = { event, problem: 'is MessagePack, but no map' }
    else return { event, reading: read.value, size: textSize(event) + bytes.length, messages: 2 }
  }
  return failed
}

/** The first key under which two readings differ; lists of small numbers and bytes are the same thing here. */
export function difference(one: Shape, other: Shape): string | undefined {
  const keys = new Set([...Object.keys(one.reading), ...Object.keys(other.reading)])
  return [...keys].find((key) => plain(one.reading[key]) !== plain(other.reading[key]))
}

const plain = (value: unknown) => JSON.stringify(value instanceof Uint8Array ? [...value] : value)

function attachmentsOf(run: RunView, event: SeenEvent): Buffer[] {
  const { number, flow } = event.packet
  return run
    .find('tcp.dstport==$HUB && socketio.attachment')
    .filter((packet) => packet.flow === flow)
    .flatMap((packet) => {
      const of = packet.values('socketio.attachment.of')
      return packet.values('socketio.attachment').filter((_, index) => of[index] === number)
    })
    .map((hex) => Buffer.from(String(hex), 'hex'))
}

/** Of the WebSocket message with the event in it: header and masking key are not counted. */
function textSize({ packet }: SeenEvent): number {
  const text = packet
    .values('websocket.payload.text')
    .map(String)
    .find((each) => each.includes('["echo"'))
  return Buffer.byteLength(text ?? '')
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isPlaceholder(value)

const isPlaceholder = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && '_placeholder' in value

/** A WebSocket message to the learner's own server. */
export interface Message {
  readonly packet: Sighting
  readonly compressed: boolean
  readonly isText: boolean
  readonly text: string
  /** Bytes that the program sent, and bytes that its frame carried. */
  readonly length: number
  readonly carried: number
}

/** Messages of a client to the learner's own server that are longer than 900 bytes: short ones prove nothing here. */
export function longMessages(run: RunView): readonly Message[] {
  return run
    .find('tcp.dstport==$LISTEN && (websocket.payload_length_ext_16 || websocket.pmc==1)')
    .map((packet) => {
      const isText = packet.values('websocket.opcode').includes(1)
      const text = String(packet.values('websocket.payload.text')[0] ?? '')
      const length = isText ? Buffer.byteLength(text) : Number(packet.values('data.len')[0] ?? 0)
      const [extended, short] = [
        packet.values('websocket.payload_length_ext_16'),
        packet.values('websocket.payload_length'),
      ]
      const compressed = packet.values('websocket.pmc').includes(true)
      return { packet, compressed, isText, text, length, carried: Number(extended[0] ?? short[0]) }
    })
    .filter(({ length }) => length > 900)
}
