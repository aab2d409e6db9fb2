/** What one side of a TCP conversation sent, put together from its segments: in order, each byte once. */
import type { RunView, Sighting } from './lab.ts'

export interface SentBytes {
  readonly bytes: Buffer
  /** Which packet brought the byte at that place. */
  packetAt(offset: number): Sighting | undefined
}

export interface SeenConversation {
  readonly flow: string
  readonly client: SentBytes
  readonly server: SentBytes
}

/**
 * The conversations with a port of the run, such as `$TCP`, in the order in which their data began. `limit`: so many
 * bytes of each direction are looked at, so that a long transfer doesn't have to be.
 */
export function conversations(run: RunView, port: string, limit = 100_000): readonly SeenConversation[] {
  const byFlow = new Map<string, Sighting[]>()
  for (const packet of run.find(`tcp.port==${port} && tcp.len>0 && tcp.seq<=${limit}`)) {
    const flow = packet.flow ?? ''
    const packets = byFlow.get(flow)
    if (packets === undefined) byFlow.set(flow, [packet])
    else packets.push(packet)
  }
  return [...byFlow].map(([flow, packets]) => ({
    flow,
    client: together(packets.filter((p) => p.fromClient)),
    server: together(packets.filter((p) => !p.fromClient)),
  }))
}

/** As far as there is no hole. */
function together(packets: readonly Sighting[]): SentBytes {
  const pieces: { from: number; packet: Sighting }[] = []
  const bytes: Buffer[] = []
  let length = 0
  const sorted = packets.map((packet) => ({ packet, from: Number(packet.values('tcp.seq')[0]) - 1 }))
  // The sort is stable: of bytes that were sent again, the packet that brought them first counts.
  for (const { packet, from } of sorted.sort((a, b) => a.from - b.from)) {
    const payload = Buffer.from(String(packet.values('tcp.payload')[0] ?? ''), 'hex')
    if (from > length) break
    const fresh = payload.subarray(length - from)
    if (fresh.length === 0) continue
    pieces.push({ from: length, packet })
    bytes.push(fresh)
    length += fresh.length
  }
  return {
    bytes: Buffer.concat(bytes),
    packetAt: (offset) => pieces.findLast(({ from }) => from <= offset)?.packet,
  }
}
