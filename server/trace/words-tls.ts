/** What the records of TLS say to a learner: the steps of the handshake, then how little can be seen of the rest. */
import type { Span } from '../protocols/cursor.ts'
import type { Layer } from '../protocols/packet.ts'
import { HANDSHAKE, HANDSHAKE_TYPES } from '../protocols/tls-values.ts'
import { bytesText, fieldOf, type LayerWords, type Phrase, type Speaker, textOf } from './words-phrase.ts'

const CLOSE_NOTIFY = 0
const FATAL = 2

export const tls: LayerWords = (layer, speaker) =>
  handshake(layer, speaker) ?? alert(layer, speaker) ?? sealed(layer, speaker)

/** The first step in a record says the sentence; the others are named. */
function handshake(layer: Layer, { who, other }: Speaker): Phrase | undefined {
  const types = valuesIn(layer.fields, 'tls.handshake.type').map(Number)
  const [first] = types
  if (first === undefined) return undefined
  const label = types.map((type) => HANDSHAKE_TYPES[type] ?? `handshake ${type}`).join(', ')
  const name = textOf(layer, 'tls.handshake.extensions_server_name')
  const sentences: Readonly<Record<number, string>> = {
    [HANDSHAKE.clientHello]: `${who} wants to talk in private${name === undefined ? '' : ` with ${name}`}, and says which ciphers it knows.`,
    [HANDSHAKE.serverHello]: `${who} has chosen a version and a cipher; with both key shares each side now makes the same keys.`,
    [HANDSHAKE.encryptedExtensions]: `${who} says the rest, sealed already, and proves who it is.`,
    [HANDSHAKE.certificate]: `${who} shows its certificate: its name, its public key, and who vouches for it.`,
    [HANDSHAKE.serverKeyExchange]: `${who} sends its half of the key exchange, signed.`,
    [HANDSHAKE.clientKeyExchange]: `${who} sends its half of the key exchange: from here on both have the same secret.`,
    [HANDSHAKE.finished]: `${who} confirms all that was said so far: nobody has changed a bit of it.`,
    [HANDSHAKE.newSessionTicket]: `${who} gives ${other} a ticket, by which the next connection begins sooner.`,
    [HANDSHAKE.keyUpdate]: `${who} changes its keys from here on.`,
  }
  return { label, says: sentences[first] ?? null, episode: 'handshake' }
}

function alert(layer: Layer, { who }: Speaker): Phrase | undefined {
  const description = fieldOf(layer, 'tls.alert_message.desc')
  if (description === undefined) return undefined
  const fatal = fieldOf(layer, 'tls.alert_message.level') === FATAL
  const label = fatal ? 'TLS alert' : 'TLS close'
  if (description === CLOSE_NOTIFY)
    return { label, says: `${who} says that this is all: nothing was cut off.`, episode: 'close' }
  return { label, says: `${who} refuses to go on.`, episode: fatal ? 'refusal' : 'data' }
}

function sealed(layer: Layer, { who }: Speaker): Phrase | undefined {
  const data = fieldOf(layer, 'tls.app_data')
  if (data instanceof Uint8Array) {
    const size = bytesText(data.length)
    const says = `${who} sends ${size} that only the other side can open.`
    return { label: `sealed ${size}`, says, episode: 'data' }
  }
  if (fieldOf(layer, 'tls.change_cipher_spec') !== undefined)
    return { label: 'Change Cipher Spec', says: null, episode: 'handshake' }
  if (fieldOf(layer, 'tls.handshake') !== undefined)
    return { label: 'handshake, sealed', says: null, episode: 'handshake' }
  if (fieldOf(layer, 'tls.alert_message') !== undefined)
    return { label: 'alert, sealed', says: null, episode: 'data' }
  return undefined
}

function valuesIn(spans: readonly Span[], name: string): unknown[] {
  return spans.flatMap((span) => [
    ...(span.field.name === name ? [span.value] : []),
    ...(span.children === undefined ? [] : valuesIn(span.children, name)),
  ])
}
