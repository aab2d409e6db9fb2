import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Lag, watchLag } from '../server/event-lag.ts'
import { listenToEvents, within } from './services/waiting.ts'

test('an event loop that is held up is told with how long, and recorded as an event', async (t) => {
  const { until } = listenToEvents(t)
  const told = new Promise<Lag>((resolve) => {
    t.after(watchLag((lag) => lag.last > 60 && resolve(lag)))
  })
  // A watch of loop delays is unref'd: something must keep the process alive meanwhile.
  const alive = setInterval(() => undefined, 1000)
  t.after(() => clearInterval(alive))
  await new Promise((resolve) => setTimeout(resolve, 20))
  const end = performance.now() + 80
  while (performance.now() < end);
  const { last, worst } = await within(told, 'the lag')
  assert.ok(last < 1000 && worst >= last)
  const event = await until(({ kind }) => kind === 'lag')
  assert.equal(event.service, 'services')
  assert.match(event.reason ?? '', /event loop was \d+(\.\d)? ms late/)
})
