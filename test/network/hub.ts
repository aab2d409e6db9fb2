/** The plainest of networks for tests of hosts: what one sends, all others get a moment later. */
import assert from 'node:assert/strict'
import { parseIpv4 } from '../../server/network/address.ts'
import { SimulatedClock } from '../../server/network/clock.ts'
import { Host, type HostOptions } from '../../server/network/host.ts'
import type { Cable } from '../../server/network/interface.ts'
import { seeded } from '../../server/network/random.ts'
import type { Frame, Transit } from '../../server/protocols/packet.ts'
import { Trace } from '../../server/trace/trace.ts'
import { type EthernetOptions, ethernetBytes, START_TIME } from '../frames.ts'
import { type Dissected, readBack } from '../protocols/dissected.ts'

/** From one end to the other, milliseconds. */
export const DELAY_MS = 1

export const ip = (text: string): number => {
  const address = parseIpv4(text)
  assert.ok(address !== undefined, text)
  return address
}

export class Hub {
  readonly clock: SimulatedClock
  /** Everything that was sent, lost or not. */
  readonly sent: { time: number; bytes: Uint8Array }[] = []
  /** Frames for which it is true get lost. */
  loses: (frame: Uint8Array) => boolean = () => false
  readonly #ends: ((frame: Uint8Array) => void)[] = []

  constructor(clock = new SimulatedClock()) {
    this.clock = clock
  }

  plug(receive: (frame: Uint8Array) => void): Cable {
    this.#ends.push(receive)
    return { send: (frame) => this.#send(frame, receive) }
  }

  /** A host of this name's address, plugged in and settled. */
  host(address: string, options: Partial<HostOptions> = {}): Host {
    const host = new Host({
      name: address,
      address: ip(address),
      prefix: 24,
      clock: this.clock,
      random: seeded(ip(address)),
      ...options,
    })
    host.attach(this.plug((frame) => host.receive(frame)))
    this.pass(0)
    return host
  }

  /** A frame from somebody who isn't a host of ours. */
  inject(header: EthernetOptions, payload: Uint8Array): void {
    this.#send(ethernetBytes(header, payload), undefined)
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.clock.run(this.clock.now() + ms)
  }

  /** Forgets what was sent so far, such as how the hosts came to know each other. */
  forget(): void {
    this.sent.length = 0
  }

  /** As our own dissectors see what was sent, checksums verified. */
  dissected(): Dissected[] {
    const trace = new Trace()
    for (const each of this.sent) trace.add(asCaptured(each))
    return this.sent.map((_, i) => readBack(trace, i + 1))
  }

  /** The packet list's last column, all of it. Nothing sent is malformed or has a wrong checksum. */
  transcript(): string[] {
    return this.dissected().map((frame) => {
      assert.deepEqual(frame.problems, [])
      for (const { field, value } of frame.packet.layers.flatMap((layer) => layer.fields)) {
        if (field.name.endsWith('checksum.status')) assert.notEqual(value, 0, `${field.name}, ${frame.info}`)
      }
      return frame.info
    })
  }

  #send(frame: Uint8Array, from: ((frame: Uint8Array) => void) | undefined): void {
    this.sent.push({ time: this.clock.now(), bytes: frame.slice() })
    if (this.loses(frame)) return
    this.clock.at(this.clock.now() + DELAY_MS, () => {
      for (const end of this.#ends) if (end !== from) end(frame)
    })
  }
}

const TRANSIT: Omit<Transit, 'sentAt' | 'arrivals'> = {
  cable: 'server',
  direction: 'up',
  fates: ['delivered'],
  queue: 0,
  delay: 0,
  seen: true,
}

function asCaptured({ time, bytes }: { time: number; bytes: Uint8Array }): Frame {
  const at = START_TIME + BigInt(Math.round(time * 1e6))
  const transit = { ...TRANSIT, sentAt: at, arrivals: [at] }
  return { time: at, bytes, originalLength: bytes.length, linkType: 1, transit }
}

/** What a promise has come to by now; undefined while it is open. */
export async function settled<T>(promise: Promise<T>): Promise<T | undefined> {
  return Promise.race([promise, new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)))])
}
