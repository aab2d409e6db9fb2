import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { io, type Socket } from 'socket.io-client'
import { WebSocket } from 'ws'
import { type Hub, type HubOptions, startHub } from '../../server/services/hub.ts'
import { kernelGround } from '../../server/services/kernel-ground.ts'
import { connectTo, next, within } from './waiting.ts'

async function hub(t: TestContext, options: Partial<HubOptions> = {}): Promise<Hub> {
  const service = await startHub({ ground: kernelGround(['127.0.0.1']), port: 0, ...options })
  t.after(() => service.close())
  return service
}

type Transport = 'polling' | 'websocket'

/** A client that has heard the hub's welcome. */
async function client(
  t: TestContext,
  port: number,
  transport: Transport = 'websocket',
  path = '',
): Promise<Socket> {
  const socket = io(`http://127.0.0.1:${port}${path}`, {
    transports: [transport],
    upgrade: false,
    reconnection: false,
    forceNew: true,
    auth: { name: 'Ada' },
  })
  t.after(() => void socket.disconnect())
  const [id] = await next(socket, 'welcome')
  assert.equal(id, socket.id)
  return socket
}

/** Proves that something did not come: by then, something later has. */
function mustNotHear(socket: Socket, event: string): void {
  socket.on(event, () => assert.fail(`${event} was not for this one`))
}

for (const transport of ['polling', 'websocket'] as const) {
  test(`over ${transport}: what one speaks, the others hear, and the speaker does not`, async (t) => {
    const { port } = await hub(t)
    const [a, b, c] = await Promise.all([1, 2, 3].map(() => client(t, port, transport)))
    assert.ok(a && b && c)
    mustNotHear(a, 'incoming-message')
    const heard = Promise.all([next(b, 'incoming-message'), next(c, 'incoming-message')])
    a.emit('speak', 'hello')
    assert.deepEqual(await heard, [
      ['hello', a.id],
      ['hello', a.id],
    ])
    assert.equal(await within(a.emitWithAck('echo', 'a round trip later')), 'a round trip later')
  })

  test(`over ${transport}: echo answers with what it was given, binary too`, async (t) => {
    const { port } = await hub(t)
    const a = await client(t, port, transport)
    const answer = new Promise<unknown[]>((resolve) => {
      a.emit('echo', 'text', 7, { nested: [null] }, Buffer.from([1, 2]), (...args: unknown[]) =>
        resolve(args),
      )
    })
    assert.deepEqual(await within(answer), ['text', 7, { nested: [null] }, Buffer.from([1, 2])])
  })

  test(`over ${transport}: rooms are joined and left, and only members hear what is said in them`, async (t) => {
    const { port } = await hub(t)
    const [a, b, c] = await Promise.all([1, 2, 3].map(() => client(t, port, transport)))
    assert.ok(a && b && c)
    assert.deepEqual(await within(b.emitWithAck('join', 'tea')), [b.id, 'tea'])
    const heard = next(b, 'incoming-message')
    mustNotHear(c, 'incoming-message')
    a.emit('speak', 'anybody here?', 'tea')
    assert.deepEqual(await heard, ['anybody here?', a.id])
    assert.deepEqual(await within(b.emitWithAck('leave', 'tea')), [b.id])
    mustNotHear(b, 'incoming-message')
    a.emit('speak', 'and now?', 'tea')
    await within(a.emitWithAck('echo', 1))
    await within(Promise.all([b.emitWithAck('echo', 1), c.emitWithAck('echo', 1)]))
  })

  test(`over ${transport}: a private message reaches one id`, async (t) => {
    const { port } = await hub(t)
    const [a, b, c] = await Promise.all([1, 2, 3].map(() => client(t, port, transport)))
    assert.ok(a && b && c)
    mustNotHear(c, 'private')
    const heard = next(b, 'private')
    assert.equal(await within(a.emitWithAck('private', b.id, 'psst')), true)
    assert.deepEqual(await heard, ['psst', a.id])
    assert.equal(await within(a.emitWithAck('private', 'nobody', 'psst')), false)
    await within(c.emitWithAck('echo', 1))
  })

  test(`over ${transport}: the others are told when one goes, and why`, async (t) => {
    const { port } = await hub(t)
    const [a, b] = await Promise.all([client(t, port, transport), client(t, port, transport)])
    const { id } = b
    const told = next(a, 'left')
    b.disconnect()
    assert.deepEqual(await told, [id, 'client namespace disconnect'])
  })
}

test('/chat is a world of its own: its speaker hears itself, and / hears nothing', async (t) => {
  const { port } = await hub(t)
  const root = await client(t, port)
  const [a, b] = await Promise.all([
    client(t, port, 'websocket', '/chat'),
    client(t, port, 'polling', '/chat'),
  ])
  mustNotHear(root, 'message')
  const heard = Promise.all([next(a, 'message'), next(b, 'message')])
  assert.equal(await within(a.emitWithAck('message', 'hi')), 2)
  const expected = [{ from: 'Ada', text: 'hi' }]
  assert.deepEqual(await heard, [expected, expected])
  await within(root.emitWithAck('echo', 1))
})

test('HTTP routes share the port, and one of them reaches one socket by its id', async (t) => {
  const { port } = await hub(t)
  const [a, b] = await Promise.all([client(t, port), client(t, port)])
  mustNotHear(b, 'private')
  const url = `http://127.0.0.1:${port}`
  assert.match(await (await fetch(url)).text(), /2 connected/)
  const page = await fetch(url, { headers: { accept: 'text/html,*/*' } })
  assert.match(String(page.headers.get('content-type')), /^text\/html/)
  assert.match(await page.text(), /socket\.emit\('speak', text\.value\)/)
  const clients = (await (await fetch(`${url}/clients`)).json()) as { id: string; transport: string }[]
  assert.deepEqual(new Set(clients.map(({ id }) => id)), new Set([a.id, b.id]))

  const told = next(a, 'private')
  // As `curl -d` sends it.
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const said = await fetch(`${url}/say/${a.id}`, { method: 'POST', body: 'from outside', headers })
  assert.equal(said.status, 200)
  assert.deepEqual(await told, ['from outside', 'http'])
  assert.equal((await fetch(`${url}/say/nobody`, { method: 'POST', body: 'x' })).status, 404)
  await within(b.emitWithAck('echo', 1))
})

test('events with wrong arguments are answered as far as they can be, and harm nobody', async (t) => {
  const { port } = await hub(t)
  const a = await client(t, port)
  for (const event of ['speak', 'echo', 'join', 'leave', 'private', 'unheard-of', 'message']) {
    a.emit(event)
    a.emit(event, null)
    a.emit(event, { toString: 'no function' }, [[]], 'not an ack')
  }
  for (let i = 0; i < 300; i++) a.emit('join', `room ${i}`)
  assert.equal((await within(a.emitWithAck('join', 'x'.repeat(500)))).length, 100)
})

test('the heartbeat is told in the handshake; a new one holds for new sessions', async (t) => {
  const service = await hub(t, { pingInterval: 300, pingTimeout: 200 })
  const handshake = async () => {
    const response = await fetch(`http://127.0.0.1:${service.port}/socket.io/?EIO=4&transport=polling`)
    const { pingInterval, pingTimeout } = JSON.parse((await response.text()).slice(1))
    return { pingInterval, pingTimeout }
  }
  assert.deepEqual(await handshake(), { pingInterval: 300, pingTimeout: 200 })
  service.setHeartbeat({ pingInterval: 700, pingTimeout: 600 })
  assert.deepEqual(await handshake(), { pingInterval: 700, pingTimeout: 600 })
  assert.deepEqual(service.heartbeat, { pingInterval: 700, pingTimeout: 600 })
})

test('a client that does not read is let go before its backlog fills the memory', async (t) => {
  const { port } = await hub(t, { pingInterval: 60_000 })
  const speaker = await client(t, port)
  const deaf = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`)
  t.after(() => deaf.terminate())
  const greeting = new Promise<void>((resolve) => {
    deaf.on('message', (data) => String(data).startsWith('42["welcome"') && resolve())
  })
  deaf.on('open', () => deaf.send('40'))
  await within(greeting, 'welcome')
  deaf.pause()
  const gone = next(speaker, 'left')
  const text = 'x'.repeat(500_000)
  for (let i = 0; i < 80; i++) speaker.emit('speak', text)
  assert.equal((await gone)[1], 'forced close')
  assert.equal(await within(speaker.emitWithAck('echo', 'still here')), 'still here')
})

test('close ends clients on both transports, and half-open connections, within a second', async (t) => {
  const service = await hub(t)
  const clients = await Promise.all([
    client(t, service.port, 'polling'),
    client(t, service.port, 'websocket'),
    client(t, service.port, 'websocket', '/chat'),
  ])
  await connectTo(service.port)
  const ends = clients.map((socket) => next(socket, 'disconnect'))
  const start = performance.now()
  await within(service.close(), 'close')
  assert.ok(performance.now() - start < 1000)
  await Promise.all(ends)
})
