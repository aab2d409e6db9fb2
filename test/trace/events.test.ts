import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApplicationEvent } from '../../server/services/application-events.ts'
import { EventLog } from '../../server/trace/events.ts'
import { Trace } from '../../server/trace/trace.ts'

const event = (fields: Partial<ApplicationEvent>): ApplicationEvent => ({
  time: 1_700_000_000_123_456_789n,
  service: 'hub',
  kind: 'on',
  remoteAddress: null,
  remotePort: null,
  eioSid: 'S',
  socket: null,
  nsp: '/',
  direction: 'in',
  index: 0,
  event: 'speak',
  args: '[]',
  listeners: 1,
  rooms: null,
  reason: null,
  ...fields,
})

test('an event finds its packet whichever of the two comes first', () => {
  const trace = new Trace()
  const before = trace.addEvent(event({ index: 0 }))
  assert.equal(before.packet, null)
  assert.equal(before.time, '1700000000.123456789')
  trace.socketIoPacket('S', 'in', 0, 17)
  assert.equal(before.packet, 17)
  trace.socketIoPacket('S', 'in', 1, 18)
  assert.equal(trace.addEvent(event({ index: 1 })).packet, 18)
  assert.equal(trace.addEvent(event({ index: 1, direction: 'out' })).packet, null)
  assert.equal(trace.addEvent(event({ index: 1, eioSid: 'T' })).packet, null)
  assert.equal(trace.addEvent(event({ index: null })).packet, null)
  assert.deepEqual(
    trace.events.list().map(({ id }) => id),
    [1, 2, 3, 4, 5],
  )
})

test('several events of one packet all find it', () => {
  const log = new EventLog()
  const events = [log.add(event({ kind: 'on' })), log.add(event({ kind: 'emit' }))]
  assert.equal(log.carried('S', 'in', 0, 5), true)
  assert.deepEqual(
    events.map(({ packet }) => packet),
    [5, 5],
  )
  assert.equal(log.carried('S', 'in', 9, 6), false)
})

test('the oldest events go when there are too many, and what awaits their packets with them', () => {
  const log = new EventLog(100)
  for (let i = 0; i < 1000; i++) log.add(event({ index: i }))
  const list = log.list()
  assert.equal(list.length, 100)
  assert.deepEqual([list[0]?.id, list.at(-1)?.id], [901, 1000])
  assert.equal(log.carried('S', 'in', 5, 1), false)
  assert.equal(log.carried('S', 'in', 950, 1), true)
})
