import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Beat, EventNode, SessionNode } from '../../server/dashboard/api.ts'
import type { RowsMessage } from '../../server/dashboard/api-live.ts'
import { Shared, SharedList } from '../../server/dashboard/shared.ts'
import {
  eventsAfter,
  eventsMet,
  flowsAfter,
  MOST_EVENTS,
  rowsAfter,
  sessionsAfter,
} from '../../web/lib/live-changes.ts'
import { flow, row } from './rows.ts'

const message = (numbers: readonly number[]): RowsMessage => ({
  run: 'r',
  total: numbers.length,
  first: 1,
  last: numbers.at(-1) ?? 0,
  index: numbers.length === 0 ? -1 : 0,
  complete: true,
  rows: numbers.map((number) => row(number, number, 'ACK')),
})

const beat = (ping: number, pong: number | null = null): Beat => ({
  ping,
  pingTime: `${ping}.0`,
  pong,
  pongTime: pong === null ? null : `${pong}.0`,
  rtt: pong === null ? null : 0.001,
})

const session = (sid: string, beats: Beat[], opened = '1.0'): SessionNode => ({
  sid,
  transport: 'websocket',
  pingInterval: 5000,
  pingTimeout: 4000,
  flows: ['tcp.0'],
  sockets: [],
  state: 'open',
  opened,
  beats,
  nextDue: `${(beats.at(-1)?.ping ?? 0) + 5}.0`,
  closed: null,
})

describe('a window of rows that moved on', () => {
  it('loses rows at its front and gains some at its end', () => {
    const after = rowsAfter(message([1, 2, 3]), { ...message([4, 5]), drop: 2, total: 5 })
    assert.deepEqual(
      after.rows.map(({ number }) => number),
      [3, 4, 5],
    )
    assert.equal(after.total, 5)
    assert.ok(!('drop' in after))
  })

  it('keeps the rows that stay as they are, and takes one that changed in its place', () => {
    const before = message([1, 2, 3])
    const arrived = row(2, 2, 'ACK', { fate: 'duplicated' })
    const after = rowsAfter(before, { ...message([]), rows: [arrived], drop: 0 })
    assert.equal(after.rows[0], before.rows[0])
    assert.equal(after.rows[1], arrived)
    assert.equal(after.rows[2], before.rows[2])
  })
})

describe('a list that changes, from the lab to the page', () => {
  it('of a conversation that goes on only the counters travel', () => {
    const list = new SharedList<ReturnType<typeof flow>>({ id: 'id', counters: ['packets', 'last'] })
    const first = [flow('tcp.1', { packets: 3, last: 3 }), flow('tcp.0', { packets: 2, last: 2 })]
    list.refresh(first)
    const { version } = list
    list.refresh([flow('tcp.0', { packets: 3, last: 4 }), flow('tcp.1', { packets: 3, last: 3 })])
    const change = list.since(version)
    assert.deepEqual(change, { changed: [{ id: 'tcp.0', packets: 3, last: 4 }], gone: [] })
    const page = flowsAfter(first, change!)
    assert.deepEqual(page, list.value)
    assert.equal(page[1], first[0])
  })

  it('who missed several changes is told of all of them at once, and of what is gone', () => {
    const list = new SharedList<ReturnType<typeof flow>>({ id: 'id', counters: ['packets', 'last'] })
    list.refresh([flow('tcp.1', { last: 2 }), flow('tcp.0', { last: 1 })])
    const [before, version] = [list.value!, list.version]
    list.refresh([flow('tcp.2', { last: 3 }), flow('tcp.1', { last: 2 })])
    list.refresh([flow('tcp.3', { last: 4 }), flow('tcp.2', { last: 3, state: 'closed' })])
    const change = list.since(version)!
    assert.deepEqual(change.gone.toSorted(), ['tcp.0', 'tcp.1'])
    assert.deepEqual(flowsAfter(before, change), list.value)
  })

  it('one that went and came again is there whole', () => {
    const list = new SharedList<ReturnType<typeof flow>>({ id: 'id', counters: ['last'] })
    list.refresh([flow('tcp.0', { last: 1 })])
    const [before, version] = [list.value!, list.version]
    list.refresh([flow('tcp.1', { last: 2 })])
    list.refresh([flow('tcp.0', { last: 3 }), flow('tcp.1', { last: 2 })])
    assert.deepEqual(flowsAfter(before, list.since(version)!), list.value)
  })

  it('who knows nothing, or too little, gets the whole list', () => {
    const list = new SharedList<ReturnType<typeof flow>>({ id: 'id' })
    list.refresh([flow('tcp.0')])
    const early = list.version
    assert.equal(list.since(0), undefined)
    for (let n = 0; n < 1100; n++) list.refresh([flow(`tcp.${n + 1}`)])
    assert.equal(list.since(early), undefined)
  })

  it('the same again is no change', () => {
    const list = new SharedList<ReturnType<typeof flow>>({ id: 'id' })
    list.refresh([flow('tcp.0')])
    const { version } = list
    list.refresh([flow('tcp.0')])
    assert.equal(list.version, version)
  })

  it('of a session’s heartbeats only the new one and the one that was answered travel', () => {
    const list = new SharedList<SessionNode>({ id: 'sid', counters: ['nextDue'], grows: 'beats' })
    list.refresh([session('a', [beat(1, 2), beat(6)])])
    const [before, version] = [list.value!, list.version]
    list.refresh([session('a', [beat(1, 2), beat(6, 7), beat(11)])])
    const change = list.since(version)!
    assert.deepEqual(change.changed, [{ sid: 'a', beats: [beat(6, 7), beat(11)], nextDue: '16.0' }])
    assert.deepEqual(sessionsAfter(before, change), list.value)
  })

  it('a session that is new comes whole, behind the older ones', () => {
    const list = new SharedList<SessionNode>({ id: 'sid', counters: ['nextDue'], grows: 'beats' })
    const before = [session('a', [beat(1)])]
    list.refresh(before)
    const { version } = list
    const fresh = session('b', [], '9.0')
    list.refresh([...before, fresh])
    const change = list.since(version)!
    assert.deepEqual(change, { changed: [fresh], gone: [] })
    assert.deepEqual(sessionsAfter(before, change), [before[0], fresh])
  })
})

describe('one value that changes', () => {
  it('tells the fields that changed behind a version', () => {
    const shared = new Shared<{ a: number; b: { c: number } }>()
    shared.refresh({ a: 1, b: { c: 1 } })
    const { version } = shared
    shared.refresh({ a: 1, b: { c: 2 } })
    assert.deepEqual(shared.since(version), { b: { c: 2 } })
    assert.deepEqual(shared.since(0), { a: 1, b: { c: 2 } })
    shared.refresh({ a: 1, b: { c: 2 } })
    assert.equal(shared.version, version + 1)
  })
})

describe('what the programs said', () => {
  const event = (id: number, packet: number | null = null) => ({ id, packet }) as EventNode

  it('is kept by its numbers, a newer version in place of an older one, the oldest let go', () => {
    const many = Array.from({ length: MOST_EVENTS }, (_, at) => event(at + 1))
    const after = eventsAfter(many, [event(MOST_EVENTS + 1), event(7, 3)])
    assert.equal(after.length, MOST_EVENTS)
    assert.equal(after[0]?.id, 2)
    assert.equal(after.find(({ id }) => id === 7)?.packet, 3)
  })

  it('meets its packet, and what is not known is passed over', () => {
    const met = eventsMet([event(1), event(2)], [event(2, 9), event(5, 10)])
    assert.deepEqual(met, [event(1), event(2, 9)])
  })
})
