/**
 * Options of the TCP header, RFC 9293 §3.2: kinds 0 and 1 are a single byte, all others have a length.
 *
 *  +--------+--------+----------…
 *  |  kind  | length | value
 *  +--------+--------+----------…
 */
import { type Cursor, Malformed } from './cursor.ts'
import type { NamedFields } from './protocol.ts'
import { readMultipath } from './tcp-mptcp.ts'
import { KINDS, type OPTION_FIELDS } from './tcp-option-fields.ts'
import {
  ACCURATE_ECN_0,
  ACCURATE_ECN_1,
  AUTHENTICATION,
  CC,
  CC_ECHO,
  CC_NEW,
  ECHO,
  ECHO_REPLY,
  END,
  EXPERIMENT_1,
  EXPERIMENT_2,
  FAST_OPEN,
  FAST_OPEN_TRIAL,
  LARGEST_SHIFT,
  lengthProblem,
  MAXIMUM_SEGMENT_SIZE,
  MD5,
  MULTIPATH,
  NO_OPERATION,
  optionLength,
  QUICK_START,
  runsOver,
  SACK,
  SACK_PERMITTED,
  TIMESTAMPS,
  USER_TIMEOUT,
  WINDOW_SCALE,
} from './tcp-option-kinds.ts'

/** Wireshark's name for each, by which a filter finds packets that have it. */
const HEADINGS = {
  [END]: 'options.eol',
  [NO_OPERATION]: 'options.nop',
  [MAXIMUM_SEGMENT_SIZE]: 'options.mss',
  [WINDOW_SCALE]: 'options.wscale',
  [SACK_PERMITTED]: 'options.sack_perm',
  [SACK]: 'options.sack',
  [ECHO]: 'options.echo',
  [ECHO_REPLY]: 'options.echo',
  [TIMESTAMPS]: 'options.timestamp',
  [CC]: 'options.cc',
  [CC_NEW]: 'options.cc',
  [CC_ECHO]: 'options.cc',
  [MD5]: 'options.md5',
  [QUICK_START]: 'options.qs',
  [USER_TIMEOUT]: 'options.user_to',
  [AUTHENTICATION]: 'options.ao',
  [MULTIPATH]: 'options.mptcp',
  [FAST_OPEN]: 'options.tfo',
  [ACCURATE_ECN_0]: 'options.acc_ecn',
  [ACCURATE_ECN_1]: 'options.acc_ecn',
  [EXPERIMENT_1]: 'options.experimental',
  [EXPERIMENT_2]: 'options.experimental',
} as const satisfies Readonly<Record<number, string>>

type Fields = NamedFields<typeof OPTION_FIELDS>

/** What the meaning of an option hangs on. */
export interface OptionSetting {
  readonly syn: boolean
  readonly acking: boolean
  /** Acknowledged by this segment, relative, and the other side's first sequence number, from which SACK edges count. */
  readonly ack: number
  readonly base: number
}

/** What was found: words for the info column, as Wireshark has them, and what is to be said of the whole. */
interface Reading {
  text: string
  mss: boolean
  fastOpen: boolean
}

/**
 * Reads the options from here to `headerEnd` and moves there. Returns their words for the info column. An option of a
 * wrong length is noted and stepped over, as receivers do; from one that has no end on, the rest is left unread.
 */
export function readOptions(c: Cursor, f: Fields, headerEnd: number, setting: OptionSetting): Reading {
  const reading: Reading = { text: '', mss: false, fastOpen: false }
  const start = c.pos
  // The capture may have kept some of them only.
  const heldEnd = Math.min(headerEnd, c.end)
  if (c.recording && start < heldEnd) {
    c.group(f.options, c.bytes.subarray(start, heldEnd), () => {
      const whole = readList(c, f, headerEnd, setting, reading)
      if (whole && setting.syn && !reading.mss) c.put(f['options.mss.absent'], '', start, heldEnd)
      c.pos = heldEnd
    })
  }
  c.pos = heldEnd
  return reading
}

/** Returns whether all of them are there and have an end. */
function readList(
  c: Cursor,
  f: Fields,
  headerEnd: number,
  setting: OptionSetting,
  reading: Reading,
): boolean {
  const start = c.pos
  let noOperations = 0
  while (c.pos < headerEnd) {
    if (c.left === 0) return false
    const kind = c.glance(f.option_kind)
    if (kind > NO_OPERATION && c.left === 1 && headerEnd > c.end) return false
    const length = optionLength(c.bytes, c.pos, headerEnd)
    if (kind > NO_OPERATION && runsOver(length, headerEnd - c.pos)) {
      const why = `expected a length from 2 to ${headerEnd - c.pos}, found ${length}`
      c.put(f['option.len.invalid'], '', c.pos, headerEnd, `${kindName(kind)} option: ${why}`)
      return false
    }
    const cut = length > c.left
    if (kind === NO_OPERATION && (noOperations === 0 || (c.pos - start) % 4 !== 0)) {
      // Four of them that fill a word.
      if (++noOperations === 4) c.put(f.nop, '', c.pos - 3, c.pos + 1)
    } else noOperations = 0
    readOption(c, f, kind, length, setting, reading)
    if (cut) return false
    if (kind === END && !readPadding(c, f, headerEnd)) break
  }
  return true
}

/** What follows the end is padding (RFC 9293 §3.1): Wireshark shows each zero as one more end. False where it is not. */
function readPadding(c: Cursor, f: Fields, headerEnd: number): boolean {
  if (c.pos >= Math.min(headerEnd, c.end) || c.view.getUint8(c.pos) === END) return true
  c.put(f.non_zero_bytes_after_eol, '', c.pos, Math.min(headerEnd, c.end))
  return false
}

/** One option that ends within the header. */
function readOption(
  c: Cursor,
  f: Fields,
  kind: number,
  length: number,
  setting: OptionSetting,
  reading: Reading,
): void {
  const end = c.pos + length
  const outer = c.end
  // What an option claims to hold must lie in it.
  c.end = Math.min(outer, end)
  const body = () => {
    c.take(f.option_kind)
    if (kind <= NO_OPERATION) return
    const at = c.pos
    c.take(f.option_len)
    const wrong = lengthProblem(kind, length)
    if (kind === MAXIMUM_SEGMENT_SIZE) {
      reading.mss = true
      if (!setting.syn) c.put(f['options.mss.present'], '', at - 1, end)
    }
    if (kind === SACK_PERMITTED) reading.text += ' SACK_PERM'
    if (wrong !== undefined) {
      c.put(f['option.len.invalid'], '', at, at + 1, `${kindName(kind)} option: ${wrong}`)
      return
    }
    try {
      reading.text += readValue(c, f, kind, length, end, setting, reading)
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      if (error.reason !== 'cut') c.put(f.suboption_malformed, '', at, end, error.message)
    }
  }
  try {
    const field = f[HEADINGS[kind as keyof typeof HEADINGS] ?? 'options.unknown']
    c.group(field, c.bytes.subarray(c.pos, c.end), body, kindName(kind))
  } finally {
    c.end = outer
    c.pos = Math.min(end, outer)
  }
}

/** What stands behind kind and length; returns words for the info column. */
function readValue(
  c: Cursor,
  f: Fields,
  kind: number,
  length: number,
  end: number,
  setting: OptionSetting,
  reading: Reading,
): string {
  switch (kind) {
    case MAXIMUM_SEGMENT_SIZE:
      return ` MSS=${c.take(f['options.mss_val'])}`
    case WINDOW_SCALE:
      return readWindowScale(c, f)
    case SACK_PERMITTED:
      return ''
    case SACK:
      return readSack(c, f, end, setting)
    case ECHO:
    case ECHO_REPLY:
      return ` ECHO=${c.take(f['options.echo_value'])}`
    case TIMESTAMPS: {
      const value = c.take(f['options.timestamp.tsval'])
      const echo = c.take(f['options.timestamp.tsecr'])
      return ` TSval=${value} TSecr=${echo}`
    }
    case CC:
    case CC_NEW:
    case CC_ECHO:
      return ` CC=${c.take(f['options.cc_value'])}`
    case MD5:
      c.takeBytes(f['options.md5.digest'], end - c.pos)
      return ' MD5'
    case QUICK_START:
      c.take(f['options.qs.rate'])
      c.take(f['options.qs.ttl_diff'])
      return ''
    case USER_TIMEOUT: {
      c.peek(f['options.user_to_granularity'])
      return ` USER_TO=${c.take(f['options.user_to_val'])}`
    }
    case AUTHENTICATION:
      c.take(f['options.ao.keyid'])
      c.take(f['options.ao.rnextkeyid'])
      if (end > c.pos) c.takeBytes(f['options.ao.mac'], end - c.pos)
      return ''
    case MULTIPATH:
      readMultipath(c, f, length, end)
      return ''
    case FAST_OPEN:
      return readFastOpen(c, f, end, setting, reading)
    case ACCURATE_ECN_0:
    case ACCURATE_ECN_1:
      readAccurateEcn(c, f, end, kind === ACCURATE_ECN_0)
      return ''
    case EXPERIMENT_1:
    case EXPERIMENT_2:
      return readExperiment(c, f, end, setting, reading)
    default:
      if (end > c.pos) c.takeBytes(f['options.unknown.payload'], end - c.pos)
      return ''
  }
}

function readWindowScale(c: Cursor, f: Fields): string {
  const at = c.pos
  const shift = c.take(f['options.wscale.shift'])
  if (shift > LARGEST_SHIFT) c.put(f['options.wscale.shift.invalid'], '', at, c.pos)
  const multiplier = 2 ** Math.min(LARGEST_SHIFT, shift)
  c.put(f['options.wscale.multiplier'], multiplier, at, c.pos)
  return ` WS=${multiplier}`
}

/** Blocks of a left and a right edge, counted like the stream that they acknowledge. */
function readSack(c: Cursor, f: Fields, end: number, { base, ack }: OptionSetting): string {
  let text = ''
  const start = c.pos
  const edges: number[] = []
  while (end - c.pos >= 4) {
    const at = c.pos
    c.skip(4, 'SACK edge')
    const edge = (c.view.getUint32(at) - base) >>> 0
    const right = edges.length % 2 === 1
    c.put(f[right ? 'options.sack_re' : 'options.sack_le'], edge, at, c.pos)
    edges.push(edge)
    if (right) text += ` SLE=${edges.at(-2)} SRE=${edge}`
  }
  if (end > c.pos || edges.length % 2 === 1) c.put(f.suboption_malformed, '', c.pos, end)
  c.put(f['options.sack.count'], edges.length >> 1, start, end)
  const [left, right, nextLeft, nextRight] = edges
  if (left === undefined || right === undefined) return text
  // RFC 2883 §4: below what is acknowledged, or within the second block, the first block is a duplicate.
  const acknowledged = ((right - ack) | 0) <= 0
  const inside =
    nextLeft !== undefined &&
    nextRight !== undefined &&
    ((nextLeft - right) | 0) < 0 &&
    ((nextRight - right) | 0) >= 0
  if (acknowledged || inside) {
    c.put(f['options.sack.dsack_le'], left, start, start + 4)
    c.put(f['options.sack.dsack_re'], right, start + 4, start + 8)
    c.put(f['options.sack.dsack'], '', start, start + 8)
  }
  return text
}

function readFastOpen(
  c: Cursor,
  f: Fields,
  end: number,
  { syn, acking }: OptionSetting,
  reading: Reading,
): string {
  if (end === c.pos) {
    c.put(f['options.tfo.request'], '')
    return ' TFO=R'
  }
  c.takeBytes(f['options.tfo.cookie'], end - c.pos)
  if (syn && !acking) reading.fastOpen = true
  return ' TFO=C'
}

function readExperiment(c: Cursor, f: Fields, end: number, setting: OptionSetting, reading: Reading): string {
  if (end === c.pos) return ''
  const trial = c.take(f['options.experimental.exid'])
  if (trial === FAST_OPEN_TRIAL) return readFastOpen(c, f, end, setting, reading)
  if (end > c.pos) c.takeBytes(f['options.experimental.data'], end - c.pos)
  return ''
}

/** Up to three counters; order 0 begins with ECT(0), order 1 with ECT(1) (RFC 9768 §3.2.3). */
function readAccurateEcn(c: Cursor, f: Fields, end: number, zeroFirst: boolean): void {
  const zero = f['options.acc_ecn.ee0b']
  const one = f['options.acc_ecn.ee1b']
  for (const counter of [zeroFirst ? zero : one, f['options.acc_ecn.eceb'], zeroFirst ? one : zero]) {
    if (end - c.pos >= 3) c.take(counter)
  }
}

function kindName(kind: number): string {
  return KINDS[kind] ?? `Unknown (${kind})`
}
