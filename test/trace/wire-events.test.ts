/** What is told of Socket.IO servers from their packets alone, against what real ones and their clients did. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { Server } from 'socket.io'
import { io, type Socket } from 'socket.io-client'
import type { EventNode } from '../../server/dashboard/api.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import type { ApplicationEvent } from '../../server/services/application-events.ts'
import { startHub } from '../../server/services/hub.ts'
import { kernelGround } from '../../server/services/kernel-ground.ts'
import type { FromWire } from '../../server/trace/events.ts'
import { formatTime } from '../../server/trace/time.ts'
import { Trace } from '../../server/trace/trace.ts'
import { Relay } from '../protocols/recorded-session.ts'
import { listenToEvents, next, within } from '../services/waiting.ts'
import { hubSession } from '../wireshark/hub-sessions.ts'

const SERVER = '127.0.0.1:4000'

function seen(frames: readonly Frame[], eventsFromWire: FromWire | null = 'at once', keyLog = ''): Trace {
  const trace = new Trace({ eventsFromWire: eventsFromWire ?? undefined })
  trace.secrets.add(keyLog)
  for (const frame of frames) trace.add(frame)
  return trace
}

/** `on sum [2,3] ack`: an event in a line. */
function line({ kind, nsp, event, args, ack, attachments, reason }: EventNode): string {
  const words = [kind, nsp === '/' ? null : nsp, event, kind === 'connect' ? null : args]
  if (ack !== undefined) words.push('ack')
  if (attachments !== undefined) words.push(`+${attachments}`)
  return [...words, reason].filter((word) => word !== null && word !== '').join(' ')
}

/** Of a session, in the order of their packets; the client's own connections are told apart by what they say. */
const lines = (trace: Trace) => trace.events.list().map(line)

describe('a server that tells nothing', () => {
  const TALK = [
    'connect',
    'emit hello ["srv",{"nested":[1,null,"é\\n\\"\\\\"]}]',
    'on sum [2,3] ack',
    'emit [5] ack',
    'on bytes [{"_placeholder":true,"num":0}] ack +1',
    'emit [{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}] ack +2',
    'on ask me []',
    'emit question ["how?"] ack',
    'on ["so"] ack',
    'emit heard ["so"]',
    'connect /chat',
    'on /chat say ["grüße 🎉"]',
    'emit /chat said ["grüße 🎉"]',
    'connect /nowhere refused',
  ]
  for (const options of [
    { transports: ['polling'] },
    { transports: ['websocket'] },
    { transports: ['polling', 'websocket'], deflate: true },
    { transports: ['websocket'], sealed: true },
  ] as const) {
    const words = JSON.stringify(options)
    test(`is understood by its packets: ${words}`, { timeout: 30_000 }, async () => {
      const { frames, keyLog } = await hubSession(options)
      const trace = seen(frames, 'at once', keyLog)
      const events = trace.events.list()
      // Offsets, by which a connection is recovered, stand behind the arguments.
      const told = lines(trace).map((each) => each.replace(/,"[\w.-]{7,12}"\]/, ']'))
      assert.deepEqual(
        TALK.filter((each) => !told.includes(each)),
        [],
        told.join('\n'),
      )
      assert.deepEqual([...new Set(events.map(({ service }) => service))], [SERVER])
      for (const event of events) {
        assert.deepEqual([event.seen, event.listeners, event.rooms], ['wire', null, null])
        assert.equal(event.packetTime, event.time)
        assert.equal(trace.row(event.packet ?? 0)?.time, event.time)
      }
      inOrder(events)
      const sockets = trace.events.attendance.changedAfter(0)
      assert.deepEqual([...new Set(sockets.map(({ nsp }) => nsp))], ['/', '/chat'])
      assert.ok(
        sockets.every(({ went, reason }) => went !== null && reason !== null),
        'nobody is left behind',
      )
    })
  }

  test('tells who is there: rooms by whom they reach, and a connection that breaks lets its sockets go', async (t) => {
    const { trace, ids } = await classroom(t)
    const events = trace().events.list()
    const to = (name: string) => events.filter(({ event }) => event === name).map(({ socket }) => socket)
    assert.deepEqual(to('in tea').sort(), [ids.ada, ids.bob].sort())
    assert.deepEqual(to('to all').sort(), [ids.ada, ids.bob, ids.cyd].sort())
    const went = Object.fromEntries(
      trace()
        .events.attendance.changedAfter(0)
        .map(({ socket, reason }) => [socket, reason]),
    )
    assert.deepEqual(went, {
      [ids.ada]: 'client namespace disconnect',
      [ids.bob]: 'server namespace disconnect',
      [ids.cyd]: 'WebSocket close from the client',
    })
  })

  test('is understood from the middle of a session on, whose sockets then have no names', async () => {
    const { frames } = await hubSession({ transports: ['polling'] })
    const whole = seen(frames).events.list()
    const sum = whole.find(({ event }) => event === 'sum')!
    const trace = seen(frames.slice(sum.packet! - 1))
    const [first] = trace.events.list()
    assert.deepEqual([first && line(first), first?.socket, first?.index], ['on sum [2,3] ack', null, null])
  })

  test('behind a proxy, where all passes twice, is told once', async () => {
    const { frames } = await hubSession({ transports: ['polling'] })
    const behind = frames.map((frame) => {
      const bytes = frame.bytes.slice()
      // Another destination or source, 127.0.0.9, at the server's end.
      const fromClient = (bytes[36]! << 8) + bytes[37]! === 4000
      bytes[fromClient ? 33 : 29] = 9
      return { ...frame, bytes, time: frame.time + 1000n }
    })
    const both = frames.flatMap((frame, at) => [frame, behind[at]!])
    const plain = (trace: Trace) => trace.events.list().map((event) => `${event.service} ${line(event)}`)
    assert.equal(seen(behind).events.list()[0]?.service, '127.0.0.9:4000')
    assert.deepEqual(plain(seen(both)), plain(seen(frames)))
  })

  test('is left alone by a trace that does not ask', async () => {
    const { frames } = await hubSession({ transports: ['websocket'] })
    assert.deepEqual(seen(frames, null).events.list(), [])
  })
})

describe('a service that tells', () => {
  test('says of packets what they say themselves', { timeout: 30_000 }, async (t) => {
    const { told, frames } = await hubAndItsWords(t)
    const plain = ({ kind, eioSid, socket, nsp, direction, index, event, args, ack }: ApplicationEvent) =>
      JSON.stringify({ kind, eioSid, socket, nsp, direction, index, event, args, ack })
    const said = told.filter(({ direction }) => direction !== null).map(plain)
    const own = seen(frames).events.list()
    const wire = own
      .filter(({ direction }) => direction !== null)
      .map((event) => plain({ ...event, time: 0n }))
    assert.ok(said.length > 10)
    assert.deepEqual(wire.sort(), said.sort())
  })

  for (const first of ['events', 'packets'] as const) {
    test(`is never told twice, the ${first} coming first`, { timeout: 30_000 }, async (t) => {
      const { told, frames } = await hubAndItsWords(t)
      const trace = new Trace({ eventsFromWire: 'at once' })
      const tell = () => told.forEach((event) => void trace.addEvent(event))
      if (first === 'events') tell()
      for (const frame of frames) trace.add(frame)
      if (first === 'packets') tell()
      const events = trace.events.list()
      const sids = new Set(told.map(({ eioSid }) => eioSid))
      for (const sid of sids) {
        const mine = events.filter(({ eioSid }) => eioSid === sid)
        assert.equal(new Set(mine.map(({ service }) => service)).size, 1, 'one source for each session')
      }
      inOrder(events)
    })
  }

  test('is believed at its own place before it has said a word', async (t) => {
    const { frames } = await hubAndItsWords(t)
    const trace = new Trace({ eventsFromWire: 'at once' })
    trace.events.isTold = ({ port }) => port === 4000
    for (const frame of frames) trace.add(frame)
    assert.deepEqual(trace.events.list(), [])
  })

  test('leaves to the wire, in a capture that is read, only what it does not know of', {
    timeout: 30_000,
  }, async (t) => {
    const { told, frames } = await hubAndItsWords(t)
    const [first] = told.map(({ eioSid }) => eioSid)
    const restored = (some: readonly ApplicationEvent[]) => {
      const trace = seen(frames, 'at the end')
      for (const [at, { time, ...event }] of some.entries())
        trace.events.restore({ ...event, id: at + 100, time: formatTime(time) }, null, true)
      trace.events.settle()
      return trace
    }
    const whole = restored(told).events.list()
    assert.equal(whole.length, told.length)
    assert.equal(whole[0]?.id, 100, 'with nothing to lay between them they keep their numbers')

    const some = told.filter(({ eioSid }) => eioSid === first)
    const trace = restored(some)
    for (let times = 0; times < 3; times++) {
      const events = trace.events.list()
      const wire = events.filter(({ seen: how }) => how === 'wire')
      assert.equal(events.length, some.length + wire.length)
      assert.equal(wire.filter(({ event }) => event === 'echo').length, 1)
      assert.ok(wire.every(({ eioSid }) => eioSid !== first))
      inOrder(events)
      assert.deepEqual(
        events.map(({ time }) => time),
        events.map(({ time }) => time).sort(),
      )
      await trace.readAgain()
    }
  })
})

test('what is sealed is told once its secrets are known, and once only', async () => {
  const { frames, keyLog } = await hubSession({ transports: ['websocket'], sealed: true })
  const trace = seen(frames, 'at the end')
  trace.events.settle()
  assert.deepEqual(trace.events.list(), [])
  trace.secrets.add(keyLog ?? '')
  for (let times = 0; times < 2; times++) {
    await trace.readAgain()
    assert.equal(trace.events.list().filter(({ event }) => event === 'sum').length, 1)
    inOrder(trace.events.list())
  }
})

function inOrder(events: readonly EventNode[]): void {
  assert.deepEqual(
    events.map(({ id }) => id),
    events.map((_, at) => at + 1),
  )
}

/** Three clients of a server of somebody's own: two in a room, and each goes another way. */
async function classroom(t: TestContext) {
  const http = createServer()
  const server = new Server(http)
  const relay = new Relay(await listening(http))
  const url = `http://127.0.0.1:${await relay.listen()}`
  t.after(() => {
    relay.close()
    server.close()
  })
  server.on('connection', (socket) => {
    socket.on('join', (room: string, done: () => void) => {
      socket.join(room)
      done()
    })
  })
  const join = async (transport: 'polling' | 'websocket') => {
    const socket = io(url, { transports: [transport], forceNew: true, reconnection: false })
    await next(socket as never, 'connect')
    return socket
  }
  const [ada, bob, cyd] = [await join('polling'), await join('websocket'), await join('websocket')]
  const ids = { ada: ada.id ?? '', bob: bob.id ?? '', cyd: cyd.id ?? '' }
  for (const socket of [ada, bob]) await within(socket.emitWithAck('join', 'tea'))
  const all = (name: string, ...sockets: Socket[]) =>
    Promise.all(sockets.map((socket) => next(socket as never, name)))
  const tea = all('in tea', ada, bob)
  server.to('tea').emit('in tea', 1)
  await tea
  const everybody = all('to all', ada, bob, cyd)
  server.emit('to all')
  await everybody
  const left = (id: string) => within(once(server.sockets.sockets.get(id)!, 'disconnect'), 'a farewell')
  const adaLeft = left(ids.ada)
  ada.disconnect()
  await adaLeft
  const bobLeft = next(bob as never, 'disconnect')
  server.sockets.sockets.get(ids.bob)?.disconnect()
  await bobLeft
  const cydLeft = left(ids.cyd)
  cyd.io.engine.close()
  await cydLeft
  return { trace: () => seen(relay.wire.frames), ids }
}

/** Wirelab's own hub: what it says that it did, and the packets. */
async function hubAndItsWords(t: TestContext) {
  const { events, until } = listenToEvents(t)
  const hub = await startHub({ ground: kernelGround(['127.0.0.1']), port: 0 })
  const relay = new Relay(hub.port)
  const url = `http://127.0.0.1:${await relay.listen()}`
  t.after(async () => {
    relay.close()
    await hub.close()
  })
  for (const transport of ['polling', 'websocket'] as const) {
    const socket = io(url, { transports: [transport], forceNew: true, reconnection: false })
    await next(socket as never, 'connect')
    const id = socket.id ?? ''
    await within(socket.emitWithAck('join', 'tea'))
    await within(socket.emitWithAck('echo', Uint8Array.of(1, 2), 'x'.repeat(3000)))
    const chat = io(`${url}/chat`, { transports: [transport], forceNew: true, reconnection: false })
    await next(chat as never, 'connect')
    chat.disconnect()
    await until(({ kind, nsp }) => kind === 'disconnect' && nsp === '/chat')
    socket.disconnect()
    await until(({ kind, socket: who }) => kind === 'disconnect' && who === id)
  }
  return { told: [...events], frames: [...relay.wire.frames] }
}

async function listening(http: ReturnType<typeof createServer>): Promise<number> {
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return (http.address() as AddressInfo).port
}
