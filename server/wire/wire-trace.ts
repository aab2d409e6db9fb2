/** The lab network's eyewitness in the same process: what it sees becomes the trace at one end, at once. */
import type { Clock } from '../network/clock.ts'
import type { Departure, Tap } from '../network/tap.ts'
import { Samples } from '../trace/samples.ts'
import { Trace } from '../trace/trace.ts'
import { TwoEnds } from '../trace/two-ends.ts'
import type { End } from '../trace/vantage.ts'

export interface WireTraceOptions {
  readonly clock: Clock
  readonly topology: 'switch' | 'router'
  readonly at: End
  /** Bytes of frames held; the oldest go. */
  readonly limitBytes: number
}

export class WireTrace implements Tap {
  /** What a capture at the chosen end shows, and what never got there, marked as such. */
  readonly trace: Trace
  readonly #ends: TwoEnds
  /** Nanoseconds from 1970 to the clock's 0. */
  readonly #epoch: bigint

  constructor({ clock, topology, at, limitBytes }: WireTraceOptions) {
    // Exact to the microsecond, which is as far as a number of milliseconds since 1970 goes.
    this.#epoch = BigInt(Math.round(clock.epochStart * 1000)) * 1000n
    const client = new Trace({ limitBytes, provenance: 'lab' })
    this.#ends = new TwoEnds({ client, samples: new Samples() }).begin(topology)
    if (at === 'server') this.#ends.hold()
    this.trace = at === 'server' ? this.#ends.server : client
  }

  departed(departure: Departure): void {
    const { id, cable, direction, bytes, fates, queue, delay, rate = 0 } = departure
    const time = this.#time(departure.time)
    const seconds = delay === undefined ? undefined : delay / 1000
    this.#ends.departed({ id, cable, direction, time, bytes, fates, queue, delay: seconds, rate })
    // The bytes are lent until this returns.
    this.#ends.paused()
  }

  arrived(id: number, time: number, received: Uint8Array | undefined): void {
    this.#ends.arrived(id, this.#time(time), received)
    this.#ends.paused()
  }

  close(): void {
    this.#ends.close()
  }

  #time(milliseconds: number): bigint {
    return this.#epoch + BigInt(Math.round(milliseconds * 1e6))
  }
}
