import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FlowNode, RowsMessage, SessionNode, Status } from '../../server/dashboard/api.ts'
import type { NetworkNode } from '../../server/dashboard/api-network.ts'
import { LiveClient, type SharedValues } from '../../server/dashboard/live-client.ts'
import { EventLedger } from '../../server/dashboard/live-events.ts'
import { Shared } from '../../server/dashboard/shared.ts'
import { Trace } from '../../server/trace/trace.ts'
import { CLIENT, SERVER, tcpFrame } from '../frames.ts'

type LiveSocket = ConstructorParameters<typeof LiveClient>[0]

/** What a Socket.IO socket is to the feed: a transport that may be busy, and a place to send to. */
function fakeSocket() {
  const sent: [string, unknown][] = []
  const transport = { writable: true }
  const socket = {
    conn: { transport },
    emit(name: string, value: unknown) {
      sent.push([name, value])
      return true
    },
  }
  return { sent, transport, socket: socket as unknown as LiveSocket }
}

function setUp() {
  const trace = new Trace()
  const shared: SharedValues = {
    status: new Shared<Status>(),
    network: new Shared<NetworkNode>(),
    flows: { client: new Shared<FlowNode[]>(), server: new Shared<FlowNode[]>() },
    sessions: { client: new Shared<SessionNode[]>(), server: new Shared<SessionNode[]>() },
    events: new EventLedger(trace.events),
  }
  const fake = fakeSocket()
  const client = new LiveClient(fake.socket)
  const push = (now: number) => client.push(shared, { now, budgetMs: 8, clients: 1 })
  const add = (count: number) => {
    for (let n = 0; n < count; n++) trace.add(tcpFrame(CLIENT, SERVER, { seq: trace.last, flags: 'A' }))
  }
  const watch = (limit: number, follow = true) => {
    client.watch({ at: 'client', filter: undefined, trace: () => trace, run: trace.run, limit, follow })
  }
  const rows = () => fake.sent.flatMap(([name, value]) => (name === 'rows' ? [value as RowsMessage] : []))
  return { ...fake, trace, shared, push, add, watch, rows }
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
