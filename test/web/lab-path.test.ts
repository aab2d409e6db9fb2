import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabSummary } from '../../server/dashboard/api-labs.ts'
import { duration, listed, missingFor, nextLab, opened, stationOf, withLab } from '../../web/lib/lab-path.ts'

const lab = (number: number, more: Partial<LabSummary> = {}): LabSummary => ({
  id: `${number}-lab`,
  number,
  title: `Lab ${number}`,
  summary: '',
  minutes: 30,
  networks: ['lab'],
  assumes: [],
  unlocks: [],
  steps: 10,
  done: 0,
  solved: false,
  unfit: null,
  ...more,
})

test('one goes on where one is, else where nothing is missing', () => {
  const solved = { done: 10, solved: true }
  const path = [lab(1), lab(2, { assumes: [1] }), lab(3, { assumes: [1] })]
  assert.equal(nextLab(path)?.number, 1)
  assert.equal(nextLab([lab(1, solved), ...path.slice(1)])?.number, 2)
  assert.equal(nextLab([lab(1, solved), lab(2), lab(3, { done: 4 })])?.number, 3)
  assert.equal(nextLab([lab(1), lab(2, solved), lab(3)], 2)?.number, 3)
  assert.equal(nextLab([lab(1), lab(2, solved), lab(3, solved)], 2)?.number, 1)
  assert.equal(nextLab([lab(1, solved), lab(2, { unfit: 'needs routers' }), lab(3)])?.number, 3)
  assert.equal(nextLab([lab(4, { assumes: [1] }), lab(1, { unfit: 'no' })])?.number, 4)
  assert.equal(nextLab([lab(1, solved)]), undefined)
})

test('what is missing is what is assumed, here, and not solved', () => {
  const three = lab(3, { assumes: [1, 2, 9] })
  assert.deepEqual(missingFor(three, [lab(1, { solved: true }), lab(2), three]), [2])
})

test('a solved lab opens the way to those that are best prepared', () => {
  const one = lab(1, { solved: true, unlocks: [2, 3, 4, 5] })
  const labs = [
    one,
    lab(2, { assumes: [1, 7] }),
    lab(3, { assumes: [1] }),
    lab(4, { solved: true }),
    lab(5, { unfit: 'no' }),
    lab(7),
  ]
  assert.deepEqual(
    opened(one, labs).map(({ number }) => number),
    [3, 2],
  )
})

test('a lab that was told of anew takes its place in the list, without its text', () => {
  const told = { ...lab(1, { done: 3 }), text: 'long', stepList: [] }
  const [one, two] = withLab([lab(1), lab(2)], told)
  assert.equal(one && stationOf(one), 'begun')
  assert.ok(one !== undefined && !('text' in one))
  assert.equal(two?.number, 2)
})

test('numbers and times in words', () => {
  assert.equal(listed([3]), '03')
  assert.equal(listed([1, 3, 10, 11]), '01, 03, 10 and 11')
  assert.equal(duration(45), '45 min')
  assert.equal(duration(120), '2 h')
  assert.equal(duration(165), '2 h 45 min')
})
