/** What a TCP segment itself says: the handshake, acknowledgements, the close, and what went wrong on the way. */
import type { Layer } from '../protocols/packet.ts'
import { TcpSegment } from './seen-segment.ts'
import { bytesText, fieldOf, type Phrase, type Speaker, type Words } from './words-phrase.ts'

export function tcpPhrase(layer: Layer, { packet, who, other }: Speaker): Phrase | undefined {
  const { segment } = packet
  const has = (flag: string) => fieldOf(layer, `tcp.flags.${flag}`) === true
  // Lost on the way here, and of a conversation that nobody here knows: its flags are all there is to say.
  if (packet.unseen && segment === undefined)
    return { label: flagsLabel(layer, has), says: null, episode: 'data' }
  if (!(segment instanceof TcpSegment)) return undefined
  const { part } = segment
  const flow = segment.flow
  if (has('reset')) {
    if (part === 'refusal') {
      const says = `Nobody listens on port ${flow.server.port}: the connection is refused.`
      return { label: 'RST', says, episode: 'refusal' }
    }
    return { label: 'RST', says: `${who} breaks the connection off at once.`, episode: 'close' }
  }
  if (has('syn')) {
    return has('ack')
      ? { label: 'SYN ACK', says: `${who} agrees, and opens its own direction.`, episode: 'handshake' }
      : { label: 'SYN', says: `${who} asks to open a connection.`, episode: 'handshake' }
  }
  const length = Number(fieldOf(layer, 'tcp.len') ?? 0)
  if (has('fin')) {
    return {
      label: has('ack') ? 'FIN ACK' : 'FIN',
      says: `${who} has nothing more to send.`,
      episode: 'close',
    }
  }
  if (length > 0) {
    const says = 'Part of a message that is not complete yet: TCP knows bytes, not messages.'
    return { label: bytesText(length), says, episode: 'data' }
  }
  if (part === 'handshake') {
    return {
      label: 'ACK',
      says: 'Now each side knows that the other hears it: the connection is open.',
      episode: 'handshake',
    }
  }
  if (part === 'close') {
    return { label: 'ACK', says: `${who} has seen that ${other} is done.`, episode: 'close' }
  }
  const received = segment.relativeAck - 1
  const says = received > 0 ? `${who} has everything up to byte ${received.toLocaleString('en')}.` : null
  return { label: 'ACK', says, episode: 'data' }
}

function flagsLabel(layer: Layer, has: (flag: string) => boolean): string {
  const set = ['syn', 'fin', 'reset'].find(has)
  const name = set === 'reset' ? 'RST' : set?.toUpperCase()
  if (name !== undefined) return has('ack') && name !== 'RST' ? `${name} ACK` : name
  const length = Number(fieldOf(layer, 'tcp.len') ?? 0)
  return length > 0 ? bytesText(length) : 'ACK'
}

type Remark = (words: Words, speaker: Speaker, frame: number | undefined, value: number | undefined) => Words

const again = (words: Words, says: string): Words => ({ ...words, label: `again: ${words.label}`, says })

/** In the order of telling: the first that holds changes the words. */
const REMARKS: readonly [string, Remark][] = [
  [
    'spurious_retransmission',
    (words, { other }) =>
      again(words, `TCP sent it again, although ${other} had it: the ACK came late or was lost.`),
  ],
  [
    'fast_retransmission',
    (words, { other }) => again(words, `TCP sent it again at once: ${other} kept asking for these bytes.`),
  ],
  [
    'retransmission',
    (words, _speaker, frame) =>
      again(words, `TCP sent it again: packet ${frame ?? '?'} was not acknowledged in time.`),
  ],
  [
    'out_of_order',
    // Within a round trip the two look the same from here.
    (words) => ({
      ...words,
      says: 'Later bytes came before it: it was overtaken on the way, or is sent again.',
    }),
  ],
  [
    'keep_alive',
    (words, { who, other }) => ({
      ...words,
      label: 'TCP keep-alive',
      // Linux probes a closed window with the same segment, and Wireshark has one name for both.
      says: `${who}'s TCP asks whether ${other} is still there, and has room; the programs don't notice.`,
      episode: 'heartbeat',
    }),
  ],
  [
    'keep_alive_ack',
    (words, { who }) => ({
      ...words,
      label: 'TCP keep-alive ACK',
      says: `${who}'s TCP answers: still here.`,
      episode: 'heartbeat',
    }),
  ],
  [
    'duplicate_ack',
    (words, { packet, who }, _frame, value) => ({
      ...words,
      label: `ACK again #${value ?? 1}`,
      says: `${who} still waits for byte ${(packet.segment?.relativeAck ?? 0).toLocaleString('en')}: something is missing.`,
    }),
  ],
  [
    'zero_window',
    (words, { who }) => ({
      ...words,
      label: words.label === 'ACK' ? 'window 0' : `${words.label} · window 0`,
      says: `${who}'s buffer is full: please stop sending.`,
    }),
  ],
  [
    'zero_window_probe',
    (words, { who }) => ({ ...words, label: 'window probe', says: `${who} asks: is there room again?` }),
  ],
  [
    'window_update',
    (words, { packet, who }) => ({
      ...words,
      label: 'window update',
      says: `${who} has room for ${bytesText(packet.segment?.window ?? 0)} now.`,
    }),
  ],
  [
    'lost_segment',
    (words) => ({ ...words, says: 'Bytes before this one are missing from the capture, or were lost.' }),
  ],
]

/** The words with what TCP's analysis adds to them. */
export function qualified(speaker: Speaker, words: Words): Words {
  const analysis = speaker.packet.segment?.analysis ?? []
  if (analysis.length === 0) return words
  for (const [name, remark] of REMARKS) {
    const finding = analysis.find((found) => found.name === name)
    if (finding !== undefined) return remark(words, speaker, finding.frame, finding.value)
  }
  return words
}
