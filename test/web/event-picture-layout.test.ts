import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EventNode } from '../../server/dashboard/api.ts'
import type { SocketNode } from '../../server/dashboard/api-events.ts'
import { emissionsOf } from '../../web/lib/emissions.ts'
import { layoutEvent } from '../../web/views/event-picture-layout.ts'
import { event, time } from './rows.ts'

const base = { nsp: '/', args: '["hi"]' }
const cause = { eioSid: 'of ada', index: 0 }

const speaks = (rest: Partial<EventNode> = {}) =>
  event(10, 1, 'on', {
    ...base,
    eioSid: 'of ada',
    socket: 'adaSocket',
    direction: 'in',
    index: 0,
    event: 'speak',
    listeners: 1,
    packet: 100,
    packetTime: time(0.998),
    ...rest,
  })

const written = (id: number, socket: string, rest: Partial<EventNode> = {}) =>
  event(id, 1 + id / 1000, 'emit', {
    ...base,
    eioSid: `of ${socket}`,
    socket,
    direction: 'out',
    index: id,
    event: 'incoming-message',
    packet: 90 + id,
    packetTime: time(1.003 + id / 1000),
    rooms: ['tea'],
    except: ['adaSocket'],
    cause,
    ...rest,
  })

const member = (socket: string, ...rooms: string[]): SocketNode => ({
  service: 'hub',
  socket,
  nsp: '/',
  eioSid: `of ${socket}`,
  remoteAddress: '10.0.0.100',
  remotePort: 51_324,
  came: 1,
  went: null,
  reason: null,
  rooms: rooms.map((room) => ({ room, from: 2, until: null })),
  changed: 2,
})

const three = [member('adaSocket', 'tea'), member('bobSocket', 'tea'), member('cydSocket')]

function picture(events: readonly EventNode[], sockets: readonly SocketNode[], width = 600) {
  const { list } = emissionsOf(events)
  return layoutEvent(list.at(-1)!, sockets, { width })
}

test('sender, hub and room stand side by side; who is outside the room stands outside its outline', () => {
  const { sender, hub, groups, ask, answer } = picture([speaks(), written(11, 'bobSocket')], three)
  const [group] = groups
  assert.deepEqual([sender?.label, sender?.port, hub.heard], ['adaS', ' :51324', '1 listener'])
  assert.deepEqual([ask?.label, ask?.under, answer], ['speak', 'packet 100 · 2 ms', null])
  assert.equal(group?.heading, 'incoming-message → room tea but the speaker')
  assert.equal(group?.hull?.name, 'room tea')
  const inside = (y: number) => y > group!.hull!.y && y < group!.hull!.y + group!.hull!.height
  assert.deepEqual(
    group?.receivers.map(({ label, heard, words, y }) => [label, heard, words, inside(y)]),
    [
      ['bobS :51324', 'delivered', 'packet 101 · 3 ms', true],
      ['adaS :51324', 'left-out', 'left out, the speaker', true],
      ['cydS :51324', 'not-in-room', 'not in the room', false],
    ],
  )
  assert.ok(sender!.x < hub.x && hub.x < group!.receivers[0]!.x)
})

test('chosen by what the hub made of it or by the event itself, it is the same picture', () => {
  const events = [speaks(), written(11, 'bobSocket')]
  const { list } = emissionsOf(events)
  const [one, other] = list.map((emission) => layoutEvent(emission, three, { width: 600 }))
  assert.deepEqual(one, other)
})

test('an event without a listener ends at the hub, and the picture says so', () => {
  const { hub, groups, notes } = picture([speaks({ event: 'whisper', listeners: 0 })], three)
  assert.deepEqual([hub.unheard, hub.heard, groups.length], [true, 'no listener', 0])
  assert.match(notes.join(' '), /Nobody at the hub listens for “whisper”/)
})

test('an answer goes back to the sender; one that did not come is said to be awaited', () => {
  const asks = speaks({ ack: 3 })
  const answers = written(12, 'adaSocket', { event: null, ack: 3, rooms: null, eioSid: 'of ada' })
  assert.deepEqual(
    [picture([asks, answers], three).answer?.state, picture([asks], three).answer?.label],
    ['seen', 'answer awaited'],
  )
  assert.match(picture([asks, answers], three).answer?.under ?? '', /^packet 102 · 17 ms$/)
})

test('what the hub says by itself has no sender', () => {
  const { sender, hub, ask } = picture([written(11, 'bobSocket', { cause: undefined as never })], three)
  assert.deepEqual([sender, ask, hub.heard], [null, null, 'by itself'])
})

test('of a thousand receivers nine are drawn and the rest are counted, at any width', () => {
  const names = Array.from({ length: 1000 }, (_, i) => `s${i}`)
  const events = [speaks(), ...names.map((name, i) => written(11 + i, name, { rooms: [], except: [] }))]
  for (const width of [100, 390, 1200]) {
    const made = picture(events, [...names.map((name) => member(name)), three[0]!], width)
    const [group] = made.groups
    assert.equal(group?.receivers.length, 9)
    assert.equal(group?.more, 'and 992 more: 991 delivered, 1 untold')
    for (const { x, y } of group.receivers) assert.ok(x > 0 && x < made.width && y > 0 && y < made.height)
    assert.ok(group.moreY < made.height)
  }
})

test('of a server that tells nothing, its place stands in the middle, and nobody is outside of a room', () => {
  const own = { service: '10.0.0.20:3210', seen: 'wire' } as const
  const there = three.map((socket) => ({ ...socket, service: own.service }))
  const one = { ...own, rooms: null }
  const event = written(11, 'bobSocket', one)
  delete event.cause
  delete event.except
  const { sender, hub, groups, notes, summary } = picture([event], there)
  assert.deepEqual([sender, hub.label, hub.heard, groups[0]?.hull], [null, '10.0.0.20:3210', '', null])
  assert.deepEqual(
    groups[0]?.receivers.map(({ label, words, link }) => [label, words, link !== '']),
    [
      ['bobS :51324', 'packet 101', true],
      ['adaS :51324', 'nothing went to it', false],
      ['cydS :51324', 'nothing went to it', false],
    ],
  )
  assert.match(
    notes.join(' '),
    /Seen on the wire: for which room it was, what made it and who listens, it can’t tell/,
  )
  assert.equal(summary, '10.0.0.20:3210 emitted “incoming-message” to 1 socket')
})
