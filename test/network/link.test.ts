import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { WallClock } from '../../server/network/clock.ts'
import { UNIMPAIRED } from '../../server/network/impairments.ts'
import { bitsOnTheWire, Link } from '../../server/network/link.ts'
import { seeded } from '../../server/network/random.ts'
import { cable, share, upTo, watched } from './cable.ts'
import { numbered, segment } from './lab-frames.ts'

describe('a perfect cable', () => {
  it('hands frames over in order, in a turn of its own, at the same moment', () => {
    const { clock, out, send, seen } = cable()
    send(5)
    assert.equal(out.length, 0)
    assert.equal(clock.run(), 1)
    assert.deepEqual(
      out.map(({ number, time }) => [number, time]),
      upTo(5).map((n) => [n, 0]),
    )
    assert.deepEqual(
      seen.departures.map(({ id, cable, direction, time, queue, delay, fates }) => ({
        id,
        cable,
        direction,
        time,
        queue,
        delay,
        fates,
      })),
      upTo(5).map((id) => ({
        id,
        cable: 'server',
        direction: 'up',
        time: 0,
        queue: 0,
        delay: 0,
        fates: ['delivered'],
      })),
    )
    assert.deepEqual(
      seen.arrivals,
      upTo(5).map((id) => ({ id, time: 0, received: undefined })),
    )
  })

  it('hands on the very bytes', () => {
    const { clock, link } = cable()
    const frame = numbered(1)
    let got: Uint8Array | undefined
    link.up.offer(frame, (bytes) => {
      got = bytes
    })
    clock.run()
    assert.equal(got, frame)
  })

  it('two hosts that answer each other without end do so turn by turn', () => {
    const { clock, link } = cable()
    let depth = 0
    const up = (frame: Uint8Array) => {
      depth++
      assert.equal(depth, 1, 'called from inside itself')
      link.down.offer(frame, down)
      depth--
    }
    const down = (frame: Uint8Array) => link.up.offer(frame, up)
    link.up.offer(numbered(0), up)
    assert.equal(clock.run(Number.POSITIVE_INFINITY, 10_000), 10_000)
  })

  it('one that offers to the way it hears from is answered in the next turn', () => {
    const { clock, link } = cable()
    let heard = 0
    const echo = (frame: Uint8Array) => {
      heard++
      link.up.offer(frame, echo)
    }
    link.up.offer(numbered(0), echo)
    clock.run(Number.POSITIVE_INFINITY, 100)
    assert.equal(heard, 100)
  })

  it('goes on when whoever takes a frame throws', () => {
    const { clock, link, out, take } = cable()
    link.up.offer(numbered(0), () => {
      throw new Error('a bug of theirs')
    })
    link.up.offer(numbered(1), take)
    assert.throws(() => clock.run(), /a bug of theirs/)
    clock.run()
    assert.deepEqual(
      out.map(({ number }) => number),
      [1],
    )
  })
})

describe('rate and queue', () => {
  it('counts preamble, check sequence and gap: 1,514 bytes are 12,304 bits', () => {
    assert.equal(bitsOnTheWire(1514), 12_304)
    assert.equal(bitsOnTheWire(42), bitsOnTheWire(60))
    const { clock, out, send } = cable({ rate: 1e6 })
    send(2, { length: 1514 })
    clock.run()
    assert.deepEqual(
      out.map(({ time }) => time.toFixed(6)),
      ['12.304000', '24.608000'],
    )
  })

  it('delivers no more than the rate over any time', () => {
    const { clock, out, send } = cable({ rate: 10e6, delay: 0.01, jitter: 0.002, limit: 100_000 })
    send(1000, { length: 1000, every: 0.1 })
    clock.run()
    const sending = (bitsOnTheWire(1000) / 10e6) * 1000
    assert.equal(out.length, 1000)
    assert.ok(out.at(-1)!.time >= 1000 * sending)
  })

  it('drops what comes to a full queue, and says how long the queue was', () => {
    const { clock, send, seen, fates, out } = cable({ rate: 1e6, limit: 3 })
    send(6, { length: 1514 })
    assert.deepEqual(fates(), [
      'delivered',
      'delivered',
      'delivered',
      'delivered',
      'queue full',
      'queue full',
    ])
    assert.deepEqual(
      seen.departures.map(({ queue }) => queue),
      [0, 0, 1, 2, 3, 3],
    )
    assert.deepEqual(
      seen.departures.map(({ delay }) => delay && Number(delay.toFixed(3))),
      [12.304, 24.608, 36.912, 49.216, undefined, undefined],
    )
    clock.run(13)
    send(1, { from: 9, length: 1514 })
    clock.run()
    assert.deepEqual(
      out.map(({ number }) => number),
      [0, 1, 2, 3, 9],
    )
  })

  it('without a rate nothing waits, and no queue fills', () => {
    const { send, fates } = cable({ limit: 0, delay: 0.1 })
    send(1000)
    assert.equal(share(fates(), 'delivered'), 1)
  })

  it('holds 64 MiB and no more, whatever delay and limit', () => {
    const { clock, link, take, fates } = cable({ delay: 10 })
    const big = segment({ protocol: 'udp', payload: 65_000 })
    for (let n = 0; n < 1100; n++) link.up.offer(big, take)
    const kept = fates().filter((fate) => fate === 'delivered').length
    assert.equal(kept, Math.floor((64 * 2 ** 20) / big.length))
    clock.run()
    assert.equal(link.inside, 0)
    link.up.offer(big, take)
    assert.equal(fates().at(-1), 'delivered')
  })

  it('holds 200,000 frames and no more, small as they are', () => {
    const { link, send } = cable({ delay: 10 })
    send(200_001)
    assert.equal(link.inside, 200_000)
    assert.equal(link.up.tally['queue full'], 1)
  })
})

describe('delay and jitter', () => {
  it('each frame takes as long as it says, and comes out no earlier', () => {
    const { clock, send, seen } = cable({ delay: 0.02, jitter: 0.005, rate: 5e6 })
    send(300, { every: 0.3, length: 200 })
    clock.run()
    for (const { id, time, delay } of seen.departures) {
      const arrival = seen.arrivals.find((each) => each.id === id)
      assert.ok(Math.abs(arrival!.time - time - delay!) < 1e-6)
    }
  })

  it('never lets a frame overtake another', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 0, max: 50 }), (seed, jitter) => {
        const { clock, send, out } = cable({ delay: 0.02, jitter: jitter / 1000 }, seed)
        send(100, { every: 0.5 })
        clock.run()
        assert.deepEqual(
          out.map(({ number }) => number),
          upTo(100),
        )
      }),
      { numRuns: 50 },
    )
  })

  it('has the mean and the deviation that it was given, where frames are far apart', () => {
    const { clock, send, seen } = cable({ delay: 0.1, jitter: 0.01 })
    send(4000, { every: 200 })
    clock.run()
    const delays = seen.departures.map(({ delay }) => delay!)
    const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length
    const deviation = Math.sqrt(delays.reduce((sum, delay) => sum + (delay - mean) ** 2, 0) / delays.length)
    assert.ok(Math.abs(mean - 100) < 1, `${mean}`)
    assert.ok(Math.abs(deviation - 10) < 0.6, `${deviation}`)
  })

  it('reorders with netem: the chosen share leaves at once, past those that wait', () => {
    const { clock, send, out, fates, seen } = cable({ delay: 0.05, reorder: 0.25 })
    send(400, { every: 1 })
    clock.run()
    assert.ok(Math.abs(share(fates(), 'reordered') - 0.25) < 0.07)
    let latest = -1
    const late = new Set<number>()
    for (const { number } of out) {
      if (number < latest) late.add(number)
      latest = Math.max(latest, number)
    }
    assert.ok(late.size > 0)
    for (const [number, { fates: own, delay }] of seen.departures.entries()) {
      assert.equal(delay, own.includes('reordered') || delay === 0 ? 0 : 50, `frame ${number}`)
    }
  })

  it('a frame that has nobody to overtake is not called reordered', () => {
    const { clock, send, fates } = cable({ delay: 0.05, reorder: 1 })
    send(10, { every: 1 })
    clock.run()
    assert.equal(share(fates(), 'delivered'), 1)
  })
})

describe('a cable that is changed', () => {
  it('cut: what is on it arrives, what comes is gone, and plugged in it goes on', () => {
    const { clock, link, send, out, fates } = cable({ delay: 0.02 })
    send(2)
    link.cut = true
    send(2, { from: 2 })
    clock.run()
    link.cut = false
    send(1, { from: 4 })
    clock.run()
    assert.deepEqual(fates(), ['delivered', 'delivered', 'cut', 'cut', 'delivered'])
    assert.deepEqual(
      out.map(({ number }) => number),
      [0, 1, 4],
    )
    assert.equal(clock.pending, 0)
  })

  it('a shorter delay brings in what was under way, and nothing is overtaken', () => {
    const { clock, link, send, out } = cable({ delay: 10 })
    send(3, { every: 1 })
    link.up.set({ ...UNIMPAIRED, delay: 0.005 })
    send(1, { from: 3 })
    clock.run()
    assert.deepEqual(
      out.map(({ number, time }) => [number, time]),
      [
        [0, 5],
        [1, 6],
        [2, 7],
        [3, 8],
      ],
    )
  })

  it('a higher rate frees who waits, and holds for the rest of the frame that is being sent', () => {
    const { clock, link, send, out } = cable({ rate: 1000 })
    send(3, { length: 1514 })
    clock.run(1000)
    link.up.set({ ...UNIMPAIRED, rate: 1e6 })
    clock.run()
    assert.deepEqual(
      out.map(({ time }) => Number(time.toFixed(3))),
      [1011.304, 1023.608, 1035.912],
    )
  })

  it('a cable at 1 bit/s is free again when its rate is lifted, however often it is changed', () => {
    const { clock, link, send, out } = cable({ rate: 1 })
    send(3, { length: 1514 })
    clock.run(1)
    for (const rate of [2, 1, 5, 0]) link.up.set({ ...UNIMPAIRED, rate })
    send(1, { from: 3 })
    clock.run(2)
    assert.deepEqual(
      out.map(({ number }) => number),
      [0, 1, 2, 3],
    )
  })

  it('in random changes nothing is lost on the way, doubled or overtaken', () => {
    const change = fc.record({
      delay: fc.constantFrom(0, 0.005, 0.5),
      jitter: fc.constantFrom(0, 0.01),
      rate: fc.constantFrom(0, 1e5, 1e7),
    })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
        const { clock, link, send, out } = cable()
        let sent = 0
        for (const impairments of changes) {
          link.up.set({ ...UNIMPAIRED, limit: 1e6, ...impairments })
          send(20, { from: sent, every: 0.7 })
          sent += 20
        }
        clock.run()
        assert.deepEqual(
          out.map(({ number }) => number),
          upTo(sent),
        )
        assert.equal(link.inside, 0)
      }),
      { numRuns: 200 },
    )
  })

  it('closed: nothing comes out, and no timer is left', () => {
    const { clock, link, send, out } = cable({ delay: 1, reorder: 0.5 })
    send(20)
    link.close()
    assert.equal(clock.pending, 0)
    clock.run()
    assert.equal(out.length, 0)
  })
})

describe('what it tells', () => {
  it('counts frames and fates, recorded or not', () => {
    const { link, take, seen, clock } = cable({ loss: 0.5 })
    for (let n = 0; n < 100; n++) link.up.offer(numbered(n), take, n % 2 === 0)
    clock.run()
    const { frames, delivered, lost } = link.up.tally
    assert.equal(frames, 100)
    assert.equal(delivered + lost, 100)
    assert.equal(seen.departures.length, 50)
  })

  it("on the wall's time no frame comes out before its time", async () => {
    const clock = new WallClock()
    const { tap, seen } = watched()
    const link = new Link({ name: 'server', clock, random: seeded(1), tap })
    link.up.set({ ...UNIMPAIRED, delay: 0.0031, jitter: 0.002, rate: 20e6 })
    const count = 200
    await new Promise<void>((resolve) => {
      let left = count
      for (let n = 0; n < count; n++) {
        link.up.offer(numbered(n, 200), () => {
          if (--left === 0) resolve()
        })
      }
    })
    for (const { id, time, delay } of seen.departures) {
      const arrival = seen.arrivals.find((each) => each.id === id)
      // Sums of fractions are only so exact.
      assert.ok(arrival!.time - time > delay! - 1e-6)
    }
  })
})
