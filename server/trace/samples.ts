/**
 * What each end of a lab connection knew of itself, as it told: windows, round trip, what it believes to be under
 * way. None of it but what a header carries is ever on the wire. Bounded for each end and over all.
 */
import type { EndpointNode } from '../dashboard/api.ts'
import type { SampleNode } from '../dashboard/api-network.ts'
import type { TcpEnd, TcpSample } from '../network/tcp/connection-api.ts'

/** Forty seconds of an end that is always busy. */
const MAX_EACH = 4000
const MAX_ALL = 200_000
/** Connections between the same two sockets that are told apart, newest first kept. */
const MAX_LIVES = 8
/** An end may say so a moment before the packet that shows it. */
const BEFORE_MS = 2000

/** One end of one connection. */
interface Life {
  readonly from: number
  readonly samples: SampleNode[]
  state: string
}

/** What one end of one connection told, oldest first; `from` is when it began to, and tells it from others. */
export interface EndSamples {
  readonly local: EndpointNode
  readonly remote: EndpointNode
  /** Epoch milliseconds. */
  readonly from: number
  readonly samples: readonly SampleNode[]
}

const OPENING: readonly string[] = ['SYN-SENT', 'SYN-RECEIVED']

export class Samples {
  /** By this end and the other; those told of last are at the end. */
  readonly #ends = new Map<string, Life[]>()
  readonly #listeners = new Set<(told: EndSamples) => void>()
  #held = 0

  /** Held in all. */
  get size(): number {
    return this.#held
  }

  /** `time` of the sample: epoch milliseconds. */
  add(local: TcpEnd, remote: TcpEnd, sample: TcpSample): void {
    const key = keyOf(local, remote)
    const lives = this.#ends.get(key) ?? []
    this.#ends.delete(key)
    this.#ends.set(key, lives)
    const life = this.#lifeFor(lives, sample)
    const node = nodeOf(sample)
    this.#keep(life, node)
    for (const listener of this.#listeners) listener({ local, remote, from: life.from, samples: [node] })
  }

  /** Takes back what was told elsewhere, in the order of time. */
  restore({ local, remote, from, samples }: EndSamples): void {
    const key = keyOf(local, remote)
    const lives = this.#ends.get(key) ?? []
    this.#ends.delete(key)
    this.#ends.set(key, lives)
    let life = lives.find((each) => each.from === from)
    if (life === undefined) {
      life = { from, samples: [], state: '' }
      this.#begin(lives, life)
    }
    for (const node of samples) this.#keep(life, node)
  }

  /** Everything that is held, end by end. */
  *all(): Generator<EndSamples> {
    for (const [key, lives] of this.#ends) {
      const [local, localPort, remote = '', remotePort] = key.split('|')
      for (const { from, samples } of lives) {
        yield {
          local: { address: local ?? '', port: Number(localPort) },
          remote: { address: remote, port: Number(remotePort) },
          from,
          samples,
        }
      }
    }
  }

  /** Calls back with each sample as it is told, until the returned function is called. */
  onSample(listener: (told: EndSamples) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #keep(life: Life, node: SampleNode): void {
    life.state = node.state
    life.samples.push(node)
    this.#held++
    // A part at a time, since every array that loses its first moves all the others.
    if (life.samples.length > MAX_EACH) this.#held -= life.samples.splice(0, MAX_EACH >> 3).length
    while (this.#held > MAX_ALL) this.#dropOldest()
  }

  #begin(lives: Life[], life: Life): void {
    lives.push(life)
    if (lives.length > MAX_LIVES) this.#held -= lives.shift()?.samples.length ?? 0
  }

  /**
   * Of the end at `local`, oldest first: those of the connection whose first packet was at `since`, epoch
   * milliseconds.
   */
  of(local: EndpointNode, remote: EndpointNode, since: number): SampleNode[] {
    const lives = this.#ends.get(keyOf(local, remote)) ?? []
    const begun = lives.filter((life) => life.from <= since + BEFORE_MS)
    // The latest that had begun; an end that opened a moment too late is the first there is.
    const before = begun.filter((life) => life.from <= since)
    const life = before.at(-1) ?? begun[0]
    return life === undefined ? [] : [...life.samples]
  }

  #lifeFor(lives: Life[], { time, state }: TcpSample): Life {
    const last = lives.at(-1)
    const again = OPENING.includes(state) && last !== undefined && !OPENING.includes(last.state)
    if (last !== undefined && !again) return last
    const life: Life = { from: time, samples: [], state }
    this.#begin(lives, life)
    return life
  }

  #dropOldest(): void {
    for (const [key, lives] of this.#ends) {
      this.#ends.delete(key)
      for (const { samples } of lives) this.#held -= samples.length
      return
    }
  }
}

function keyOf(local: EndpointNode, remote: EndpointNode): string {
  return `${local.address}|${local.port}|${remote.address}|${remote.port}`
}

function nodeOf(sample: TcpSample): SampleNode {
  const { ssthresh, srtt, rttvar } = sample
  return {
    ...sample,
    ssthresh: Number.isFinite(ssthresh) ? ssthresh : null,
    srtt: srtt ?? null,
    rttvar: rttvar ?? null,
  }
}
