/** `--stats flows`: the conversations (tshark's `-z conv,tcp` and `-z conv,udp`). */
import type { Endpoint, Flow } from '../protocols/conversation.ts'
import type { Packet } from '../protocols/packet.ts'
import type { Trace } from '../trace/trace.ts'
import { WantedFields } from '../trace/wanted-fields.ts'
import type { Collector } from './read-collect.ts'
import type { TextOutput } from './text-output.ts'
import { table } from './text-table.ts'

interface Conversation {
  readonly flow: Flow
  packets: number
  packetsFromClient: number
  bytes: number
  bytesFromClient: number
  /** Nanoseconds since 1970. */
  readonly first: bigint
  last: bigint
}

export class FlowStats implements Collector {
  readonly needs = new WantedFields([])
  readonly #transport: 'tcp' | 'udp' | undefined
  readonly #conversations = new Map<Flow, Conversation>()

  /** `transport`: only those; both when left out. */
  constructor(transport?: 'tcp' | 'udp') {
    this.#transport = transport
  }

  packet(packet: Packet): void {
    const { flow } = packet
    if (flow === undefined || (this.#transport !== undefined && flow.transport !== this.#transport)) return
    let found = this.#conversations.get(flow)
    if (found === undefined) {
      const { time } = packet
      const none = { packets: 0, packetsFromClient: 0, bytes: 0, bytesFromClient: 0 }
      found = { flow, ...none, first: time, last: time }
      this.#conversations.set(flow, found)
    }
    found.packets++
    found.bytes += packet.originalLength
    if (packet.fromClient) {
      found.packetsFromClient++
      found.bytesFromClient += packet.originalLength
    }
    if (packet.time > found.last) found.last = packet.time
  }

  async finish(trace: Trace, output: TextOutput): Promise<void> {
    const all = [...this.#conversations.values()]
    output.add(`Conversations: ${all.length}\n\n`)
    if (all.length === 0) return
    const start = all.reduce((least, { first }) => (first < least ? first : least), all[0]?.first ?? 0n)
    output.add(table([HEADS, ...all.map((each) => rowOf(each, start, trace))], RIGHT))
  }
}

const HEADS = [
  'stream',
  'client',
  'server',
  'protocol',
  'packets →',
  'bytes →',
  'packets ←',
  'bytes ←',
  'packets',
  'bytes',
  'start',
  'duration',
  'rtt',
  'state',
]
const RIGHT: ReadonlySet<number> = new Set([4, 5, 6, 7, 8, 9, 10, 11, 12])

function rowOf(each: Conversation, start: bigint, trace: Trace): string[] {
  const { flow, packets, packetsFromClient, bytes, bytesFromClient } = each
  const node = trace.flows.get(flow.id)
  return [
    flow.id,
    endpointText(flow.client),
    endpointText(flow.server),
    node?.protocol ?? flow.transport.toUpperCase(),
    String(packetsFromClient),
    String(bytesFromClient),
    String(packets - packetsFromClient),
    String(bytes - bytesFromClient),
    String(packets),
    String(bytes),
    seconds(each.first - start),
    seconds(each.last - each.first),
    flow.initialRtt === undefined ? '' : flow.initialRtt.toFixed(6),
    node?.state ?? '',
  ]
}

function seconds(nanoseconds: bigint): string {
  return (Number(nanoseconds) / 1e9).toFixed(6)
}

export function endpointText({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
