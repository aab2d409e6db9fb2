import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { EventNode, FlowNode, SessionNode, Status } from '../../server/dashboard/api.ts'
import type { RowsChange, RowsMessage } from '../../server/dashboard/api-live.ts'
import type { NetworkNode } from '../../server/dashboard/api-network.ts'
import { LiveClient, type LiveClientOptions, type SharedValues } from '../../server/dashboard/live-client.ts'
import { EventLedger } from '../../server/dashboard/live-events.ts'
import { Shared, SharedList } from '../../server/dashboard/shared.ts'
import { Trace } from '../../server/trace/trace.ts'
import { CLIENT, SERVER, tcpFrame } from '../frames.ts'
import { emitted } from './dashboard.ts'

type LiveSocket = ConstructorParameters<typeof LiveClient>[0]

/** What a Socket.IO socket is to the feed: a transport that may be busy, and a place to send to. */
function fakeSocket() {
  const sent: [string, unknown][] = []
  const transport = { writable: true }
  let take: (() => void) | undefined
  const socket = {
    conn: { transport },
    emit(name: string, value: unknown) {
      // Sent behind each push to be answered when it was taken.
      if (name === 'pushed') take = value as () => void
      else sent.push([name, value])
      return true
    },
  }
  const taken = () => {
    const answer = take
    take = undefined
    answer?.()
  }
  return { sent, transport, taken, socket: socket as unknown as LiveSocket }
}

function setUp(options: LiveClientOptions = {}) {
  const trace = new Trace()
  const shared: SharedValues = {
    status: new Shared<Status>(),
    network: new Shared<NetworkNode>(),
    flows: { client: new SharedList<FlowNode>({ id: 'id' }), server: new SharedList<FlowNode>({ id: 'id' }) },
    sessions: {
      client: new SharedList<SessionNode>({ id: 'sid' }),
      server: new SharedList<SessionNode>({ id: 'sid' }),
    },
    events: new EventLedger(trace.events),
  }
  const fake = fakeSocket()
  const client = new LiveClient(fake.socket, options)
  const push = (now: number) => client.push(shared, { now, budgetMs: 8, clients: 1 })
  const add = (count: number) => {
    for (let n = 0; n < count; n++) trace.add(tcpFrame(CLIENT, SERVER, { seq: trace.last, flags: 'A' }))
  }
  const watch = (limit: number, follow = true) => {
    client.watch({ at: 'client', filter: undefined, trace: () => trace, limit, follow })
  }
  const rows = () => fake.sent.flatMap(([name, value]) => (name === 'rows' ? [value as RowsMessage] : []))
  const changes = () =>
    fake.sent.flatMap(([name, value]) => (name === 'rowsChange' ? [value as RowsChange] : []))
  return { ...fake, client, trace, shared, push, add, watch, rows, changes }
}

describe('one dashboard on the live feed', () => {
  it('is sent nothing while the last push is still on its way, then only the newest', () => {
    const { transport, push, add, watch, rows, sent, shared } = setUp()
    watch(10)
    add(3)
    transport.writable = false
    for (let now = 0; now < 5000; now += 50) {
      add(1)
      shared.flows.client.refresh([{ id: `tcp.${now}` } as FlowNode])
      assert.equal(push(now), true)
    }
    assert.equal(sent.length, 0)
    transport.writable = true
    push(5000)
    assert.equal(rows().length, 1)
    assert.equal(rows()[0]?.rows.at(-1)?.number, 103)
    assert.equal(sent.filter(([name]) => name === 'flows').length, 1)
  })

  it('is sent nothing when nothing changed', () => {
    const { push, add, watch, sent } = setUp()
    watch(10)
    add(3)
    push(0)
    const before = sent.length
    for (let now = 1000; now < 3000; now += 50) assert.equal(push(now), false)
    assert.equal(sent.length, before)
  })

  it('is told the totals four times a second when its rows stay the same', () => {
    const { push, add, watch, rows } = setUp()
    add(10)
    watch(5, false)
    for (let now = 0; now < 1000; now += 50) {
      push(now)
      add(1)
    }
    assert.equal(rows().length, 4)
    assert.deepEqual(
      rows().map((message) => message.rows[0]?.number),
      [1, 1, 1, 1],
    )
  })

  it('is sent five windows a second when each is all new', () => {
    const { push, add, watch, rows } = setUp()
    watch(5)
    for (let now = 0; now < 2000; now += 50) {
      add(20)
      push(now)
    }
    assert.ok(rows().length <= 11, `${rows().length}`)
    assert.ok(rows().length >= 5, `${rows().length}`)
  })

  it('a row that came alone goes at the next tick', () => {
    const { push, add, watch, rows } = setUp()
    watch(50)
    for (let now = 0; now < 500; now += 50) {
      add(1)
      push(now)
    }
    assert.ok(rows().length >= 8, `${rows().length}`)
  })
})

const CHANGES = { auth: { changes: true } } as const

describe('one dashboard that asks for changes', () => {
  it('is sent its window once, then the rows that are new', () => {
    const { push, add, watch, rows, changes, taken } = setUp(CHANGES)
    watch(3)
    add(3)
    push(0)
    taken()
    add(1)
    push(1000)
    assert.equal(rows().length, 1)
    const [change] = changes()
    assert.deepEqual([change?.drop, change?.rows.map(({ number }) => number), change?.total], [1, [4], 4])
  })

  it('is sent nothing more until it has taken the last push, and asked again when it has', () => {
    let woken = 0
    const { push, add, watch, sent, taken } = setUp({ ...CHANGES, onTaken: () => woken++ })
    watch(3)
    add(3)
    push(0)
    const before = sent.length
    for (let now = 1000; now < 60_000; now += 50) {
      add(1)
      assert.equal(push(now), false)
    }
    assert.equal(sent.length, before)
    taken()
    assert.equal(woken, 1)
    push(60_000)
    assert.equal(sent.length, before + 1)
  })

  it('is sent its rows first, and the lists once it has taken them', () => {
    const { push, add, watch, sent, taken, shared } = setUp(CHANGES)
    shared.status.refresh({ run: 'one' } as Status)
    shared.flows.client.refresh([{ id: 'tcp.0' } as FlowNode])
    add(3)
    const names = () => sent.splice(0).map(([name]) => name)
    assert.equal(push(0), false)
    assert.deepEqual(names(), [], 'it has not said yet what it watches')
    watch(10)
    assert.equal(push(10), true)
    assert.deepEqual(names(), ['rows', 'status'])
    taken()
    push(60)
    assert.deepEqual(names(), ['flows'])
  })

  it('is sent less than 100 kB a second of whatever comes', () => {
    const { push, add, watch, sent, taken, shared, trace } = setUp(CHANGES)
    watch(60)
    const seconds = 60
    for (let now = 0; now < seconds * 1000; now += 50) {
      add(50)
      for (let n = 0; n < 20; n++) trace.addEvent(emitted())
      shared.events.refresh()
      const flows = Array.from({ length: 200 }, (_, n) => ({ id: `tcp.${n}`, packets: now, state: `${now}` }))
      shared.flows.client.refresh(flows as unknown as FlowNode[])
      push(now)
      taken()
    }
    const bytes = sent.reduce((sum, [name, value]) => sum + JSON.stringify([name, value]).length, 0)
    assert.ok(bytes / seconds < 100_000, `${bytes / seconds} bytes a second`)
    assert.ok(sent.filter(([name]) => name === 'rowsChange' || name === 'rows').length > seconds)
  })

  it('is sent later what was passed over when too many events came', () => {
    const { client, push, sent, taken, shared, trace } = setUp(CHANGES)
    client.begin()
    const told = () => sent.flatMap(([name, value]) => (name === 'events' ? (value as EventNode[]) : []))
    push(0)
    for (let n = 0; n < 500; n++) trace.addEvent(emitted())
    for (let now = 0; now < 60_000; now += 50) {
      shared.events.refresh()
      push(now)
      taken()
    }
    assert.deepEqual(
      told()
        .map(({ id }) => id)
        .sort((a, b) => a - b),
      Array.from({ length: 500 }, (_, n) => n + 1),
    )
  })

  it('goes on with the events behind the one that it came back with', () => {
    const first = setUp(CHANGES)
    for (let n = 0; n < 20; n++) first.trace.addEvent(emitted())
    first.shared.events.refresh()
    const back = setUp({ ...CHANGES, cursor: first.shared.events.resume(15) })
    back.shared.events = first.shared.events
    back.client.begin()
    back.push(0)
    const [told] = back.sent.flatMap(([name, value]) => (name === 'events' ? [value as EventNode[]] : []))
    assert.deepEqual(
      told?.map(({ id }) => id),
      [16, 17, 18, 19, 20],
    )
  })
})
