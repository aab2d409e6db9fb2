/** What the layers below the conversation say: who has which address, and which packet could not be delivered. */
import type { Layer } from '../protocols/packet.ts'
import { bytesText, fieldOf, type LayerWords, textOf } from './words-phrase.ts'

const arp: LayerWords = (layer) => {
  const target = textOf(layer, 'arp.dst.proto_ipv4')
  const sender = textOf(layer, 'arp.src.proto_ipv4')
  const mac = textOf(layer, 'arp.src.hw_mac')
  const operation = fieldOf(layer, 'arp.opcode')
  if (sender === undefined || target === undefined) return undefined
  if (operation === 1) {
    return {
      label: `who has ${target}?`,
      says: `${sender} asks everyone on this link which hardware address belongs to ${target}.`,
      episode: 'data',
    }
  }
  if (operation !== 2) return undefined
  return {
    label: `${sender} is at ${mac ?? '?'}`,
    says: `${sender} answers with its hardware address.`,
    episode: 'data',
  }
}

const PORT_UNREACHABLE = { icmp: [3, 3], icmpv6: [1, 4] } as const

function icmpWords(
  id: 'icmp' | 'icmpv6',
  request: number,
  reply: number,
  errors: (type: number) => boolean,
): LayerWords {
  return (layer, { packet }) => {
    const type = Number(fieldOf(layer, `${id}.type`) ?? -1)
    const code = Number(fieldOf(layer, `${id}.code`) ?? -1)
    if (type === request)
      return { label: 'echo request', says: 'Are you there? Send this back.', episode: 'heartbeat' }
    if (type === reply) return { label: 'echo reply', says: 'Here it is again.', episode: 'heartbeat' }
    if (!errors(type)) return undefined
    const [unreachable, port] = PORT_UNREACHABLE[id]
    if (type === unreachable && code === port) {
      const wanted = quotedPort(packet.layers, layer)
      const says = `Nobody listens on${wanted === undefined ? ' that' : ''} UDP port${wanted === undefined ? '' : ` ${wanted}`}.`
      return { label: 'port unreachable', says, episode: 'refusal' }
    }
    return {
      label: packet.infoText,
      says: 'A packet could not be delivered; this quotes the start of it.',
      episode: 'refusal',
    }
  }
}

/** The destination port of the datagram that an error quotes. */
function quotedPort(layers: readonly Layer[], error: Layer): number | undefined {
  for (const layer of layers.slice(layers.indexOf(error) + 1)) {
    const port = fieldOf(layer, 'udp.dstport')
    if (port !== undefined) return Number(port)
  }
  return undefined
}

export const NETWORK_WORDS: Readonly<Record<string, LayerWords>> = {
  arp,
  icmp: icmpWords('icmp', 8, 0, (type) => [3, 4, 5, 11, 12].includes(type)),
  icmpv6: icmpWords('icmpv6', 128, 129, (type) => type < 128),
  udp: (layer, { packet }) => {
    if (packet.flow?.transport !== 'udp') return undefined
    const length = Math.max(0, Number(fieldOf(layer, 'udp.length') ?? 8) - 8)
    return {
      // What speaks over it without words of its own stands in the list's.
      label: packet.column === 'UDP' ? bytesText(length) : packet.infoText,
      says: 'A datagram: sent once, without a promise that it arrives.',
      episode: 'data',
    }
  },
}
