/** `--stats timing`: how long things took, each as the field of the packet that ended it says. */
import type { Packet } from '../protocols/packet.ts'
import { filterName } from '../trace/filter-fields.ts'
import { WantedFields } from '../trace/wanted-fields.ts'
import type { Collector } from './read-collect.ts'
import type { TextOutput } from './text-output.ts'
import { table } from './text-table.ts'

/** Fields, and what their time is the time of. */
const TIMED: readonly (readonly [string, string])[] = [
  ['tcp.analysis.initial_rtt', 'TCP handshake: SYN to the ACK that completes it'],
  ['tcp.analysis.ack_rtt', 'TCP: segment to its acknowledgement'],
  ['http.time', 'HTTP: request to response'],
  ['engineio.rtt', 'Engine.IO: ping to pong'],
  ['socketio.ack_time', 'Socket.IO: event to acknowledgement'],
  ['dns.time', 'DNS: query to response'],
  ['icmp.resptime', 'ICMP: echo request to reply'],
]

export class TimingStats implements Collector {
  readonly needs: WantedFields
  readonly #samples: readonly { readonly name: string; readonly what: string; readonly times: Samples }[]
  /** Conversations whose handshake was counted: each of their packets tells it again. */
  readonly #shaken = new Set<string>()

  constructor() {
    const known = TIMED.filter(([name]) => filterName(name) !== undefined)
    this.#samples = known.map(([name, what]) => ({ name, what, times: new Samples() }))
    this.needs = new WantedFields(known.map(([name]) => name))
  }

  packet(packet: Packet): void {
    for (const { name, times } of this.#samples) {
      if (name === 'tcp.analysis.initial_rtt') this.#handshake(packet, times)
      // ICMP's is in milliseconds, as Wireshark has it; the others are seconds, and nanoseconds as keys.
      else for (const key of filterName(name)?.keys(packet) ?? []) times.add(Number(key) / scaleOf(name))
    }
  }

  #handshake(packet: Packet, times: Samples): void {
    const { flow } = packet
    const rtt = flow?.initialRtt
    if (flow === undefined || rtt === undefined || this.#shaken.has(flow.id)) return
    this.#shaken.add(flow.id)
    times.add(rtt)
  }

  async finish(_: unknown, output: TextOutput): Promise<void> {
    const rows = this.#samples.map(({ name, what, times }) => [name, ...times.figures(), what])
    output.add('Timing, in milliseconds\n\n')
    output.add(table([['field', 'count', 'min', 'median', 'p95', 'max', 'what'], ...rows], RIGHT))
  }
}

const RIGHT: ReadonlySet<number> = new Set([1, 2, 3, 4, 5])

function scaleOf(name: string): number {
  return filterName(name)?.type === 'duration' ? 1e9 : 1e3
}

/** More than this of one kind are thinned out, evenly, so that a long capture takes no more memory than a short one. */
const MOST = 1 << 20

/** Seconds; count, least and greatest are exact, whatever was thinned out. */
class Samples {
  #kept: number[] = []
  #count = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY
  /** One in so many is kept. */
  #stride = 1

  add(seconds: number): void {
    this.#min = Math.min(this.#min, seconds)
    this.#max = Math.max(this.#max, seconds)
    if (this.#count++ % this.#stride !== 0) return
    this.#kept.push(seconds)
    if (this.#kept.length < MOST) return
    this.#kept = this.#kept.filter((_, i) => i % 2 === 0)
    this.#stride *= 2
  }

  /** Count, min, median, p95, max. */
  figures(): string[] {
    if (this.#count === 0) return ['0', '', '', '', '']
    const sorted = this.#kept.sort((a, b) => a - b)
    const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
    const figures = [this.#min, at(0.5), at(0.95), this.#max].map((seconds) => (seconds * 1000).toFixed(3))
    return [String(this.#count), ...figures]
  }
}
