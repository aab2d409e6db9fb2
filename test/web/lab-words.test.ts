import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { labText, packetsIn, withPorts } from '../../web/lib/lab-words.ts'

const named = (text: string) => packetsIn(text).flatMap(({ packet }) => packet ?? [])

test('packets that words name are found', () => {
  assert.deepEqual(named('Packet 12 has RST set.'), [12])
  assert.deepEqual(named('Look at packets 3, 5 and 8; packet 9 follows.'), [3, 5, 8, 9])
  assert.deepEqual(named('Packet 12 carries 5 bytes; "hello" and a newline are 6.'), [12])
  assert.deepEqual(named('A packet of 60 bytes'), [])
  assert.deepEqual(packetsIn('See packet 7.'), [
    { words: 'See ', packet: null },
    { words: 'packet 7', packet: 7 },
    { words: '.', packet: null },
  ])
})

test('no word is lost or made up', () => {
  const words = fc.array(fc.constantFrom('packet ', 'Packets ', '1', '23', ', ', ' and ', ' to ', 'x', '.'))
  fc.assert(
    fc.property(words, (parts) => {
      const text = parts.join('')
      assert.equal(
        packetsIn(text).reduce((whole, part) => whole + part.words, ''),
        text,
      )
    }),
  )
})

test('a text falls into what is read before and what comes after', () => {
  const text = labText(
    '# 03 TCP\n\n**You will** open.\n\n## The idea\n\nNumbers.\n\n## In Python\n\nThe same.\n\n## Questions to think about\n\n- Why?\n\n## What to read next\n\nRFC 9293.\n',
  )
  assert.equal(text.before, '**You will** open.\n\n## The idea\n\nNumbers.')
  assert.deepEqual(text.aside, [{ title: 'In Python', text: 'The same.' }])
  assert.equal(text.after, '## Questions to think about\n\n- Why?\n\n## What to read next\n\nRFC 9293.')
})

test('every lab has something to read before and after', () => {
  const folder = join(import.meta.dirname, '..', '..', 'labs')
  const labs = readdirSync(folder).filter((name) => /^\d\d-/.test(name))
  assert.ok(labs.length > 0)
  for (const lab of labs) {
    const { before, after } = labText(readFileSync(join(folder, lab, 'README.md'), 'utf8'))
    assert.match(before, /\*\*You will\*\*/, lab)
    assert.match(after, /Going further/, lab)
  }
})

test('ports stand where their names were', () => {
  assert.equal(withPorts('nc $TCP; $DOOR2 $NOBODY', { TCP: 4001, DOOR2: 7 }), 'nc 4001; 7 $NOBODY')
})
