import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { io, type Socket } from 'socket.io-client'
import { WebSocket } from 'ws'
import type { ApiError, EventNode } from '../../server/dashboard/api.ts'
import type { LabDetail } from '../../server/dashboard/api-labs.ts'
import type { ClientToServer, RowsMessage, ServerToClient } from '../../server/dashboard/api-live.ts'
import type { ApplicationEvent } from '../../server/services/application-events.ts'
import { CLIENT, hex, SERVER, TcpConversation, tcpFrame } from '../frames.ts'
import { within } from '../services/waiting.ts'
import { emitted, listeningDashboard } from './dashboard.ts'

type Client = Socket<ServerToClient, ClientToServer>

const LIMIT = { timeout: 20_000 }

/** A client whose messages' types we know better than its declaration can say for a name that varies. */
interface Listening {
  on(name: string, listener: (value: never) => void): void
  off(name: string, listener: (value: never) => void): void
}

/** Resolves with the first message that passes, or fails after a limit. */
function message<K extends keyof ServerToClient>(
  client: Client,
  name: K,
  passes: (value: Parameters<ServerToClient[K]>[0]) => boolean = () => true,
  limitMs = 5000,
): Promise<Parameters<ServerToClient[K]>[0]> {
  return new Promise((resolve, reject) => {
    const any = client as unknown as Listening
    const timer = setTimeout(() => {
      any.off(name, listener)
      reject(new Error(`no such ${name} within ${limitMs} ms`))
    }, limitMs)
    const listener = (value: Parameters<ServerToClient[K]>[0]) => {
      if (!passes(value)) return
      clearTimeout(timer)
      any.off(name, listener)
      resolve(value)
    }
    any.on(name, listener)
  })
}

describe('the live feed', LIMIT, () => {
  let dashboard: Awaited<ReturnType<typeof listeningDashboard>>
  let client: Client
  before(async () => {
    dashboard = await listeningDashboard()
  })
  after(() => dashboard.close())
  beforeEach(() => {
    client = io(`${dashboard.url}/live`, { transports: ['websocket'], forceNew: true })
  })
  afterEach(() => {
    client.close()
  })

  const watch = (request: unknown): Promise<{ ok: true } | ApiError> =>
    (client as Socket).timeout(5000).emitWithAck('watch', request)

  it('greets a client with status, flows and sessions', async () => {
    const [status, flows, sessions] = await Promise.all([
      message(client, 'status'),
      message(client, 'flows'),
      message(client, 'sessions'),
    ])
    assert.equal(status.run, dashboard.trace.run)
    assert.deepEqual(flows, [])
    assert.deepEqual(sessions, [])
  })

  it('sends new packets to the page by itself', async () => {
    assert.deepEqual(await watch({ limit: 50, follow: true }), { ok: true })
    await message(client, 'rows')
    const rows = message(client, 'rows', (value) => value.rows.length === 3)
    for (const frame of new TcpConversation().handshake()) dashboard.trace.add(frame)
    const { run, total, last, index, rows: shown } = await rows
    assert.deepEqual([run, total, last, index], [dashboard.trace.run, 3, 3, 0])
    assert.deepEqual(
      shown.map((row) => row.number),
      [1, 2, 3],
    )
  })

  it('serves a client that has only polling', async () => {
    const poller: Client = io(`${dashboard.url}/live`, { transports: ['polling'], forceNew: true })
    try {
      const rows = message(poller, 'rows', (value) => value.rows.length > 0)
      await (poller as Socket).timeout(5000).emitWithAck('watch', { limit: 50, follow: true })
      assert.equal((await rows).last, dashboard.trace.last)
    } finally {
      poller.close()
    }
  })

  it('sends only the rows of the window that is watched', async () => {
    const talk = new TcpConversation({ client: { address: '127.0.0.1', port: 50_001 } })
    for (let n = 0; n < 40; n++) talk.send('client', `line ${n}\n`)
    for (const frame of talk.frames) dashboard.trace.add(frame)
    await watch({ limit: 5, index: 10 })
    const byIndex = await message(client, 'rows', (value) => value.index === 10)
    assert.deepEqual(
      byIndex.rows.map((row) => row.number),
      [11, 12, 13, 14, 15],
    )
    await watch({ limit: 2, after: 20, index: 10 })
    const after = await message(client, 'rows', (value) => value.index === 20)
    assert.deepEqual(
      after.rows.map((row) => row.number),
      [21, 22],
    )
    await watch({ limit: 3, follow: true })
    const { rows } = await message(client, 'rows', (value) => value.rows.length === 3)
    assert.equal(rows.at(-1)?.number, dashboard.trace.last)
  })

  it('sends the rows that a filter selects', async () => {
    await watch({ limit: 100, index: 0, filter: 'tcp.flags.syn == 1' })
    const { rows, total } = await message(client, 'rows', (value) => value.complete && value.total > 0)
    assert.equal(total, 2)
    assert.deepEqual(
      rows.map((row) => row.number),
      [1, 2],
    )
  })

  it('answers a bad filter in the ack, with the character', async () => {
    const answer = await watch({ limit: 10, filter: 'tcp.flags.syn == ' })
    assert.ok('code' in answer)
    assert.equal(answer.code, 'bad-filter')
    assert.equal(typeof answer.at, 'number')
  })

  it('answers a wrong request in the ack, with the field', async () => {
    const cases: [unknown, string | undefined][] = [
      [{ limit: 0 }, 'limit'],
      [{ limit: 501 }, 'limit'],
      [{ limit: '5' }, 'limit'],
      [{}, 'limit'],
      [{ limit: 5, filter: 5 }, 'filter'],
      [{ limit: 5, index: -1 }, 'index'],
      [{ limit: 5, after: 1.5 }, 'after'],
      [{ limit: 5, capture: '99' }, 'capture'],
      [{ limit: 5, follw: true }, 'follw'],
      [{ limit: 5, filter: 'x'.repeat(5000) }, 'filter'],
      [null, 'request'],
      ['watch', 'request'],
      [[], 'request'],
    ]
    for (const [request, field] of cases) {
      const answer = await watch(request)
      assert.ok('code' in answer, JSON.stringify(request))
      assert.equal(answer.field, field, JSON.stringify(request))
      assert.ok(answer.message.length > 0)
    }
  })

  it('is not upset by events without an ack, of other names, or with anything in the place of one', async () => {
    const any = client as Socket
    any.emit('watch')
    any.emit('watch', { limit: 5 }, 'not a function')
    any.emit('watch', hex('00ff'), 3)
    any.emit('nonsense', { a: 1 })
    any.emit('__proto__', {})
    assert.deepEqual(await watch({ limit: 5 }), { ok: true })
  })

  it('tells application events once, and again when their packet is found', async () => {
    await message(client, 'status')
    const first = message(client, 'events')
    const { id } = dashboard.trace.addEvent(emitted('sid-1'))
    const [told] = (await first).slice(-1)
    assert.deepEqual([told?.id, told?.packet], [id, null])
    const again = message(client, 'events')
    dashboard.trace.events.carried('sid-1', 'out', 0, 3)
    dashboard.trace.addEvent(emitted('sid-2'))
    const events: EventNode[] = await again
    assert.deepEqual(
      events.map((node) => [node.id, node.packet]),
      [
        [id, 3],
        [id + 1, null],
      ],
    )
  })

  it('tells when a lab changes', async () => {
    await message(client, 'status')
    const told = message(client, 'lab')
    const lab = { id: '01-layers', number: 1, title: 'Layers', stepList: [] } as unknown as LabDetail
    dashboard.tellLab(lab)
    assert.equal((await told).id, '01-layers')
  })

  it('sends nothing more to one that asked for changes until it has taken the last push', async () => {
    const deaf: Client = io(`${dashboard.url}/live`, {
      transports: ['websocket'],
      forceNew: true,
      auth: { changes: true },
    })
    try {
      let came = 0
      let answer: (() => void) | undefined
      const any = deaf as unknown as { onAny(listener: (name: string) => void): void }
      any.onAny((name) => {
        if (name !== 'pushed') came++
      })
      const pushed = new Promise<void>((resolve) => {
        deaf.on('pushed', (taken) => {
          answer = taken
          resolve()
        })
      })
      await (deaf as Socket).timeout(5000).emitWithAck('watch', { limit: 10, follow: true })
      await watch({ limit: 10, follow: true })
      await pushed
      const before = came
      for (let n = 0; n < 5; n++) {
        const last = dashboard.trace.last + 100
        const upToDate = message(client, 'rows', (value) => value.last === last)
        for (let i = 0; i < 100; i++)
          dashboard.trace.add(tcpFrame(CLIENT, SERVER, { seq: 9000 + i, flags: 'A' }))
        await upToDate
      }
      assert.equal(came, before)
      // All of its rows are others by now: the window comes whole.
      const whole = message(deaf, 'rows')
      answer?.()
      assert.equal((await whole).last, dashboard.trace.last)
    } finally {
      deaf.close()
    }
  })

  it('lets one go that asks and asks, and reads no answer', async () => {
    const deaf = new WebSocket(`${dashboard.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)
    await once(deaf, 'message')
    deaf.send('40/live,{}')
    await once(deaf, 'message')
    deaf.pause()
    const gone = new Promise((resolve) => deaf.once('close', resolve))
    deaf.on('error', () => undefined)
    const request = `["watch",{"limit":1,"${'x'.repeat(2000)}":1}]`
    for (let n = 0; n < 40_000 && deaf.readyState === WebSocket.OPEN; n++) {
      deaf.send(`42/live,${n}${request}`)
      if (n % 500 === 499) await nextTurn()
    }
    deaf.resume()
    await within(gone, 'the end of the connection', 15_000)
    assert.deepEqual(await watch({ limit: 5 }), { ok: true })
  })

  it('goes on with the events for one that comes back', async () => {
    await message(client, 'status')
    const { run } = dashboard.trace
    const told = message(client, 'events', (list) => list.some(({ event }) => event === 'the last'))
    for (const name of ['one', 'two', 'the last']) dashboard.trace.addEvent(said(name))
    const newest = (await told).at(-1)!.id
    const back: Client = io(`${dashboard.url}/live`, {
      transports: ['websocket'],
      forceNew: true,
      auth: { changes: true, run, event: newest - 2 },
    })
    back.on('pushed', (taken: () => void) => taken())
    try {
      const list = await message(back, 'events')
      assert.deepEqual(
        list.map(({ id, event }) => [id, event]),
        [
          [newest - 1, 'two'],
          [newest, 'the last'],
        ],
      )
    } finally {
      back.close()
    }
  })

  it('pushes at most 20 times a second while 20,000 packets arrive, and ends up to date', async () => {
    await watch({ limit: 60, follow: true })
    await message(client, 'rows')
    const at: number[] = []
    const bytes: number[] = []
    client.on('rows', (value: RowsMessage) => {
      at.push(performance.now())
      bytes.push(JSON.stringify(value).length)
    })
    const begun = performance.now()
    const last = dashboard.trace.last + 20_000
    // Asked for before the first of them: the push that tells of the last may come with it.
    const upToDate = message(client, 'rows', (value) => value.last === last)
    for (let n = 0; n < 20_000; n++) {
      dashboard.trace.add(
        tcpFrame(CLIENT, SERVER, { seq: 5000 + n * 4, flags: 'PA', payload: hex('61626364') }),
      )
      if (n % 100 === 99) await nextTurn()
    }
    const { rows } = await upToDate
    const seconds = (performance.now() - begun) / 1000
    assert.equal(rows.at(-1)?.number, dashboard.trace.last)
    assert.equal(rows.length, 60)
    assert.ok(at.length <= 1 + seconds * 20, `${at.length} pushes in ${seconds} s`)
    for (const [i, time] of at.entries()) {
      const within = at.slice(i).filter((other) => other - time < 1000).length
      assert.ok(within <= 21, `${within} pushes within a second`)
    }
    const rate = bytes.reduce((sum, n) => sum + n, 0) / Math.max(1, seconds)
    assert.ok(rate < 500_000, `${rate} bytes a second`)
  })
})

function said(event: string): ApplicationEvent {
  return { ...emitted(), eioSid: null, index: null, event }
}
