/** A frame as the dissectors saw it, in the shape that tests ask about. */
import assert from 'node:assert/strict'
import type { Span } from '../../server/protocols/cursor.ts'
import type { Value } from '../../server/protocols/field.ts'
import type { Frame, Packet } from '../../server/protocols/packet.ts'
import { Trace } from '../../server/trace/trace.ts'

export interface Dissected {
  packet: Packet
  /** `eth:ip:tcp`, with an error layer as `_ws.malformed`. */
  stack: string
  /** Every value of a field, in the order found; bytes as hex. */
  all(name: string): Value[]
  /** The only value of a field, `undefined` when it is absent; several are an error of the test. */
  one(name: string): Value | undefined
  /** The span of a field's first occurrence. */
  span(name: string): Span
  /** The error layers' words. */
  problems: string[]
  info: string
}

/** Feeds frames to a trace of their own, in order, and reads the last one. */
export function dissected(...frames: Frame[]): Dissected {
  return readBack(traceOf(...frames), frames.length)
}

export function traceOf(...frames: Frame[]): Trace {
  const trace = new Trace()
  for (const frame of frames) trace.add(frame)
  return trace
}

export function readBack(trace: Trace, number: number): Dissected {
  const packet = trace.packet(number)
  assert.ok(typeof packet !== 'string')
  const spans = spansOf(packet)
  const all = (name: string) => spans.filter((s) => s.field.name === name).map((s) => plain(s.value))
  return {
    packet,
    stack: packet.layers.map((layer) => layer.protocol.id).join(':'),
    all,
    one: (name) => {
      const values = all(name)
      assert.ok(values.length <= 1, `${name} is there ${values.length} times`)
      return values[0]
    },
    span: (name) => {
      const span = spans.find((s) => s.field.name === name)
      assert.ok(span, `${name} is not there`)
      return span
    },
    problems: all('_ws.malformed.message').map(String),
    info: packet.infoText,
  }
}

/** All spans of a packet, children included, in the order of their layers. */
export function spansOf(packet: Packet): Span[] {
  const found: Span[] = []
  const walk = (span: Span) => {
    found.push(span)
    span.children?.forEach(walk)
  }
  for (const layer of packet.layers) layer.fields.forEach(walk)
  return found
}

function plain(value: Value): Value {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
}
