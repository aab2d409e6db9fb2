import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EventNode } from '../../server/dashboard/api.ts'
import { Attendance } from '../../server/trace/attendance.ts'
import { event } from '../web/rows.ts'

function take(all: readonly (readonly [EventNode['kind'], string, string?])[]): Attendance {
  const attendance = new Attendance()
  for (const [i, [kind, socket, room]] of all.entries()) {
    const rooms = room === undefined ? null : [room]
    attendance.take(event(i + 1, i, kind, { socket, nsp: '/', eioSid: `of ${socket}`, rooms }))
  }
  return attendance
}

test('a socket is there from its first word to its last, and its stays in rooms end with it', () => {
  const attendance = take([
    ['join', 'a', 'a'],
    ['connect', 'a'],
    ['join', 'a', 'tea'],
    ['leave', 'a', 'tea'],
    ['join', 'a', 'tea'],
    ['disconnect', 'a'],
  ])
  const [a] = attendance.changedAfter(0)
  assert.deepEqual([a?.came, a?.went], [1, 6])
  assert.deepEqual(a?.rooms, [
    { room: 'tea', from: 3, until: 4 },
    { room: 'tea', from: 5, until: 6 },
  ])
  assert.deepEqual(attendance.changedAfter(6), [])
})

test('a socket whose connection is recovered is there again', () => {
  const attendance = take([
    ['connect', 'a'],
    ['disconnect', 'a'],
    ['connect', 'a'],
  ])
  const [a] = attendance.changedAfter(2)
  assert.deepEqual([a?.came, a?.went, a?.reason], [1, null, null])
})

test('of very many sockets those that went first are forgotten, and those still there are kept', () => {
  const attendance = take([['connect', 'here'], ...many('connect'), ...many('disconnect')])
  const before = attendance.changedAfter(0).length
  for (const [i] of many('connect').entries()) {
    const id = 20_000 + i
    attendance.take(event(id, id, 'connect', { socket: `later ${i}`, nsp: '/' }))
  }
  const left = attendance.changedAfter(0)
  assert.equal(before, 3001)
  assert.equal(left.length, 5000)
  assert.equal(attendance.forgotten, 1001)
  assert.equal(left[0]?.socket, 'here')
})

const many = (kind: EventNode['kind']) => Array.from({ length: 3000 }, (_, i) => [kind, `s${i}`] as const)
