/** The texts of lab 17 in what the learner sent to TCP echo: in which encoding, with what behind or in front. */
import type { RunView, Sighting, Verdict } from '../kit/lab.ts'
import { conversations } from '../kit/stream.ts'

const WORD = 'café'
const LONG = '👍 café'

const ENCODINGS = [
  { name: 'UTF-8', bytes: (text: string) => Buffer.from(text) },
  { name: 'Latin-1', bytes: (text: string) => Buffer.from(text, 'latin1') },
  { name: 'UTF-16', bytes: (text: string) => Buffer.from(text, 'utf16le') },
] as const

/** The line, in whatever encoding it was sent. */
export function line(run: RunView) {
  for (const { name, bytes } of ENCODINGS) {
    const found = written(run, bytes(`${WORD}\n`))
    if (found !== undefined) return { name, count: bytes(`${WORD}\n`).length, packet: found.packet }
  }
  return undefined
}

export function utf8(run: RunView): Verdict {
  const found = line(run)
  if (found?.name === 'UTF-8') return { done: true, packet: found.packet.number }
  if (found !== undefined) {
    const seen = `Packet ${found.packet.number} has the line in ${found.name}: ${found.count} bytes. UTF-8 is what write() sends if you do not ask for anything else.`
    return { done: false, seen, packet: found.packet.number }
  }
  const bare = written(run, Buffer.from(WORD))
  if (bare === undefined) return { done: false }
  const seen = `Packet ${bare.packet.number} has café in UTF-8, with no newline behind it.`
  return { done: false, seen, packet: bare.packet.number }
}

/** The length that stands in front of the text, and the bytes that the text has. */
export function lengthField(run: RunView) {
  const found = written(run, Buffer.from(LONG))
  if (found === undefined) return undefined
  const field = found.before.length < 2 ? undefined : found.before.readUInt16BE(found.before.length - 2)
  return { field, bytes: Buffer.byteLength(LONG), packet: found.packet.number }
}

/** The zero behind the word may be the first byte of the next one's length: then it is none that ends it. */
function endedByNul(run: RunView) {
  const ended = Buffer.from(`${WORD}\0`)
  const found = written(run, ended)
  const next = found?.rest.subarray(ended.length + 1)
  return next?.subarray(0, 4).equals(Buffer.from('👍')) ? undefined : found
}

export function ends(run: RunView): Verdict {
  const nul = endedByNul(run)
  const length = lengthField(run)
  if (nul !== undefined && length?.field === length?.bytes && length !== undefined) {
    return { done: true, packet: length.packet }
  }
  if (length !== undefined && length.field !== length.bytes) {
    const seen = `Packet ${length.packet} announces ${length.field ?? 'no'} bytes, and ${length.bytes} are meant: ${length.field === LONG.length ? 'String.length counts units of UTF-16.' : 'the length is that of the text in UTF-8.'}`
    return { done: false, seen, packet: length.packet }
  }
  if (nul !== undefined) {
    const seen = `Packet ${nul.packet.number} has the text that ends with NUL; the one with its length in front has not come.`
    return { done: false, seen, packet: nul.packet.number }
  }
  if (length === undefined) return { done: false }
  const seen = `Packet ${length.packet} has the text with its length in front; café with a NUL behind it has not come.`
  return { done: false, seen, packet: length.packet }
}

/** Bytes that the learner sent to TCP echo, and the packet in which they begin. */
interface Written {
  readonly packet: Sighting
  /** From what was sought to the end of all that has come in this conversation. */
  readonly rest: Buffer
  /** What stands in front of it. */
  readonly before: Buffer
}

/** The first place where these bytes stand in what went to TCP echo. */
function written(run: RunView, bytes: Buffer): Written | undefined {
  for (const { client } of conversations(run, '$TCP')) {
    const at = client.bytes.indexOf(bytes)
    const packet = at < 0 ? undefined : client.packetAt(at)
    if (packet !== undefined) {
      return { packet, rest: client.bytes.subarray(at), before: client.bytes.subarray(0, at) }
    }
  }
  return undefined
}
