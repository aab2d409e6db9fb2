import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { SimulatedClock, WallClock } from '../../server/network/clock.ts'
import { TYPESCRIPT } from '../programs.ts'

describe('simulated time', () => {
  it('stands still until it is told to pass', () => {
    const clock = new SimulatedClock()
    clock.at(5, () => assert.fail('nobody let time pass'))
    assert.equal(clock.now(), 0)
    assert.equal(clock.pending, 1)
  })

  it('calls in the order of time, and of coming where times are equal', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (times) => {
        const clock = new SimulatedClock()
        const called: { time: number; order: number }[] = []
        for (const [order, time] of times.entries()) {
          clock.at(time, () => {
            assert.equal(clock.now(), time)
            called.push({ time, order })
          })
        }
        clock.run()
        const expected = times
          .map((time, order) => ({ time, order }))
          .sort((a, b) => a.time - b.time || a.order - b.order)
        assert.deepEqual(called, expected)
      }),
    )
  })

  it('never calls what was cancelled, however many there were', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ time: fc.nat(50), cancelled: fc.boolean() }), { maxLength: 500 }),
        (plans) => {
          const clock = new SimulatedClock()
          const called: number[] = []
          const timers = plans.map(({ time }, order) => clock.at(time, () => called.push(order)))
          for (const [order, { cancelled }] of plans.entries()) if (cancelled) timers[order]!.cancel()
          const kept = plans.map((plan, order) => ({ ...plan, order })).filter((plan) => !plan.cancelled)
          assert.equal(clock.pending, kept.length)
          assert.equal(clock.run(), kept.length)
          kept.sort((a, b) => a.time - b.time || a.order - b.order)
          assert.deepEqual(
            called,
            kept.map(({ order }) => order),
          )
          assert.equal(clock.pending, 0)
        },
      ),
    )
  })

  it('takes what is asked for the past as for now', () => {
    const clock = new SimulatedClock()
    clock.run(10)
    const called: number[] = []
    clock.at(3, () => called.push(clock.now()))
    clock.run()
    assert.deepEqual(called, [10])
  })

  it('passes to the end that it is given, and no further', () => {
    const clock = new SimulatedClock()
    const called: number[] = []
    for (const time of [1, 2, 3]) clock.at(time, () => called.push(time))
    assert.equal(clock.run(2), 2)
    assert.equal(clock.now(), 2)
    assert.deepEqual(called, [1, 2])
    assert.equal(clock.run(2.5), 0)
    assert.equal(clock.now(), 2.5)
  })

  it('stops a run that would never end', () => {
    const clock = new SimulatedClock()
    const again = () => clock.at(clock.now(), again)
    again()
    assert.equal(clock.run(Number.POSITIVE_INFINITY, 1000), 1000)
  })

  it('a timer may be cancelled twice, after it was called, and from its own call', () => {
    const clock = new SimulatedClock()
    const timer = clock.at(1, () => timer.cancel())
    const other = clock.at(1, () => undefined)
    clock.run()
    timer.cancel()
    other.cancel()
    other.cancel()
    assert.equal(clock.pending, 0)
  })
})

describe("the wall's time", () => {
  it('is never early', async () => {
    const clock = new WallClock()
    const waits = Array.from({ length: 60 }, (_, n) => n * 0.37)
    const early: number[] = []
    await Promise.all(
      waits.map(
        (wait) =>
          new Promise<void>((resolve) => {
            const due = clock.now() + wait
            clock.at(due, () => {
              if (clock.now() < due) early.push(wait)
              resolve()
            })
          }),
      ),
    )
    assert.deepEqual(early, [])
  })

  it('calls in the order of time, whatever the order of asking', async () => {
    const clock = new WallClock()
    const start = clock.now()
    const called: number[] = []
    await new Promise<void>((resolve) => {
      for (const wait of [8, 2, 5, 0, 12]) {
        clock.at(start + wait, () => {
          called.push(wait)
          if (wait === 12) resolve()
        })
      }
    })
    assert.deepEqual(called, [0, 2, 5, 8, 12])
  })

  it('an earlier call that is asked for from a call is not forgotten', async () => {
    const clock = new WallClock()
    const called: string[] = []
    await new Promise<void>((resolve) => {
      const start = clock.now()
      clock.at(start + 30, () => {
        called.push('late')
        resolve()
      })
      clock.at(start + 1, () => clock.at(start + 4, () => called.push('early')))
    })
    assert.deepEqual(called, ['early', 'late'])
  })

  /** Ends by itself only when nothing holds it. */
  const programEnds = async (body: string): Promise<string> => {
    const code = `
      import { WallClock } from ${JSON.stringify(new URL('../../server/network/clock.ts', import.meta.url).href)}
      const clock = new WallClock()
      ${body}
      process.on('exit', () => console.log('ended'))`
    const child = spawn(process.execPath, [...TYPESCRIPT, '--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 20_000,
    })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text
    })
    await once(child, 'close')
    return out.trim()
  }

  it('holds no timer when all that waited was cancelled', async () => {
    const out = await programEnds(`
      const timers = [1, 1000, 3_600_000].map((wait) => clock.at(clock.now() + wait, () => console.log('called')))
      for (const timer of timers) timer.cancel()`)
    assert.equal(out, 'ended')
  })

  it('goes on when a call throws', async () => {
    const out = await programEnds(`
      process.on('uncaughtException', (error) => console.log(error.message))
      clock.at(clock.now(), () => { throw new Error('thrown') })
      clock.at(clock.now() + 2, () => console.log('called'))`)
    assert.equal(out, 'thrown\ncalled\nended')
  })
})
