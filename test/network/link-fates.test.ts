import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Impairments, UNIMPAIRED } from '../../server/network/impairments.ts'
import { cable, share } from './cable.ts'
import { arpRequest, CLIENT, numbered, SERVER, segment } from './lab-frames.ts'

describe('loss', () => {
  it('loses the share that it was told to, each frame for itself', () => {
    const { clock, send, fates, seen } = cable({ loss: 0.05 })
    send(20_000)
    clock.run()
    assert.ok(Math.abs(share(fates(), 'lost') - 0.05) < 0.008)
    assert.equal(seen.arrivals.length, fates().filter((fate) => fate === 'delivered').length)
  })

  it('all is lost at 100 %, and nothing at 0', () => {
    const all = cable({ loss: 1 })
    all.send(500)
    assert.equal(share(all.fates(), 'lost'), 1)
    const none = cable({ loss: 0, burst: 10 })
    none.send(500)
    assert.equal(share(none.fates(), 'lost'), 0)
  })

  const bursts = (fates: string[]) =>
    fates
      .map((fate) => (fate === 'lost' ? 'x' : '.'))
      .join('')
      .split(/\.+/)
      .filter((run) => run !== '')
      .map((run) => run.length)

  for (const [loss, burst] of [
    [0.02, 5],
    [0.1, 3],
    [0.3, 10],
  ] as const) {
    it(`bursts of ${burst} frames on average keep ${loss * 100} % as the share of all`, () => {
      const { send, fates } = cable({ loss, burst })
      send(200_000)
      const lengths = bursts(fates())
      const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
      assert.ok(Math.abs(mean - burst) < burst * 0.08, `mean burst ${mean}`)
      assert.ok(Math.abs(share(fates(), 'lost') - loss) < loss * 0.1, `share ${share(fates(), 'lost')}`)
    })
  }

  it('the share holds also where it leaves no room for the gaps between such bursts', () => {
    const { send, fates } = cable({ loss: 0.9, burst: 2 })
    send(50_000)
    assert.ok(Math.abs(share(fates(), 'lost') - 0.9) < 0.01)
  })
})

describe('duplication and corruption', () => {
  it('a duplicated frame arrives twice under one number, the copy behind it on a slow cable', () => {
    const { clock, send, seen } = cable({ duplicate: 1, rate: 1e6 })
    send(1, { length: 1514 })
    clock.run()
    assert.deepEqual(seen.departures[0]!.fates, ['duplicated'])
    assert.deepEqual(
      seen.arrivals.map(({ id, time }) => [id, Number(time.toFixed(3))]),
      [
        [0, 12.304],
        [0, 24.608],
      ],
    )
  })

  it('turns exactly one bit behind the Ethernet header, in a copy', () => {
    const { clock, link, seen, fates } = cable({ corrupt: 1 })
    const places = new Set<number>()
    for (let n = 0; n < 2000; n++) {
      const frame = segment({ payload: 30 })
      const before = frame.slice()
      link.up.offer(frame, (received) => {
        assert.deepEqual(frame, before)
        const turned = [...received.keys()].filter((at) => received[at] !== before[at])
        assert.equal(turned.length, 1)
        const at = turned[0]!
        assert.ok(at >= 14)
        assert.equal(Math.log2(received[at]! ^ before[at]!) % 1, 0)
        places.add(at)
      })
      clock.run()
    }
    assert.equal(share(fates(), 'corrupted'), 1)
    assert.equal(places.size, 20 + 20 + 30)
    assert.ok(seen.arrivals.every(({ received }) => received !== undefined))
  })

  it('leaves alone what is no IPv4, and the padding behind it', () => {
    const { clock, link, fates } = cable({ corrupt: 1 })
    const arp = arpRequest(CLIENT, SERVER)
    const before = arp.slice()
    link.up.offer(arp, (received) => assert.deepEqual(received, before))
    for (let n = 0; n < 500; n++) {
      const padded = new Uint8Array(60)
      padded.set(segment({ flags: 'A' }))
      link.up.offer(padded, (received) => assert.ok(received.subarray(54).every((byte) => byte === 0)))
    }
    clock.run()
    assert.equal(fates()[0], 'delivered')
    assert.equal(fates()[1], 'corrupted')
  })
})

describe('the same seed', () => {
  const settings = fc.record({
    loss: fc.constantFrom(0, 0.1),
    duplicate: fc.constantFrom(0, 0.2),
    corrupt: fc.constantFrom(0, 0.2),
    reorder: fc.constantFrom(0, 0.2),
    jitter: fc.constantFrom(0, 0.003),
    delay: fc.constantFrom(0, 0.02),
    rate: fc.constantFrom(0, 1e9),
  })
  const run = (impairments: Partial<Impairments>, seed: number) => {
    const { clock, send, seen } = cable(impairments, seed)
    send(200, { every: 0.5 })
    clock.run()
    return seen
  }

  it('gives the same fates, delays and bits again', () => {
    fc.assert(
      fc.property(settings, fc.nat(), (impairments, seed) => {
        assert.deepEqual(run(impairments, seed), run(impairments, seed))
      }),
      { numRuns: 40 },
    )
  })

  it('loses the same frames whatever else is set', () => {
    const lost = (impairments: Partial<Impairments>) =>
      run({ ...impairments, loss: 0.1 }, 9).departures.map(({ fates }) => fates.includes('lost'))
    const alone = lost({})
    fc.assert(
      fc.property(settings, (impairments) => assert.deepEqual(lost(impairments), alone)),
      { numRuns: 40 },
    )
  })

  it('gives the two ways fates of their own', () => {
    const { link, seen, take } = cable({ loss: 0.5 })
    link.down.set({ ...UNIMPAIRED, loss: 0.5 })
    for (let n = 0; n < 100; n++) {
      link.up.offer(numbered(n), take)
      link.down.offer(numbered(n), take)
    }
    const fates = (direction: string) =>
      seen.departures.filter((each) => each.direction === direction).map((each) => each.fates[0])
    assert.notDeepEqual(fates('up'), fates('down'))
  })
})
