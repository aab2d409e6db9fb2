import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UNIMPAIRED } from '../../server/network/impairments.ts'
import { IMPAIRMENT_NAMES, parseImpairment } from '../../server/network/impairments-text.ts'
import { PRESETS, presetOf } from '../../server/network/presets.ts'

describe('presets', () => {
  it('are the cables that people meet, each with a name of its own', () => {
    assert.deepEqual(
      PRESETS.map(({ id }) => id),
      ['perfect', 'fibre', 'cafe-wifi', '3g', 'geo-satellite', 'leo-satellite', 'lossy-lan', 'cut-cable'],
    )
    assert.equal(new Set(PRESETS.map(({ name }) => name)).size, PRESETS.length)
  })

  for (const preset of PRESETS) {
    it(`${preset.name} has values within bounds, and says where they are from`, () => {
      for (const direction of ['up', 'down'] as const) {
        for (const name of IMPAIRMENT_NAMES) {
          assert.equal(parseImpairment(name, preset[direction][name]), preset[direction][name])
        }
      }
      assert.ok(preset.about.length > 20)
      if (preset.up !== UNIMPAIRED) assert.match(preset.about, /Ookla|RFC|3GPP|INFOCOM|typical/)
    })

    it(`${preset.name} is found again by its values`, () => {
      assert.equal(presetOf({ ...preset.up }, { ...preset.down }, preset.cut), preset)
    })

    it(`the queue of ${preset.name} holds at least what is on the way in a round trip`, () => {
      const roundTrip = preset.up.delay + preset.down.delay
      for (const { rate, limit } of [preset.up, preset.down]) {
        if (rate > 0 && rate < 100e6) assert.ok(limit * 12_304 >= rate * roundTrip * 0.5, `${limit}`)
      }
    })
  }

  it('any other setting is none of them', () => {
    assert.equal(presetOf({ ...UNIMPAIRED, loss: 0.123 }, UNIMPAIRED, false), undefined)
  })
})
