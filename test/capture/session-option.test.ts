import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { asSessionItem, type SessionItem } from '../../server/capture/session-item.ts'
import { MAX_ITEM, SessionTexts, sessionTexts } from '../../server/capture/session-option.ts'
import { utf8 } from '../frames.ts'

const ABOUT: SessionItem = {
  kind: 'session',
  version: '1.0.0',
  run: 'a-run',
  startedAt: '1700000000.000000000',
  network: 'lab',
  at: 'client',
  filtered: false,
}

function services(count: number): SessionItem {
  const ports = Array.from({ length: count }, (_, n) => ({
    transport: 'tcp' as const,
    port: n,
    service: 'hub é',
  }))
  return { kind: 'services', services: [], ports, heartbeat: { pingInterval: 1, pingTimeout: 2 } }
}

/** What comes back of option values, in order. */
function back(texts: readonly Uint8Array[]): { items: SessionItem[]; problems: string[]; foreign: number } {
  const items: SessionItem[] = []
  const problems: string[] = []
  let foreign = 0
  const reader = new SessionTexts(
    (item) => items.push(item),
    (what) => problems.push(what),
  )
  for (const text of texts) if (!reader.take(text)) foreign++
  return { items, problems, foreign }
}

test('an item is a line of JSON that says whose it is', () => {
  assert.equal(Buffer.from(sessionTexts(ABOUT)[0] ?? []).toString(), `wirelab/1 ${JSON.stringify(ABOUT)}`)
})

test('an item longer than an option goes on in the next, and comes back whole', () => {
  const long = services(5000)
  const texts = sessionTexts(long)
  assert.ok(texts.length > 1 && texts.every(({ length }) => length < 65_000))
  assert.deepEqual(back([...texts, ...sessionTexts(ABOUT)]), {
    items: [long, ABOUT],
    problems: [],
    foreign: 0,
  })
})

test('what others write under the same number is not ours, and what is broken is told', () => {
  const texts = [
    'hello',
    'wirelab',
    'wirelab/2 {}',
    'wirelab/1 {',
    'wirelab/1 {"kind":"moon"}',
    'wirelab/1 null',
  ]
  const { items, problems, foreign } = back(texts.map(utf8))
  assert.deepEqual([items, foreign], [[], 2])
  assert.match(problems[0] ?? '', /another version/)
  assert.match(problems[1] ?? '', /no JSON/)
  assert.match(problems[2] ?? '', /"moon", which is not known/)
  assert.equal(problems.length, 4)
})

test('an item that never ends is not kept', () => {
  const part = utf8(`wirelab/1+${'x'.repeat(60_000)}`)
  const parts = Array.from({ length: Math.ceil(MAX_ITEM / 60_000) + 5 }, () => part)
  const { items, problems } = back([...parts, utf8('wirelab/1 x'), ...sessionTexts(ABOUT)])
  assert.deepEqual(items, [ABOUT])
  assert.match(problems.join(), /where \d+ is the most/)
})

test('a value of the wrong type anywhere is no item', () => {
  const wrong = fc.constantFrom<unknown>(null, -1, 1e300, 'x'.repeat(5000), [], {}, true, [[[]]])
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(ABOUT).slice(1)), wrong, (key, value) => {
      const item = asSessionItem({ ...ABOUT, [key]: value })
      if (key === 'filtered' && value === true) return
      if (key === 'at' && value === null) return
      assert.equal(typeof item, 'string', `${key}: ${JSON.stringify(value)}`)
    }),
  )
  fc.assert(fc.property(fc.jsonValue(), (value) => void asSessionItem(value)))
})
