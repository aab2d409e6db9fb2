/** One line of the packet list. */
import type { Provenance, Row } from '../dashboard/api.ts'
import type { Packet } from '../protocols/packet.ts'
import { formatTime, secondsBetween } from './time.ts'
import { words } from './words.ts'

export interface RowContext {
  /** Time of the capture's first packet. */
  readonly start: bigint
  readonly provenance: Provenance
}

const INFO_CHARACTERS = 400

export function packetRow(packet: Packet, context: RowContext): Row {
  const { flow } = packet
  let osi = 0
  let malformed = false
  let column = ''
  for (const { protocol } of packet.layers) {
    if (protocol.osi === 0) malformed = true
    else if (protocol.short !== undefined) {
      osi = protocol.osi
      column = protocol.short
    }
  }
  const fromClient =
    flow === undefined
      ? null
      : flow.client.port === packet.sourcePort && flow.client.address === packet.source
  return {
    number: packet.number,
    time: formatTime(packet.time),
    timeRelative: secondsBetween(context.start, packet.time),
    source: packet.source,
    destination: packet.destination,
    protocol: column || packet.layers[0]?.protocol.name || 'Frame',
    osi,
    length: packet.originalLength,
    info:
      packet.infoText.length > INFO_CHARACTERS
        ? `${packet.infoText.slice(0, INFO_CHARACTERS)}…`
        : packet.infoText,
    flow: flow?.id ?? null,
    provenance: context.provenance,
    fate: null,
    fromClient,
    ...words(packet, fromClient),
    analysis: packet.segment?.analysis.map(({ name }) => name) ?? [],
    malformed,
  }
}
