/** Packets over time, counted as they come, are those that one would count afterwards. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Density, type DensitySource } from '../../server/trace/density.ts'
import { View } from '../../server/trace/view.ts'

/** Packets at given times, the oldest of which may be gone. */
class Seen implements DensitySource {
  run = 'one'
  revisions = 0
  first = 1
  readonly times: number[] = []

  get last(): number {
    return this.times.length
  }

  timeOf(number: number): bigint | undefined {
    const time = number < this.first ? undefined : this.times[number - 1]
    return time === undefined ? undefined : 1_700_000_000_000_000_000n + BigInt(time)
  }

  lengthOf(number: number): number {
    return 60 + (number % 7)
  }

  osiOf(number: number): number {
    return number % 3 === 0 ? 4 : 7
  }

  isTroubled(number: number): boolean {
    return number % 10 === 0
  }
}

/** What the bins should hold, counted from scratch. */
function expected(seen: Seen, start: bigint, width: number, bins: number): number[] {
  const counts: number[] = new Array(bins).fill(0)
  for (let number = seen.first; number <= seen.last; number++) {
    const bin = Number((seen.timeOf(number)! - start) / BigInt(width))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return counts
}

/** The same sequence in every run. */
function gaps(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

test('counted in any portions, with the oldest made room for, the bins hold what is held', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = gaps(seed * 7919)
    const seen = new Seen()
    const density = new Density(seen)
    let time = 0
    for (let portion = 0; portion < 12; portion++) {
      const pace = 10 ** (3 + random() * 7)
      const count = 1 + Math.floor(random() * 300)
      for (let n = 0; n < count; n++) {
        time += random() * pace
        seen.times.push(Math.round(time))
      }
      if (random() < 0.4) seen.first += Math.floor(random() * (seen.last - seen.first))
      await density.catchUp()
      const most = 1 + Math.floor(random() * 400)
      const bins = density.bins(most)
      const about = `seed ${seed}, portion ${portion}`
      assert.ok(bins.packets.length <= most, about)
      assert.deepEqual(bins.packets, expected(seen, bins.start, bins.widthNanos, bins.packets.length), about)
    }
  }
})

test('a layer is that of most of a bin’s packets, the upper of two', async () => {
  const seen = new Seen()
  for (let n = 0; n < 30; n++) seen.times.push(n * 1000)
  const density = new Density(seen)
  await density.catchUp()
  const { osi, trouble, bytes } = density.bins(10)
  assert.deepEqual([osi, trouble, bytes.length], [[7], [3], 1])
})

test('matches are counted once, however often one asks', async () => {
  const seen = new Seen()
  for (let n = 0; n < 5000; n++) seen.times.push(n * 1_000_000)
  const density = new Density(seen)
  const view = new View(
    {
      first: 1,
      get last() {
        return seen.last
      },
      protocols: () => 0,
      packet: () => 'unknown',
    },
    undefined,
  )
  for (let round = 0; round < 3; round++) {
    await density.catchUp()
    const matches = await density.matches(view, 64)
    assert.deepEqual(matches, density.bins(64).packets)
    for (let n = 0; n < 500; n++) seen.times.push((seen.times.at(-1) ?? 0) + 1_000_000)
  }
})

test('a trace that was read anew is counted anew', async () => {
  const seen = new Seen()
  seen.times.push(0, 1, 2)
  const density = new Density(seen)
  await density.catchUp()
  seen.run = 'two'
  await density.catchUp()
  assert.deepEqual(density.bins(4).packets, [3])
})
