/** A teacher's words for a packet: the ladder's few, one sentence, and the part it plays in its conversation. */
import type { Episode } from '../dashboard/api.ts'
import type { Message } from '../protocols/conversation.ts'
import type { Packet } from '../protocols/packet.ts'
import { APPLICATION_WORDS } from './words-application.ts'
import { withFate } from './words-link.ts'
import { NETWORK_WORDS } from './words-network.ts'
import { cut, type LayerWords, type Phrase, type Speaker, type Words } from './words-phrase.ts'
import { SERVICE_WORDS } from './words-services.ts'
import { qualified, tcpPhrase } from './words-tcp.ts'
import { tls } from './words-tls.ts'

const WORDS: Readonly<Record<string, LayerWords>> = {
  ...NETWORK_WORDS,
  ...SERVICE_WORDS,
  ...APPLICATION_WORDS,
  tcp: tcpPhrase,
  tls,
}

const LABELS_SHOWN = 3

export function words(packet: Packet, fromClient: boolean | null): Words {
  return withFate(ownWords(packet, fromClient), packet.transit)
}

/** The few words of each message that a packet completed. */
export function labelsOf(packet: Packet, messages: readonly Message[]): string[] {
  const phrases = innermost(packet, speakerOf(packet, packet.fromClient))
  const { layers } = packet
  const carrier = layers.findIndex(({ protocol }) => protocol.id === 'tcp')
  const rootOf = (index: number): number => {
    const parent = layers[index]?.parent ?? -1
    return parent === carrier || parent < 0 ? index : rootOf(parent)
  }
  const byRoot = new Map<number, string[]>()
  for (const [index, { label }] of phrases) {
    const root = rootOf(index)
    byRoot.set(root, [...(byRoot.get(root) ?? []), cut(label)])
  }
  let at = carrier
  return messages.map(({ protocol }) => {
    const root = layers.findIndex(
      (layer, index) => index > at && layer.parent === carrier && layer.protocol === protocol,
    )
    if (root < 0) return protocol.short ?? protocol.name
    at = root
    return byRoot.get(root)?.slice(0, LABELS_SHOWN).join(' · ') ?? protocol.short ?? protocol.name
  })
}

function speakerOf(packet: Packet, fromClient: boolean | null): Speaker {
  const [who, other] =
    fromClient === null
      ? ['It', 'the other side']
      : fromClient
        ? ['The client', 'the server']
        : ['The server', 'the client']
  return { packet, fromClient, who, other }
}

function ownWords(packet: Packet, fromClient: boolean | null): Words {
  const speaker = speakerOf(packet, fromClient)
  const phrases = [...innermost(packet, speaker).values()]
  const [first] = phrases
  if (first === undefined) return { label: cut(packet.infoText), says: null, episode: null }
  const labels = phrases.slice(0, LABELS_SHOWN).map(({ label }) => cut(label))
  if (phrases.length > LABELS_SHOWN) labels.push(`… ${phrases.length - LABELS_SHOWN} more`)
  const telling = phrases.find(({ says }) => says !== null)
  const says = telling?.says ?? null
  const together = phrases.length > 1 && says !== null ? `${says} And more in the same packet.` : says
  return qualified(speaker, { label: labels.join(' · '), says: together, episode: episodeOf(phrases) })
}

/** The phrases of layers that carry no other which has one, by the layer's place. */
function innermost(packet: Packet, speaker: Speaker): Map<number, Phrase> {
  const phrases = new Map<number, Phrase>()
  packet.layers.forEach((layer, index) => {
    const phrase = WORDS[layer.protocol.id]?.(layer, speaker)
    if (phrase === undefined) return
    for (let at = layer.parent; at >= 0; at = packet.layers[at]?.parent ?? -1) phrases.delete(at)
    phrases.set(index, phrase)
  })
  return phrases
}

const BY_WEIGHT: readonly Episode[] = ['refusal', 'upgrade', 'close', 'handshake', 'data', 'heartbeat']

/** Of several messages in one packet the weightiest: what is folded away as a heartbeat must be nothing else. */
function episodeOf(phrases: readonly Phrase[]): Episode {
  return BY_WEIGHT.find((episode) => phrases.some((phrase) => phrase.episode === episode)) ?? 'data'
}
