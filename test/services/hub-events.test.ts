/** What the hub says it did, against what a client that speaks the protocols by hand counts on the wire. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { io } from 'socket.io-client'
import { WebSocket } from 'ws'
import type { ApplicationEvent } from '../../server/services/application-events.ts'
import { startHub } from '../../server/services/hub.ts'
import { kernelGround } from '../../server/services/kernel-ground.ts'
import { listenToEvents, next, within } from './waiting.ts'

async function hub(t: TestContext) {
  const service = await startHub({ ground: kernelGround(['127.0.0.1']), port: 0 })
  t.after(() => service.close())
  return service
}

/** Socket.IO packets (Engine.IO messages that are text) as they were sent, in order. */
interface Wire {
  readonly in: string[]
  readonly out: string[]
}

/** One session by hand: polling over fetch, then the upgrade. Counts what it writes and reads. */
async function handmade(port: number) {
  const url = `127.0.0.1:${port}/socket.io/?EIO=4`
  const wire: Wire = { in: [], out: [] }
  const count = (packets: string[], direction: keyof Wire) => {
    for (const packet of packets) if (packet.startsWith('4')) wire[direction].push(packet.slice(1))
  }
  const open = await (await fetch(`http://${url}&transport=polling`)).text()
  const { sid } = JSON.parse(open.slice(1)) as { sid: string }
  return {
    sid,
    wire,
    async post(...packets: string[]) {
      count(packets, 'in')
      const body = packets.join('\x1e')
      await within(fetch(`http://${url}&transport=polling&sid=${sid}`, { method: 'POST', body }), 'POST')
    },
    async poll() {
      const response = await within(fetch(`http://${url}&transport=polling&sid=${sid}`), 'poll')
      const packets = (await response.text()).split('\x1e')
      count(packets, 'out')
      return packets
    },
    async upgrade() {
      const webSocket = new WebSocket(`ws://${url}&transport=websocket&sid=${sid}`)
      await within(once(webSocket, 'open'), 'open')
      const probe = once(webSocket, 'message')
      webSocket.send('2probe')
      await within(probe, 'the probe')
      webSocket.send('5')
      webSocket.on('message', (data, isBinary) => isBinary || count([String(data)], 'out'))
      return {
        webSocket,
        send(packet: string) {
          count([packet], 'in')
          webSocket.send(packet)
        },
        /** Resolves when a packet that ends like this has been read. */
        async until(ending: string) {
          while (!wire.out.some((packet) => packet.endsWith(ending))) {
            await within(once(webSocket, 'message'), ending)
          }
        },
      }
    },
  }
}

test('each reported event bears the number of its packet in the session, over polling, upgrade and websocket', async (t) => {
  const { port } = await hub(t)
  const { events, until } = listenToEvents(t)
  const client = await handmade(port)
  await client.post('40', '40/chat,{"name":"Ada"}')
  while (client.wire.out.length < 4) await client.poll()
  await client.post(
    '420["echo","a"]',
    '42["whisper"]',
    '451-1["echo",{"_placeholder":true,"num":0}]',
    'bAQID',
  )
  while (client.wire.out.length < 6) await client.poll()

  const { webSocket, send, until: read } = await client.upgrade()
  send('42/chat,7["message","hi"]')
  await read('/chat,7[1]')
  send('451-["echo",{"_placeholder":true,"num":0}]')
  webSocket.send(Buffer.from([1]))
  send('40/nope,')
  await read('"Invalid namespace"}')
  send('42/chat,["to nobody"]')
  send('41/chat,')
  send('429["join","tea"]')
  await read('"tea"]]')
  webSocket.close()
  await until((event) => event.eioSid === client.sid && event.kind === 'disconnect' && event.nsp === null)

  const mine = events.filter((event) => event.eioSid === client.sid)
  const numbered = mine.filter((event) => event.index !== null)
  for (const event of numbered) {
    const packet = client.wire[event.direction ?? 'in'][event.index ?? -1]
    assert.ok(packet !== undefined, `${event.kind} ${event.direction} ${event.index} is beyond the wire`)
    assert.equal(describe(event), describePacket(packet), `${event.direction} ${event.index}: ${packet}`)
  }
  // Every packet has its event, but the three CONNECTs and the refused one that came in: those are answered.
  const seen = (direction: keyof Wire) => numbered.filter((event) => event.direction === direction).length
  assert.equal(seen('out'), client.wire.out.length)
  assert.equal(seen('in'), client.wire.in.length - 3)
})

/** Kind of packet, namespace, event, ack: what an event and a packet must have in common. */
function describe({ kind, nsp, event, ack, reason, direction }: ApplicationEvent): string {
  const type = kind === 'connect' ? (reason === null ? '0' : '4') : kind === 'disconnect' ? '1' : '2'
  const isAck = type === '2' && event === null
  return [isAck ? '3' : type, nsp, event ?? '', ack ?? '', direction === null ? 'no direction' : ''].join(' ')
}

function describePacket(packet: string): string {
  const [, type = '', , nsp = '/', ack = '', event = ''] =
    /^(\d)(?:(\d+)-)?(?:(\/[^,]*),)?(\d*)(?:\["([^"]*)")?/.exec(packet) ?? []
  const plain = { 5: '2', 6: '3' }[type] ?? type
  return [plain, nsp, plain === '2' ? event : '', ack, ''].join(' ')
}

test('an event tells how many listen: none for one that nobody knows', async (t) => {
  const { port } = await hub(t)
  const { until } = listenToEvents(t)
  const socket = io(`http://127.0.0.1:${port}`, { forceNew: true, transports: ['websocket'] })
  t.after(() => void socket.disconnect())
  socket.emit('whisper', 'is anybody there?')
  socket.emit('speak', 'hello')
  const whisper = await until(({ kind, event }) => kind === 'on' && event === 'whisper')
  assert.deepEqual([whisper.listeners, whisper.args, whisper.socket], [0, '["is anybody there?"]', socket.id])
  const speak = await until(({ kind, event }) => kind === 'on' && event === 'speak')
  assert.equal(speak.listeners, 1)
})

test('an emit tells whom it was for: one socket, all but one, a room, one id', async (t) => {
  const { port } = await hub(t)
  const { events, until } = listenToEvents(t)
  const open = async () => {
    const socket = io(`http://127.0.0.1:${port}`, { forceNew: true, transports: ['websocket'] })
    t.after(() => void socket.disconnect())
    await next(socket, 'welcome')
    return socket
  }
  const a = await open()
  const b = await open()
  await within(b.emitWithAck('join', 'tea'))
  a.emit('speak', 'to all')
  a.emit('speak', 'to the room', 'tea')
  await within(a.emitWithAck('private', b.id, 'to one'))
  await until(({ kind, event }) => kind === 'emit' && event === 'private')
  const emits = events.filter(
    ({ kind, socket, event }) => kind === 'emit' && socket === b.id && event !== null,
  )
  assert.deepEqual(
    emits.map(({ event, rooms, except }) => [event, rooms, except]),
    [
      ['welcome', null, undefined],
      ['incoming-message', [], [a.id]],
      ['incoming-message', ['tea'], [a.id]],
      ['private', [b.id], []],
    ],
  )
  const joins = events.filter(({ kind, socket }) => kind === 'join' && socket === b.id)
  assert.deepEqual(
    joins.map(({ rooms }) => rooms),
    [[b.id], ['tea']],
  )
})

test('connect, upgrade and disconnect are told with session, address and reason', async (t) => {
  const { port } = await hub(t)
  const { until } = listenToEvents(t)
  const socket = io(`http://127.0.0.1:${port}`, { forceNew: true })
  await next(socket, 'welcome')
  const sid = socket.io.engine.id
  const connect = await until(({ kind, eioSid, nsp }) => kind === 'connect' && eioSid === sid && nsp === null)
  assert.equal(connect.remoteAddress, '127.0.0.1')
  assert.ok(connect.remotePort)
  const upgrade = await until(({ kind, eioSid }) => kind === 'upgrade' && eioSid === sid)
  assert.notEqual(upgrade.remotePort, connect.remotePort)
  socket.disconnect()
  const ofSocket = await until(
    ({ kind, eioSid, nsp }) => kind === 'disconnect' && eioSid === sid && nsp === '/',
  )
  assert.deepEqual([ofSocket.reason, ofSocket.direction], ['client namespace disconnect', 'in'])
  const ofSession = await until(
    ({ kind, eioSid, nsp }) => kind === 'disconnect' && eioSid === sid && nsp === null,
  )
  assert.equal(ofSession.reason, 'transport close')
})

test('under a flood some events are not told, and those that are keep their place', async (t) => {
  const service = await hub(t)
  const { events } = listenToEvents(t)
  const client = io(`http://127.0.0.1:${service.port}`, { transports: ['websocket'], forceNew: true })
  t.after(() => client.disconnect())
  await within(once(client as never, 'connect'), 'connect')
  const asked = 12_000
  for (let n = 0; n < asked; n++) client.emit('echo', n)
  await within(client.emitWithAck('echo', 'last'), 'the last echo')
  const told = events.filter(
    (event) => event.kind === 'on' && event.event === 'echo' && event.ack === undefined,
  )
  assert.ok(told.length > 1000 && told.length < asked, `${told.length} of ${asked} told`)
  // Packet 0 of the client was its CONNECT, so the n-th echo is packet n + 1.
  for (const { index, args } of told) assert.equal(args, `[${(index ?? 0) - 1}]`)
})
