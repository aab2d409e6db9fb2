/** Any bytes, any misfortune on the way: whole and in order at the other end, or an error; and nothing left behind. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { SimulatedClock } from '../../../server/network/clock.ts'
import { type Random, seeded } from '../../../server/network/random.ts'
import type { TcpHandle, TcpHandler } from '../../../server/network/tcp/connection-api.ts'
import { TcpLayer, type TcpOptions } from '../../../server/network/tcp/layer.ts'
import {
  ACK,
  checksumIsGood,
  decodeSegment,
  putChecksum,
  RST,
  SYN,
  TcpSegment,
} from '../../../server/protocols/tcp-segment.ts'

const SERVER = 0x0a000001
const CLIENT = 0x0a000064

const IDLE_MS = 600_000

interface Misfortune {
  loss: number
  duplicate: number
  corrupt: number
  reorder: number
  delay: number
  jitter: number
}

/** What one end may send: as far as the other has ever offered, and one byte for a probe, one for a FIN. */
class WindowWatch {
  #edge = Number.NEGATIVE_INFINITY
  #shift = 0
  #iss: number | undefined
  readonly #segment = new TcpSegment()

  /** A segment reaches the end that is watched. */
  offered(bytes: Uint8Array, scaled: boolean): void {
    const it = this.#segment
    decodeSegment(bytes, 0, bytes.length, it)
    if (it.flags & SYN && it.windowShift >= 0 && scaled) this.#shift = it.windowShift
    if (!(it.flags & ACK) || this.#iss === undefined) return
    const window = it.flags & SYN ? it.window : it.window << this.#shift
    this.#edge = Math.max(this.#edge, ((it.ack - this.#iss) | 0) + window)
  }

  /** It sends one. */
  sent(bytes: Uint8Array): void {
    const it = this.#segment
    decodeSegment(bytes, 0, bytes.length, it)
    if (it.flags & SYN) this.#iss ??= it.seq
    const length = it.dataEnd - it.dataStart
    if (length === 0 || it.flags & RST || this.#iss === undefined) return
    const end = ((it.seq - this.#iss) | 0) + length
    assert.ok(end <= this.#edge || (length === 1 && end <= this.#edge + 1), `${end} is beyond ${this.#edge}`)
  }
}

class Wire {
  readonly clock = new SimulatedClock()
  readonly layers = new Map<number, TcpLayer>()
  readonly watches = new Map([
    [SERVER, new WindowWatch()],
    [CLIENT, new WindowWatch()],
  ])
  readonly #random: Random
  readonly #misfortune: Misfortune
  segments = 0
  /** What each end would send and acknowledge next, as far as it has shown. */
  readonly shown = new Map<number, { seq: number; ack: number; port: number }>()
  readonly #segment = new TcpSegment()

  constructor(seed: number, misfortune: Misfortune, options: TcpOptions, mtu: number) {
    this.#random = seeded(seed)
    this.#misfortune = misfortune
    for (const address of [SERVER, CLIENT]) {
      const layer = new TcpLayer(
        {
          address,
          mtu,
          clock: this.clock,
          random: this.#random.fork(`${address}`),
          transmit: (destination, _protocol, length, write) => {
            const bytes = new Uint8Array(length)
            write(bytes, 0)
            this.#carry(address, destination, bytes)
          },
        },
        options,
      )
      this.layers.set(address, layer)
    }
  }

  #carry(from: number, to: number, bytes: Uint8Array): void {
    this.segments++
    this.watches.get(from)?.sent(bytes)
    const sent = this.#segment
    decodeSegment(bytes, 0, bytes.length, sent)
    const seq = sent.seq + sent.dataEnd - sent.dataStart + (sent.flags & SYN ? 1 : 0)
    this.shown.set(from, { seq, ack: sent.ack, port: sent.sourcePort })
    const { loss, duplicate, corrupt, reorder, delay, jitter } = this.#misfortune
    const chance = (share: number) => this.#random.next() < share
    for (let copies = chance(duplicate) ? 2 : 1; copies > 0; copies--) {
      if (chance(loss)) continue
      const arriving = bytes.slice()
      if (chance(corrupt)) arriving[this.#random.below(arriving.length)]! ^= 1 << this.#random.below(8)
      const travel = chance(reorder) ? 0 : delay + jitter * this.#random.next()
      this.clock.at(this.clock.now() + travel, () => {
        if (checksumIsGood(arriving, 0, arriving.length, from, to))
          this.watches.get(to)?.offered(arriving, true)
        this.layers.get(to)?.receive(from, to, arriving, 0, arriving.length)
      })
    }
  }
}

/** Writes what it is given, in pieces, takes what comes, and closes when it has written all. */
class End implements TcpHandler {
  readonly received: Uint8Array[] = []
  #count = 0
  handle: TcpHandle | undefined
  hasEnded = false
  over: { failure: string | undefined } | undefined
  readonly #toSend: Uint8Array
  readonly #piece: number
  #at = 0
  /** Milliseconds for which what came is left lying. */
  readonly #lazy: number
  readonly #clock: SimulatedClock

  constructor(clock: SimulatedClock, toSend: Uint8Array, piece: number, lazy: number) {
    this.#clock = clock
    this.#toSend = toSend
    this.#piece = piece
    this.#lazy = lazy
  }

  connected(): void {
    this.writable()
  }
  data(bytes: Uint8Array): void {
    assert.ok(!this.hasEnded && this.over === undefined, 'nothing comes after the end')
    this.received.push(bytes.slice())
    this.#count += bytes.length
    if (this.#lazy === 0) this.handle?.consumed(bytes.length)
    else this.#clock.at(this.#clock.now() + this.#lazy, () => this.handle?.consumed(bytes.length))
  }
  ended(): void {
    assert.ok(!this.hasEnded)
    this.hasEnded = true
  }
  writable(): void {
    while (this.#at < this.#toSend.length) {
      const taken = this.handle?.write(this.#toSend.subarray(this.#at, this.#at + this.#piece)) ?? 0
      if (taken === 0) return
      this.#at += taken
    }
    this.handle?.end()
  }
  closed(failure: string | undefined): void {
    assert.equal(this.over, undefined, 'told once')
    this.over = { failure }
  }
  get bytes(): Buffer {
    return Buffer.concat(this.received, this.#count)
  }
}

function stream(length: number, seed: number): Uint8Array {
  const random = seeded(seed)
  return Uint8Array.from({ length }, () => random.below(256))
}

interface Exchange {
  seed: number
  misfortune: Misfortune
  options: TcpOptions
  up: number
  down: number
  piece: number
  lazy: number
  mtu: number
}

function exchange(it: Exchange): { wire: Wire; client: End; server: End } {
  const { seed, options, up, down, piece, lazy, mtu } = it
  const wire = new Wire(seed, it.misfortune, options, mtu)
  const client = new End(wire.clock, stream(up, seed), piece, 0)
  const server = new End(wire.clock, stream(down, seed + 1), piece, lazy)
  wire.layers.get(SERVER)?.listen(80, (connection) => {
    connection.handler = server
    server.handle = connection
    connection.setKeepAlive(true, IDLE_MS)
    server.writable()
  })
  client.handle = wire.layers.get(CLIENT)!.connect(SERVER, 80, client)
  // An end whose peer has given up, its RST lost, would wait for ever without.
  client.handle.setKeepAlive(true, IDLE_MS)
  wire.clock.run(Number.POSITIVE_INFINITY, 2_000_000)
  return { wire, client, server }
}

const misfortunes = fc.record({
  loss: fc.constantFrom(0, 0, 0.01, 0.05, 0.2),
  duplicate: fc.constantFrom(0, 0, 0.1),
  corrupt: fc.constantFrom(0, 0, 0.05),
  reorder: fc.constantFrom(0, 0, 0.1, 0.5),
  delay: fc.constantFrom(0, 1, 30, 300),
  jitter: fc.constantFrom(0, 0, 5, 100),
})

const options = fc.record({
  timestamps: fc.boolean(),
  sack: fc.boolean(),
  windowScale: fc.boolean(),
  noDelay: fc.boolean(),
  receiveBuffer: fc.constantFrom(1, 500, 3000, 65_535, 1 << 20),
  sendBuffer: fc.constantFrom(1, 2000, 1 << 20),
  delayedAckMs: fc.constantFrom(0, 40, 400),
})

const exchanges: fc.Arbitrary<Exchange> = fc
  .record({
    seed: fc.integer({ min: 0, max: 1 << 30 }),
    misfortune: misfortunes,
    options,
    up: fc.integer({ min: 0, max: 40_000 }),
    down: fc.integer({ min: 0, max: 40_000 }),
    piece: fc.constantFrom(1, 100, 1460, 10_000),
    lazy: fc.constantFrom(0, 0, 50, 2000),
    mtu: fc.constantFrom(100, 576, 1500),
  })
  .map((it) => {
    // A window of a byte moves a byte each round trip: few of them, or the test takes a simulated year.
    const small = Math.min(it.options.receiveBuffer, it.options.sendBuffer)
    const most = small < 100 ? 20 : small < 5000 ? 10_000 : 40_000
    return { ...it, up: Math.min(it.up, most), down: Math.min(it.down, most) }
  })

describe('over any wire', () => {
  test('every byte arrives once and in order, or the connection ends with an error; nothing is left behind', () => {
    fc.assert(
      fc.property(exchanges, (it) => {
        const { wire, client, server } = exchange(it)
        assert.equal(wire.clock.pending, 0, 'no timer is left')
        for (const layer of wire.layers.values()) assert.deepEqual([...layer.connections()], [])
        assert.ok(client.over !== undefined, 'the client is told how it ended')
        const sentUp = Buffer.from(stream(it.up, it.seed))
        const sentDown = Buffer.from(stream(it.down, it.seed + 1))
        assert.ok(server.bytes.equals(sentUp.subarray(0, server.bytes.length)), 'up: a beginning of it')
        assert.ok(client.bytes.equals(sentDown.subarray(0, client.bytes.length)), 'down: a beginning of it')
        const failed = client.over.failure ?? server.over?.failure
        if (failed !== undefined) return
        assert.equal(server.bytes.length, it.up)
        assert.equal(client.bytes.length, it.down)
        assert.ok(client.hasEnded && server.hasEnded)
      }),
      { numRuns: 400, seed: 20260101 },
    )
  })

  test('moderate misfortune is no reason to fail', () => {
    fc.assert(
      fc.property(fc.integer(), fc.boolean(), fc.boolean(), (seed, sack, timestamps) => {
        const { client, server } = exchange({
          seed,
          misfortune: { loss: 0.05, duplicate: 0.05, corrupt: 0.02, reorder: 0.1, delay: 20, jitter: 10 },
          options: { sack, timestamps },
          up: 100_000,
          down: 20_000,
          piece: 5000,
          lazy: 0,
          mtu: 1500,
        })
        assert.deepEqual([client.over?.failure, server.over?.failure], [undefined, undefined])
        assert.equal(server.bytes.length, 100_000)
      }),
      { numRuns: 40, seed: 20260102 },
    )
  })
})

describe('hostile segments', () => {
  test('any bytes, right checksum or not, throw nothing and break nothing', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.array(
          fc.record({
            seq: fc.oneof(fc.constant(0), fc.integer({ min: -1500, max: 3000 })),
            ack: fc.oneof(fc.constant(0), fc.integer({ min: -1500, max: 3000 })),
            flags: fc.integer({ min: 0, max: 255 }),
            window: fc.integer({ min: 0, max: 65_535 }),
            length: fc.integer({ min: 0, max: 100 }),
            // Most often the timestamps that the connection has agreed on, very late ones.
            options: fc.oneof(
              fc.constant(Uint8Array.of(1, 1, 8, 10, 0x7f, 0, 0, 0, 0, 0, 0, 0)),
              fc.uint8Array({ maxLength: 40 }),
            ),
          }),
          { maxLength: 30 },
        ),
        (seed, segments) => {
          const calm = { loss: 0, duplicate: 0, corrupt: 0, reorder: 0, delay: 1, jitter: 0 }
          const wire = new Wire(seed, calm, {}, 1500)
          const layer = wire.layers.get(SERVER)!
          const server = new End(wire.clock, stream(2000, 1), 500, 0)
          layer.listen(80, (connection) => {
            connection.handler = server
            server.handle = connection
            server.writable()
          })
          const client = new End(wire.clock, stream(2000, 2), 500, 0)
          client.handle = wire.layers.get(CLIENT)!.connect(SERVER, 80, client)
          wire.clock.run(1.5)
          for (const it of segments) {
            const next = wire.shown.get(CLIENT)
            if (next !== undefined) {
              const segment = forged(next, it)
              wire.watches.get(SERVER)?.offered(segment, true)
              layer.receive(CLIENT, SERVER, segment, 0, segment.length)
            }
            wire.clock.run(wire.clock.now() + 0.3)
          }
          wire.clock.run(Number.POSITIVE_INFINITY, 1_000_000)
          layer.close()
          wire.layers.get(CLIENT)!.close()
          // The last RSTs are still on their way.
          wire.clock.run(wire.clock.now() + 2)
          assert.equal(wire.clock.pending, 0)
        },
      ),
      { numRuns: 300, seed: 20260103 },
    )
  })
})

/** A segment as from the client, its numbers that far from the right ones, with what else it would not send. */
function forged(
  next: { seq: number; ack: number; port: number },
  it: { seq: number; ack: number; flags: number; window: number; length: number; options: Uint8Array },
): Uint8Array {
  const optionsLength = (it.options.length + 3) & ~3
  const bytes = new Uint8Array(20 + optionsLength + it.length)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, next.port)
  view.setUint16(2, 80)
  view.setUint32(4, next.seq + it.seq)
  view.setUint32(8, next.ack + it.ack)
  view.setUint16(12, ((5 + optionsLength / 4) << 12) | it.flags)
  view.setUint16(14, it.window)
  bytes.set(it.options, 20)
  putChecksum(bytes, 0, bytes.length, CLIENT, SERVER)
  return bytes
}
