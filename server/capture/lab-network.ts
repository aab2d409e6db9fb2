/**
 * The lab network's eyewitness, on the services' thread: writes what it sees into buffers that go to the observer
 * and come back empty. One copy a frame and one message a batch, since a message a frame would cost more than the
 * frame. An observer that has much to take in is waited for at the doors; one that takes nothing in is not, and what it
 * misses is counted.
 */
import type { MessagePort } from 'node:worker_threads'
import { parseIpv4 } from '../network/address.ts'
import type { Pressure } from '../network/pressure.ts'
import type { Departure, Tap } from '../network/tap.ts'
import type { TcpEnd, TcpSample } from '../network/tcp/connection-api.ts'
import { RECOVERIES, SAMPLE_CAUSES, TCP_STATES } from '../network/tcp/connection-api.ts'
import {
  ARRIVED,
  ARRIVED_WORDS,
  AS_DEPARTED,
  BATCH_BYTES,
  type BatchMessage,
  DEPARTED,
  DEPARTED_WORDS,
  fateBits,
  type ReturnMessage,
  SAMPLED,
  SAMPLED_WORDS,
  type Topology,
  whereOf,
} from './lab-batch.ts'

export interface LabTapOptions {
  /** The network clock's: milliseconds from 1970 to its time 0. */
  readonly epochStart: number
  readonly topology?: Topology
  /** To the observer; `connect` may name one later, or another. */
  readonly port?: MessagePort
}

/** A packet that is looked at should not be older than this. */
const FLUSH_MS = 10
/** Batches with the observer above which nothing more is let in: 4 MiB, some 50 ms of its work. */
const HIGH = 16
/** An observer that hands nothing back for so long hangs, or has died: nobody waits for it. */
const PATIENCE_MS = 1000
/** Batches with the observer: 32 MiB. What is in the hosts' buffers and on the cable has room in it. */
const MAX_UNDER_WAY = 128
/** Empty ones that are kept for the next burst. */
const MAX_KEPT = 8
const MAX_FRAME = BATCH_BYTES - 8 * DEPARTED_WORDS

export class LabTap implements Tap, Pressure {
  readonly #epochStart: number
  readonly #topology: Topology
  #port: MessagePort | undefined
  /** Of this batch: joined programs give theirs names without end. */
  #cables: string[] = []
  #kept: ArrayBuffer[] = []
  #underWay = 0
  #dropped = 0
  /** Whoever waits for the observer, until when, and whether that was in vain. */
  #waiting: (() => void)[] = []
  #patience: NodeJS.Timeout | undefined
  #hangs = false
  #timer: NodeJS.Timeout | undefined
  /** The batch that is being filled: undefined while there is none. */
  #buffer: ArrayBuffer | undefined
  #bytes = new Uint8Array(0)
  #halves = new Uint32Array(0)
  #words = new Float64Array(0)
  /** Words written. */
  #at = 0

  constructor(options: LabTapOptions) {
    this.#epochStart = options.epochStart
    this.#topology = options.topology ?? 'switch'
    if (options.port !== undefined) this.connect(options.port)
  }

  /** What no observer was told of, because it had too much to take in: departures, and arrivals as well. */
  get dropped(): number {
    return this.#dropped
  }

  get high(): boolean {
    return this.#underWay >= HIGH && !this.#hangs
  }

  eased(callback: () => void): void {
    this.#waiting.push(callback)
    if (this.#patience === undefined) this.#bePatient()
  }

  /** From now on tells whoever is at the other end of `port`, and nobody else: an observer that was started anew. */
  connect(port: MessagePort): void {
    this.#forget()
    this.#port = port
    port.on('message', ({ buffer }: ReturnMessage) => {
      if (port !== this.#port) return
      this.#underWay--
      this.#hangs = false
      if (this.#underWay < HIGH / 2) this.#ease()
      else if (this.#waiting.length > 0) this.#bePatient()
      if (this.#kept.length < MAX_KEPT) this.#kept.push(buffer)
    })
    port.on('close', () => {
      if (port === this.#port) this.#forget()
    })
    // A network at rest must not keep the program from ending.
    port.unref()
  }

  departed(departure: Departure): void {
    const { bytes, cable, direction, delay } = departure
    const { length } = bytes
    const at = this.#room(DEPARTED_WORDS, length)
    if (at < 0) return
    const half = at * 2
    const halves = this.#halves
    const words = this.#words
    halves[half] = DEPARTED
    halves[half + 1] = length
    words[at + 1] = departure.time
    words[at + 2] = departure.id
    words[at + 3] = delay ?? Number.NaN
    halves[half + 8] = departure.queue
    halves[half + 9] = fateBits(departure.fates)
    halves[half + 10] = whereOf(this.#cable(cable), direction)
    words[at + 6] = departure.rate ?? 0
    this.#bytes.set(bytes, (at + DEPARTED_WORDS) * 8)
  }

  arrived(id: number, time: number, received: Uint8Array | undefined): void {
    const at = this.#room(ARRIVED_WORDS, received?.length ?? 0)
    if (at < 0) return
    this.#halves[at * 2] = ARRIVED
    this.#halves[at * 2 + 1] = received === undefined ? AS_DEPARTED : received.length
    this.#words[at + 1] = time
    this.#words[at + 2] = id
    if (received !== undefined) this.#bytes.set(received, (at + ARRIVED_WORDS) * 8)
  }

  /** One end's state at a moment; `connection` is that end. */
  sampled(connection: { readonly local: TcpEnd; readonly remote: TcpEnd }, sample: TcpSample): void {
    const at = this.#room(SAMPLED_WORDS, 0)
    if (at < 0) return
    const { local, remote } = connection
    const half = at * 2
    const codes =
      SAMPLE_CAUSES.indexOf(sample.because) |
      (TCP_STATES.indexOf(sample.state) << 8) |
      (RECOVERIES.indexOf(sample.recovery) << 16)
    this.#halves[half] = SAMPLED
    this.#halves[half + 1] = codes
    this.#halves[half + 4] = parseIpv4(local.address) ?? 0
    this.#halves[half + 5] = parseIpv4(remote.address) ?? 0
    this.#halves[half + 6] = local.port
    this.#halves[half + 7] = remote.port
    const words = this.#words
    words[at + 1] = sample.time
    words[at + 4] = sample.sndUna
    words[at + 5] = sample.sndNxt
    words[at + 6] = sample.sndWnd
    words[at + 7] = sample.rcvNxt
    words[at + 8] = sample.rcvWnd
    words[at + 9] = sample.cwnd
    words[at + 10] = sample.ssthresh
    words[at + 11] = sample.srtt ?? Number.NaN
    words[at + 12] = sample.rttvar ?? Number.NaN
    words[at + 13] = sample.rto
    words[at + 14] = sample.inFlight
    words[at + 15] = sample.retransmissions
  }

  /** Sends what there is. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const buffer = this.#buffer
    if (buffer === undefined) return
    const message: BatchMessage = {
      buffer,
      used: this.#at * 8,
      dropped: this.#dropped,
      cables: this.#cables,
      epochStart: this.#epochStart,
      topology: this.#topology,
    }
    this.#buffer = undefined
    this.#underWay++
    this.#port?.postMessage(message, [buffer])
  }

  /** Sends the rest and says that no more will come. */
  close(): void {
    this.flush()
    const port = this.#port
    this.#forget()
    port?.close()
  }

  /** Where a record may begin, in words; -1 when it can't be kept. */
  #room(head: number, length: number): number {
    const words = head + ((length + 7) >>> 3)
    if (this.#buffer !== undefined && (this.#at + words) * 8 > BATCH_BYTES) this.flush()
    if (this.#buffer === undefined && !this.#begin()) return -1
    if (length > MAX_FRAME) {
      this.#dropped++
      return -1
    }
    const at = this.#at
    this.#at = at + words
    return at
  }

  #begin(): boolean {
    if (this.#port === undefined) return false
    if (this.#underWay >= MAX_UNDER_WAY) {
      this.#dropped++
      return false
    }
    const buffer = this.#kept.pop() ?? new ArrayBuffer(BATCH_BYTES)
    this.#buffer = buffer
    this.#bytes = new Uint8Array(buffer)
    this.#halves = new Uint32Array(buffer)
    this.#words = new Float64Array(buffer)
    this.#cables = []
    this.#at = 0
    this.#timer = setTimeout(() => this.flush(), FLUSH_MS)
    this.#timer.unref()
    return true
  }

  #cable(name: string): number {
    const known = this.#cables.indexOf(name)
    return known >= 0 ? known : this.#cables.push(name) - 1
  }

  #bePatient(): void {
    clearTimeout(this.#patience)
    this.#patience = setTimeout(() => {
      this.#hangs = true
      this.#ease()
    }, PATIENCE_MS)
  }

  #ease(): void {
    clearTimeout(this.#patience)
    this.#patience = undefined
    for (const callback of this.#waiting.splice(0)) callback()
  }

  #forget(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#port = undefined
    this.#buffer = undefined
    this.#kept = []
    this.#underWay = 0
    this.#hangs = false
    this.#ease()
  }
}
