import assert from 'node:assert/strict'
import { test } from 'node:test'
import { originals } from '../../web/lib/sent-again.ts'
import { row } from './rows.ts'

const again = (number: number, words: string) =>
  row(number, number, `again: ${words}`, { analysis: ['retransmission'] })

test('what is sent again is what TCP’s analysis names, if it is held', () => {
  const named = { ...again(4, '7 bytes'), repeats: 2 }
  assert.deepEqual([...originals([row(2, 1, '"a"'), row(3, 2, '"b"'), named])], [[4, 2]])
  assert.equal(originals([row(3, 2, '"b"'), named]).size, 0)
})

test('where it names none it is the lost one, of several the oldest', () => {
  const rows = [row(1, 0, '"a"'), row(2, 1, '"a"', { fate: 'lost' }), row(3, 2, '"a"'), again(4, '"a"')]
  assert.deepEqual([...originals(rows)], [[4, 2]])
})

test('where no loss is known only the packet just before it can be meant', () => {
  const rows = [row(1, 0, '"a"'), again(2, '"a"'), row(3, 1, 'longer', { length: 90 }), again(4, '"a"')]
  assert.deepEqual([...originals(rows)], [[2, 1]])
})

test('the other direction, another conversation or a packet not held is no original', () => {
  const rows = [row(1, 0, '"a"', { fromClient: false }), row(2, 1, '"a"', { flow: 'tcp.1' }), again(3, '"a"')]
  assert.equal(originals(rows).size, 0)
})

const down = { fromClient: false }
const unseen = (number: number, seq: number) =>
  row(number, number, '7 bytes', {
    ...down,
    fate: 'lost',
    info: `[PSH, ACK] Seq=${seq} Len=7`,
    transit: {
      cable: 'server',
      direction: 'down',
      sentAt: '0.0',
      arrivals: [],
      delay: null,
      queue: 0,
      seen: false,
    },
  })

test('what this end never saw is sent again by whatever fills the hole', () => {
  const after = [unseen(1, 1), row(2, 1, 'ACK', down), row(3, 2, '"a"', down), row(4, 3, '"b"', down)]
  assert.deepEqual([...originals(after)], [[3, 1]])
})

test('bytes that came behind a hole do not fill it', () => {
  const behind = row(2, 1, '"b"', { ...down, analysis: ['lost_segment'] })
  const filling = row(3, 2, '"a"', { ...down, analysis: ['out_of_order'] })
  assert.deepEqual([...originals([unseen(1, 1), behind, filling])], [[3, 1]])
})

test('of two that were lost one after the other the second is no repetition, unless it has the same number', () => {
  assert.equal(originals([unseen(1, 1), unseen(2, 8)]).size, 0)
  assert.deepEqual([...originals([unseen(1, 1), unseen(2, 1)])], [[2, 1]])
})
