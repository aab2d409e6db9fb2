/**
 * The observer's end of `LabTap`: unpacks the batches, a slice of time after another, and hands them back. Frames
 * are told as the cables saw them: when each departed, and when it came out.
 */
import { setImmediate } from 'node:timers'
import type { MessagePort } from 'node:worker_threads'
import type { Direction, Fate } from '../network/tap.ts'
import type { TcpEnd, TcpSample } from '../network/tcp/connection-api.ts'
import { RECOVERIES, SAMPLE_CAUSES, TCP_STATES } from '../network/tcp/connection-api.ts'
import {
  ARRIVED,
  ARRIVED_WORDS,
  AS_DEPARTED,
  type BatchMessage,
  cableOf,
  DEPARTED,
  DEPARTED_WORDS,
  directionOf,
  fatesOf,
  SAMPLED_WORDS,
  type Topology,
} from './lab-batch.ts'

/** A frame that entered a cable. Times are nanoseconds since 1970. */
export interface Departed {
  readonly id: number
  readonly cable: string
  readonly direction: Direction
  readonly time: bigint
  /** Only good until the call returns. */
  readonly bytes: Uint8Array
  readonly fates: readonly Fate[]
  readonly queue: number
  /** Seconds; undefined if it never arrives. */
  readonly delay: number | undefined
  /** Bits a second; 0 for as fast as it goes. */
  readonly rate: number
}

export interface LabWitness {
  departed(frame: Departed): void
  /** `received`: its bytes where they are not those that departed; only good until the call returns. */
  arrived(id: number, time: bigint, received: Uint8Array | undefined): void
  /** `time` of the sample: epoch milliseconds. */
  sampled(local: TcpEnd, remote: TcpEnd, sample: TcpSample): void
  /** No more is said in this go: what is to be kept of the bytes must be copied now. */
  paused(): void
}

export interface LabFramesOptions {
  readonly port: MessagePort
  /** Called once, before anything is told: where the hosts are decides who sees what. */
  begin(topology: Topology): LabWitness
  /** Called before each batch: what must be known when its frames are told. */
  beforeBatch?(): void
  /** Frames were dropped on the way here, so many in all. */
  onDropped(dropped: number): void
}

/** Work of one turn of the event loop, as for everything that the observer does. */
const SLICE_MS = 8
/** The clock is looked at once in so many records. */
const BETWEEN_LOOKS = 64

export class LabFrames {
  readonly #options: LabFramesOptions
  #witness: LabWitness | undefined
  readonly #times = new Times()
  readonly #queue: BatchMessage[] = []
  #batch: BatchReader | undefined
  #working = false
  #closed = false
  #dropped = 0

  constructor(options: LabFramesOptions) {
    this.#options = options
    options.port.on('message', (message: BatchMessage) => {
      this.#queue.push(message)
      if (this.#working || this.#closed) return
      this.#working = true
      this.#work()
    })
  }

  close(): void {
    this.#closed = true
    this.#queue.length = 0
    this.#options.port.close()
  }

  readonly #work = () => {
    const until = performance.now() + SLICE_MS
    while (!this.#closed) {
      const batch = this.#batch ?? this.#next()
      if (batch === undefined) break
      const witness = this.#witness ?? this.#options.begin(batch.message.topology)
      this.#witness = witness
      let looked = 0
      let more = true
      while (more && (++looked % BETWEEN_LOOKS !== 0 || performance.now() < until)) more = batch.read(witness)
      if (!more) this.#finish(batch, witness)
      if (performance.now() < until) continue
      if (this.#batch !== undefined) witness.paused()
      setImmediate(this.#work)
      return
    }
    this.#working = false
  }

  #next(): BatchReader | undefined {
    const message = this.#queue.shift()
    if (message !== undefined) this.#options.beforeBatch?.()
    this.#batch = message && new BatchReader(message, this.#times)
    return this.#batch
  }

  #finish({ message }: BatchReader, witness: LabWitness): void {
    witness.paused()
    this.#batch = undefined
    const { buffer, dropped } = message
    this.#options.port.postMessage({ buffer }, [buffer])
    if (dropped === this.#dropped) return
    this.#dropped = dropped
    this.#options.onDropped(dropped)
  }
}

/**
 * The times of what is told, each later than the one before. A cable that hands over many frames at once gives them
 * one time, and the answers to the first of them come before the second: by time alone, effects could stand before
 * their causes. A nanosecond is nobody's loss.
 */
class Times {
  #last = 0n

  next(time: bigint): bigint {
    this.#last = time > this.#last ? time : this.#last + 1n
    return this.#last
  }
}

/** Reads the records of one batch. */
class BatchReader {
  readonly message: BatchMessage
  readonly #bytes: Uint8Array
  readonly #halves: Uint32Array
  readonly #words: Float64Array
  readonly #end: number
  /** Nanoseconds from 1970 to the network's time 0. */
  readonly #epoch: bigint
  readonly #times: Times
  #at = 0

  constructor(message: BatchMessage, times: Times) {
    const { buffer, used, epochStart } = message
    this.message = message
    this.#times = times
    this.#bytes = new Uint8Array(buffer)
    this.#halves = new Uint32Array(buffer)
    this.#words = new Float64Array(buffer)
    this.#end = used / 8
    this.#epoch = epochNanoseconds(epochStart)
  }

  /** Tells one record; false when there was none left. */
  read(witness: LabWitness): boolean {
    const at = this.#at
    if (at >= this.#end) return false
    const kind = this.#halves[at * 2]
    if (kind === DEPARTED) this.#departed(at, witness)
    else if (kind === ARRIVED) this.#arrived(at, witness)
    else this.#sampled(at, witness)
    return true
  }

  #departed(at: number, witness: LabWitness): void {
    const half = at * 2
    const length = this.#half(half + 1)
    const delay = this.#word(at + 3)
    const where = this.#half(half + 10)
    witness.departed({
      id: this.#word(at + 2),
      cable: this.message.cables[cableOf(where)] ?? '',
      direction: directionOf(where),
      time: this.#time(at),
      bytes: this.#body(at + DEPARTED_WORDS, length),
      fates: fatesOf(this.#half(half + 9)),
      queue: this.#half(half + 8),
      delay: Number.isNaN(delay) ? undefined : delay / 1000,
      rate: this.#word(at + 6),
    })
  }

  #arrived(at: number, witness: LabWitness): void {
    const length = this.#half(at * 2 + 1)
    const id = this.#word(at + 2)
    const time = this.#time(at)
    const body = at + ARRIVED_WORDS
    if (length === AS_DEPARTED) {
      this.#at = body
      witness.arrived(id, time, undefined)
    } else witness.arrived(id, time, this.#body(body, length))
  }

  #sampled(at: number, witness: LabWitness): void {
    const half = at * 2
    const codes = this.#half(half + 1)
    const word = (index: number) => this.#word(at + index)
    this.#at = at + SAMPLED_WORDS
    witness.sampled(
      { address: addressOf(this.#half(half + 4)), port: this.#half(half + 6) },
      { address: addressOf(this.#half(half + 5)), port: this.#half(half + 7) },
      {
        time: this.message.epochStart + word(1),
        because: SAMPLE_CAUSES[codes & 0xff] ?? 'asked',
        state: TCP_STATES[(codes >>> 8) & 0xff] ?? 'CLOSED',
        recovery: RECOVERIES[(codes >>> 16) & 0xff] ?? 'open',
        sndUna: word(4),
        sndNxt: word(5),
        sndWnd: word(6),
        rcvNxt: word(7),
        rcvWnd: word(8),
        cwnd: word(9),
        ssthresh: word(10),
        srtt: known(word(11)),
        rttvar: known(word(12)),
        rto: word(13),
        inFlight: word(14),
        retransmissions: word(15),
      },
    )
  }

  #word(at: number): number {
    return this.#words[at] ?? 0
  }

  #half(at: number): number {
    return this.#halves[at] ?? 0
  }

  #time(at: number): bigint {
    return this.#times.next(this.#epoch + BigInt(Math.round(this.#word(at + 1) * 1e6)))
  }

  /** The bytes from a word on; the next record begins behind them. */
  #body(at: number, length: number): Uint8Array {
    this.#at = at + ((length + 7) >>> 3)
    return this.#bytes.subarray(at * 8, at * 8 + length)
  }
}

/** Exact to the microsecond, which is as far as a count of milliseconds from 1970 goes. */
function epochNanoseconds(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds * 1000)) * 1000n
}

const known = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value)

const addressOf = (value: number): string =>
  `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`
