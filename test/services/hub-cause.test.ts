/** Whether what the hub emits is told with the event that it was listening to, and with nothing else. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { io, type Socket } from 'socket.io-client'
import { startHub } from '../../server/services/hub.ts'
import { kernelGround } from '../../server/services/kernel-ground.ts'
import { listenToEvents, next, within } from './waiting.ts'

async function hub(t: TestContext) {
  const service = await startHub({
    ground: kernelGround(['127.0.0.1']),
    port: 0,
    attach: (server) =>
      server.on('connection', (socket) => {
        socket.use(([event], pass) => (event === 'refused' ? undefined : pass()))
        socket.on('at once', () => socket.emit('answer', 'at once'))
        socket.on('later', async () => {
          await turn()
          socket.emit('answer', 'later')
        })
        socket.on('bytes', () => socket.volatile.emit('answer', Buffer.from([1]), Buffer.from([2])))
      }),
  })
  t.after(() => service.close())
  const { events, until } = listenToEvents(t)
  const client = io(`http://127.0.0.1:${service.port}`, { transports: ['websocket'], forceNew: true })
  t.after(() => client.disconnect())
  await next(client, 'welcome')
  return { client, events, until }
}

/** Emits, and waits for the answer: what was told of both. */
async function ask(client: Socket, until: ReturnType<typeof listenToEvents>['until'], event: string) {
  const answered = next(client, 'answer')
  client.emit(event)
  await within(answered, event)
  const asked = await until((one) => one.kind === 'on' && one.event === event)
  const told = await until((one) => one.kind === 'emit' && one.event === 'answer' && one.index! > 0)
  return { asked, told }
}

test('what a listener emits at once is told with its event', async (t) => {
  const { client, until } = await hub(t)
  const { asked, told } = await ask(client, until, 'at once')
  assert.deepEqual(told.cause, { eioSid: asked.eioSid, index: asked.index })
})

test('what it emits after waiting, and what the hub says by itself, has no cause', async (t) => {
  const { client, events, until } = await hub(t)
  const { told } = await ask(client, until, 'later')
  assert.equal(told.cause, undefined)
  assert.equal(events.find(({ event }) => event === 'welcome')?.cause, undefined)
})

test('an event that middleware keeps back is not taken for the cause of what another makes', async (t) => {
  const { client, until } = await hub(t)
  client.emit('refused')
  const { asked, told } = await ask(client, until, 'at once')
  assert.deepEqual(told.cause, { eioSid: asked.eioSid, index: asked.index })
})

test('binary arguments are counted, and a volatile event is told as one', async (t) => {
  const { client, until } = await hub(t)
  const { told } = await ask(client, until, 'bytes')
  assert.deepEqual([told.attachments, told.volatile], [2, true])
})
