/**
 * What a capture at either end of the lab network's cables would hold. The live trace is the one at the clients; the
 * one at the servers is made from it when somebody asks, and fed from then on.
 */
import type { Topology } from '../capture/lab-batch.ts'
import type { Departed, LabWitness } from '../capture/lab-frames.ts'
import type { TcpEnd, TcpSample } from '../network/tcp/connection-api.ts'
import { LabPassage } from './lab-passage.ts'
import type { Samples } from './samples.ts'
import { ServerEnd } from './server-end.ts'
import type { Trace } from './trace.ts'
import { type End, type Sight, sightOf } from './vantage.ts'

/** Frames under way whose departure is remembered; with more, the oldest are given up. */
const MAX_UNDER_WAY = 200_000
const MAX_UNDER_WAY_BYTES = 64 * 1024 * 1024
/** A trace that nobody has looked at for so long is dropped. */
const UNUSED_MS = 60_000

export interface TwoEndsOptions {
  /** The trace at the clients. */
  readonly client: Trace
  readonly samples: Samples
  /** Milliseconds that only grow; the machine's unless told otherwise. */
  readonly now?: () => number
}

export class TwoEnds implements LabWitness {
  readonly client: Trace
  readonly samples: Samples
  #topology: Topology = 'switch'
  readonly #now: () => number
  /** By the tap's number: what has entered a cable and not come out. */
  readonly #underWay = new Map<number, LabPassage>()
  #underWayBytes = 0
  /** Those of them whose bytes lie in a batch that will be handed back. */
  #borrowed: LabPassage[] = []
  #server: ServerEnd | undefined
  #lastUsed = 0
  #holders = 0

  constructor(options: TwoEndsOptions) {
    this.client = options.client
    this.samples = options.samples
    this.#now = options.now ?? (() => performance.now())
  }

  /** Where the hosts are, told before the first frame: it decides who sees what. */
  begin(topology: Topology): this {
    this.#topology = topology
    return this
  }

  /** The trace at the servers; it may still be taking in what was held when it was first asked for. */
  get server(): Trace {
    return this.#serverEnd().trace
  }

  /** The same, once it has everything that was held. */
  async wholeServer(): Promise<Trace> {
    const end = this.#serverEnd()
    await end.whole
    return end.trace
  }

  /** Keeps the servers' trace, however long nobody asks for it, until the returned function is called. */
  hold(): () => void {
    this.#serverEnd()
    this.#holders++
    let held = true
    return () => {
      if (held) this.#holders--
      held = false
      this.#lastUsed = this.#now()
    }
  }

  departed(frame: Departed): void {
    const passage = new LabPassage(frame)
    const sight = this.#sight('client', passage)
    const comes = frame.delay !== undefined
    if (sight !== 'arrival' || !comes) {
      const seen = sight === 'departure'
      passage.number = this.client.add(passage.frame('client', frame.time, frame.bytes, seen))
    }
    if (comes) {
      this.#underWay.set(frame.id, passage)
      if (sight === 'arrival') {
        passage.bytes = frame.bytes
        this.#underWayBytes += frame.bytes.length
        this.#borrowed.push(passage)
      }
      this.#giveUpOldest()
    }
    this.#server?.departed(passage, this.#sight('server', passage), frame.bytes)
  }

  arrived(id: number, time: bigint, received: Uint8Array | undefined): void {
    const passage = this.#underWay.get(id)
    // Its departure was not told, or too long ago.
    if (passage === undefined) return
    passage.arrived(time)
    const damaged = received?.slice()
    if (damaged !== undefined) passage.damaged(damaged)
    let sent = passage.bytes
    if (this.#server !== undefined) sent ??= this.client.frame(passage.number)?.bytes
    if (this.#sight('client', passage) !== 'arrival') this.client.touch()
    else if (sent !== undefined) {
      const other = damaged === undefined ? undefined : sent.slice()
      passage.number = this.client.add(passage.frame('client', time, received ?? sent, true, other))
    }
    if (sent !== undefined) {
      this.#server?.arrived(passage, this.#sight('server', passage), time, sent, received)
    }
    if (passage.arrivals.length >= passage.copies) this.#forget(id, passage)
  }

  sampled(local: TcpEnd, remote: TcpEnd, sample: TcpSample): void {
    this.samples.add(local, remote, sample)
  }

  paused(): void {
    for (const passage of this.#borrowed) {
      if (passage.arrivals.length < passage.copies) passage.bytes = passage.bytes?.slice()
    }
    this.#borrowed = []
    if (this.#holders === 0 && this.#server !== undefined && this.#now() - this.#lastUsed > UNUSED_MS)
      this.close()
  }

  /** Drops the servers' trace. */
  close(): void {
    this.#server?.close()
    this.#server = undefined
  }

  #sight(end: End, { cable, direction }: LabPassage): Sight {
    return sightOf(this.#topology, end, cable, direction)
  }

  #serverEnd(): ServerEnd {
    this.#lastUsed = this.#now()
    this.#server ??= new ServerEnd(this.client, this.#topology, this.#underWay.values())
    return this.#server
  }

  #forget(id: number, passage: LabPassage): void {
    this.#underWay.delete(id)
    this.#underWayBytes -= passage.bytes?.length ?? 0
  }

  #giveUpOldest(): void {
    if (this.#underWay.size <= MAX_UNDER_WAY && this.#underWayBytes <= MAX_UNDER_WAY_BYTES) return
    for (const [id, passage] of this.#underWay) {
      this.#forget(id, passage)
      return
    }
  }
}
