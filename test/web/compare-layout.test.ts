import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CompareResult, CompareTransport, TransportId } from '../../server/dashboard/api-compare.ts'
import { factsWords, insights, layoutCompare, mergeResults } from '../../web/views/compare-layout.ts'

function transport(id: TransportId, total: number, time: number, waits: number): CompareTransport {
  const bytes = { link: 14, ip: 20, transport: 20, framing: 0, session: 0, payload: 10, total: total }
  return {
    id,
    name: id,
    error: null,
    flows: [],
    programTime: time,
    wire: {
      packets: 2,
      bytes: { ...bytes, transport: total - 44 },
      roundTripsBefore: waits,
      echoTime: time / 2,
      totalTime: time,
      frames: [
        { number: 1, at: 0, fromClient: true, length: 60, label: 'SYN', osi: 4 },
        { number: 2, at: time / 2, fromClient: true, length: 65, label: '"hello"', osi: 7 },
        { number: 3, at: time, fromClient: false, length: 65, label: '"hello"', osi: 7 },
      ],
    },
  }
}

function result(...transports: CompareTransport[]): CompareResult {
  return { message: 'hello', messageBytes: 5, captured: true, note: null, transports }
}

const UDP = transport('udp', 94, 0.0002, 0)
const POLLING = transport('socket.io-polling', 6120, 0.0143, 3)

test('every transport stands on the same time axis and the same scale of bytes', () => {
  const { rows } = layoutCompare(result(POLLING, UDP), { width: 800 })
  assert.deepEqual(
    rows.map((row) => row.id),
    ['udp', 'socket.io-polling'],
    'the barest first',
  )
  const [udp, polling] = rows
  assert.equal(udp?.arrows[0]?.x1, polling?.arrows[0]?.x1)
  assert.ok((udp?.arrows[2]?.x1 ?? 0) < (polling?.arrows[1]?.x1 ?? 0))
  const length = (row: typeof udp) => row?.bar.reduce((sum, part) => sum + part.width, 0) ?? 0
  assert.ok(Math.abs(length(polling) / length(udp) - 6120 / 94) < 0.01)
})

test('a row in a line, also of a transport whose wire is not known', () => {
  const [row] = layoutCompare(result(UDP), { width: 800 }).rows
  assert.equal(factsWords(row!), '2 packets, no round trip before the message, echo 100 µs after it')
  const blind = { ...row!, wire: null }
  assert.equal(factsWords(blind), "Echo in the program's hands after 200 µs.")
  assert.equal(factsWords({ ...blind, programTime: null }), 'Nothing came back.')
  assert.equal(factsWords({ ...blind, error: 'refused' }), 'refused')
})

test('the frames with the message and with its echo are marked', () => {
  const [row] = layoutCompare(result(UDP), { width: 800 }).rows
  assert.deepEqual(
    row?.arrows.map((arrow) => arrow.carries),
    [null, 'message', 'echo'],
  )
  assert.match(
    row?.arrows[1]?.name ?? '',
    /Packet 2 to the server, "hello", 65 bytes, after 100 µs, carries the message/,
  )
})

test('the parts of a bar follow each other and those without a byte are left out', () => {
  const [row] = layoutCompare(result(UDP), { width: 800 }).rows
  assert.deepEqual(
    row?.bar.map((part) => part.part),
    ['link', 'ip', 'transport', 'payload'],
  )
  row?.bar.reduce((x, part) => {
    assert.ok(Math.abs(part.x - x) < 1e-9)
    return part.x + part.width
  }, 0)
})

test('the insight is computed from the numbers', () => {
  const [most, least, waits] = insights(result(UDP, POLLING))
  assert.equal(
    most,
    'To carry 5 bytes, Socket.IO over polling moved 6\u202f120: 1\u202f224 for each one of yours.',
  )
  assert.equal(least, 'UDP did it in 2 packets and 94 bytes, 65 times fewer.')
  assert.equal(
    waits,
    'Before your first byte left, Socket.IO over polling went back and forth 3 times, UDP not at all.',
  )
})

test('without a capture nothing is claimed', () => {
  const blind = result({ ...UDP, wire: null })
  assert.deepEqual(insights(blind), [])
  const layout = layoutCompare(blind, { width: 800 })
  assert.deepEqual(layout.ticks, [])
  assert.equal(layout.rows[0]?.programTime, 0.0002)
})

test('results that come one by one are put together, the latest of a transport counts', () => {
  const first = mergeResults(null, result(UDP))
  const both = mergeResults(first, result(POLLING))
  assert.equal(both.transports.length, 2)
  const again = mergeResults(both, result({ ...UDP, programTime: 1 }))
  assert.deepEqual(
    again.transports.map(({ id, programTime }) => [id, programTime]),
    [
      ['socket.io-polling', 0.0143],
      ['udp', 1],
    ],
  )
  assert.equal(mergeResults(both, { ...result(UDP), message: 'other' }).transports.length, 1)
})

test('axis labels never touch', () => {
  for (const width of [320, 700, 1080]) {
    const { ticks } = layoutCompare(result(UDP, POLLING), { width })
    for (const [i, tick] of ticks.entries()) {
      const next = ticks[i + 1]
      assert.ok(next === undefined || next.x - tick.x >= 50)
      assert.ok(tick.x <= width)
    }
  }
})
