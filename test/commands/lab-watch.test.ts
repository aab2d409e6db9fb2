import assert from 'node:assert/strict'
import { on } from 'node:events'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import type { CommandIo } from '../../server/commands/command.ts'
import { watchLab } from '../../server/commands/lab-watch.ts'
import type { LabDetail } from '../../server/dashboard/api-labs.ts'
import type { LabClient } from '../../server/labs/client.ts'
import type { LoadedLab } from '../../server/labs/load.ts'

const LIMIT_MS = 10_000
const TEXT =
  'On the connection of a client greet it\nby its name, and tell all the others that somebody has come.'

const detail = {
  number: 1,
  title: 'Greetings',
  steps: 1,
  done: 0,
  run: null,
  stepList: [
    {
      id: 'greet',
      title: 'Greet',
      text: TEXT,
      kind: 'wire',
      state: 'open',
      cable: null,
      lookedFor: 'a line',
      hints: [],
    },
  ],
} as unknown as LabDetail

test('a terminal that is made narrower, or wider, is filled anew: no word is cut', async () => {
  const ending = new AbortController()
  const stdout = Object.assign(new PassThrough({ encoding: 'utf8' }), { columns: 40 })
  const io = { stdin: new PassThrough(), stdout, colour: true, interactive: true, signal: ending.signal }
  const painted = on(stdout, 'data', { signal: AbortSignal.timeout(LIMIT_MS) })
  /** The next page with all of the text, as lines of it. */
  async function text(): Promise<string[]> {
    for (;;) {
      const { value } = await painted.next()
      const page = stripVTControlCharacters(String(value[0]))
      const found = /On the connection.*has come\./s.exec(page)
      if (found !== null) return found[0].split('\n')
    }
  }
  const client = { start: async () => detail, detail: async () => detail, stop: async () => detail }
  const ended = watchLab({
    lab: { folder: '/labs/01-greetings' } as LoadedLab,
    sitting: {
      client: client as unknown as LabClient,
      id: '01-greetings',
      command: ['node', 'mine.mjs'],
      fresh: false,
      file: undefined,
    } as never,
    watched: undefined,
    url: 'http://127.0.0.1:3000',
    welcome: [],
    io: io as unknown as CommandIo,
  })
  assert.deepEqual(await text(), [
    'On the connection of a client greet it',
    'by its name, and tell all the others',
    'that somebody has come.',
  ])
  stdout.columns = 60
  stdout.emit('resize')
  assert.deepEqual(await text(), [
    'On the connection of a client greet it by its name, and tell',
    'all the others that somebody has come.',
  ])
  ending.abort()
  assert.equal(await ended, 'open')
  assert.equal(stdout.listenerCount('resize'), 0)
})
