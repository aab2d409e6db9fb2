import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Random, seeded } from '../../server/network/random.ts'

const draws = (random: Random, count: number) => Array.from({ length: count }, () => random.next())

describe('seeded chance', () => {
  it('the same seed gives the same numbers, and another seed others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_fffe }), (seed) => {
        assert.deepEqual(draws(seeded(seed), 20), draws(seeded(seed), 20))
        assert.notDeepEqual(draws(seeded(seed), 20), draws(seeded(seed + 1), 20))
      }),
    )
  })

  it('gives the numbers that it gave when this was written', () => {
    assert.deepEqual(draws(seeded(7), 3), FIRST_OF_7)
  })

  it('lies in [0, 1), evenly', () => {
    const buckets = new Array(20).fill(0)
    for (const draw of draws(seeded(1), 200_000)) {
      assert.ok(draw >= 0 && draw < 1)
      buckets[Math.floor(draw * 20)]++
    }
    // Ten standard deviations of a bucket of 10,000 are about 975.
    for (const count of buckets) assert.ok(Math.abs(count - 10_000) < 975, `${count}`)
  })

  it('below(n) gives every whole number under n and no other', () => {
    const random = seeded(2)
    const seen = new Set(Array.from({ length: 2000 }, () => random.below(10)))
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    )
  })

  it('normal() has mean 0 and standard deviation 1', () => {
    const random = seeded(3)
    const values = Array.from({ length: 100_000 }, () => random.normal())
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    assert.ok(Math.abs(mean) < 0.02, `${mean}`)
    assert.ok(Math.abs(Math.sqrt(variance) - 1) < 0.02, `${variance}`)
    assert.ok(values.every(Number.isFinite))
  })

  it('normal() takes two draws: what follows is the same as after two of next()', () => {
    const [one, other] = [seeded(4), seeded(4)]
    one.normal()
    draws(other, 2)
    assert.equal(one.next(), other.next())
  })

  it('a fork depends on the seed and its name, not on what was drawn before', () => {
    const fresh = seeded(5).fork('up')
    const used = seeded(5)
    draws(used, 100)
    assert.deepEqual(draws(used.fork('up'), 10), draws(fresh, 10))
    assert.notDeepEqual(draws(seeded(5).fork('up'), 10), draws(seeded(5).fork('down'), 10))
    assert.notDeepEqual(draws(seeded(5).fork('up'), 10), draws(seeded(6).fork('up'), 10))
  })

  it('forks of neighbouring seeds have nothing to do with each other', () => {
    const firsts = new Set(Array.from({ length: 5000 }, (_, seed) => seeded(seed).fork('server').next()))
    assert.ok(firsts.size > 4990)
    const agreement = Array.from({ length: 5000 }, (_, seed) => {
      const [a, b] = [
        seeded(seed).fork('up').next(),
        seeded(seed + 1)
          .fork('up')
          .next(),
      ]
      return a < 0.5 === b < 0.5 ? 1 : 0
    }).reduce<number>((sum, one) => sum + one, 0)
    assert.ok(Math.abs(agreement - 2500) < 350, `${agreement}`)
  })
})

const FIRST_OF_7 = [0.4547669554594904, 0.0638020287733525, 0.4162815688177943]
