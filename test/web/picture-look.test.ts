import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUnseen, pngScale, presentation, wrapWords } from '../../web/lib/picture-look.ts'

const look = (styles: Record<string, string>) => (property: string) => styles[property] ?? ''

test('the picture says all of its look, and what is in it only where that changes', () => {
  const root = look({ fill: '#000000', stroke: 'none', 'font-size': '13px', opacity: '1' })
  assert.deepEqual(presentation('svg', root, null), [
    ['fill', '#000000'],
    ['stroke', 'none'],
    ['font-size', '13px'],
  ])
  const mark = look({ fill: '#000000', stroke: '#ff0000', 'font-size': '13px', opacity: '0.5', r: '2px' })
  assert.deepEqual(presentation('circle', mark, root), [
    ['stroke', '#ff0000'],
    ['opacity', '0.5'],
    ['r', '2'],
  ])
})

test('what is there for the pointer only is left out', () => {
  assert.equal(isUnseen(look({ display: 'inline', fill: 'rgba(0, 0, 0, 0)', stroke: 'none' })), true)
  assert.equal(isUnseen(look({ display: 'inline', fill: 'none', stroke: '#ffffff' })), false)
  assert.equal(isUnseen(look({ display: 'none', fill: '#ffffff', stroke: 'none' })), true)
})

test('words break between words', () => {
  assert.deepEqual(wrapWords('one two three', 7), ['one two', 'three'])
  assert.deepEqual(wrapWords('unbreakable', 4), ['unbreakable'])
  assert.deepEqual(wrapWords('', 10), [])
})

test('pixels are two for one, and fewer where a canvas could not hold them', () => {
  assert.equal(pngScale(800, 600), 2)
  assert.equal(pngScale(800, 16_384), 1)
  assert.ok(pngScale(9000, 9000) ** 2 * 9000 * 9000 <= 120e6 * 1.001)
})
