import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { startKeyLogIntake } from '../../server/capture/key-log-intake.ts'
import { within } from '../services/waiting.ts'

test('whoever asks has at once what was told before, in order', () => {
  const { port1, port2 } = new MessageChannel()
  const lines: string[] = []
  const intake = startKeyLogIntake(port2, (line) => lines.push(line))
  port1.postMessage('one')
  port1.postMessage('two')
  intake.take()
  assert.deepEqual(lines, ['one', 'two'])
  intake.take()
  assert.deepEqual(lines, ['one', 'two'])
  intake.close()
})

test('where nobody asks, lines come all the same', async () => {
  const { port1, port2 } = new MessageChannel()
  const told = new Promise<string>((resolve) => {
    startKeyLogIntake(port2, resolve)
  })
  port2.ref()
  port1.postMessage('a line')
  assert.equal(await within(told), 'a line')
  const closed = once(port2, 'close')
  port1.close()
  await within(closed)
})
