import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { eventsOf, relayEvents } from '../server/event-relay.ts'
import {
  type ApplicationEvent,
  epochNow,
  report,
  reportFrequent,
} from '../server/services/application-events.ts'
import { within } from './services/waiting.ts'

interface Batch {
  readonly events: ApplicationEvent[]
  readonly dropped: number
}

/** A receiver that takes a batch in when it is told to. */
function relay(t: TestContext) {
  const batches: Batch[] = []
  const answers: { resolve(): void; reject(error: Error): void }[] = []
  let heard = () => {}
  t.after(
    relayEvents((batch) => {
      // As it arrives in the observer's thread.
      const events = eventsOf(structuredClone(batch))
      batches.push({ events, dropped: batch.dropped })
      heard()
      return new Promise<void>((resolve, reject) => void answers.push({ resolve, reject }))
    }),
  )
  const until = (count: number) =>
    within(
      new Promise<void>((resolve) => {
        heard = () => batches.length >= count && resolve()
        heard()
      }),
      `${count} batches`,
    )
  return { batches, answers, until }
}

function tell(count: number): void {
  for (let i = 0; i < count; i++) report({ service: 'test', kind: 'on', event: String(i) })
}

test('200 events go at once, fewer after 20 ms, in order', async (t) => {
  const { batches, until } = relay(t)
  tell(450)
  assert.deepEqual(
    batches.map(({ events }) => events.length),
    [200, 200],
  )
  await until(3)
  const events = batches.flatMap((batch) => batch.events.map(({ event }) => Number(event)))
  assert.deepEqual(
    events,
    Array.from({ length: 450 }, (_, i) => i),
  )
})

test('while sixteen batches are not taken in, events are dropped, and the next batch says how many', async (t) => {
  const { batches, answers, until } = relay(t)
  tell(200 * 20)
  assert.equal(batches.length, 16)
  for (const { resolve } of answers) resolve()
  await new Promise((resolve) => setImmediate(resolve))
  tell(1)
  await until(17)
  assert.deepEqual([batches[16]?.events.length, batches[16]?.dropped], [1, 800])
})

test('a batch that nobody took in counts as dropped', async (t) => {
  const { batches, answers, until } = relay(t)
  tell(1)
  await until(1)
  answers[0]?.reject(new Error('no observer'))
  await new Promise((resolve) => setImmediate(resolve))
  tell(1)
  await until(2)
  assert.equal(batches[1]?.dropped, 1)
})

test('nobody listening costs nothing: nothing is kept for later', async (t) => {
  tell(1000)
  const { batches, until } = relay(t)
  tell(1)
  await until(1)
  assert.equal(batches[0]?.events.length, 1)
})

test('frequent events beyond the allowance are not put together, but counted', async (t) => {
  const { batches, answers, until } = relay(t)
  let made = 0
  const asked = 20_000
  for (let i = 0; i < asked; i++) {
    reportFrequent(() => {
      made++
      return { service: 'test', kind: 'on' }
    })
  }
  assert.ok(made >= 4000 && made < asked, `${made} of ${asked} were put together`)
  for (let n = 1; batches.length < 16; n++) await until(n)
  for (const answer of answers.splice(0)) answer.resolve()
  report({ service: 'test', kind: 'connect' })
  await until(17)
  const told = batches.reduce((sum, { events, dropped }) => sum + events.length + dropped, 0)
  assert.equal(told, asked + 1)
})

test('an event arrives as it was reported, with the time at which it was', async (t) => {
  const { batches, until } = relay(t)
  const about = {
    service: 'test',
    kind: 'emit',
    remoteAddress: '::1',
    remotePort: 0,
    eioSid: 'sid',
    socket: 'id',
    nsp: '/chat',
    direction: 'out',
    index: 0,
    event: 'news',
    args: '["\u2028",1]',
    listeners: 0,
    rooms: [],
    except: ['id'],
    ack: 0,
    cause: { eioSid: 'sid', index: 0 },
    volatile: true,
    attachments: 2,
    reason: '',
  } as const
  const before = epochNow()
  report({ ...about, rooms: [], except: ['id'] })
  const after = epochNow()
  report({ service: 'test', kind: 'connect' })
  await until(1)
  const [whole, least] = batches[0]?.events ?? []
  assert.deepEqual({ ...whole, time: 0n }, { ...about, time: 0n })
  assert.ok(whole !== undefined && whole.time >= before && whole.time <= after)
  assert.deepEqual(
    Object.entries(least ?? {}).filter(([, value]) => value !== null),
    [
      ['service', 'test'],
      ['kind', 'connect'],
      ['time', least?.time],
    ],
  )
})
