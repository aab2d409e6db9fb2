import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Progress } from '../../server/labs/progress.ts'

const NOON = '2026-01-01T12:00:00.000Z'

function fileFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'wirelab-progress-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'wirelab-labs', 'progress.json')
}

function open(path: string | null): { progress: Progress; talk: string[] } {
  const talk: string[] = []
  const now = () => new Date(NOON)
  return { progress: new Progress({ path, talk: (line) => talk.push(line), now }), talk }
}

test('ticks, answers and the solved lab are there again after the next start', (t) => {
  const path = fileFor(t)
  const { progress } = open(path)
  progress.tick('01-layers', 'send', 7)
  progress.tick('01-layers', 'send', 99)
  progress.answer('01-layers', 'count', '10')
  progress.answer('01-layers', 'count', '11')
  progress.solve('01-layers')
  progress.flush()
  const { progress: again, talk } = open(path)
  assert.deepEqual(again.of('01-layers'), {
    steps: { send: { done: NOON, packet: 7 } },
    answers: { count: '11' },
    solved: NOON,
  })
  assert.deepEqual(again.of('02-other'), { steps: {}, answers: {} })
  assert.deepEqual(talk, [])
})

test('a burst of changes is written once it is over, without being asked', async (t) => {
  const path = fileFor(t)
  const { progress } = open(path)
  for (let packet = 1; packet < 50; packet++) progress.tick('01-layers', `step-${packet}`, packet)
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { progress: other } = open(path)
  other.tick('03-tcp', 'open', 1)
  t.mock.timers.tick(1000)
  assert.deepEqual(Object.keys(JSON.parse(readFileSync(path, 'utf8')).labs), ['03-tcp'])
  t.mock.timers.reset()
  progress.flush()
  assert.deepEqual(Object.keys(JSON.parse(readFileSync(path, 'utf8')).labs), ['01-layers', '03-tcp'])
})

test('a lab that is reset is forgotten, and no other', (t) => {
  const path = fileFor(t)
  const { progress } = open(path)
  progress.tick('01-layers', 'send', 7)
  progress.tick('03-tcp', 'open', 8)
  progress.flush()
  progress.reset('01-layers')
  progress.flush()
  const { progress: again } = open(path)
  assert.deepEqual(again.of('01-layers'), { steps: {}, answers: {} })
  assert.equal(again.of('03-tcp').steps.open?.packet, 8)
})

test('a file that can’t be read is kept aside, told of, and what is wrong with it is said', (t) => {
  for (const [text, why] of [
    ['{ "labs": ', /JSON|end of/],
    ['[]', /the file: expected an object/],
    [
      '{ "labs": { "x": { "steps": { "a": { "done": 1, "packet": 1 } } } } }',
      /steps\.a\.done: expected a text/,
    ],
    ['{ "labs": { "x": { "steps": { "a": { "done": "" } } } } }', /steps\.a\.packet: expected a number/],
  ] as const) {
    const path = fileFor(t)
    open(path).progress.tick('01-layers', 'send', 7)
    const folder = join(path, '..')
    const { progress } = open(path)
    progress.tick('01-layers', 'send', 7)
    progress.flush()
    writeFileSync(path, text)
    const { progress: again, talk } = open(path)
    assert.deepEqual(again.of('01-layers'), { steps: {}, answers: {} })
    assert.match(talk.join('\n'), why)
    assert.match(talk.join('\n'), /kept as .*progress\.broken-1\.json/)
    assert.equal(readFileSync(join(folder, 'progress.broken-1.json'), 'utf8'), text)
    again.tick('03-tcp', 'open', 8)
    again.flush()
    writeFileSync(path, text)
    open(path)
    assert.deepEqual(readdirSync(folder).sort(), ['progress.broken-1.json', 'progress.broken-2.json'])
  }
})

test('where no file can be written, progress lasts as long as the program, and that is said', (t) => {
  const path = fileFor(t)
  writeFileSync(join(path, '..', '..', 'file'), '')
  const { progress, talk } = open(join(path, '..', '..', 'file', 'progress.json'))
  progress.tick('01-layers', 'send', 7)
  progress.flush()
  assert.equal(progress.of('01-layers').steps.send?.packet, 7)
  assert.match(talk.at(-1) ?? '', /could not be written/)
  const { progress: memory } = open(null)
  memory.tick('01-layers', 'send', 7)
  memory.flush()
  assert.equal(memory.of('01-layers').steps.send?.packet, 7)
})
