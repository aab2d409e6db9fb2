import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import fc from 'fast-check'
import { BATCH_BYTES, type BatchMessage, type Topology } from '../../server/capture/lab-batch.ts'
import { type Departed, LabFrames } from '../../server/capture/lab-frames.ts'
import { LabTap } from '../../server/capture/lab-network.ts'
import type { Departure, Fate } from '../../server/network/tap.ts'
import type { TcpEnd, TcpSample } from '../../server/network/tcp/connection-api.ts'

const EPOCH_MS = Date.UTC(2026, 0, 1)
const EPOCH = BigInt(EPOCH_MS) * 1_000_000n

type Told =
  | { kind: 'departed'; frame: Departed }
  | { kind: 'arrived'; id: number; time: bigint; received: Uint8Array | undefined }
  | { kind: 'sampled'; local: TcpEnd; remote: TcpEnd; sample: TcpSample }

interface Listening {
  told: Told[]
  topology: Topology | undefined
  dropped: number
  frames: LabFrames
  /** Resolves when so much was told. */
  until(count: number): Promise<void>
}

function listen(port: MessagePort): Listening {
  let waiting: { count: number; done: () => void } | undefined
  const note = (told: Told) => {
    listening.told.push(told)
    if (waiting !== undefined && listening.told.length >= waiting.count) waiting.done()
  }
  const frames = new LabFrames({
    port,
    begin(topology) {
      listening.topology = topology
      return {
        departed: (frame) => note({ kind: 'departed', frame: { ...frame, bytes: frame.bytes.slice() } }),
        arrived: (id, time, received) => note({ kind: 'arrived', id, time, received: received?.slice() }),
        sampled: (local, remote, sample) => note({ kind: 'sampled', local, remote, sample }),
        paused: () => undefined,
      }
    },
    onDropped: (dropped) => {
      listening.dropped = dropped
    },
  })
  const listening: Listening = {
    told: [],
    topology: undefined,
    dropped: 0,
    frames,
    until: (count) =>
      listening.told.length >= count
        ? Promise.resolve()
        : new Promise((done) => {
            waiting = { count, done }
          }),
  }
  return listening
}

function pair(): { tap: LabTap; heard: Listening; close(): void } {
  const { port1, port2 } = new MessageChannel()
  const tap = new LabTap({ epochStart: EPOCH_MS, topology: 'router', port: port1 })
  const heard = listen(port2)
  return {
    tap,
    heard,
    close() {
      tap.close()
      heard.frames.close()
    },
  }
}

const departure = (id: number, bytes: Uint8Array): Departure => ({
  id,
  cable: 'server',
  direction: 'up',
  time: id,
  bytes,
  fates: ['delivered'],
  queue: 0,
  delay: 1,
})

it('cables that come and go, each with a name of its own, don’t make the batches longer', async () => {
  const { port1, port2 } = new MessageChannel()
  const tap = new LabTap({ epochStart: EPOCH_MS, port: port1 })
  const batches: BatchMessage[] = []
  const all = new Promise<void>((resolve) => {
    port2.on('message', (batch: BatchMessage) => {
      if (batches.push(batch) === 50) resolve()
      port2.postMessage({ buffer: batch.buffer }, [batch.buffer])
    })
  })
  for (let id = 0; id < 50; id++) {
    tap.departed({ ...departure(id, new Uint8Array(60)), cable: `server-${id}` })
    tap.flush()
  }
  await all
  tap.close()
  port2.close()
  assert.deepEqual(
    batches.map(({ cables }) => cables),
    batches.map((_, id) => [`server-${id}`]),
  )
})

const FATES: readonly Fate[] = [
  'corrupted',
  'duplicated',
  'reordered',
  'delayed',
  'lost',
  'queue full',
  'cut',
]

const anyDeparture: fc.Arbitrary<Departure> = fc.record({
  id: fc.nat(),
  cable: fc.constantFrom('server', 'clients', 'r1-r2', 'shop'),
  direction: fc.constantFrom<'up' | 'down'>('up', 'down'),
  time: fc.double({ min: 0, max: 1e9, noNaN: true }),
  bytes: fc.uint8Array({ maxLength: 1514 }),
  fates: fc.oneof(fc.constant<Fate[]>(['delivered']), fc.subarray([...FATES], { minLength: 1 })),
  queue: fc.nat({ max: 100_000 }),
  delay: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }),
  rate: fc.nat(),
})
const anyArrival = fc.record({
  id: fc.nat(),
  time: fc.double({ min: 0, max: 1e9, noNaN: true }),
  received: fc.option(fc.uint8Array({ maxLength: 1514 }), { nil: undefined }),
})

const nanoseconds = (ms: number) => EPOCH + BigInt(Math.round(ms * 1e6))

describe('what the lab network tells the observer', () => {
  it('arrives as it was told, each thing a little later than the one before', async () => {
    const events = fc.array(fc.oneof(anyDeparture, anyArrival), { minLength: 1, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(events, async (script) => {
        const { tap, heard, close } = pair()
        for (const event of script) {
          if ('cable' in event) tap.departed(event)
          else tap.arrived(event.id, event.time, event.received)
        }
        tap.flush()
        await heard.until(script.length)
        let last = 0n
        const inOrder = (ms: number) => {
          const time = nanoseconds(ms)
          last = time > last ? time : last + 1n
          return last
        }
        const expected = script.map((event): Told => {
          if (!('cable' in event)) return { kind: 'arrived', ...event, time: inOrder(event.time) }
          const { delay, rate = 0 } = event
          const seconds = delay === undefined ? undefined : delay / 1000
          return {
            kind: 'departed',
            frame: { ...event, time: inOrder(event.time), delay: seconds, rate },
          }
        })
        assert.deepEqual(heard.told, expected)
        assert.equal(heard.topology, 'router')
        close()
      }),
      { numRuns: 60 },
    )
  })

  it('arrives by itself, without waiting for the batch to be full', async () => {
    const { tap, heard, close } = pair()
    tap.departed(departure(0, Uint8Array.of(1, 2, 3)))
    await heard.until(1)
    assert.equal(heard.told.length, 1)
    close()
  })

  it('has the samples of connections, with what is not known yet left unknown', async () => {
    const { tap, heard, close } = pair()
    const sample: TcpSample = {
      time: 12.5,
      because: 'retransmission',
      state: 'FIN-WAIT-2',
      sndUna: 1,
      sndNxt: 2,
      sndWnd: 3,
      rcvNxt: 4,
      rcvWnd: 5,
      cwnd: 14_480,
      ssthresh: Number.POSITIVE_INFINITY,
      srtt: undefined,
      rttvar: 0.25,
      rto: 1000,
      inFlight: 6,
      retransmissions: 7,
      recovery: 'rto recovery',
    }
    const local = { address: '10.0.0.100', port: 50_000 }
    const remote = { address: '10.0.0.1', port: 4001 }
    tap.sampled({ local, remote }, sample)
    tap.flush()
    await heard.until(1)
    assert.deepEqual(heard.told, [
      { kind: 'sampled', local, remote, sample: { ...sample, time: EPOCH_MS + 12.5 } },
    ])
    close()
  })

  it('is counted and dropped while nobody takes it in, and goes on when somebody does', async () => {
    const { port1, port2 } = new MessageChannel()
    const held: BatchMessage[] = []
    port2.on('message', (message: BatchMessage) => held.push(message))
    const tap = new LabTap({ epochStart: EPOCH_MS, port: port1 })
    const frame = new Uint8Array(1514)
    const capacity = 200 * Math.floor(BATCH_BYTES / 1576)
    for (let id = 0; id < capacity; id++) tap.departed(departure(id, frame))
    assert.ok(tap.dropped > 0, 'without a bound')
    assert.ok(tap.dropped < capacity / 2, 'nearly nothing is kept')
    const { dropped } = tap
    while (held.length < 128) await new Promise((resolve) => port2.once('message', resolve))
    assert.equal(held.length, 128)
    const [first] = held
    assert.ok(first)
    port2.postMessage({ buffer: first.buffer }, [first.buffer])
    await new Promise((resolve) => port1.once('message', resolve))
    tap.departed(departure(capacity, frame))
    tap.flush()
    while (held.length < 129) await new Promise((resolve) => port2.once('message', resolve))
    assert.equal(tap.dropped, dropped)
    assert.equal(held.at(-1)?.dropped, dropped)
    tap.close()
    port2.close()
  })

  it('goes to the observer that took the place of a dead one', async () => {
    const { port1, port2 } = new MessageChannel()
    const tap = new LabTap({ epochStart: EPOCH_MS, port: port1 })
    tap.departed(departure(0, Uint8Array.of(1)))
    const next = new MessageChannel()
    tap.connect(next.port1)
    const heard = listen(next.port2)
    port2.close()
    await new Promise((resolve) => port1.once('close', resolve))
    tap.departed(departure(1, Uint8Array.of(2)))
    tap.flush()
    await heard.until(1)
    assert.deepEqual(
      heard.told.map((told) => told.kind === 'departed' && told.frame.id),
      [1],
    )
    tap.close()
    heard.frames.close()
  })

  it('costs nothing while there is no observer', () => {
    const tap = new LabTap({ epochStart: EPOCH_MS })
    tap.departed(departure(0, Uint8Array.of(1)))
    tap.arrived(0, 1, undefined)
    tap.flush()
    assert.equal(tap.dropped, 0)
  })
})
