/** What the lab tells of heartbeats in each layer, and of who was at the hub, with real programs on its network. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, it, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { io, type Socket } from 'socket.io-client'
import { WebSocket } from 'ws'
import type { EventList, SessionList } from '../../server/dashboard/api.ts'
import type { BeatList, BeatsNode } from '../../server/dashboard/api-beats.ts'
import type { SocketList } from '../../server/dashboard/api-events.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { joinsHub, keepsAlive } from '../beating.ts'
import { within } from '../services/waiting.ts'
import { startLab } from '../whole-lab.ts'

const LIMIT_MS = 15_000

describe('heartbeats and attendance', () => {
  let lab: Wirelab

  before(async () => {
    lab = await startLab(['--network', 'lab'])
    const answer = await fetch(`${lab.url}/api/heartbeat`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ pingInterval: 300, pingTimeout: 400 }),
    })
    assert.ok(answer.ok)
  })
  after(() => lab.close())

  /** What the API says, once it is what is wanted. */
  async function told<T, Found>(path: string, find: (answer: T) => Found | undefined): Promise<Found> {
    for (const limit = Date.now() + LIMIT_MS; Date.now() < limit; await pause(20)) {
      const found = find((await (await fetch(`${lab.url}/api/${path}`)).json()) as T)
      if (found !== undefined) return found
    }
    throw new Error(`/api/${path} did not tell of it`)
  }

  const beats = (find: (node: BeatsNode) => boolean) =>
    told('beats', (answer: BeatList) => answer.beats.find(find))

  /** A Socket.IO client at the hub. */
  async function connected(t: TestContext): Promise<Socket> {
    const socket = io(`http://127.0.0.1:${lab.ports.hub}`, { forceNew: true, transports: ['websocket'] })
    t.after(() => socket.disconnect())
    await within(once(socket as never, 'connect'), 'connect')
    return socket
  }

  it('a WebSocket ping and its pong are a beat of their conversation, the pong by its bytes', async (t) => {
    const webSocket = new WebSocket(`ws://127.0.0.1:${lab.ports['websocket-echo']}`)
    t.after(() => webSocket.terminate())
    await within(once(webSocket, 'open'), 'the WebSocket')
    const pong = within(once(webSocket, 'pong'), 'the pong')
    webSocket.ping('still there?')
    await pong
    const line = await beats(({ kind, beats: [beat] }) => kind === 'websocket' && beat?.pong != null)
    assert.deepEqual([line.fromClient, line.count, line.beats.length], [true, 1, 1])
    const [beat] = line.beats
    assert.ok(beat!.pong! > beat!.ping && beat!.rtt! > 0)
    const flow = await told('flows', ({ flows }: { flows: { id: string; beats?: number }[] }) =>
      flows.find(({ id }) => id === line.flow),
    )
    assert.equal(flow.beats, 2, 'the conversation says how many questions and answers there were')
  })

  it('TCP asks after a silence, and the other end’s TCP answers', async (t) => {
    await keepsAlive(t, lab.join!, 150)
    const line = await beats(({ kind, beats: all }) => kind === 'tcp' && all[1]?.pong != null)
    assert.equal(line.fromClient, true)
    const analysis = (number: number) =>
      told(`packets/${number}`, (packet: { row: { analysis: string[] } }) => packet.row.analysis)
    const [first, second] = line.beats
    assert.deepEqual(await analysis(first!.ping), ['keep_alive'])
    // The first after the handshake is the first to state a scaled window, and an answer all the same.
    assert.deepEqual([first!.pong, await analysis(first!.pong!)], [first!.ping + 1, ['window_update']])
    assert.deepEqual(await analysis(second!.ping), ['keep_alive'])
    assert.deepEqual(await analysis(second!.pong!), ['keep_alive_ack'])
  })

  it('a suspended client misses its beat, and the server ends the session for it', async (t) => {
    const client = await joinsHub(t, lab.ports.hub!)
    const sid = await told('sessions', ({ sessions }: SessionList) =>
      sessions.find(({ state, beats: all }) => state === 'open' && all.some(({ pong }) => pong !== null)),
    ).then((session) => session.sid)
    client.kill('SIGSTOP')
    const session = await told('sessions', ({ sessions }: SessionList) =>
      sessions.find((one) => one.sid === sid && one.state === 'closed'),
    )
    const last = session.beats.at(-1)!
    assert.equal(last.pong, null)
    const waited = Number(session.closed!.time) - Number(last.pingTime)
    assert.ok(waited >= session.pingTimeout / 1000 - 0.01, `it was given ${waited} s`)
    assert.match(session.closed!.reason, /server/)
    const verdict = await told('events', ({ events }: EventList) =>
      events.find((event) => event.kind === 'disconnect' && event.eioSid === sid && event.nsp === null),
    )
    assert.equal(verdict.reason, 'ping timeout')
  })

  it('who is at the hub is told with rooms and stays, and later only what has changed', async (t) => {
    const [ada, bob] = [await connected(t), await connected(t)]
    await within(ada.emitWithAck('join', 'tea'), 'the join')
    const list = await told('sockets', (answer: SocketList) => {
      const here = answer.sockets.find(({ socket }) => socket === ada.id)
      return here?.rooms.length === 1 && answer.sockets.some(({ socket }) => socket === bob.id)
        ? answer
        : undefined
    })
    const here = list.sockets.find(({ socket }) => socket === ada.id)!
    assert.deepEqual(
      [here.nsp, here.went, here.rooms[0]!.room, here.rooms[0]!.until],
      ['/', null, 'tea', null],
    )

    const id = ada.id
    ada.disconnect()
    const later = await told(`sockets?after=${list.upTo}`, (answer: SocketList) =>
      answer.sockets.some(({ went }) => went !== null) ? answer : undefined,
    )
    assert.deepEqual(
      later.sockets.map(({ socket, went, rooms }) => [socket, went === null, rooms[0]?.until === null]),
      [[id, false, false]],
    )
  })

  it('what a listener emits is told with the event that it listened to, and packets with their times', async (t) => {
    const [ada, bob] = [await connected(t), await connected(t)]
    const heard = within(once(bob as never, 'incoming-message'), 'the message')
    ada.emit('speak', 'hi')
    await heard
    const emitted = await told('events', ({ events }: EventList) =>
      events.find(
        ({ kind, event, socket, packet }) =>
          kind === 'emit' && event === 'incoming-message' && socket === bob.id && packet !== null,
      ),
    )
    const spoken = await told('events', ({ events }: EventList) =>
      events.find(({ event, socket }) => event === 'speak' && socket === ada.id),
    )
    assert.deepEqual(emitted.cause, { eioSid: spoken.eioSid, index: spoken.index })
    assert.deepEqual(emitted.except, [ada.id])
    assert.ok(Number(emitted.packetTime) >= Number(emitted.time) - 0.001)
    const before = await told(`events?before=${emitted.id}&limit=1`, ({ events }: EventList) => events[0])
    assert.equal(before.id, emitted.id - 1)
  })

  it('an unknown parameter, and a capture that is not open, are refused by name', async () => {
    const refused = async (path: string) => {
      const answer = await fetch(`${lab.url}/api/${path}`)
      return [answer.status, ((await answer.json()) as { code: string }).code]
    }
    assert.deepEqual(await refused('beats?capture=99'), [404, 'not-found'])
    assert.deepEqual(await refused('sockets?capture=99'), [404, 'not-found'])
    assert.equal((await refused('sockets?after=soon'))[0], 400)
    assert.equal((await refused('beats?beat=1'))[0], 400)
  })
})
