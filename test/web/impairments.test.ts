import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseImpairment } from '../../server/network/impairments-text.ts'
import {
  alike,
  cableName,
  formatImpairment,
  impairmentWords,
  KNOBS,
  stepOf,
  typedValue,
} from '../../web/lib/impairments.ts'
import { cable, network } from './network.ts'

const knob = (name: string) => KNOBS.find((one) => one.name === name)!

test('every setting of the API has a slider', () => {
  assert.deepEqual(KNOBS.map(({ name }) => name).sort(), Object.keys(network().up).sort())
})

test('a slider stands where its value is, and an arrow key goes to the next one', () => {
  for (const one of KNOBS) for (const [at, step] of one.steps.entries()) assert.equal(stepOf(one, step), at)
})

test('a rate without limit is the fastest', () => {
  const rate = knob('rate')
  assert.equal(stepOf(rate, 0), rate.steps.length - 1)
  assert.ok(stepOf(rate, 1e12) < rate.steps.length - 1)
})

test('values have their units', () => {
  assert.equal(formatImpairment('delay', 0.02), '20 ms')
  assert.equal(formatImpairment('delay', 1.5), '1.5 s')
  assert.equal(formatImpairment('loss', 0.07), '7 %')
  assert.equal(formatImpairment('rate', 1e6), '1 Mbit/s')
  assert.equal(formatImpairment('rate', 0), 'no limit')
  assert.equal(formatImpairment('limit', 1), '1 frame')
  assert.equal(formatImpairment('burst', 0), 'one by one')
})

test('what the page writes, the lab reads back as the same value', () => {
  for (const one of KNOBS) {
    for (const step of one.steps) {
      const typed = typedValue(one, formatImpairment(one.name, step))
      const read = parseImpairment(one.name, typed)
      assert.ok(Math.abs(read - step) <= step * 1e-9, `${one.name} ${step}: ${typed} is ${read}`)
    }
  }
})

test('a bare number has the unit that stands beside it', () => {
  assert.equal(parseImpairment('delay', typedValue(knob('delay'), '20')), 0.02)
  assert.equal(parseImpairment('loss', typedValue(knob('loss'), ' 2,5 ')), 0.025)
  assert.equal(parseImpairment('rate', typedValue(knob('rate'), '1.5')), 1.5e6)
  assert.equal(parseImpairment('limit', typedValue(knob('limit'), '20 frames')), 20)
})

test('anything typed is a value or is left to the lab to refuse', () => {
  fc.assert(
    fc.property(fc.constantFrom(...KNOBS), fc.string({ maxLength: 30 }), (one, text) => {
      const value = typedValue(one, text)
      assert.ok(typeof value === 'string' || Number.isFinite(value))
    }),
  )
})

test('a cable is called by its preset, else by what it does, and when it is cut by that', () => {
  assert.equal(cableName(network()), 'Perfect cable')
  const own = { ...network().up, delay: 0.02, loss: 0.05 }
  assert.equal(cableName(network({ preset: null, up: own, down: own })), '20 ms, 5 % lost')
  assert.equal(cableName(network({ cables: [cable('server', ['switch', 'server'], true)] })), 'cut')
  assert.equal(impairmentWords(network().up), 'perfect')
})

test('what differs by direction is told for both where there is no room for all', () => {
  const { up, down } = network()
  const both = network({
    preset: null,
    up: { ...up, delay: 0.02, rate: 1e6 },
    down: { ...down, delay: 0.04 },
  })
  assert.equal(cableName(both), '20 ms / 40 ms')
  assert.equal(cableName(network({ preset: null, up: { ...up, rate: 1e6 } })), 'different each way')
})

test('two directions are alike when nothing differs', () => {
  const { up, down } = network()
  assert.equal(alike(up, down), true)
  assert.equal(alike(up, { ...down, limit: 5 }), false)
})
