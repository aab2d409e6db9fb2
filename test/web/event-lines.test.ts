import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EventNode } from '../../server/dashboard/api.ts'
import { eventLines } from '../../web/lib/event-lines.ts'

const event = (id: number, kind: EventNode['kind'], args: string | null = null): EventNode => ({
  id,
  time: `${id}.000000000`,
  service: 'hub',
  kind,
  remoteAddress: null,
  remotePort: null,
  eioSid: null,
  socket: null,
  nsp: null,
  direction: null,
  index: null,
  event: null,
  args,
  listeners: null,
  rooms: null,
  reason: null,
  packet: null,
})

test('reports of lag in a row are one line with their number and the worst', () => {
  const lines = eventLines([
    event(1, 'connect'),
    event(2, 'lag', '[12.5]'),
    event(3, 'lag', '[380.1]'),
    event(4, 'on'),
  ])
  assert.deepEqual(
    lines.map((line) => (line.kind === 'lag' ? [line.id, line.times, line.worst] : line.event.id)),
    [1, [2, 2, 380.1], 4],
  )
})

test('a lag without a number counts as none', () => {
  const [line] = eventLines([event(1, 'lag', null)])
  assert.deepEqual(line, { kind: 'lag', id: 1, time: '1.000000000', times: 1, worst: 0 })
})
