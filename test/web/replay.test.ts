import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SampleNode, TransitNode } from '../../server/dashboard/api-network.ts'
import { reachOf } from '../../web/lib/fate.ts'
import {
  busyOf,
  lastSeen,
  passTime,
  rowAsOf,
  sampleAsOf,
  silenceAt,
  speedName,
} from '../../web/lib/replay.ts'
import { framesAt, glideFrom } from '../../web/views/map-replay.ts'
import { at as epoch, row, time } from './rows.ts'

const transit = (direction: 'up' | 'down', sent: number, ...arrivals: number[]): TransitNode => ({
  cable: 'server',
  direction,
  sentAt: time(sent),
  arrivals: arrivals.map(time),
  delay: (arrivals[0] ?? sent) - sent,
  queue: 0,
  seen: true,
})
/** A frame to the server, seen when it left, and one to the client, seen when it came. */
const up = (number: number, sent: number, lasts: number) =>
  row(number, sent, 'ACK', { transit: transit('up', sent, sent + lasts) })
const down = (number: number, sent: number, lasts: number) =>
  row(number, sent + lasts, 'ACK', { transit: transit('down', sent, sent + lasts) })

describe('time that is played', () => {
  const busy = [up(1, 0, 0.1), down(2, 0.2, 0.1), up(3, 60.3, 0.1)].map((row) => busyOf(row, time(0)))

  test('passes at its speed while something is on its way', () => {
    const { at, shortened } = passTime(busy, 0.05, 0.1, 1 / 10)
    assert.deepEqual([at.toFixed(9), shortened], ['0.060000000', false])
    assert.deepEqual(passTime(busy, 0.05, 0.1, 1 / 1000).shortened, false)
  })

  test('runs through a silence that nobody would wait for, and not beyond it', () => {
    const silence = silenceAt(busy, 1)
    assert.ok(silence !== undefined && Math.abs(silence.to - 60.3) < 1e-6)
    const { at, shortened } = passTime(busy, 1, 0.1, 1)
    assert.ok(shortened && Math.abs(at - 5) < 1e-6)
    const end = passTime(busy, 60.29, 0.1, 1)
    assert.ok(end.at >= 60.3 && end.at < 60.41)
  })

  test('a short silence lasts as long as it did', () => {
    assert.deepEqual(passTime(busy, 0.15, 0.01, 1), { at: 0.16, shortened: false })
  })

  test('behind all that is known is no silence', () => {
    assert.equal(silenceAt(busy, 61), undefined)
    assert.equal(silenceAt([], 0), undefined)
  })

  test('the packet one is at was the last seen by then', () => {
    const rows = [up(1, 0, 0.1), down(2, 0.2, 0.1), up(3, 0.4, 0.1)]
    assert.deepEqual(
      [0, 0.25, 0.3, 9].map((at) => lastSeen(rows, time(0), at)),
      [0, 0, 1, 2],
    )
  })

  test('speeds are named as parts', () => {
    assert.deepEqual([1 / 1000, 1 / 10, 1 / 2, 1].map(speedName), ['1/1000×', '1/10×', '1/2×', '1×'])
  })
})

describe('a packet as it was', () => {
  test('had not arrived before it did, and had gone a part of its way', () => {
    const sent = up(1, 0, 1)
    const then = rowAsOf(sent, time(0.25))
    assert.deepEqual([then.transit?.arrivals, then.transit?.delay], [[], null])
    assert.ok(Math.abs(reachOf(then) - 0.25) < 1e-9)
    assert.equal(rowAsOf(sent, time(1)), sent)
  })

  test('of two that arrive the one that had come is there', () => {
    const twice = row(1, 0, 'ACK', { transit: transit('up', 0, 1, 2) })
    assert.deepEqual(rowAsOf(twice, time(1.5)).transit?.arrivals, [time(1)])
  })

  test('an end is as it had told by then', () => {
    const samples = [0, 0.5].map((at) => ({ time: epoch(at) * 1000 }) as SampleNode)
    assert.equal(sampleAsOf(samples, time(0.4))?.time, epoch(0) * 1000)
    assert.equal(sampleAsOf(samples, time(0.5))?.time, epoch(0.5) * 1000)
    assert.equal(sampleAsOf(samples, time(-1)), null)
    assert.equal(sampleAsOf(samples, null)?.time, epoch(0.5) * 1000)
  })
})

describe('frames on the map at a moment of the past', () => {
  const rows = [up(1, 0, 1), down(2, 0.5, 1), up(3, 2, 1)]

  test('are those that had left and had not come', () => {
    const standing = { rows, number: 1, time: time(0.75), pace: 0 }
    assert.deepEqual(
      framesAt(standing, 0).map(({ key }) => key),
      [1, 2],
    )
    const [first] = framesAt(standing, 0)
    assert.ok(
      first !== undefined && Math.abs(-first.start - 0.75) < 1e-9 && Math.abs(first.end - 0.25) < 1e-9,
    )
  })

  test('the packet that was seen last is shown where it came out', () => {
    const [frame] = framesAt({ rows, number: 2, time: time(1.5), pace: 0 }, 0)
    assert.equal(frame?.key, 2)
    assert.ok(frame.start < 0 && frame.end > 0 && frame.end < 0.01)
  })

  test('while time passes they move at its pace', () => {
    const [frame] = framesAt({ rows: [up(1, 0, 1)], number: 1, time: time(0), pace: 1 / 10 }, 0.5)
    assert.ok(frame !== undefined && Math.abs(frame.start + 5) < 1e-6 && Math.abs(frame.end - 5) < 1e-6)
  })

  test('a step glides from when the oldest of them left, at most from the step before', () => {
    const at = { rows, number: 2, time: time(1.5), pace: 0 }
    assert.equal(glideFrom(at, time(0)), -1.5)
    assert.equal(glideFrom(at, time(1.2)), -0.3)
  })
})
