import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Row } from '../../server/dashboard/api.ts'
import { layoutMap } from '../../web/views/map-layout.ts'
import { MOST_MARKS, pointAt, Traffic } from '../../web/views/map-travel.ts'
import { network } from './network.ts'
import { at, row, time } from './rows.ts'

const layout = layoutMap(network(), { width: 280, height: 300 })
const cable = layout.cables.find(({ impaired }) => impaired)!

/** A frame over the server's cable, sent at `seconds`; `delay` null for one that never arrives. */
function frame(number: number, seconds: number, delay: number | null, rest: Partial<Row> = {}): Row {
  const up = rest.fromClient !== false
  return row(number, seconds, 'data', {
    source: up ? '10.0.0.100' : '10.0.0.1',
    destination: up ? '10.0.0.1' : '10.0.0.100',
    fate: delay === null ? 'lost' : 'delivered',
    transit: {
      cable: 'server',
      direction: up ? 'up' : 'down',
      sentAt: time(seconds),
      arrivals: [],
      delay,
      queue: 0,
      seen: true,
    },
    ...rest,
  })
}

function traffic(...rows: readonly (readonly [seenAt: number, row: Row])[]): Traffic {
  const made = new Traffic()
  made.add([], at(0))
  for (const [seenAt, one] of rows) made.add([one], at(seenAt))
  return made
}

const marksAt = (made: Traffic, seconds: number, still = false) => made.at(at(seconds), layout, still).marks

test('a frame crosses the cable in its real time when that can be seen', () => {
  const made = traffic([1, frame(1, 1, 0.4)])
  const [from, to] = [cable.points[0]!, cable.points.at(-1)!]
  const [begun] = marksAt(made, 1.001)
  const [halfWay] = marksAt(made, 1.2)
  assert.ok(Math.abs(begun!.y - from.y) < 10)
  assert.ok(Math.abs(halfWay!.y - (from.y + to.y) / 2) < 1)
  assert.deepEqual(marksAt(made, 1.41), [])
})

test('one that is quicker than the eye is a short pulse', () => {
  const made = traffic([1, frame(1, 1, 0.000_04)])
  assert.equal(marksAt(made, 1.1).length, 1)
  assert.deepEqual(marksAt(made, 1.3), [])
  assert.equal(made.moving(at(1.3)), false)
})

test('what comes together in one direction is one mark with a count', () => {
  const made = traffic([1, frame(1, 1, 0)], [1.01, frame(2, 1.01, 0)], [1.02, frame(3, 1.02, 0)])
  assert.deepEqual(
    marksAt(made, 1.05).map(({ label }) => label),
    ['3 frames'],
  )
})

test('a frame seen when it arrived is shown later, but after what it answers', () => {
  const request = frame(1, 1, 0.4)
  const answer = frame(2, 1.4, 0.4, { fromClient: false })
  const made = traffic([1, request], [1.8, answer], [1.8, frame(3, 1.8, 0.4)])
  const crossing = marksAt(made, 2)
  assert.deepEqual(
    crossing.map(({ direction }) => direction),
    ['down'],
    'the acknowledgement waits until what it acknowledges has come',
  )
  assert.deepEqual(
    marksAt(made, 2.4).map(({ direction }) => direction),
    ['up'],
  )
})

test('a lost frame stops on the way, falls, and fades', () => {
  const made = traffic([1, frame(1, 1, 0.4)], [2, frame(2, 2, null)])
  const [moving] = marksAt(made, 2.1)
  const [falling] = marksAt(made, 2.4)
  assert.equal(falling!.shape, 'lost')
  assert.equal(moving!.opacity, 1)
  assert.ok(falling!.opacity < 1 && falling!.y > moving!.y)
  assert.equal(moving!.shape, 'plain', 'until then it looks like any other')
  assert.ok(falling!.x < moving!.x, 'out of the cable, which goes down as well')
  assert.equal(falling!.note, 'lost')
  assert.deepEqual(marksAt(made, 3.5), [])
})

test('each fate has a shape of its own and a word beside it', () => {
  for (const fate of ['corrupted', 'duplicated', 'reordered', 'delayed'] as const) {
    const [mark] = marksAt(traffic([1, frame(1, 1, 0.4, { fate })]), 1.2)
    assert.equal(mark?.shape, fate)
    assert.deepEqual([mark.label, mark.note], ['data', fate])
  }
})

test('a flood is a stroke with a count, not a cloud of marks', () => {
  const made = new Traffic()
  made.add([], at(0))
  const most = MOST_MARKS * 4
  made.add(
    Array.from({ length: most }, (_, i) => frame(i + 1, 1 + i / 1000, 0.4)),
    at(1.1),
  )
  const { marks, density } = made.at(at(1.2), layout, false)
  assert.deepEqual(marks, [])
  assert.equal(density[0]?.count, most)
})

test('of a flood the page is told the newest only, and the count is that of all', () => {
  const made = traffic([1, frame(1, 1, 0)])
  made.add([frame(2000, 1.2, 0), frame(2001, 1.2, 0)], at(1.2))
  const { marks, density } = made.at(at(1.5), layout, false)
  assert.deepEqual(marks, [])
  assert.equal(density[0]?.count, 2000)
  assert.equal(made.moving(at(1.8)), false)
})

test('labels do not lie on each other, and what befell a frame is said first', () => {
  const made = traffic(
    [1, frame(1, 1, 0.4)],
    [1.001, frame(2, 1.001, 0.4, { fate: 'corrupted' })],
    [1.002, frame(3, 1.002, 0.4)],
  )
  assert.deepEqual(
    marksAt(made, 1.2).map(({ label, note }) => `${label} ${note}`.trim()),
    ['', 'data corrupted', ''],
  )
})

test('with less motion asked for a mark is in its place and stays there', () => {
  const made = traffic([1, frame(1, 1, 0.4)], [1, frame(2, 1, null)])
  for (const seconds of [1.05, 1.2, 1.35]) {
    const [crossing, lost] = marksAt(made, seconds, true)
    assert.ok(Math.abs(crossing!.y - pointAt(cable.points, 0.5).y) < 1)
    assert.ok(Math.abs(lost!.y - pointAt(cable.points, 0.6).y) < 1)
    assert.deepEqual([lost!.turn, lost!.opacity], [0, 1])
  }
})

test('the hosts’ own cables light up while their frames are on the way', () => {
  const made = traffic([1, frame(1, 1, 0.4)])
  assert.deepEqual([...made.at(at(1.2), layout, false).speaking], ['10.0.0.100', '10.0.0.1'])
  const arp = traffic([
    1,
    frame(1, 1, 0.4, { source: '02:00:0a:00:00:64', destination: 'ff:ff:ff:ff:ff:ff' }),
  ])
  assert.ok(arp.at(at(1.2), layout, false).speaking.has('10.0.0.100'))
  assert.equal(made.at(at(1.5), layout, false).speaking.size, 0)
})

test('what was there before the page looked does not move, and another capture begins anew', () => {
  const made = new Traffic()
  made.add([frame(1, 1, 0.4), frame(2, 1, 0.4)], at(1))
  assert.equal(made.moving(at(1)), false)
  made.forget()
  made.add([frame(1, 1, 0.4)], at(1))
  assert.equal(made.moving(at(1)), false)
  made.add([frame(2, 1.1, 0.4)], at(1.1))
  assert.equal(made.moving(at(1.1)), true)
})

test('a page whose clock is not the lab’s still shows every frame, at once', () => {
  for (const wrong of [-3600, 3600]) {
    const made = traffic([1 + wrong, frame(1, 1, 0.4)])
    assert.ok(made.moving(at(1 + wrong)))
    assert.equal(marksAt(made, 1 + wrong + 1.6).length + marksAt(made, 1 + wrong + 0.2).length, 1)
  }
})
