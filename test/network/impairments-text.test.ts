import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { NetworkError } from '../../server/errors.ts'
import { UNIMPAIRED } from '../../server/network/impairments.ts'
import {
  IMPAIRMENT_NAMES,
  type ImpairmentName,
  impairmentsText,
  impairmentText,
  parseImpairment,
} from '../../server/network/impairments-text.ts'

describe('impairments as text', () => {
  for (const [name, text, value] of [
    ['loss', '5%', 0.05],
    ['loss', ' 0.1 % ', 0.001],
    ['loss', '100%', 1],
    ['loss', '0', 0],
    ['corrupt', '.5%', 0.005],
    ['delay', '20ms', 0.02],
    ['delay', '1.5s', 1.5],
    ['delay', '500us', 0.0005],
    ['delay', '500 µs', 0.0005],
    ['jitter', '5msec', 0.005],
    ['rate', '1mbit', 1e6],
    ['rate', '1Mbit/s', 1e6],
    ['rate', '56.6kbit', 56_600],
    ['rate', '2gbit', 2e9],
    ['rate', '64000', 64_000],
    ['rate', '1mibit', 1_048_576],
    ['limit', '100', 100],
    ['burst', '3.5', 3.5],
  ] as const) {
    it(`${name} ${JSON.stringify(text)}`, () => {
      assert.ok(Math.abs(parseImpairment(name, text) - value) <= value * 1e-12)
    })
  }

  it('a number is in the units of the settings already', () => {
    assert.equal(parseImpairment('loss', 0.05), 0.05)
    assert.equal(parseImpairment('delay', 0.02), 0.02)
    assert.equal(parseImpairment('rate', 5000), 5000)
  })

  for (const [name, text] of [
    ['loss', '0.05'],
    ['loss', '5'],
    ['loss', '101%'],
    ['loss', '-1%'],
    ['loss', 'some'],
    ['loss', ''],
    ['loss', '5%%'],
    ['delay', '20'],
    ['delay', '20m'],
    ['delay', '-1ms'],
    ['delay', '11min'],
    ['delay', '601s'],
    ['rate', '10mbps'],
    ['rate', '0.5bit'],
    ['rate', '1e-300bit'],
    ['rate', '1 banana'],
    ['rate', '1constructor'],
    ['rate', '-1mbit'],
    ['limit', '1.5'],
    ['limit', '-1'],
    ['limit', '10%'],
    ['burst', '-2'],
  ] as const) {
    it(`refuses ${name} ${JSON.stringify(text)}, and says what it wants`, () => {
      assert.throws(
        () => parseImpairment(name, text, `up.${name}`),
        (error) =>
          error instanceof NetworkError &&
          error.code === 'bad-impairment' &&
          error.field === `up.${name}` &&
          error.expected !== undefined &&
          error.message === `up.${name}: expected ${error.expected}; found ${JSON.stringify(text)}`,
      )
    })
  }

  it('refuses numbers that are none', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -0.1]) {
      assert.throws(() => parseImpairment('loss', value), NetworkError)
    }
  })

  it('any text is a value within bounds or a clear error', () => {
    fc.assert(
      fc.property(fc.constantFrom(...IMPAIRMENT_NAMES), fc.string({ maxLength: 20 }), (name, text) => {
        try {
          assert.ok(Number.isFinite(parseImpairment(name, text)))
        } catch (error) {
          assert.ok(error instanceof NetworkError)
        }
      }),
    )
  })

  it('what is written is read again', () => {
    const values: Record<ImpairmentName, fc.Arbitrary<number>> = {
      rate: fc.integer({ min: 0, max: 1e10 }),
      delay: fc.integer({ min: 0, max: 6e8 }).map((us) => us / 1e6),
      jitter: fc.integer({ min: 0, max: 6e8 }).map((us) => us / 1e6),
      loss: fc.integer({ min: 0, max: 1e5 }).map((n) => n / 1e5),
      burst: fc.integer({ min: 0, max: 1000 }),
      duplicate: fc.constant(0.25),
      corrupt: fc.constant(0.001),
      reorder: fc.constant(1),
      limit: fc.nat(1_000_000),
    }
    for (const name of IMPAIRMENT_NAMES) {
      fc.assert(
        fc.property(values[name], (value) => {
          const again = parseImpairment(name, impairmentText(name, value))
          assert.ok(Math.abs(again - value) <= value * 1e-9, `${impairmentText(name, value)} for ${value}`)
        }),
      )
    }
  })

  it('a direction in words', () => {
    assert.equal(impairmentsText(UNIMPAIRED), 'nothing')
    assert.equal(
      impairmentsText({ ...UNIMPAIRED, loss: 0.07, delay: 0.02, rate: 1e6 }),
      'rate 1mbit, delay 20ms, loss 7%',
    )
  })
})
