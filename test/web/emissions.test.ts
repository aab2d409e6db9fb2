import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EventNode } from '../../server/dashboard/api.ts'
import type { SocketNode } from '../../server/dashboard/api-events.ts'
import { emissionsOf, eventsUntil } from '../../web/lib/emissions.ts'
import {
  aimOf,
  cellOf,
  heardColumns,
  heardRows,
  heardWords,
  hubWords,
  serverName,
} from '../../web/lib/who-heard.ts'
import { at, event, time } from './rows.ts'

const [ADA, BOB, CYD, DAN] = ['AdaSocket', 'BobSocket', 'CydSocket', 'DanSocket']

/** A client's event reaches the hub in packet `packet`, 2 ms before its listener is called. */
function speaks(id: number, socket: string, name: string, packet: number, rest: Partial<EventNode> = {}) {
  return event(id, id / 10, 'on', {
    eioSid: `sid of ${socket}`,
    socket,
    nsp: '/',
    direction: 'in',
    index: id,
    event: name,
    args: '["hi"]',
    listeners: 1,
    packet,
    packetTime: time(id / 10 - 0.002),
    ...rest,
  })
}

/** The hub writes it to a socket, and its packet is seen 3 ms later. */
function written(
  id: number,
  socket: string,
  name: string,
  packet: number | null,
  rest: Partial<EventNode> = {},
) {
  return event(id, id / 10, 'emit', {
    eioSid: `sid of ${socket}`,
    socket,
    nsp: '/',
    direction: 'out',
    index: id,
    event: name,
    args: '["hi"]',
    packet,
    ...(packet !== null && { packetTime: time(id / 10 + 0.003) }),
    ...rest,
  })
}

function member(socket: string, came: number, rest: Partial<SocketNode> = {}): SocketNode {
  return {
    service: 'hub',
    socket,
    nsp: '/',
    eioSid: `sid of ${socket}`,
    remoteAddress: '10.0.0.100',
    remotePort: 50_000 + came,
    came,
    went: null,
    reason: null,
    rooms: [],
    changed: came,
    ...rest,
  }
}

const toOthers = { rooms: [], except: [ADA], cause: { eioSid: `sid of ${ADA}`, index: 10 } }
const chat = [
  speaks(10, ADA, 'speak', 100),
  written(11, BOB, 'incoming-message', 101, toOthers),
  written(12, CYD, 'incoming-message', null, toOthers),
]

test('a broadcast is one emission, with a delivery for each receiver and the event that it answers to', () => {
  const { list, byEvent } = emissionsOf(chat)
  assert.deepEqual(
    list.map(({ event: name, from, sender }) => [name, from, sender]),
    [
      ['speak', 'client', ADA],
      ['incoming-message', 'hub', ADA],
    ],
  )
  const [spoken, broadcast] = list
  assert.equal(broadcast?.cause, spoken)
  assert.deepEqual(spoken?.effects, [broadcast])
  assert.equal(spoken?.seconds, 0.002)
  assert.deepEqual(
    broadcast?.deliveries.map(({ socket, packet, seconds }) => [socket, packet, seconds]),
    [
      [BOB, 101, 0.003],
      [CYD, null, null],
    ],
  )
  assert.equal(byEvent.get(12), broadcast)
  assert.equal(aimOf(broadcast!), 'everybody but the speaker')
})

test('the same said twice to the same sockets is two emissions', () => {
  const twice = [11, 12, 13, 14].map((id) =>
    written(id, id % 2 === 1 ? BOB : CYD, 'tick', 100 + id, { rooms: [], except: [] }),
  )
  assert.deepEqual(
    emissionsOf(twice).list.map(({ id, deliveries }) => [id, deliveries.length]),
    [
      [11, 2],
      [13, 2],
    ],
  )
})

test('an event and its answer find each other both ways, and the time between them is that of their packets', () => {
  const asks = speaks(20, ADA, 'echo', 200, { ack: 3 })
  const other = speaks(21, BOB, 'echo', 201, { ack: 3 })
  const answer = written(22, ADA, 'x', 202, { event: null, ack: 3 })
  const { list, byEvent } = emissionsOf([asks, other, answer])
  assert.deepEqual(list[0]?.answer, { event: 22, packet: 202, seconds: 0.205 })
  assert.equal(list[1]?.answer, null, 'the other’s is awaited')
  assert.equal(byEvent.get(22), list[0])
  assert.equal(emissionsOf([speaks(1, ADA, 'speak', 1)]).list[0]?.answer, undefined, 'none was asked for')
})

test('what the hub asks is answered by each receiver', () => {
  const ask = { rooms: [], except: [], ack: 0 }
  const { list } = emissionsOf([
    written(30, BOB, 'ready?', 300, ask),
    written(31, CYD, 'ready?', 301, ask),
    speaks(32, CYD, 'x', 302, { event: null, ack: 0, listeners: null }),
  ])
  assert.equal(list.length, 1)
  assert.deepEqual(
    list[0]?.deliveries.map(({ answer }) => answer?.packet ?? answer),
    [null, 302],
  )
})

test('the matrix says of each socket what an emission was to it', () => {
  const room = { ...toOthers, rooms: ['tea'] }
  const { list } = emissionsOf([
    speaks(10, ADA, 'speak', 100),
    written(11, BOB, 'incoming-message', 101, room),
  ])
  const tea = [{ room: 'tea', from: 5, until: null }]
  const sockets = heardColumns(
    [
      member(BOB, 2, { rooms: tea }),
      member(ADA, 1, { rooms: tea }),
      member(CYD, 3),
      member(DAN, 4, { went: 6, rooms: [{ room: 'tea', from: 5, until: 6 }] }),
      member('later', 12),
      member('chatting', 4, { nsp: '/chat' }),
      member('long gone', 1, { went: 4 }),
    ],
    5,
  )
  const [row, ...more] = heardRows(list)
  assert.deepEqual(more, [], 'the event and what came of it are one line')
  const cells = sockets.map((socket) => [socket.socket, cellOf(row!, socket).heard])
  assert.deepEqual(cells, [
    [ADA, 'left-out'],
    [BOB, 'delivered'],
    [CYD, 'not-in-room'],
    [DAN, 'gone'],
    ['later', 'absent'],
    ['chatting', 'absent'],
  ])
  const own = cellOf(row!, sockets[0]!)
  assert.deepEqual([own.sent, own.packet], [true, 100])
  assert.match(own.words, /sent “speak” in packet 100; left out/)
  assert.equal(cellOf(row!, sockets[1]!).brief, '3 ms')
  assert.equal(heardWords(row!, sockets), '1 delivered, 1 left out, 1 not in the room')
  assert.equal(aimOf(row!.emission), 'room tea but the speaker')
})

test('an event that the hub has no listener for is a line of its own', () => {
  const { list } = emissionsOf([speaks(10, ADA, 'whisper', 100, { listeners: 0 })])
  const [row] = heardRows(list)
  assert.equal(heardWords(row!, [member(ADA, 1)]), 'nobody listens at the hub')
  assert.equal(cellOf(row!, member(ADA, 1)).sent, true)
  assert.equal(cellOf(row!, member(BOB, 2)).heard, 'not-meant')
})

test('as of an earlier moment later events have not happened and later packets are on their way', () => {
  const before = eventsUntil(chat, at(1.1015))
  assert.deepEqual(
    before.map(({ id, packet }) => [id, packet]),
    [
      [10, 100],
      [11, null],
    ],
  )
})

/** As they are put together from packets, of a server that tells nothing. */
const own = { service: '10.0.0.20:3210', seen: 'wire' } as const
const fromWire = (id: number, socket: string, name: string, rest: Partial<EventNode> = {}) =>
  written(id, socket, name, 100 + id, { ...own, packetTime: time(id / 10), ...rest })

test('of a server that tells nothing, the same to one socket after the other is one emission', () => {
  const events = [
    speaks(10, ADA, 'speak', 110, { ...own, listeners: null, ack: 1 }),
    fromWire(11, BOB, 'heard'),
    fromWire(12, CYD, 'heard'),
    fromWire(13, CYD, 'heard', { args: '["other"]' }),
    fromWire(14, CYD, 'heard', { args: '["other"]' }),
    fromWire(15, ADA, 'x', { event: null, ack: 1 }),
    fromWire(16, DAN, 'heard', { args: '["other"]', service: '10.0.0.21:3210' }),
  ]
  const { list } = emissionsOf(events)
  assert.deepEqual(
    list.map(({ id, deliveries, wire, cause, sender }) => [id, deliveries.length, wire, cause, sender]),
    [
      [10, 0, true, null, ADA],
      [11, 2, true, null, null],
      [13, 1, true, null, null],
      [14, 1, true, null, null],
      [16, 1, true, null, null],
    ],
  )
  const [asked, heard, once] = list
  assert.deepEqual([asked?.seconds, heard?.deliveries[0]?.seconds], [null, null], 'no call was told of')
  assert.equal(asked?.answer?.packet, 115)
  assert.deepEqual(
    [asked, heard, once].map((one) => aimOf(one!)),
    ['10.0.0.20:3210', '2 sockets', '1 socket'],
  )
})

test('of a server that tells nothing, the matrix says to whom a packet went, and no reason', () => {
  const { list } = emissionsOf([
    speaks(10, ADA, 'speak', 110, { ...own, listeners: null }),
    fromWire(11, BOB, 'heard'),
    fromWire(12, CYD, 'heard'),
  ])
  const [heard, spoken] = heardRows(list)
  const at = { service: own.service }
  const sockets = heardColumns(
    [member(ADA, 1, at), member(BOB, 2, at), member(CYD, 3, at), member(DAN, 4)],
    0,
  )
  assert.deepEqual(
    sockets.map((socket) => [socket.socket, cellOf(heard!, socket).heard, cellOf(spoken!, socket).sent]),
    [
      [ADA, 'nothing', true],
      [BOB, 'delivered', false],
      [CYD, 'delivered', false],
      [DAN, 'absent', false],
    ],
  )
  assert.equal(cellOf(heard!, sockets[0]!).words, 'nothing went to it')
  assert.equal(heardWords(heard!, sockets), '2 delivered, 1 got nothing')
  assert.equal(heardWords(spoken!, sockets), 'arrived; who listens, the wire can’t tell')
  assert.equal(hubWords(heard!), 'why it spoke, the wire can’t tell')
  assert.deepEqual([serverName([heard!, spoken!]), serverName([])], ['server', 'hub'])
})

test('of a session that was joined in the middle, its own id stands for the socket', () => {
  const { list } = emissionsOf([fromWire(1, ADA, 'news', { socket: null })])
  assert.equal(list[0]?.deliveries[0]?.socket, `sid of ${ADA}`)
})

test('ten thousand events among a thousand sockets: a screen of cells is worked out in no time', () => {
  const names = Array.from({ length: 1000 }, (_, i) => `socket ${i}`)
  const events = Array.from({ length: 10_000 }, (_, i) =>
    written(i + 1, names[i % 1000]!, 'tick', i, { rooms: [], except: [] }),
  )
  const { list } = emissionsOf(events)
  const rows = heardRows(list)
  assert.equal(rows.length, 10)
  const sockets = heardColumns(
    names.map((name) => member(name, 0)),
    0,
  )
  const cells = rows.flatMap((row) => sockets.slice(400, 440).map((socket) => cellOf(row, socket).heard))
  assert.ok(cells.every((heard) => heard === 'delivered'))
  assert.equal(heardWords(rows[0]!, sockets), '1000 delivered')
})
