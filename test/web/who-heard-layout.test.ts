import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SocketNode } from '../../server/dashboard/api-events.ts'
import { emissionsOf } from '../../web/lib/emissions.ts'
import { heardRows } from '../../web/lib/who-heard.ts'
import {
  COLUMN_WIDTH,
  HEAD_HEIGHT,
  isInSight,
  layoutHeard,
  moveInMatrix,
  placeOf,
  ROW_HEIGHT,
  scrollAmid,
  scrollTo,
} from '../../web/views/who-heard-layout.ts'
import { event } from './rows.ts'

const socket = (i: number, nsp = '/'): SocketNode => ({
  service: 'hub',
  socket: `socket${i}`,
  nsp,
  eioSid: null,
  remoteAddress: null,
  remotePort: 50_000 + i,
  came: i,
  went: null,
  reason: null,
  rooms: [],
  changed: i,
})

const rows = heardRows(
  emissionsOf(
    Array.from({ length: 10_000 }, (_, i) =>
      event(i + 1, i, 'emit', {
        socket: 'socket1',
        nsp: '/',
        direction: 'out',
        index: i,
        event: `e${i}`,
      }),
    ),
  ).list,
)
const sockets = Array.from({ length: 1000 }, (_, i) => socket(i))
const seen = { top: 0, left: 0, width: 1000, height: 400 }

test('of ten thousand lines and a thousand columns only those in sight are made, and the whole can be scrolled', () => {
  const layout = layoutHeard(rows, sockets, seen, 10_000)
  assert.ok(layout.lines.length < 25 && layout.columns.length < 20)
  assert.equal(layout.height, rows.length * ROW_HEIGHT)
  assert.equal(layout.columns[0]?.index, 0)
  const far = layoutHeard(rows, sockets, { ...seen, top: layout.height, left: layout.width }, 10_000)
  assert.equal(far.lines.at(-1)?.index, 9999)
  assert.equal(far.columns.at(-1)?.index, 999)
})

test('a namespace stands over all of its sockets that are in sight', () => {
  const mixed = [socket(1), socket(2), socket(3, '/chat')]
  const { worlds } = layoutHeard(rows, mixed, seen, 10_000)
  assert.deepEqual(
    worlds.map(({ name, width }) => [name, width]),
    [
      ['/', 2 * COLUMN_WIDTH],
      ['/chat', COLUMN_WIDTH],
    ],
  )
})

test('a column says the rooms that its socket is in, or else its port', () => {
  const inRooms = {
    ...socket(1),
    rooms: [
      { room: 'tea', from: 1, until: null },
      { room: 'gone', from: 1, until: 2 },
      { room: 'cake', from: 1, until: null },
    ],
  }
  const [one, other] = layoutHeard(rows, [inRooms, socket(2)], seen, 10_000).columns
  assert.deepEqual([one?.under, other?.under], ['tea +1', ':50002'])
  assert.match(one?.name ?? '', /in tea, cake/)
})

test('keys move over the cells and stop at the edges; left of the sockets is the hub', () => {
  const size = { rows: 10, columns: 3, page: 4 }
  const move = (key: string, row: number, column: number, control = false) => {
    const to = moveInMatrix(key, { row, column }, size, control)
    return to && [to.row, to.column]
  }
  assert.deepEqual(move('ArrowLeft', 0, 0), [0, -1])
  assert.deepEqual(move('ArrowLeft', 0, -1), [0, -1])
  assert.deepEqual(move('ArrowRight', 0, 2), [0, 2])
  assert.deepEqual(move('PageDown', 8, 1), [9, 1])
  assert.deepEqual(move('End', 1, 0), [1, 2])
  assert.deepEqual(move('End', 1, 0, true), [9, 2])
  assert.deepEqual(move('Home', 5, 2, true), [0, -1])
  assert.equal(move('x', 1, 1), undefined)
})

test('a cell out of sight is scrolled to, no further than it must', () => {
  assert.deepEqual(scrollTo({ row: 0, column: 0 }, seen), { top: 0, left: 0 })
  const { top, left } = scrollTo({ row: 100, column: 50 }, seen)
  assert.equal(top, 101 * ROW_HEIGHT - (seen.height - HEAD_HEIGHT))
  assert.ok(left > 0)
  assert.equal(scrollTo({ row: 100, column: -1 }, { ...seen, left: 900 }).left, 0)
})

test('a packet stands with who received it, else with who sent it, and comes into sight amid its neighbours', () => {
  const speak = { socket: 'socket300', nsp: '/', event: 'speak', listeners: 1 } as const
  const said = heardRows(
    emissionsOf([
      event(1, 1, 'on', { ...speak, direction: 'in', packet: 41 }),
      event(2, 2, 'emit', { socket: 'socket700', nsp: '/', direction: 'out', event: 'told', packet: 42 }),
    ]).list,
  )
  assert.deepEqual(placeOf(42, said, sockets), { row: 0, column: 700 })
  assert.deepEqual(placeOf(41, said, sockets), { row: 1, column: 300 })
  assert.deepEqual(placeOf(41, said, []), { row: 1, column: -1 })
  assert.equal(placeOf(43, said, sockets), undefined)

  const place = { row: 5000, column: 700 }
  assert.ok(!isInSight(place, seen))
  const there = { ...seen, ...scrollAmid(place, seen) }
  const beside = (row: number, column: number) => isInSight({ row: 5000 + row, column: 700 + column }, there)
  assert.ok(beside(0, 0) && beside(3, 3) && beside(-3, -3))
  assert.deepEqual(scrollAmid({ row: 0, column: -1 }, seen), { top: 0, left: 0 })
})

test('over a column stands whose it is where that is known, its id and port below', () => {
  const [known, unknown] = layoutHeard(rows, [socket(1), socket(2)], seen, 10_000, ({ socket: id }) =>
    id === 'socket1' ? 'your program' : '',
  ).columns
  assert.deepEqual([known?.label, known?.under], ['your program', 'sock :50001'])
  assert.match(known?.name ?? '', /^your program, socket socket1 of \/, port 50001, /)
  assert.deepEqual([unknown?.label, unknown?.under], ['sock', ':50002'])
})
