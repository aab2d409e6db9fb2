import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Choice, ChosenFates } from '../../server/network/chosen-fates.ts'
import { SimulatedClock } from '../../server/network/clock.ts'
import { Link } from '../../server/network/link.ts'
import { seeded } from '../../server/network/random.ts'
import type { Departure } from '../../server/network/tap.ts'
import { arpRequest, CLIENT, type Parts, SERVER, segment } from './lab-frames.ts'

const choice = (given: Partial<Choice> = {}): Choice => ({
  match: 'data',
  flow: undefined,
  nth: 1,
  count: 1,
  fate: 'lost',
  delay: 0,
  ...given,
})

/** Which of the frames, from 0, a choice meets. */
function met(given: Partial<Choice>, frames: Uint8Array[], clientSends = true): number[] {
  const fates = new ChosenFates(clientSends)
  fates.add(1, choice(given))
  return frames.flatMap((frame, at) => (fates.judge(frame) === undefined ? [] : [at]))
}

/** One conversation's segments of 100 bytes, first transmissions by number. */
const data = (numbers: number[], parts: Parts = {}) =>
  numbers.map((n) =>
    segment({ flags: 'A', sequence: (parts.sequence ?? 1) + n * 100, payload: 100, ...rest(parts) }),
  )
const rest = ({ sequence: _, ...parts }: Parts): Parts => parts

describe('which frames a choice means', () => {
  const handshake = [
    segment({ flags: 'S' }),
    segment({ flags: 'A' }),
    segment({ flags: 'PA', payload: 5 }),
    segment({ flags: 'A', sequence: 6 }),
    segment({ flags: 'FA', sequence: 6 }),
    segment({ flags: 'R', sequence: 7 }),
    segment({ protocol: 'udp', payload: 9 }),
  ]

  for (const [match, expected] of [
    ['syn', [0]],
    ['ack', [1, 3]],
    ['data', [2]],
    ['last', [2]],
    ['fin', [4]],
    ['udp', [6]],
    ['any', [0, 1, 2, 3, 4, 5, 6]],
  ] as const) {
    it(match, () => assert.deepEqual(met({ match, count: undefined, flow: 'any' }, handshake), expected))
  }

  it('the n-th, and so many from there', () => {
    const frames = data([0, 1, 2, 3, 4, 5])
    assert.deepEqual(met({ nth: 3 }, frames), [2])
    assert.deepEqual(met({ nth: 2, count: 3 }, frames), [1, 2, 3])
    assert.deepEqual(met({ nth: 4, count: undefined }, frames), [3, 4, 5])
  })

  it('the repair of a lost segment is not counted as another', () => {
    //                   lost: 1; sent again behind 3
    const frames = data([0, 1, 2, 3, 1, 4])
    assert.deepEqual(met({ nth: 2 }, frames), [1])
    assert.deepEqual(met({ nth: 5 }, frames), [5])
  })

  it('data that is taken away without end is taken away each time that it is sent', () => {
    assert.deepEqual(met({ nth: 2, count: undefined }, data([0, 1, 1, 2, 1])), [1, 2, 3, 4])
  })

  it('a segment sent again with news behind it counts: those bytes were not sent before', () => {
    const frames = [...data([0, 1]), segment({ flags: 'A', sequence: 101, payload: 150 })]
    assert.deepEqual(met({ nth: 3 }, frames), [2])
  })

  it('a keepalive or a window probe is not data sent for the first time', () => {
    const frames = [...data([0]), segment({ flags: 'A', sequence: 100, payload: 1 }), ...data([1])]
    assert.deepEqual(met({ nth: 2 }, frames), [2])
  })

  it('sequence numbers that wrap around stay in order', () => {
    const frames = data([0, 1, 2, 1, 3], { sequence: 0xffff_ff80 })
    assert.deepEqual(met({ nth: 4 }, frames), [4])
  })

  it('a new connection on the same ports begins anew', () => {
    const frames = [...data([5]), segment({ flags: 'S', sequence: 0 }), ...data([0])]
    assert.deepEqual(met({ nth: 2 }, frames), [2])
  })

  it('the first conversation that matches is the one; others go by', () => {
    const frames = [
      ...data([0], { sourcePort: 1111 }),
      ...data([0], { sourcePort: 2222 }),
      ...data([1], { sourcePort: 1111 }),
      ...data([1], { sourcePort: 2222 }),
    ]
    assert.deepEqual(met({ nth: 2 }, frames), [2])
    assert.deepEqual(met({ nth: 2, flow: 'any' }, frames), [1])
    assert.deepEqual(met({ nth: 1, flow: { address: CLIENT, port: 2222 } }, frames), [1])
  })

  it("on the way down the client's end is the destination", () => {
    const down = { source: SERVER, sourcePort: 4001, destination: CLIENT, destinationPort: 2222 }
    const frames = data([0], down)
    assert.deepEqual(met({ flow: { address: CLIENT, port: 2222 } }, frames, false), [0])
    assert.deepEqual(met({ flow: { address: SERVER, port: 4001 } }, frames, false), [])
  })

  it('what belongs to no conversation is met only by a choice for any', () => {
    const arp = [arpRequest(CLIENT, SERVER)]
    assert.deepEqual(met({ match: 'any' }, arp), [])
    assert.deepEqual(met({ match: 'any', flow: 'any' }, arp), [0])
  })

  it('any bytes at all are looked into without harm', () => {
    const fates = new ChosenFates(true)
    fates.add(1, choice({ count: undefined, flow: 'any' }))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const frame = new Uint8Array([...segment().subarray(0, 14), ...bytes])
        fates.judge(frame)
        fates.judge(bytes)
      }),
    )
  })
})

describe('what a choice does', () => {
  function cable() {
    const clock = new SimulatedClock()
    const departures: Departure[] = []
    const out: number[] = []
    let done = 0
    const chosen = new ChosenFates(true, () => done++)
    const link = new Link({
      name: 'server',
      clock,
      random: seeded(1),
      chosen: { up: chosen, down: new ChosenFates(false) },
      tap: { departed: (departure) => departures.push(departure), arrived: () => undefined },
    })
    const send = (frames: Uint8Array[]) => {
      for (const frame of frames) {
        link.up.offer(frame, (bytes) => out.push((new DataView(bytes.buffer).getUint32(38) - 1) / 100))
        clock.run(clock.now() + 1)
      }
      clock.run()
    }
    return {
      chosen,
      link,
      send,
      out,
      fates: () => departures.map((each) => each.fates.join()),
      done: () => done,
    }
  }

  it('lost: gone, and recorded as that', () => {
    const { chosen, send, out, fates, done } = cable()
    chosen.add(1, choice({ nth: 2 }))
    send(data([0, 1, 2]))
    assert.deepEqual(out, [0, 2])
    assert.deepEqual(fates(), ['delivered', 'lost', 'delivered'])
    assert.equal(done(), 1)
    assert.deepEqual(
      chosen.list().map(({ met, matched }) => [met, matched]),
      [[1, 2]],
    )
  })

  it('delayed: the others overtake it, and they are not called reordered', () => {
    const { chosen, send, out, fates } = cable()
    chosen.add(1, choice({ fate: 'delayed', delay: 2.5 }))
    send(data([0, 1, 2, 3]))
    assert.deepEqual(out, [1, 2, 0, 3])
    assert.deepEqual(fates(), ['delayed', 'delivered', 'delivered', 'delivered'])
  })

  it('corrupted and duplicated, both of one frame', () => {
    const { chosen, send, out, fates } = cable()
    chosen.add(1, choice({ fate: 'corrupted' }))
    chosen.add(2, choice({ fate: 'duplicated' }))
    send(data([0, 1]))
    assert.equal(out.length, 3)
    assert.deepEqual(fates(), ['corrupted,duplicated', 'delivered'])
  })

  it('is no longer looked for when it has met all, or is taken away; taken back it goes on', () => {
    const { chosen, send, fates } = cable()
    chosen.add(1, choice({ nth: 2 }))
    assert.ok(chosen.waiting)
    send(data([0]))
    const rule = chosen.remove(1)
    assert.ok(!chosen.waiting)
    chosen.restore(rule!)
    send(data([1]))
    assert.ok(!chosen.waiting)
    assert.deepEqual(fates(), ['delivered', 'lost'])
  })

  it('chance takes the same draws beside it', () => {
    const run = (withChoice: boolean) => {
      const { chosen, link, send, fates } = cable()
      link.up.set({ ...link.up.impairments, loss: 0.3 })
      if (withChoice) chosen.add(1, choice({ nth: 5, fate: 'duplicated', flow: 'any' }))
      send(data(Array.from({ length: 60 }, (_, n) => n)))
      return fates().map((each) => each === 'lost')
    }
    assert.deepEqual(run(true), run(false))
  })
})
