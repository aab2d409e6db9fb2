import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Frame, Packet } from '../../server/protocols/packet.ts'
import { cutTo, frameOf, START_TIME } from '../frames.ts'
import { readBack, spansOf, traceOf } from './dissected.ts'
import { SAMPLES } from './sample-frames.ts'

const LINK_TYPES = [0, 1, 12, 14, 101, 108, 113, 228, 229, 276, 147]

/** What must hold of every packet, whatever its bytes. */
function check(packet: Packet): void {
  const inside = (what: string, buffer: number, start: number, end: number) => {
    const length = packet.buffers[buffer]?.bytes.length ?? -1
    assert.ok(start >= 0 && start <= end && end <= length, `${what}: ${start} to ${end} of ${length}`)
  }
  for (const layer of packet.layers) inside(layer.protocol.id, layer.buffer, layer.start, layer.end)
  for (const span of spansOf(packet)) inside(span.field.name, span.buffer, span.start, span.end)
  assert.doesNotMatch(JSON.stringify(spansOf(packet).map((s) => String(s.value))), /defect in the/)
  assert.doesNotMatch(packet.infoText, /defect in the/)
}

function checkFrame(frame: Frame): Packet {
  const { packet } = readBack(traceOf(frame), 1)
  check(packet)
  return packet
}

/** The same without the bytes behind `length`, as if the sender had not sent them. */
function shortened(frame: Frame, length: number): Frame {
  return { ...frame, bytes: frame.bytes.slice(0, length), originalLength: length }
}

describe('whatever the bytes', () => {
  for (const [name, frame] of Object.entries(SAMPLES)) {
    test(`${name} is read without an error`, () => {
      const packet = checkFrame(frame)
      assert.doesNotMatch(packet.layers.map((l) => l.protocol.id).join(), /malformed/, packet.infoText)
      assert.notEqual(packet.infoText, '')
    })

    test(`${name} is read as far as it goes when it ends early, at any length`, () => {
      for (let length = 0; length < frame.bytes.length; length++) checkFrame(shortened(frame, length))
    })

    test(`${name} is read as far as it goes when the capture cut it, at any length`, () => {
      for (let length = 0; length < frame.bytes.length; length++) {
        const packet = checkFrame(cutTo(frame, length))
        const [first] = spansOf(packet).filter((s) => s.field.name === '_ws.malformed.message')
        if (first !== undefined) assert.match(String(first.value), /the capture kept no more of this packet/)
      }
    })
  }

  test('any bytes on any link type are read without a defect, and spans stay inside', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(...LINK_TYPES),
        fc.nat(100),
        (bytes, linkType, missing) => {
          checkFrame({ time: START_TIME, bytes, linkType, originalLength: bytes.length + missing })
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('a good frame with a few bytes changed is read without a defect, and spans stay inside', () => {
    const change = fc.record({ at: fc.nat(120), value: fc.integer({ min: 0, max: 255 }) })
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(SAMPLES)),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        (frame, changes) => {
          const bytes = frame.bytes.slice()
          for (const { at, value } of changes) bytes[at % bytes.length] = value
          checkFrame({ ...frame, bytes })
        },
      ),
      { numRuns: 3000 },
    )
  })

  test('both passes see the same layers', () => {
    for (const frame of Object.values(SAMPLES)) {
      const trace = traceOf(frame, frame)
      const first = readBack(trace, 2)
      const second = readBack(trace, 2)
      assert.equal(first.stack, second.stack)
      assert.equal(first.info, second.info)
      assert.equal(trace.protocols(2), first.packet.protocols >>> 0)
    }
  })

  test('a frame whose file states a smaller original length than it holds is read whole', () => {
    const [frame] = Object.values(SAMPLES)
    assert.ok(frame)
    assert.equal(readBack(traceOf({ ...frame, originalLength: 3 }), 1).stack, 'eth:ip:tcp')
  })

  test('IP packets nested far too deep end somewhere', () => {
    const header = SAMPLES['IPv4 in IPv4']?.bytes.slice(14, 34) ?? new Uint8Array(0)
    const depth = 3000
    const bytes = new Uint8Array(20 * depth)
    for (let i = 0; i < depth; i++) {
      bytes.set(header, 20 * i)
      new DataView(bytes.buffer).setUint16(20 * i + 2, 20 * (depth - i))
    }
    check(readBack(traceOf(frameOf(bytes, START_TIME, 101)), 1).packet)
  })
})
