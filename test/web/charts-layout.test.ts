import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DatagramSeries } from '../../server/dashboard/api-series.ts'
import { append, nearest, talker, timeOfPacket } from '../../web/lib/series.ts'
import { closestReading, readingAt, readingByKey } from '../../web/views/chart-reading.ts'
import { barPath, type Frame, linePath, type Scene, type Silence } from '../../web/views/chart-scene.ts'
import { arrivalWords, layoutArrivals, layoutGaps } from '../../web/views/datagrams-layout.ts'
import { layoutRoundTrip, roundTripWords } from '../../web/views/round-trip-layout.ts'
import { layoutThroughput, throughputWords } from '../../web/views/throughput-layout.ts'
import { layoutSequence, sequenceWords } from '../../web/views/time-sequence-layout.ts'
import { layoutWindow, windowWords } from '../../web/views/window-layout.ts'
import { sampleAt, seriesOf } from './series.ts'

const FRAME: Frame = { width: 700, height: 300, span: { from: 0, to: 1 }, tight: false }
const SYN = 0x02

/** Three segments, the second lost and sent again after what the ACKs said of the third. */
const SERIES = seriesOf(
  [
    { number: 1, time: 0, seq: 0, flags: SYN },
    { number: 3, time: 0.1, seq: 1, length: 1000, ack: 1 },
    { number: 4, time: 0.1, seq: 1001, length: 1000, ack: 1, fate: 'lost' },
    { number: 5, time: 0.1, seq: 2001, length: 1000, ack: 1 },
    {
      number: 8,
      time: 0.3,
      seq: 1001,
      length: 1000,
      ack: 1,
      repeated: true,
      names: ['fast_retransmission', 'retransmission'],
    },
  ],
  [
    { number: 2, time: 0.04, seq: 0, ack: 1, flags: SYN | 0x10, rtt: 0.04, window: 5000 },
    { number: 6, time: 0.14, ack: 1001, rtt: 0.04, window: 5000 },
    { number: 7, time: 0.15, ack: 1001, window: 5000, sacks: [[2001, 3001]], names: ['duplicate_ack'] },
    { number: 9, time: 0.36, ack: 3001, rtt: 0.06, window: 5000 },
  ],
)

function drawn(scene: Scene | Silence): Scene {
  assert.ok('plot' in scene, 'silence' in scene ? scene.silence : '')
  return scene
}
const silence = (scene: Scene | Silence): string =>
  'silence' in scene ? scene.silence : assert.fail('it is drawn')

describe('time and sequence', () => {
  const input = { series: SERIES, side: 'client' } as const

  test('tcptrace: a bar a segment, the ACK line, SACK blocks, what was sent again by its shape', () => {
    const scene = drawn(layoutSequence({ ...input, style: 'tcptrace' }, FRAME))
    assert.equal(scene.bars.filter(({ ink }) => ink === 'data').length, 5)
    assert.equal(scene.bars.filter(({ ink }) => ink === 'sack').length, 1)
    assert.deepEqual(
      scene.marks.map(({ ink, shape }) => [ink, shape]),
      [
        ['lost', 'cross'],
        ['fast', 'triangle'],
      ],
    )
    const [first, again] = [scene.bars[1], scene.bars[4]]
    assert.ok(first && again && again.x > first.x && again.y0 < first.y0, 'later, and further up')
    const ack = scene.lines.find(({ ink }) => ink === 'ack')
    assert.ok(ack && ack.points.length > 8)
    assert.deepEqual(
      scene.readings.map(({ number }) => number),
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
    )
    assert.match(
      scene.readings[7]?.text ?? '',
      /bytes 1.001 to 2.000, sent again at once, after duplicate ACKs/,
    )
    assert.match(scene.readings[6]?.text ?? '', /ACK 1.001, window 5 kB/)
    for (const { x, y } of scene.readings) {
      assert.ok(
        x >= scene.plot.left && x <= scene.plot.right && y >= scene.plot.top && y <= scene.plot.bottom,
      )
    }
  })

  test('Stevens: a point a segment, and no more', () => {
    const scene = drawn(layoutSequence({ ...input, style: 'stevens' }, FRAME))
    assert.deepEqual([scene.bars.length, scene.lines.length], [0, 0])
    assert.equal(scene.marks.filter(({ shape }) => shape === 'dot').length, 3)
    assert.equal(scene.readings.length, 5)
  })

  test('a receive window far above is named instead of drawn', () => {
    const wide = {
      ...SERIES,
      server: { ...SERIES.server, window: SERIES.server.window.map(() => 1_000_000) },
    }
    const scene = drawn(layoutSequence({ series: wide, side: 'client', style: 'tcptrace' }, FRAME))
    assert.match(scene.notes[0]?.text ?? '', /receive window, up to .* higher/)
    const near = drawn(layoutSequence({ ...input, style: 'tcptrace' }, FRAME))
    assert.ok(near.notes.length <= 1)
  })

  test('Wireshark takes a quick retransmission for one out of order: bytes that were seen before tell', () => {
    const quick = seriesOf(
      [
        { number: 1, time: 0, seq: 1, length: 100 },
        { number: 2, time: 0.01, seq: 1, length: 100, repeated: true, names: ['out_of_order'] },
        { number: 3, time: 0.02, seq: 301, length: 100 },
        { number: 4, time: 0.03, seq: 201, length: 100, names: ['out_of_order'] },
      ],
      [{ number: 5, time: 0.1, ack: 401 }],
    )
    const scene = drawn(layoutSequence({ series: quick, side: 'client', style: 'tcptrace' }, FRAME))
    assert.deepEqual(
      scene.marks.map(({ shape }) => shape),
      ['diamond', 'square'],
    )
  })

  test('says what happened, and says so where nothing did', () => {
    assert.match(
      sequenceWords(SERIES, 'client'),
      /sent 3 kB in 300 ms, in 5 segments\. 1 was sent again: 1 by fast/,
    )
    assert.match(
      silence(layoutSequence({ series: SERIES, side: 'server', style: 'stevens' }, FRAME)),
      /no bytes yet/,
    )
  })
})

describe('round trips', () => {
  test('each ACK’s, with what the sender makes of them', () => {
    const samples = [sampleAt(0.05, {}), sampleAt(0.2, { srtt: 42, rto: 90 })]
    const scene = drawn(layoutRoundTrip({ series: SERIES, side: 'client', samples }, FRAME))
    assert.deepEqual(
      scene.readings.map(({ number }) => number),
      [2, 6, 9],
    )
    assert.match(scene.readings[2]?.text ?? '', /round trip 60 ms, srtt 42 ms/)
    assert.deepEqual(
      scene.legend.filter(({ own }) => own === true).map(({ text }) => text),
      ['srtt', '± rttvar', 'RTO'],
    )
    assert.match(scene.notes[0]?.text ?? '', /RTO up to 240 ms/)
  })

  test('from the other end of the cable it is said that the cable is hardly in them', () => {
    assert.match(
      roundTripWords(SERIES, 'client', 'client'),
      /Half of 3 round trips took 40 ms or less; from 40 ms to 60 ms\.$/,
    )
    assert.match(roundTripWords(SERIES, 'client', 'server'), /Look from the client’s end/)
    assert.match(
      silence(layoutRoundTrip({ series: SERIES, side: 'server', samples: [] }, FRAME)),
      /no round trip/,
    )
  })
})

describe('windows', () => {
  const samples = [
    sampleAt(0, { cwnd: 3000 }),
    sampleAt(0.1, { cwnd: 8000 }),
    sampleAt(0.2, { cwnd: 4000, ssthresh: 4000, recovery: 'fast recovery' }),
    sampleAt(0.5, { cwnd: 4000, ssthresh: 4000 }),
    sampleAt(0.9, { cwnd: 5000, ssthresh: 4000 }),
  ]

  test('phases are bands with names, of which the recovery is one', () => {
    const scene = drawn(layoutWindow({ series: SERIES, side: 'client', samples, at: 'client' }, FRAME))
    assert.deepEqual(
      scene.bands.map(({ ink, label }) => [ink, label]),
      [
        ['slow-start', 'slow start'],
        ['fast-recovery', 'fast recovery'],
        ['avoidance', 'congestion avoidance'],
      ],
    )
    assert.ok(scene.lines.some(({ ink }) => ink === 'cwnd'))
    assert.match(
      windowWords(samples, 'client', null),
      /reached 8 kB\. Recovery began once by duplicate ACKs and never by the timer, 300 ms/,
    )
  })

  test('what was acknowledged since the sender told is not under way any more', () => {
    const height = (at: 'client' | 'server') => {
      const input = {
        series: SERIES,
        side: 'client',
        samples: [sampleAt(0.2, { inFlight: 3000 })],
        at,
      } as const
      const scene = drawn(layoutWindow(input, FRAME))
      return [scene.lines.find(({ ink }) => ink === 'flight')?.points.at(-1), scene.plot.bottom]
    }
    const [here, bottom] = height('client')
    assert.equal(here, bottom)
    const [there] = height('server')
    assert.ok((there ?? 0) < (bottom ?? 0))
  })

  test('where no sender tells, what the wire shows', () => {
    const scene = drawn(layoutWindow({ series: SERIES, side: 'client', samples: [], at: null }, FRAME))
    assert.deepEqual(
      scene.legend.map(({ text }) => text),
      ['receive window, captured', 'not acknowledged yet, captured'],
    )
    assert.deepEqual(scene.bands, [])
    assert.match(windowWords([], 'client', 'Nobody tells.'), /Nobody tells\./)
  })
})

describe('throughput', () => {
  test('what is between the wire and the application is named', () => {
    const scene = drawn(layoutThroughput({ series: SERIES, side: 'client', rate: 100_000 }, FRAME))
    assert.ok(scene.areas.some(({ ink }) => ink === 'again'))
    assert.ok(scene.lines.some(({ ink }) => ink === 'limit'))
    assert.match(
      throughputWords(SERIES, 'client'),
      /4\.3 kB crossed the wire for 3 kB .*: 7\.6 % are headers, 23\.1 % was sent again/,
    )
  })

  test('a rate far above is named instead of drawn, and none is no line', () => {
    const fast = drawn(layoutThroughput({ series: SERIES, side: 'client', rate: 1e9 }, FRAME))
    assert.match(fast.notes[0]?.text ?? '', /1 Gbit\/s/)
    const free = drawn(layoutThroughput({ series: SERIES, side: 'client', rate: 0 }, FRAME))
    assert.deepEqual([free.notes, free.lines.some(({ ink }) => ink === 'limit')], [[], false])
  })
})

describe('datagrams', () => {
  const totals = { packets: 3, wire: 200, fresh: 30, again: 0, lost: 1 }
  const bins = { at: [0], packets: [3], wire: [200], fresh: [30], again: [0] }
  const client = {
    number: [1, 2, 3],
    time: [0, 0.02, 0.05],
    length: [10, 10, 10],
    gap: [null, 0.02, 0.03],
    jitter: [null, 0, 0.001],
    jitterOf: 'transit' as const,
    fates: [{ at: 1, fate: 'lost' }],
    unseen: [],
    bins,
    totals,
  }
  const series: DatagramSeries = { ...SERIES, transport: 'udp', flow: 'udp.0', client, server: client }

  test('one that never came is a cross; gaps stand by themselves', () => {
    const arrivals = drawn(layoutArrivals({ series, side: 'client' }, FRAME))
    assert.deepEqual(
      arrivals.marks.map(({ shape }) => shape),
      ['dot', 'cross', 'dot'],
    )
    const gaps = drawn(layoutGaps({ series, side: 'client' }, FRAME))
    assert.equal(gaps.readings.length, 2)
    assert.match(gaps.readings[1]?.text ?? '', /30 ms after the one before, jitter 1 ms/)
    assert.match(arrivalWords({ series, side: 'client' }), /One never came/)
  })
})

describe('reading', () => {
  const { readings } = drawn(layoutSequence({ series: SERIES, side: 'client', style: 'stevens' }, FRAME))

  test('a packet that is pointed at anywhere is read, else what is nearest in time', () => {
    assert.equal(closestReading(readings, 8, 0)?.number, 8)
    assert.equal(closestReading(readings, 6, 0.29)?.number, 8)
    assert.equal(closestReading(readings, null, null), null)
  })

  test('under the pointer is what is near enough', () => {
    const { x = 0, y = 0 } = readings[4] ?? {}
    assert.equal(readingAt(readings, x + 5, y + 5), 4)
    assert.equal(readingAt(readings, x + 200, y), null)
  })

  test('keys go point by point and out of sight at the ends', () => {
    assert.deepEqual(
      [
        readingByKey('ArrowRight', null, 5),
        readingByKey('ArrowRight', 1, 5),
        readingByKey('ArrowRight', 4, 5),
      ],
      [0, 2, 'behind'],
    )
    assert.deepEqual(
      [readingByKey('ArrowLeft', 0, 5), readingByKey('End', 0, 5), readingByKey('x', 0, 5)],
      ['before', 4, undefined],
    )
    assert.deepEqual([readingByKey('ArrowRight', null, 0), readingByKey('PageUp', 3, 5)], ['behind', 0])
  })
})

describe('points put together', () => {
  test('what came later stands behind, a bin that went on once', () => {
    const first = seriesOf([{ number: 1, time: 0.01, length: 10, names: ['x'] }], [])
    const later = seriesOf(
      [
        { number: 2, time: 0.05, length: 5, repeated: true, names: ['y'] },
        { number: 3, time: 0.25, length: 7 },
      ],
      [],
    )
    const joined = append(first, later)
    assert.ok(joined?.transport === 'tcp')
    assert.deepEqual(joined.client.number, [1, 2, 3])
    assert.deepEqual(joined.client.bins.at, [0, 2])
    assert.deepEqual(joined.client.bins.fresh, [10, 7])
    assert.deepEqual(joined.client.bins.again, [5, 0])
    assert.deepEqual(joined.client.noted, [
      { at: 0, names: ['x'] },
      { at: 1, names: ['y'] },
    ])
    assert.deepEqual(joined.client.repeated, [1])
    assert.equal(joined.client.totals.fresh, 17)
    assert.equal(joined.last, 3)
  })

  test('other bins, or another conversation, are asked for anew', () => {
    assert.equal(append(SERIES, { ...SERIES, bin: 0.2 }), undefined)
    assert.equal(append(SERIES, { ...SERIES, flow: 'tcp.1' }), undefined)
  })

  test('found by packet and by time', () => {
    assert.equal(talker(SERIES), 'client')
    assert.equal(timeOfPacket(SERIES, 6), 0.14)
    assert.equal(timeOfPacket(SERIES, 100), 0.36)
    assert.equal(timeOfPacket(SERIES, 0), null)
    assert.deepEqual([nearest([1, 2, 4], 2.9), nearest([1, 2, 4], 3.1), nearest([], 1)], [1, 2, -1])
  })
})

test('paths break where there is no number, and the lowest bar is still there', () => {
  assert.equal(linePath([0, 1, 2, 3, Number.NaN, 0, 4, 5]), 'M0,1L2,3M4,5')
  assert.match(barPath({ ink: 'data', x: 5, y0: 10, y1: 9.9, heads: false }), /M5,10V8/)
})
