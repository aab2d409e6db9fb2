import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { UsageError } from '../../server/errors.ts'
import { UNIMPAIRED } from '../../server/network/impairments.ts'
import { PRESETS } from '../../server/network/presets.ts'
import { durationText, readDuration } from '../../server/wire/duration.ts'
import { readWireOptions, type WireOptions, type WirePreset } from '../../server/wire/wire-options.ts'

const problems = (options: WireOptions): string[] => {
  try {
    readWireOptions(options)
  } catch (error) {
    assert.ok(error instanceof UsageError)
    return error.problems.flatMap((problem) => problem.split('\n'))
  }
  return []
}

describe('what a wire is asked to be', () => {
  for (const [to, host, port] of [
    ['127.0.0.1:8080', '127.0.0.1', 8080],
    ['localhost:80', 'localhost', 80],
    ['[::1]:8080', '::1', 8080],
    [':8080', '127.0.0.1', 8080],
    ['8080', '127.0.0.1', 8080],
    [8080, '127.0.0.1', 8080],
    ['api.example.org:443', 'api.example.org', 443],
  ] as const) {
    it(`to ${to}`, () => assert.deepEqual(readWireOptions({ to }).to, { host, port }))
  }

  for (const to of [
    '',
    'host',
    'host:',
    'host:0',
    'host:65536',
    '::1:80',
    '[::1]',
    '[x]:80',
    'http://a:1',
    0,
    1.5,
  ]) {
    it(`refuses to go to ${JSON.stringify(to)}`, () => {
      const [problem = ''] = problems({ to })
      assert.match(problem, /^to: expected /)
    })
  }

  for (const [to, host] of [
    ['8080', '127.0.0.1'],
    ['localhost:8080', '127.0.0.1'],
    ['localhost:8080', '::1'],
    ['127.0.0.1:8080', '0.0.0.0'],
    ['[::1]:8080', '::'],
  ] as const) {
    it(`is not its own server: ${to} at ${host}`, () => {
      assert.match(problems({ to, host, listen: 8080 }).join(), /^listen: expected another port/)
    })
  }

  it('a server at another address of this machine may have the same port', () => {
    assert.deepEqual(problems({ to: '[::1]:8080', listen: 8080 }), [])
    assert.deepEqual(problems({ to: '127.0.0.2:8080', listen: 8080 }), [])
    assert.deepEqual(problems({ to: 'example.org:443', host: '0.0.0.0', listen: 443 }), [])
  })

  it('left out: any port of 127.0.0.1, a seed, the client’s end, a switch, nothing impaired', () => {
    const plan = readWireOptions({ to: 1 })
    assert.equal(plan.listen, 0)
    assert.equal(plan.host, '127.0.0.1')
    assert.equal(plan.at, 'client')
    assert.equal(plan.topology, 'switch')
    assert.deepEqual([plan.up, plan.down], [UNIMPAIRED, UNIMPAIRED])
    assert.ok(Number.isInteger(plan.seed))
  })

  it('a preset first, then both directions, then one of them', () => {
    const preset = PRESETS.find(({ id }) => id === '3g')!
    const { up, down } = readWireOptions({ to: 1, preset: '3g', loss: '5%', up: { loss: 0.1, delay: '1ms' } })
    assert.deepEqual(up, { ...preset.up, loss: 0.1, delay: 0.001 })
    assert.deepEqual(down, { ...preset.down, loss: 0.05 })
    assert.equal(readWireOptions({ to: 1, preset: 'cut-cable' }).cut, true)
  })

  for (const { id, up, down, cut } of PRESETS) {
    it(`knows the preset ${id}`, () => {
      const plan = readWireOptions({ to: 1, preset: id as WirePreset })
      assert.deepEqual([plan.up, plan.down, plan.cut], [up, down, cut])
    })
  }

  it('every problem at once, each with its option', () => {
    const given = {
      to: 'nowhere',
      listen: 70_000,
      host: 'everywhere',
      seed: -1,
      at: 'middle',
      topology: 'ring',
      preset: 'wormhole',
      delay: '5',
      up: { loss: '200%' },
      down: { limit: 1.5 },
    } as unknown as WireOptions
    assert.deepEqual(
      problems(given).map((problem) => problem.split(':')[0]),
      ['to', 'listen', 'host', 'seed', 'at', 'topology', 'preset', 'delay', 'up.loss', 'down.limit'],
    )
  })
})

describe('durations', () => {
  it('have a unit, or are seconds', () => {
    assert.equal(readDuration('5s', 'within'), 5000)
    assert.equal(readDuration('500ms', 'within'), 500)
    assert.equal(readDuration('2m', 'within'), 120_000)
    assert.equal(readDuration(0.5, 'within'), 500)
    assert.equal(durationText(500), '500 ms')
    assert.equal(durationText(1500), '1.5 s')
  })

  it('anything else is refused', () => {
    for (const given of ['5', '', 'soon', '-1s', '2h', '0s', 0, -1, Number.NaN, 4000]) {
      assert.throws(() => readDuration(given, 'within'), UsageError)
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          assert.ok(readDuration(text, 'within') > 0)
        } catch (error) {
          assert.ok(error instanceof UsageError)
        }
      }),
    )
  })
})
