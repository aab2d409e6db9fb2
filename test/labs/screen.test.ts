import assert from 'node:assert/strict'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { RunPrograms } from '../../server/labs/run-programs.ts'
import { terminalScreen } from '../../server/labs/screen.ts'

const CRASH = [
  'Error [TransformError]: Transform failed with 1 error:',
  '/me/exercise.ts:20:6: ERROR: Expected ")" but found "three"',
  '    at three (/me/exercise.ts:20:1)',
  ...Array.from({ length: 4 }, (_, i) => `    at failure (/me/node_modules/esbuild/lib/main.js:${i}:1)`),
  ...Array.from({ length: 4 }, (_, i) => `    at shaped (file:///wirelab/dist/server/network/udp.js:${i}:1)`),
  ...Array.from(
    { length: 4 },
    (_, i) => `    at async Job.run (node:internal/modules/esm/module_job:${i}:1)`,
  ),
  'node ended with exit code 1',
]
const KEPT = [0, 1, 2, CRASH.length - 1].map((line) => CRASH[line])

/** What stands on the page after these lines of a program. */
function painted(lines: readonly string[], columns?: number): string {
  const out = Object.assign(new PassThrough({ encoding: 'utf8' }), { columns })
  const input = createInterface({ input: new PassThrough(), output: new PassThrough() })
  const screen = terminalScreen(out, input)
  for (const line of lines) screen.program(line)
  screen.show({ head: 'Waiting', board: 'Lab 04', notes: [], keys: 'quit' })
  screen.close()
  input.close()
  return String(out.read())
}

test('of a crash the page shows what it was and where in the learner’s file, not what lies below', () => {
  const page = painted(CRASH)
  assert.ok(page.includes(KEPT.map((line) => `  │ ${line}\n`).join('')), page)
  assert.doesNotMatch(page, /│ …/)
})

test('and so does the page in the browser', () => {
  const programs = new RunPrograms(null)
  programs.begin('run', 'solution', '/lab/solution.ts')
  programs.take('run', { lines: CRASH, ended: true })
  assert.deepEqual(programs.of('run')?.output, KEPT)
})

test('of a program that prints much the page shows the end, and that there was more', () => {
  const page = painted(Array.from({ length: 40 }, (_, i) => `line ${i}`))
  assert.match(page, /│ …\n {2}│ line 28\n/)
  assert.match(page, /line 39\n/)
})

test('a line of thousands of characters leaves room for the lab', () => {
  const page = painted(['x'.repeat(3000), 'short'])
  assert.match(page, /x{400}…\n {2}│ short\n/)
  assert.doesNotMatch(page, /x{401}/)
})

test('what a program prints is broken between words, and keeps its place behind the bar', () => {
  const page = painted(
    ['  exercise.ts:33: Unexpected end of file', 'http://127.0.0.1:4000/a/very/long/path'],
    24,
  )
  assert.match(page, /\n {2}│ {3}exercise\.ts:33:\n {2}│ Unexpected end of\n {2}│ file\n {2}│ http:\S+path\n/)
})
