import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventLines, packetsOf } from '../../web/lib/event-lines.ts'
import { event } from './rows.ts'

const lag = (id: number, args: string | null) => event(id, id, 'lag', { args })

test('reports of lag in a row are one line with their number and the worst', () => {
  const lines = eventLines([event(1, 1, 'connect'), lag(2, '[12.5]'), lag(3, '[380.1]'), event(4, 4, 'on')])
  assert.deepEqual(
    lines.map((line) => (line.kind === 'lag' ? [line.id, line.times, line.worst] : line.id)),
    [1, [2, 2, 380.1], 4],
  )
})

test('a lag without a number counts as none', () => {
  const [line] = eventLines([lag(1, null)])
  assert.deepEqual(line, { kind: 'lag', id: 1, time: event(1, 1, 'lag').time, times: 1, worst: 0 })
})

test('a broadcast is one line with the packets of all its receivers; an answer is a line that knows its event', () => {
  const told = { nsp: '/', eioSid: 'S', event: 'tick', args: '[]' }
  const lines = eventLines([
    event(1, 1, 'emit', { ...told, socket: 'a', direction: 'out', rooms: [], packet: 7 }),
    event(2, 1, 'emit', { ...told, socket: 'b', direction: 'out', rooms: [], packet: 8 }),
    event(3, 2, 'on', { ...told, socket: 'a', direction: 'in', index: 0, ack: 4, packet: 9 }),
    event(4, 3, 'emit', { ...told, socket: 'a', direction: 'out', event: null, ack: 4, packet: 10 }),
    event(5, 4, 'emit', { ...told, socket: 'a', direction: 'out', event: null, ack: 99, packet: 11 }),
  ])
  assert.deepEqual(
    lines.map((line) => [line.kind, line.id, packetsOf(line)]),
    [
      ['emission', 1, [7, 8]],
      ['emission', 3, [9]],
      ['answer', 4, [10]],
      ['answer', 5, [11]],
    ],
  )
  const answers = lines.filter((line) => line.kind === 'answer').map((line) => line.of?.id ?? null)
  assert.deepEqual(answers, [3, null])
})
