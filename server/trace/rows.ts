/** One line of the packet list. */
import type { Provenance, Row } from '../dashboard/api.ts'
import type { TransitNode } from '../dashboard/api-network.ts'
import type { Packet, Transit } from '../protocols/packet.ts'
import { formatTime, secondsBetween } from './time.ts'
import { words } from './words.ts'
import type { Words } from './words-phrase.ts'

export interface RowContext {
  /** Time of the capture's first packet. */
  readonly start: bigint
  readonly provenance: Provenance
  /** Whether a packet is nothing but a heartbeat. */
  isHeartbeat(number: number): boolean
}

/** Of the info column; what is longer is cut. */
export const INFO_CHARACTERS = 400

/** What stands in a packet list's columns, without the words that the ladder needs. */
export type Columns = Pick<
  Row,
  'number' | 'time' | 'timeRelative' | 'source' | 'destination' | 'protocol' | 'length' | 'info'
>

/** `start`: time of the capture's first packet. */
export function packetColumns(packet: Packet, start: bigint): Columns {
  const { infoText } = packet
  return {
    number: packet.number,
    time: formatTime(packet.time),
    timeRelative: secondsBetween(start, packet.time),
    source: packet.source,
    destination: packet.destination,
    protocol: packet.column || packet.layers[0]?.protocol.name || 'Frame',
    length: packet.originalLength,
    info: cutInfo(infoText),
  }
}

/** The info column as it is shown. */
export function cutInfo(text: string): string {
  return text.length > INFO_CHARACTERS ? `${text.slice(0, INFO_CHARACTERS)}…` : text
}

export function packetRow(packet: Packet, context: RowContext): Row {
  const { flow, fromClient } = packet
  let osi = 0
  let innermost = 0
  let malformed = false
  for (const { protocol } of packet.layers) {
    if (protocol.osi === 0) malformed = true
    // A packet quoted inside an ICMP error has layers as well, but does not claim the column.
    else if (protocol.short === packet.column) osi = protocol.osi
    if (protocol.osi > 0) innermost = protocol.osi
  }
  // A column may name a version, as TLSv1.3 does.
  if (osi === 0) osi = innermost
  const repeats = packet.segment?.analysis.find(({ name }) => name === 'retransmission')?.frame
  return {
    ...packetColumns(packet, context.start),
    osi,
    flow: flow?.id ?? null,
    provenance: packet.transit === undefined ? context.provenance : 'lab',
    fate: packet.transit?.fates.join(', ') ?? null,
    transit: packet.transit === undefined ? null : transitNode(packet.transit),
    fromClient,
    ...rowWords(packet, fromClient, context),
    analysis: packet.segment?.analysis.map(({ name }) => name) ?? [],
    ...(repeats !== undefined && { repeats }),
    malformed,
  }
}

/** An ACK of a heartbeat folds away with it. */
function rowWords(packet: Packet, fromClient: boolean | null, context: RowContext): Words {
  const said = words(packet, fromClient)
  const acknowledged = packet.segment?.acks?.frame
  const bare = said.episode === 'data' && said.label === 'ACK'
  if (!bare || acknowledged === undefined || !context.isHeartbeat(acknowledged)) return said
  return { ...said, episode: 'heartbeat' }
}

export function transitNode(transit: Transit): TransitNode {
  const { cable, direction, sentAt, arrivals, delay, queue, seen } = transit
  return {
    cable,
    direction,
    sentAt: formatTime(sentAt),
    arrivals: arrivals.map(formatTime),
    delay: delay ?? null,
    queue,
    seen,
  }
}
