import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { type Channel, openChannel } from '../server/channel.ts'
import { UsageError } from '../server/errors.ts'

interface Desk {
  double(number: number): Promise<number>
  refuse(why: string): Promise<never>
  silent(nothing: Record<string, never>): Promise<never>
  note(text: string): void
}

type Nobody = Record<string, never>

function pair(t: TestContext) {
  const { port1, port2 } = new MessageChannel()
  const notes: string[] = []
  const desk = openChannel<Desk, Nobody>(port1, {
    double: async (number) => number * 2,
    refuse: async (why) => {
      throw new UsageError(why)
    },
    silent: () => new Promise(() => undefined),
    note: (text) => void notes.push(text),
  })
  const client: Channel<Desk> = openChannel<Nobody, Desk>(port2, {})
  t.after(() => desk.close())
  return { desk, client, notes }
}

test('a request is answered', async (t) => {
  const { client } = pair(t)
  assert.deepEqual(await Promise.all([client.ask('double', 4), client.ask('double', 5)]), [8, 10])
  assert.equal(client.pending, 0)
})

test('an error crosses as its code and its message', async (t) => {
  const { client } = pair(t)
  await assert.rejects(client.ask('refuse', 'not like this'), { code: 'bad-usage', message: 'not like this' })
})

test('what nobody serves is refused, also names that every object has', async (t) => {
  const { client } = pair(t)
  for (const name of ['triple', 'toString', '__proto__']) {
    const ask = client.ask as (method: string, argument: unknown) => Promise<unknown>
    await assert.rejects(ask(name, 1), { code: 'no-such-request' })
  }
})

test('an argument that can’t be copied rejects, and leaves nothing pending', async (t) => {
  const { client } = pair(t)
  await assert.rejects(client.ask('double', (() => 1) as unknown as number), { name: 'DataCloneError' })
  assert.equal(client.pending, 0)
})

test('notices arrive in order with requests', async (t) => {
  const { client, notes } = pair(t)
  client.tell('note', 'one')
  client.tell('note', 'two')
  await client.ask('double', 1)
  assert.deepEqual(notes, ['one', 'two'])
})

test('pending requests reject when either side closes, and so do later ones', async (t) => {
  const { desk, client } = pair(t)
  const pending = client.ask('silent', {})
  assert.equal(client.pending, 1)
  desk.close()
  await assert.rejects(pending, { code: 'channel-closed' })
  await assert.rejects(client.ask('double', 1), { code: 'channel-closed' })
  client.tell('note', 'to nobody')
  await client.closed
})
