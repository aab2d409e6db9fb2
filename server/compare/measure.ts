/** What one message cost on the wire: read off the captured frames of the exchange, to the byte. */

import type { Exchange } from '../control.ts'
import type { FlowNode } from '../dashboard/api.ts'
import type { CompareWire } from '../dashboard/api-compare.ts'
import type { Packet } from '../protocols/packet.ts'
import type { Trace } from '../trace/trace.ts'
import { Ledger } from './layer-bytes.ts'

/** How long to wait for the last frames: dumpcap hands them over up to a quarter of a second late. */
const WAIT_MS = 3000
/** After the reply came through, a connection that is kept open has nothing more to show. */
const SETTLE_MS = 600

export interface Measurement {
  flows: string[]
  /** `undefined` when none of the frames was captured. */
  wire: CompareWire | undefined
}

export interface MeasureOptions {
  /** Only frames after this number can be of the exchange. */
  from: number
  waitMs?: number
}

/** Waits for the frames of an exchange, and adds them up. */
export async function measure(
  trace: Trace,
  exchange: Exchange,
  message: string,
  { from, waitMs = WAIT_MS }: MeasureOptions,
): Promise<Measurement> {
  await settled(trace, exchange, waitMs)
  const flows = flowsOf(trace, exchange)
  if (flows.length === 0) return { flows: [], wire: undefined }
  const ids = new Set(flows.map((flow) => flow.id))
  const packets: Packet[] = []
  const start = Math.max(from + 1, trace.first, Math.min(...flows.map((flow) => flow.first)))
  const end = Math.min(trace.last, Math.max(...flows.map((flow) => flow.last)))
  for (let number = start; number <= end; number++) {
    if (!ids.has(trace.flowOf(number)?.id ?? '')) continue
    const packet = trace.packet(number)
    if (typeof packet !== 'string') packets.push(packet)
  }
  return { flows: [...ids], wire: packets.length === 0 ? undefined : addUp(trace, packets, message) }
}

function flowsOf(trace: Trace, exchange: Exchange): FlowNode[] {
  return exchange.clients.flatMap(
    (client) => trace.flows.find(exchange.transport, client, exchange.server) ?? [],
  )
}

/** Resolves when the flows are over on the wire too, or have been silent, or the time is up. */
function settled(trace: Trace, exchange: Exchange, waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    let silence: NodeJS.Timeout | undefined
    let seen = ''
    const finish = () => {
      clearTimeout(limit)
      clearTimeout(silence)
      stop()
      resolve()
    }
    const look = () => {
      const flows = flowsOf(trace, exchange)
      const wanted = Math.max(1, exchange.clients.length)
      if (flows.length >= wanted && flows.every((flow) => isOver(flow, exchange))) return finish()
      const now = flows.map((flow) => flow.last).join()
      if (now === seen) return
      seen = now
      clearTimeout(silence)
      silence = setTimeout(finish, SETTLE_MS)
    }
    const limit = setTimeout(finish, waitMs)
    const stop = trace.onChange(look)
    look()
  })
}

function isOver(flow: FlowNode, exchange: Exchange): boolean {
  if (exchange.transport === 'tcp') return ['closed', 'reset', 'refused'].includes(flow.state)
  const answered = flow.packets > flow.packetsFromClient
  return flow.packetsFromClient > 0 && (answered || exchange.reply === null)
}

function addUp(trace: Trace, packets: readonly Packet[], message: string): CompareWire {
  const ledger = new Ledger(message)
  const shares = packets.map((packet) => ledger.add(packet, packet.fromClient === true))
  const first = packets[0]
  const carries = (fromClient: boolean, after: number) =>
    shares.findIndex((share, at) => at >= after && share.fromClient === fromClient && share.payload > 0)
  const sent = carries(true, 0)
  const echoed = sent < 0 ? -1 : carries(false, sent)
  const from = first?.time ?? 0n
  const seconds = (at: number, since: bigint) => Number((packets[at]?.time ?? since) - since) / 1e9
  return {
    packets: packets.length,
    bytes: ledger.bytes,
    roundTripsBefore: sent < 0 ? 0 : roundTrips(packets.slice(0, sent + 1)),
    echoTime: echoed < 0 ? null : seconds(echoed, packets[sent]?.time ?? from),
    totalTime: echoed < 0 ? null : seconds(echoed, from),
    frames: packets.map((packet, at) => {
      const row = trace.row(packet.number)
      return {
        number: packet.number,
        at: seconds(at, from),
        fromClient: packet.fromClient === true,
        length: packet.originalLength,
        label: row?.label ?? '',
        osi: row?.osi ?? 4,
      }
    }),
  }
}

/**
 * How often the client had to wait for the server before it could go on: a frame of the client's that
 * says something (SYN or data) after one of the server's that did. Bare acknowledgements are no answers.
 */
function roundTrips(packets: readonly Packet[]): number {
  let trips = 0
  let answered = false
  for (const packet of packets) {
    if (!saysSomething(packet)) continue
    if (packet.fromClient !== true) answered = true
    else if (answered) {
      trips++
      answered = false
    }
  }
  return trips
}

function saysSomething(packet: Packet): boolean {
  const transport = packet.layers.findLast((layer) => layer.protocol.osi === 4)
  if (transport?.protocol.id !== 'tcp') return true
  const value = (name: string) =>
    packet.layers.flatMap((layer) => layer.fields).find((span) => span.field.name === name)
  const flags = value('tcp.flags')
  const isSyn = typeof flags?.value === 'number' && (flags.value & 0x02) !== 0
  return isSyn || Number(value('tcp.len')?.value ?? 0) > 0
}
