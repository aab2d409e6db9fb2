/** The hub, which tells what it does, and beside it a server of somebody's own, which tells nothing: live, and in a file. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { io } from 'socket.io-client'
import type { EventList, EventNode } from '../../server/dashboard/api.ts'
import type { CaptureNode } from '../../server/dashboard/api-captures.ts'
import { ownServer } from '../own-server.ts'
import { next, within } from '../services/waiting.ts'
import { startLab } from '../whole-lab.ts'

const LIMIT_MS = 20_000

describe('a lab with two Socket.IO servers', { timeout: 90_000 }, () => {
  it('has each event of either once, and has them again in its file', async (t) => {
    const lab = await startLab(['--network', 'lab'])
    try {
      const { place, ids, adaSays } = await ownServer(t, lab.join ?? '')
      const hub = io(`http://127.0.0.1:${lab.ports.hub}`, { transports: ['websocket'], forceNew: true })
      t.after(() => hub.disconnect())
      await next(hub as never, 'connect')
      await within(hub.emitWithAck('echo', 'hello hub'), 'the echo', LIMIT_MS)
      adaSays('hello own')
      const events = async (query = '') => {
        const response = await fetch(`${lab.url}/api/events?limit=10000${query}`)
        return ((await response.json()) as EventList).events.filter(({ kind }) => kind !== 'lag')
      }
      const live = await settled(events)

      const of = (service: string, all = live) => all.filter((event) => event.service === service)
      const named = (name: string, all: readonly EventNode[]) => all.filter(({ event }) => event === name)
      assert.deepEqual([...new Set(live.map(({ service }) => service))].sort(), [place, 'hub'])
      assert.ok(of('hub').every(({ seen }) => seen === undefined))
      assert.ok(of(place).every(({ seen }) => seen === 'wire'))
      assert.equal(named('echo', of('hub')).length, 1)
      assert.deepEqual(
        named('heard', of(place))
          .map(({ socket }) => socket)
          .sort(),
        [ids.bob, ids.cyd].sort(),
      )

      const body = new Uint8Array(await (await fetch(`${lab.url}/api/capture.pcapng`)).arrayBuffer())
      assert.ok(!Buffer.from(body).includes('"seen":"wire"'))
      const headers = { 'content-type': 'application/octet-stream' }
      const opened = await fetch(`${lab.url}/api/captures`, { method: 'POST', headers, body })
      const { id } = (await opened.json()) as CaptureNode
      const again = await events(`&capture=${id}`)
      const plain = (all: readonly EventNode[]) =>
        all.map(({ id: _, ...event }) => JSON.stringify(event)).sort()
      for (const service of ['hub', place]) assert.deepEqual(plain(of(service, again)), plain(of(service)))
    } finally {
      await lab.close()
    }
  })
})

/** What there is once both servers have said all, and each event that a packet carried has met it. */
async function settled(events: () => Promise<EventNode[]>): Promise<EventNode[]> {
  const limit = Date.now() + LIMIT_MS
  for (;;) {
    const now = await events()
    const heard = now.filter(({ event }) => event === 'heard').length === 2
    const echoed = now.some(
      ({ service, kind, ack }) => service === 'hub' && kind === 'emit' && ack !== undefined,
    )
    const met = now.every(({ packet, index }) => packet !== null || index === null)
    if (heard && echoed && met) return now
    assert.ok(Date.now() < limit, JSON.stringify(now))
    await pause(20)
  }
}
