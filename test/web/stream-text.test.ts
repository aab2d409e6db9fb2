import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StreamLine } from '../../server/dashboard/api-stream.ts'
import { asHex, lostWords, shown, stretches } from '../../web/lib/stream-text.ts'

const line = (offset: number, length: number, more: Partial<StreamLine> = {}): StreamLine => ({
  direction: 'client',
  offset,
  length,
  number: 4,
  time: null,
  begins: true,
  again: false,
  base64: '',
  lost: null,
  ...more,
})

test('what has no shape is shown by a sign', () => {
  assert.equal(shown(new TextEncoder().encode('a\tb\r\n\u0001é')), 'a\\tb\\r\\n·é')
})

test('a match is marked in each line that it reaches into', () => {
  const match = { direction: 'client' as const, offset: 8, length: 4, line: 0 }
  const bytes = new Uint8Array(10)
  const parts = (offset: number) =>
    stretches(line(offset, 10), bytes, [match], match).map((part) => [part.bytes.length, part.found])
  assert.deepEqual(parts(0), [
    [8, 'no'],
    [2, 'current'],
  ])
  assert.deepEqual(parts(10), [
    [2, 'current'],
    [8, 'no'],
  ])
  assert.deepEqual(parts(20), [[10, 'no']])
})

test('bytes that are not there say why', () => {
  assert.equal(lostWords(line(0, 1460, { lost: 'missed' })), '1.5 kB that the capture missed')
  assert.equal(lostWords(line(0, 6, { lost: 'evicted' })), '6 bytes that made room for newer packets')
})

test('hex is told from text', () => {
  assert.equal(asHex('0x0d0a'), '0d0a')
  assert.equal(asHex('0d 0a'), '0d 0a')
  assert.equal(asHex('hello'), null)
  assert.equal(asHex('abc'), null)
})
