/** A teacher's words for a packet: the ladder's few, one sentence, and the part it plays. */
import type { Row } from '../dashboard/api.ts'
import type { Packet } from '../protocols/packet.ts'

type Words = Pick<Row, 'label' | 'says' | 'episode'>

export function words(packet: Packet, _fromClient: boolean | null): Words {
  return { label: packet.infoText, says: null, episode: null }
}
