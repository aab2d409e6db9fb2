/** How messages are cut out of a stream, and what the learner's answers to them should be. */
import type { RunView, Sighting, Verdict } from '../kit/lab.ts'
import { conversations, type SeenConversation, type SentBytes } from '../kit/stream.ts'

/** One message of a stream. */
interface Message {
  readonly bytes: Buffer
  /** Where it begins in the stream, and where it is whole. */
  readonly from: number
  readonly to: number
}

/** Cuts the messages that are whole out of a stream. */
export type Cutter = (bytes: Buffer) => Message[]

export const cutByNul: Cutter = (bytes) => {
  const messages: Message[] = []
  let from = 0
  for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, from)) {
    messages.push({ bytes: bytes.subarray(from, end), from, to: end + 1 })
    from = end + 1
  }
  return messages
}

const LENGTH_BYTES = 4

export const cutByLength: Cutter = (bytes) => {
  const messages: Message[] = []
  for (let from = 0; from + LENGTH_BYTES <= bytes.length; ) {
    const to = from + LENGTH_BYTES + bytes.readUInt32BE(from)
    if (to > bytes.length) break
    messages.push({ bytes: bytes.subarray(from + LENGTH_BYTES, to), from, to })
    from = to
  }
  return messages
}

export interface Task {
  /** The port of the server that dictates: `$LISTEN`. */
  readonly port: string
  readonly cut: Cutter
  /** So many messages it dictates. */
  readonly messages: number
  /** What an unfinished answer looks like from its beginning, if it is wrong already. */
  readonly suspect?: (rest: Buffer, packet: number) => string | undefined
}

/** Every message that came must have been sent back backwards, framed the same way, in order. */
export function answered(run: RunView, task: Task): Verdict {
  let best: Verdict = { done: false, seen: 'No bytes of the server that dictates have come to you yet.' }
  for (const conversation of conversations(run, task.port)) {
    best = judge(conversation, task)
    if (best.done) return best
  }
  return best
}

function judge({ client, server }: SeenConversation, { cut, messages, suspect }: Task): Verdict {
  const asked = cut(server.bytes)
  const given = cut(client.bytes)
  for (const [index, answer] of given.entries()) {
    const message = asked[index]
    if (message === undefined) {
      return wrong(
        client.packetAt(answer.from),
        (n) => `Packet ${n} brings answer ${index + 1}: so many messages have not come.`,
      )
    }
    if (!answer.bytes.equals(backwards(message.bytes))) {
      return wrong(
        client.packetAt(answer.from),
        (n) =>
          `Packet ${n} answers ${shown(answer.bytes)}. Message ${index + 1} was ${shown(message.bytes)}, so ${shown(backwards(message.bytes))} should come back.${pieces(server, message)}`,
      )
    }
  }
  const last = given.at(-1)
  const rest = client.bytes.subarray(last?.to ?? 0)
  const at = client.packetAt(last?.to ?? 0)
  const suspicion = at && suspect?.(rest, at.number)
  if (at && suspicion !== undefined) return { done: false, seen: suspicion, packet: at.number }
  const done = last && client.packetAt(last.to - 1)
  if (given.length >= messages && done !== undefined) return { done: true, packet: done.number }
  const stuck = asked[given.length]
  return wrong(stuck ? server.packetAt(stuck.to - 1) : server.packetAt(0), (n) =>
    stuck
      ? `Packet ${n} completed message ${given.length + 1}, ${shown(stuck.bytes)}; no answer to it has come. ${given.length} of ${messages} are answered.`
      : `${given.length} of ${messages} messages are answered.`,
  )
}

/** By which packets the message came, where they were more than one or brought more than it. */
function pieces(server: SentBytes, { from, to }: Message): string {
  const first = server.packetAt(from)
  const last = server.packetAt(to - 1)
  if (first === undefined || last === undefined) return ''
  return first.number === last.number
    ? ` It came in packet ${first.number}, and need not have been alone there.`
    : ` Its bytes came in pieces, from packet ${first.number} to packet ${last.number}.`
}

function wrong(packet: Sighting | undefined, says: (number: number) => string): Verdict {
  return packet === undefined
    ? { done: false }
    : { done: false, seen: says(packet.number), packet: packet.number }
}

const backwards = (bytes: Buffer) => Buffer.from(bytes).reverse()

const MOST_SHOWN = 24

/** In quotes where it is text; else in hexadecimal. */
export function shown(bytes: Buffer): string {
  if (bytes.length === 0) return 'nothing (0 bytes)'
  const some = bytes.subarray(0, MOST_SHOWN)
  const isText = some.every((byte) => byte >= 0x20 && byte < 0x7f)
  const text = isText ? `"${some.toString('latin1')}"` : some.toString('hex')
  return bytes.length > MOST_SHOWN ? `${text}… (${bytes.length} bytes)` : text
}
