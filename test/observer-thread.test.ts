import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import type { BenchRequests } from '../server/control.ts'
import { ObserverThread } from '../server/observer-thread.ts'
import { within } from './services/waiting.ts'

const refuse = () => Promise.reject(new Error('not here'))
const bench: BenchRequests = {
  openRun: refuse,
  closeRun: refuse,
  runProgram: refuse,
  holdCable: refuse,
  exchange: refuse,
  setHeartbeat: refuse,
  retryCapture: refuse,
  network: refuse,
  patchNetwork: refuse,
}

function observer(t: TestContext, version = '1') {
  const heard = new EventEmitter()
  let starts = 0
  const thread = new ObserverThread({
    entry: new URL('./dying-observer.ts', import.meta.url),
    bench,
    begin: () => ({
      framesPath: '',
      dashboard: { hosts: [], names: [], port: 0, token: null },
      network: 'kernel',
      labFrames: null,
      keyLog: new MessageChannel().port1,
      limitBytes: 0,
      recordFolder: '',
      labsFolder: null,
      learnersFolder: null,
      version,
      startedAt: String(++starts),
      services: [],
      heartbeat: { pingInterval: 1, pingTimeout: 1 },
    }),
    onReady: (ready) => heard.emit('ready', ready.run),
    onDeath: (cause, again) => heard.emit('death', cause, again),
  })
  t.after(() => thread.close())
  const kill = () => thread.channel?.tell('lag', { last: 0, worst: 0 })
  return { thread, heard, kill }
}

test('an observer that dies is started again, with the cause told; the sixth death in a minute is the last', async (t) => {
  const { thread, heard, kill } = observer(t)
  assert.equal((await thread.start()).run, '1')
  for (let death = 1; death <= 6; death++) {
    const again = death < 6
    const told = once(heard, 'death')
    const ready = once(heard, 'ready')
    kill()
    assert.deepEqual(await within(told, 'the news'), ['as asked', again])
    if (again) assert.deepEqual(await within(ready, 'the next one'), [String(death + 1)])
  }
  assert.equal(thread.channel, undefined)
})

test('one that can’t start rejects with the code, and is not tried again', async (t) => {
  const { thread, heard } = observer(t, 'never')
  heard.on('death', () => assert.fail('it never lived'))
  await assert.rejects(within(thread.start(), 'start'), { code: 'EADDRINUSE', message: /the port is taken/ })
})

test('closing one that does not answer takes less than a second', async (t) => {
  const { thread } = observer(t)
  await thread.start()
  const start = performance.now()
  await thread.close()
  assert.ok(performance.now() - start < 1000)
})
