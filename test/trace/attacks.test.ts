import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Frame } from '../../server/protocols/packet.ts'
import { Trace } from '../../server/trace/trace.ts'
import { FlightBudget, Unacknowledged } from '../../server/trace/unacknowledged.ts'
import { APPLICATION_ATTACKS } from './attacks-application.ts'
import { TRANSPORT_ATTACKS } from './attacks-transport.ts'

const LIMIT = 512 * 1024
/** What a trace may hold for each byte of frames that it may hold, in all. */
const RATIO = 12
const PACKETS = 1500
/** A bound for attacks whose frames are full. */
const BYTES = 1 << 20

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes in use, after a collection, so that garbage does not count. */
function inUse(): number {
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** What is held once the attack was read. */
function heldAfter(attack: () => Iterable<Frame>): number {
  const before = inUse()
  const trace = new Trace({ limitBytes: LIMIT, eventsFromWire: 'at once' })
  let bytes = 0
  for (const frame of attack()) {
    trace.add(frame)
    bytes += frame.bytes.length
    if (trace.total >= PACKETS || bytes >= BYTES) break
  }
  const held = inUse() - before
  assert.ok(trace.detail(trace.last) !== 'unknown')
  assert.equal(trace.row(trace.last)?.number, trace.last)
  return held
}

describe('whatever a capture is made of, what is held of it stays in proportion to the limit', () => {
  for (const [name, attack] of Object.entries({ ...TRANSPORT_ATTACKS, ...APPLICATION_ATTACKS })) {
    test(name, () => {
      const held = heldAfter(attack)
      assert.ok(held <= RATIO * LIMIT, `${(held / LIMIT).toFixed(1)} times the limit`)
    })
  }
})

test('segments that await their ACK are bounded over all connections, and room comes back with each that ends', () => {
  const budget = new FlightBudget(1000)
  const sides = Array.from({ length: 100 }, () => new Unacknowledged(budget))
  for (const side of sides) {
    for (let i = 0; i < 5000; i++) if (!side.full) side.push(i, i, i + 1, i)
  }
  const held = sides.reduce((sum, { size }) => sum + size, 0)
  assert.ok(held <= 1000 + 100 * 64, `${held} held`)
  assert.ok(sides.every(({ size }) => size >= 64))
  for (const side of sides) side.close()
  assert.equal(budget.taken, 0)
})
