/** What the services of a network say over UDP: names asked for, addresses lent, files carried block by block. */
import type { Layer } from '../protocols/packet.ts'
import { cut, fieldOf, type LayerWords, type Phrase, textOf } from './words-phrase.ts'

/** DNS and its cousins of the local link: a question and what comes of it. */
const names: LayerWords = (layer, { packet, who }) => {
  const label = cut(packet.infoText)
  const name = textOf(layer, 'dns.qry.name')
  const asked = name === undefined || name === '' ? 'something' : cut(name, 60)
  if (fieldOf(layer, 'dns.flags.response') !== true) {
    const whom = layer.protocol.id === 'dns' ? '' : ' everybody on the link'
    return { label, says: `${who} asks${whom} for ${asked}.`, episode: 'data' }
  }
  const code = Number(fieldOf(layer, 'dns.flags.rcode') ?? 0)
  if (code === NO_SUCH_NAME) return { label, says: `There is no ${asked}.`, episode: 'refusal' }
  if (code !== 0) return { label, says: `${who} can't or won't say.`, episode: 'refusal' }
  const answers = Number(fieldOf(layer, 'dns.count.answers') ?? 0)
  if (answers === 0)
    return { label, says: `Nothing of the kind is known of ${asked}; who to ask may be.`, episode: 'data' }
  const known = answers === 1 ? 'one answer' : `${answers} answers`
  return {
    label,
    says: name === undefined ? `${who} gives ${known}.` : `${who} knows ${known} for ${asked}.`,
    episode: 'data',
  }
}
/** RFC 1035 §4.1.1. */
const NO_SUCH_NAME = 3

type Told = (layer: Layer) => Pick<Phrase, 'says'> & Partial<Pick<Phrase, 'episode'>>

const yours = (layer: Layer) => textOf(layer, 'dhcp.ip.your') ?? 'an address'

/** By DHCP message type, RFC 2131 §3.1: four steps from no address to one. */
const LEASE: Readonly<Record<number, Told>> = {
  1: () => ({ says: 'A machine without an address asks everybody: who can lend me one?' }),
  2: (layer) => ({ says: `A server offers ${yours(layer)}.` }),
  3: (layer) => {
    const wanted = textOf(layer, 'dhcp.option.requested_ip_address')
    return {
      says: wanted === undefined ? 'It asks to keep its address.' : `It would like ${wanted}, please.`,
    }
  },
  4: () => ({ says: 'Somebody has that address already: it declines.', episode: 'refusal' }),
  5: (layer) => ({ says: `${yours(layer)} is lent, for a time.` }),
  6: () => ({ says: 'No: it must begin again.', episode: 'refusal' }),
  7: () => ({ says: 'It gives its address back.', episode: 'close' }),
  8: () => ({ says: 'It has an address, and asks for the rest: gateway, names, time.' }),
}

const dhcp: LayerWords = (layer, { packet }) => {
  const told = LEASE[Number(fieldOf(layer, 'dhcp.option.dhcp') ?? 0)]?.(layer)
  if (told === undefined) return undefined
  return { label: cut(packet.infoText), episode: 'handshake', ...told }
}

/** By opcode, RFC 1350 §5 and RFC 2347. */
const tftp: LayerWords = (layer, { packet, who }) => {
  const opcode = Number(fieldOf(layer, 'tftp.opcode') ?? 0)
  const label = cut(packet.infoText)
  const block = textOf(layer, 'tftp.block') ?? ''
  switch (opcode) {
    case 1:
      return {
        label,
        says: `${who} asks for the file ${textOf(layer, 'tftp.source_file') ?? ''}.`,
        episode: 'handshake',
      }
    case 2:
      return {
        label,
        says: `${who} wants to store the file ${textOf(layer, 'tftp.destination_file') ?? ''}.`,
        episode: 'handshake',
      }
    case 3:
      return {
        label,
        says: `Block ${block} of the file; the next comes when it is acknowledged.`,
        episode: 'data',
      }
    case 4:
      return { label, says: `${who} has block ${block}: the next, please.`, episode: 'data' }
    case 5:
      return {
        label,
        says: `${who} breaks off: ${textOf(layer, 'tftp.error.message') || 'no reason given'}.`,
        episode: 'refusal',
      }
    case 6:
      return { label, says: `${who} agrees to these options.`, episode: 'handshake' }
    default:
      return undefined
  }
}

export const SERVICE_WORDS: Readonly<Record<string, LayerWords>> = {
  dns: names,
  mdns: names,
  llmnr: names,
  dhcp,
  tftp,
}
