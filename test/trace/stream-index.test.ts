import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { StreamIndex } from '../../server/trace/stream-index.ts'
import { countLines, lineEnds, TEXT_BYTES } from '../../server/trace/stream-lines.ts'
import { search } from '../../server/trace/stream-search.ts'
import { utf8 } from '../frames.ts'

/** What each side said, a packet for each. */
const talk = fc.array(fc.tuple(fc.boolean(), fc.stringMatching(/^[ab\n]{1,30}$/)), {
  minLength: 1,
  maxLength: 20,
})

function indexed(said: readonly (readonly [boolean, string])[]): StreamIndex {
  const bytes = said.map(([, text]) => utf8(text))
  const index = new StreamIndex(({ number }) => bytes[number - 1])
  said.forEach(([fromClient], at) => {
    const own = bytes[at]!
    index.add({ number: at + 1, offset: 0, length: own.length, bytes: own, fromClient, place: 0 }, false)
  })
  return index
}

test('any lines, asked for in any parts, are what was said', () => {
  fc.assert(
    fc.property(
      talk,
      fc.constantFrom('text' as const, 'hex' as const),
      fc.integer({ min: 1, max: 7 }),
      (said, view, step) => {
        const index = indexed(said)
        let text = ''
        for (let line = 0; line < index.total('both', view); line += step) {
          for (const { bytes } of index.lines('both', view, line, step)) text += Buffer.from(bytes ?? [])
        }
        assert.equal(text, said.map(([, each]) => each).join(''))
      },
    ),
  )
})

test('a search finds every place where a side said it, across packets', async () => {
  await fc.assert(
    fc.asyncProperty(talk, fc.stringMatching(/^[ab\n]{1,6}$/), async (said, wanted) => {
      const index = indexed(said)
      const options = { heard: 'both', view: 'text', limit: 10_000, sliceMs: 8, patienceMs: 5000 } as const
      const { found } = await search(index, utf8(wanted), options)
      for (const fromClient of [true, false]) {
        const all = said.flatMap(([side, text]) => (side === fromClient ? [text] : [])).join('')
        const expected: number[] = []
        for (let at = all.indexOf(wanted); at >= 0; at = all.indexOf(wanted, at + 1)) expected.push(at)
        const offsets = found.flatMap((match) => (match.fromClient === fromClient ? [match.offset] : []))
        assert.deepEqual(
          offsets.sort((a, b) => a - b),
          expected,
        )
      }
    }),
  )
})

test('lines end at line ends, are of bounded length, and part no character', () => {
  assert.deepEqual(lineEnds(utf8('a\nbc\n'), 'text'), [2, 5])
  assert.deepEqual(lineEnds(new Uint8Array(40), 'hex'), [16, 32, 40])
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
      const bytes = utf8(text)
      const ends = lineEnds(bytes, 'text')
      assert.equal(ends.length, countLines(bytes, 'text'))
      let from = 0
      for (const end of ends) {
        assert.ok(end > from && end - from <= TEXT_BYTES)
        new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(from, end))
        from = end
      }
      assert.equal(from, bytes.length)
    }),
  )
})
