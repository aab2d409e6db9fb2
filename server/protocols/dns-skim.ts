/** DNS without recording: which answer belongs to which question, and the words for the packet list. */
import { at8, at16, at32 } from './big-endian.ts'
import { recordMessage } from './dns-exchange.ts'
import { MAX_HOPS, MAX_LENGTH, POINTER, ROOT } from './dns-name.ts'
import { OPCODES, REPLY_CODES, typeName } from './dns-values.ts'
import { ipv4Text, ipv6Text } from './field.ts'
import type { Ink } from './ink.ts'
import type { Skim } from './skim.ts'

const HEADER = 12
const RESPONSE = 0x8000
/** Of a record, behind its name: type, class, time to live, length. */
const RECORD_HEADER = 10
const SPACE = 0x20
const DOT = 0x2e
const LAST_PRINTABLE = 0x7e
/** The numbers of SOA, behind its two names. */
const SOA_NUMBERS = 20

export function skimDns(s: Skim): boolean {
  const { bytes, at: start, end } = s
  // Over TCP its length stands in front; of a message that the capture cut dissect says so.
  if (s.flow?.transport !== 'udp' || s.wireEnd !== end || end - start < HEADER) return false
  if (s.speak() && !words(s.info, bytes, start, end)) return false
  const response = (at16(bytes, start + 2) & RESPONSE) !== 0
  s.remember(recordMessage(s, at16(bytes, start), response))
  return true
}

/** What `dissect` says of a message without surprises; false for any other. */
function words(info: Ink, bytes: Uint8Array, start: number, end: number): boolean {
  const flags = at16(bytes, start + 2)
  const response = (flags & RESPONSE) !== 0
  const code = flags & 15
  info.ascii(OPCODES[(flags >>> 11) & 15] ?? 'Unknown operation')
  info.ascii(response ? ' response 0x' : ' 0x')
  info.hex(at16(bytes, start), 4)
  if (response && code !== 0) {
    info.byte(SPACE)
    info.ascii(REPLY_CODES[code] ?? `code ${code}`)
  }
  let at = start + HEADER
  for (let left = at16(bytes, start + 4); left > 0; left--) {
    const behind = endOfName(bytes, at, end)
    if (behind < 0 || behind + 4 > end) return false
    writeType(info, at16(bytes, behind))
    info.byte(SPACE)
    if (!writeName(info, bytes, at, start, end)) return false
    at = behind + 4
  }
  const records = at16(bytes, start + 6) + at16(bytes, start + 8) + at16(bytes, start + 10)
  for (let left = records; left > 0; left--) {
    const behind = endOfName(bytes, at, end)
    if (behind < 0 || behind + RECORD_HEADER > end || !isName(info, bytes, at, start, end)) return false
    const dataAt = behind + RECORD_HEADER
    const dataEnd = dataAt + at16(bytes, behind + 8)
    if (dataEnd > end) return false
    const type = at16(bytes, behind)
    writeType(info, type)
    if (!writeData(info, bytes, type, dataAt, dataEnd, start, end)) return false
    at = dataEnd
  }
  return true
}

function writeType(info: Ink, type: number): void {
  const name = typeName(type)
  info.room(name.length + 64)
  info.byte(SPACE)
  info.ascii(name)
}

/** Behind a name as it stands; -1 where that is not to be seen. */
function endOfName(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end) {
    const length = at8(bytes, at)
    if (length >= POINTER) return at + 2
    if (length === 0) return at + 1
    at += 1 + length
  }
  return -1
}

/** False for a name that `readName` has something to say of, and for one that is not all printable ASCII. */
function writeName(info: Ink, bytes: Uint8Array, start: number, message: number, end: number): boolean {
  const from = info.at
  let at = start
  let hops = 0
  let pointed = false
  for (;;) {
    if (at >= end || (pointed && ++hops > MAX_HOPS)) return false
    const length = at8(bytes, at++)
    if (length === 0) break
    if (length >= POINTER) {
      if (at >= end) return false
      at = message + (((length & 0x3f) << 8) | at8(bytes, at))
      pointed = true
      continue
    }
    if (length >= 0x40 || at + length > end || info.at - from + length >= MAX_LENGTH) return false
    info.room(length + 64)
    if (info.at > from) info.byte(DOT)
    for (const last = at + length; at < last; at++) {
      const byte = at8(bytes, at)
      if (byte < SPACE || byte > LAST_PRINTABLE) return false
      info.byte(byte)
    }
  }
  if (info.at === from) info.ascii(ROOT)
  return true
}

/** Whether a name can be read that is not written. */
function isName(info: Ink, bytes: Uint8Array, start: number, message: number, end: number): boolean {
  const { at } = info
  const readable = writeName(info, bytes, start, message, end)
  info.at = at
  return readable
}

/** Numbers in front of a name, and the name; all of them are said. */
function writeNumbered(
  info: Ink,
  bytes: Uint8Array,
  numbers: number,
  start: number,
  dataEnd: number,
  message: number,
  end: number,
): boolean {
  const nameAt = start + 2 * numbers
  if (nameAt > dataEnd || endOfName(bytes, nameAt, end) !== dataEnd) return false
  for (let at = start; at < nameAt; at += 2) {
    info.byte(SPACE)
    info.decimal(at16(bytes, at))
  }
  info.byte(SPACE)
  return writeName(info, bytes, nameAt, message, end)
}

/** What a record's data says; false where it is not just as it should be, or seldom met. */
function writeData(
  info: Ink,
  bytes: Uint8Array,
  type: number,
  start: number,
  dataEnd: number,
  message: number,
  end: number,
): boolean {
  switch (type) {
    case 1:
      if (dataEnd - start !== 4) return false
      info.byte(SPACE)
      info.ascii(ipv4Text(at32(bytes, start)))
      return true
    case 28: {
      if (dataEnd - start !== 16) return false
      const [first, second, third] = [at32(bytes, start), at32(bytes, start + 4), at32(bytes, start + 8)]
      info.byte(SPACE)
      info.ascii(ipv6Text(first | 0, second | 0, third | 0, at32(bytes, start + 12) | 0))
      return true
    }
    case 2:
    case 5:
    case 12:
    case 39:
      return writeNumbered(info, bytes, 0, start, dataEnd, message, end)
    case 15:
      return writeNumbered(info, bytes, 1, start, dataEnd, message, end)
    case 33:
      return writeNumbered(info, bytes, 3, start, dataEnd, message, end)
    case 6:
      return writeAuthority(info, bytes, start, dataEnd, message, end)
    case 16:
      return isTexts(bytes, start, dataEnd)
    case 41:
      return isOptions(bytes, start, dataEnd)
    case 64:
    case 65:
      return isBinding(info, bytes, start, dataEnd, message, end)
    default:
      return false
  }
}

/** SOA: the first of two names is said. */
function writeAuthority(
  info: Ink,
  bytes: Uint8Array,
  start: number,
  dataEnd: number,
  message: number,
  end: number,
): boolean {
  const mailbox = endOfName(bytes, start, end)
  if (mailbox < 0 || mailbox >= dataEnd) return false
  if (endOfName(bytes, mailbox, end) + SOA_NUMBERS !== dataEnd) return false
  info.byte(SPACE)
  return writeName(info, bytes, start, message, end) && isName(info, bytes, mailbox, message, end)
}

/** Whether texts, each with its length in front, fill the bytes. */
function isTexts(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start
  while (at < end) at += 1 + at8(bytes, at)
  return at === end
}

const MANDATORY = 0
const ALPN = 1
const PORT = 3
const IPV4_HINT = 4
const IPV6_HINT = 6

/** Whether SVCB's or HTTPS's data is all there: of its name and its parameters nothing is said. */
function isBinding(
  info: Ink,
  bytes: Uint8Array,
  start: number,
  dataEnd: number,
  message: number,
  end: number,
): boolean {
  const nameAt = start + 2
  let at = endOfName(bytes, nameAt, end)
  if (at < 0 || at > dataEnd || !isName(info, bytes, nameAt, message, end)) return false
  while (at + 4 <= dataEnd) {
    const key = at16(bytes, at)
    const length = at16(bytes, at + 2)
    at += 4
    if (at + length > dataEnd) return false
    if (key === ALPN && !isTexts(bytes, at, at + length)) return false
    if (key === PORT && length !== 2) return false
    if (length % (PARAMETER_SIZES[key] ?? 1) !== 0) return false
    at += length
  }
  return at === dataEnd
}

/** Of the parameters that are lists of numbers or addresses: bytes of each. */
const PARAMETER_SIZES: Readonly<Record<number, number>> = { [MANDATORY]: 2, [IPV4_HINT]: 4, [IPV6_HINT]: 16 }

const CLIENT_SUBNET = 8
const COOKIE = 10
const PADDING = 12

/** Whether options of the OPT record that are often met fill the bytes: a code, a length and data each. */
function isOptions(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start
  while (at + 4 <= end) {
    const code = at16(bytes, at)
    const length = at16(bytes, at + 2)
    if (code !== COOKIE && code !== PADDING && (code !== CLIENT_SUBNET || length < 4)) return false
    at += 4 + length
  }
  return at === end
}
