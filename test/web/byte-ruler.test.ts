import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { MessageNode, SegmentNode } from '../../server/dashboard/api-stream.ts'
import {
  fitting,
  layoutRuler,
  panned,
  type RulerData,
  streamEnd,
  zoomed,
} from '../../web/views/byte-ruler-layout.ts'
import { rulerWords, writesOf } from '../../web/views/byte-ruler-words.ts'

function segment(
  number: number,
  start: number,
  length: number,
  more: Partial<SegmentNode> = {},
): SegmentNode {
  return {
    number,
    time: `${number}.000000000`,
    direction: 'client',
    start,
    length,
    fresh: length,
    flags: 'PA',
    keepAlive: false,
    fate: null,
    seen: true,
    ...more,
  }
}

function message(number: number, start: number, end: number, more: Partial<MessageNode> = {}): MessageNode {
  return { direction: 'client', start, end, protocol: 'WebSocket', osi: 7, label: '"hi"', number, ...more }
}

function ruler(segments: SegmentNode[], messages: MessageNode[] = []): RulerData {
  return { segments, messages, written: writesOf({ segments, messages }, [], false), until: null }
}

const ALL = { from: 0, to: 100 }

describe('layoutRuler', () => {
  it('places what was written, sent and read along the offset of the stream', () => {
    const { marks } = layoutRuler(
      ruler([segment(4, 0, 60), segment(5, 60, 40)], [message(5, 0, 100)]),
      ALL,
      500,
    )
    const placed = marks.map(({ row, x, width, label }) => [row, x, width, label])
    assert.deepEqual(placed, [
      ['written', 0, 500, '"hi"'],
      ['sent', 0, 300, '4'],
      ['sent', 300, 200, '5'],
      ['read', 0, 500, '"hi"'],
    ])
  })

  it('what was sent again stands below what it repeats, and a lost segment is of a shape of its own', () => {
    const lost = segment(4, 0, 50, { fate: 'lost', seen: false })
    const again = segment(6, 0, 50, { fresh: 0 })
    const { marks } = layoutRuler(ruler([lost, segment(5, 50, 50), again]), ALL, 500)
    const sent = marks.filter(({ row }) => row === 'sent')
    assert.deepEqual(
      sent.map(({ label, shape }) => [label, shape]),
      [
        ['4', 'lost'],
        ['5', 'whole'],
        ['6', 'again'],
      ],
    )
    assert.ok((sent[2]?.y ?? 0) > (sent[0]?.y ?? 0))
    assert.match(sent[2]?.says ?? '', /sent again/)
  })

  it('marks the bytes that no segment carried', () => {
    const { gaps } = layoutRuler(ruler([segment(4, 0, 20), segment(6, 50, 50)]), ALL, 500)
    assert.deepEqual(
      gaps.map(({ x, width }) => [x, width]),
      [[100, 150]],
    )
  })

  it('thousands of segments make no more marks than can be hit, and none is left out', () => {
    const segments = Array.from({ length: 5000 }, (_, n) => segment(n + 1, n * 10, 10))
    const { marks } = layoutRuler(ruler(segments), { from: 0, to: 50_000 }, 600)
    const sent = marks.filter(({ row }) => row === 'sent')
    assert.ok(sent.length < 200, `${sent.length} marks`)
    assert.equal(
      sent.reduce((sum, { count }) => sum + count, 0),
      5000,
    )
  })

  it('leaves out what has not come yet at the cursor', () => {
    const data = { ...ruler([segment(4, 0, 60), segment(9, 60, 40)]), until: 5 }
    const { marks } = layoutRuler(data, ALL, 500)
    assert.deepEqual(
      marks.filter(({ row }) => row === 'sent').map(({ label }) => label),
      ['4'],
    )
  })

  it('whatever there is, no mark lies outside the picture', () => {
    const some = fc.array(fc.tuple(fc.nat(2000), fc.integer({ min: 1, max: 300 }), fc.boolean()), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(some, fc.nat(1500), fc.integer({ min: 16, max: 1500 }), (given, from, span) => {
        const segments = given.map(([start, length, again], n) =>
          segment(n + 1, start, length, again ? { fresh: 0 } : {}),
        )
        const layout = layoutRuler(ruler(segments), { from, to: from + span }, 400)
        for (const { x, width, y, height } of layout.marks) {
          assert.ok(x >= -2 && x + width <= 403 && y >= 0 && y + height <= layout.height)
        }
      }),
    )
  })
})

describe('the view', () => {
  it('zooms about a point, which stays where it is', () => {
    const view = zoomed({ from: 0, to: 1000 }, 0.5, 0.25, 1000)
    assert.deepEqual(view, { from: 125, to: 625 })
  })

  it('never leaves the stream, nor shows less than a few bytes', () => {
    fc.assert(
      fc.property(
        fc.nat(5000),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.integer(),
        (end, factor, by) => {
          const { from, to } = panned(zoomed({ from: 0, to: Math.max(16, end) }, factor, 0.5, end), by, end)
          assert.ok(from >= 0 && to <= Math.max(16, end) + 1e-6 && to - from >= 16 - 1e-6)
        },
      ),
    )
  })

  it('ends behind the last byte that anything tells of', () => {
    assert.equal(streamEnd(ruler([segment(1, 0, 10)], [message(1, 0, 40)])), 40)
  })
})

describe('what was written', () => {
  it('is what a program told that it emitted, and else a message', () => {
    const event = {
      kind: 'emit',
      direction: 'out',
      event: 'chat',
      packet: 7,
    } as Parameters<typeof writesOf>[1][number]
    const messages = [message(7, 0, 20, { label: 'chat("hi")' }), message(8, 20, 40)]
    const written = writesOf({ messages, segments: [] }, [event], true)
    assert.deepEqual(
      written.map(({ label, told }) => [label, told]),
      [
        ['emit chat("hi")', true],
        ['"hi"', false],
      ],
    )
  })

  it('of a protocol without messages of its own ends where a TCP had no more to send', () => {
    const segments = [segment(4, 0, 1448, { flags: 'A' }), segment(5, 1448, 552), segment(6, 2000, 5)]
    const messages = [message(4, 0, 1448, { protocol: 'Echo' }), message(5, 1448, 2000, { protocol: 'Echo' })]
    assert.deepEqual(
      writesOf({ messages, segments }, [], false).map(({ start, end }) => [start, end]),
      [
        [0, 2000],
        [2000, 2005],
      ],
    )
  })
})

describe('rulerWords', () => {
  it('names an example from this very stream', () => {
    const torn = ruler([segment(4, 0, 60), segment(5, 60, 40)], [message(5, 0, 100)])
    assert.match(rulerWords(torn), /One write of 100 bytes travelled in two segments/)
    const packed = ruler([segment(4, 0, 100)], [message(4, 0, 50), message(4, 50, 100)])
    assert.match(rulerWords(packed), /Packet 4 carries two messages/)
    assert.equal(rulerWords(ruler([])), 'No byte has gone this way yet.')
  })

  it('a label is cut to its mark, or left out', () => {
    assert.equal(fitting('hello world', 200), 'hello world')
    assert.equal(fitting('hello world', 60), 'hello …')
    assert.equal(fitting('hello world', 75), 'hello …', 'no part of a word')
    assert.equal(fitting('emit welcome("OgDYh9PK")', 150), 'emit welcome("…')
    assert.equal(fitting('helloworldofbytes', 75), '')
    assert.equal(fitting('hello world', 20), '')
  })
})
