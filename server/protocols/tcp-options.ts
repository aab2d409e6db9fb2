/**
 * Options of the TCP header, RFC 9293 §3.2: kinds 0 and 1 are a single byte, all others have a length.
 *
 *  +--------+--------+----------…
 *  |  kind  | length | value
 *  +--------+--------+----------…
 */
import { at8, at32 } from './big-endian.ts'
import type { Cursor } from './cursor.ts'
import { bytes, heading, u8, u16, u32, uint } from './field.ts'
import type { NamedFields } from './protocol.ts'

const END = 0
export const NO_OPERATION = 1
export const MAXIMUM_SEGMENT_SIZE = 2
export const WINDOW_SCALE = 3
export const SACK_PERMITTED = 4
export const SACK = 5
export const TIMESTAMPS = 8
const FAST_OPEN = 34

const KINDS: Readonly<Record<number, string>> = {
  0: 'End of Option List (EOL)',
  1: 'No-Operation (NOP)',
  2: 'Maximum Segment Size',
  3: 'Window Scale',
  4: 'SACK Permitted',
  5: 'SACK',
  8: 'Timestamps',
  19: 'MD5 Signature',
  28: 'User Timeout',
  29: 'Authentication (TCP-AO)',
  30: 'Multipath TCP',
  34: 'TCP Fast Open',
  69: 'Encryption Negotiation (TCP-ENO)',
  172: 'Accurate ECN Order 0',
  174: 'Accurate ECN Order 1',
  253: 'Experiment 1',
  254: 'Experiment 2',
}

/** Lengths that the RFCs fix; an option of another length is wrong. */
const FIXED_LENGTH: Readonly<Record<number, number>> = {
  [MAXIMUM_SEGMENT_SIZE]: 4,
  [WINDOW_SCALE]: 3,
  [SACK_PERMITTED]: 2,
  [TIMESTAMPS]: 10,
}

/** Wireshark's name for each, by which a filter finds packets that have it. */
const HEADINGS = {
  [END]: 'options.eol',
  [NO_OPERATION]: 'options.nop',
  [MAXIMUM_SEGMENT_SIZE]: 'options.mss',
  [WINDOW_SCALE]: 'options.wscale',
  [SACK_PERMITTED]: 'options.sack_perm',
  [SACK]: 'options.sack',
  [TIMESTAMPS]: 'options.timestamp',
  [FAST_OPEN]: 'options.tfo',
} as const satisfies Readonly<Record<number, string>>

/** RFC 7323 §2.3: a larger shift is taken as 14. */
export const LARGEST_SHIFT = 14

export const OPTION_FIELDS = {
  options: bytes('TCP Options', {
    about: 'What the two ends offer or tell each other beyond the fixed header.',
  }),
  'options.eol': heading('End of Option List', {
    about: 'No option follows: the rest of the header is padding.',
  }),
  'options.nop': heading('No-Operation', {
    about: 'One byte of padding, so that the next option stands where it is quick to read.',
  }),
  'options.mss': heading('Maximum segment size', {
    spec: 'RFC 9293 §3.7.1',
    about: 'Only in a SYN: keeps segments from being larger than the link can carry.',
  }),
  'options.wscale': heading('Window scale', {
    spec: 'RFC 7323 §2',
    about: 'Only in a SYN, and only in use if both ends send it: windows beyond 64 kB.',
  }),
  'options.sack_perm': heading('SACK permitted', {
    spec: 'RFC 2018 §2',
    about: 'Only in a SYN: this end understands selective acknowledgments.',
  }),
  'options.sack': heading('SACK', {
    spec: 'RFC 2018 §3',
    about: 'Selective acknowledgment: what arrived beyond a gap.',
  }),
  'options.timestamp': heading('Timestamps', {
    spec: 'RFC 7323 §3',
    about:
      'Measures round trips, and tells old segments from new ones when sequence numbers come round again.',
  }),
  'options.tfo': heading('TCP Fast Open', {
    spec: 'RFC 7413',
    about: 'Lets a returning client send its request in the SYN, a round trip earlier.',
  }),
  'options.unknown': heading('Unknown', { about: 'An option that is not read further here.' }),
  option_kind: u8('Kind', {
    values: KINDS,
    about: 'Which option it is; an end skips those it does not know.',
  }),
  option_len: u8('Length', {
    unit: 'bytes',
    about: 'The whole option, kind and length included, so that it can be skipped.',
  }),
  'options.mss_val': u16('MSS Value', {
    spec: 'RFC 9293 §3.7.1',
    unit: 'bytes',
    about:
      'The largest payload the sender of this SYN will take in one segment: what fits its link without fragments.',
  }),
  'options.wscale.shift': u8('Shift count', {
    spec: 'RFC 7323 §2.2',
    about:
      'How often this end doubles the window it states from now on; 16 bits alone would stop at 64 kB in flight.',
  }),
  'options.wscale.multiplier': uint('Multiplier', {
    spec: 'RFC 7323 §2.2',
    about:
      'Two to the power of the shift: what each stated window is multiplied by, if both ends sent the option.',
  }),
  'options.sack_le': uint('TCP SACK Left Edge', {
    spec: 'RFC 2018 §3',
    about: 'First byte of a block that did arrive although bytes before it are missing.',
  }),
  'options.sack_re': uint('TCP SACK Right Edge', {
    spec: 'RFC 2018 §3',
    about: 'The byte behind that block, so that only what is missing is sent again.',
  }),
  'options.sack.count': uint('TCP SACK Count', {
    spec: 'RFC 2018 §3',
    about: 'How many such blocks are reported.',
  }),
  'options.timestamp.tsval': u32('Timestamp value', {
    spec: 'RFC 7323 §3.2',
    about: "The sender's clock, in ticks of its own choosing, for the other end to send back.",
  }),
  'options.timestamp.tsecr': u32('Timestamp echo reply', {
    spec: 'RFC 7323 §3.2',
    about:
      'The clock value last received: the difference to now is the round trip, even for what was sent twice.',
  }),
  'options.tfo.request': heading('Fast Open Cookie Request', {
    spec: 'RFC 7413 §4.1.1',
    about: 'Asks the server for a cookie, to use it the next time.',
  }),
  'options.tfo.cookie': bytes('Fast Open Cookie', {
    spec: 'RFC 7413 §4.1.1',
    about: 'Proof of an earlier visit, with which data may already ride in the SYN.',
  }),
  'options.unknown.payload': bytes('Payload', {
    about: 'The value of an option that is not read further here.',
  }),
} as const

type Fields = NamedFields<typeof OPTION_FIELDS>

/**
 * Reads the options from here to `headerEnd` and moves there. `base` is the other side's first sequence number,
 * from which SACK edges are counted. Returns their words for the info column, as Wireshark has them. A wrong length is noted, and the rest of the options left unread, as a
 * receiver does: the segment's payload is good all the same.
 */
export function readOptions(c: Cursor, f: Fields, headerEnd: number, base: number): string {
  const start = c.pos
  let text = ''
  if (c.recording && start < headerEnd) {
    const all = c.bytes.subarray(start, headerEnd)
    c.group(f.options, all, () => {
      while (c.pos < headerEnd) {
        const kind = c.glance(f.option_kind)
        const length = optionLength(c.bytes, c.pos, headerEnd)
        const wrong = problem(kind, length, headerEnd - c.pos)
        if (wrong !== undefined) {
          c.problem(`${kindName(kind)} option`, wrong, c.pos, headerEnd)
          break
        }
        text += readOption(c, f, kind, length, base)
        // What follows the end is padding (RFC 9293 §3.1); Wireshark shows each zero as one more end.
        if (kind === END && c.pos < headerEnd && c.view.getUint8(c.pos) !== END) break
      }
      c.pos = headerEnd
    })
  }
  c.pos = headerEnd
  return text
}

/** The window scale shift, if the options from `at` to `end` hold one: all that the stream needs of them. */
export function findWindowScale(bytes: Uint8Array, start: number, end: number): number | undefined {
  for (let at = start; at < end; ) {
    const kind = at8(bytes, at)
    if (kind === END) return undefined
    const length = optionLength(bytes, at, end)
    if (problem(kind, length, end - at) !== undefined) return undefined
    if (kind === WINDOW_SCALE) return Math.min(LARGEST_SHIFT, at8(bytes, at + 2))
    at += length
  }
  return undefined
}

/** Bytes behind `ack` that the options say have arrived: the blocks of SACK, without a D-SACK (RFC 2018 §3, RFC 2883 §4). */
export function sackedBytes(bytes: Uint8Array, start: number, end: number, ack: number): number {
  for (let at = start; at < end; ) {
    const kind = at8(bytes, at)
    if (kind === END) return 0
    const length = optionLength(bytes, at, end)
    if (problem(kind, length, end - at) !== undefined) return 0
    if (kind === SACK) return blocksBehind(bytes, at + 2, at + length, ack)
    at += length
  }
  return 0
}

function blocksBehind(bytes: Uint8Array, start: number, end: number, ack: number): number {
  let sacked = 0
  for (let at = start; at < end; at += 8) {
    const left = at32(bytes, at)
    const length = (at32(bytes, at + 4) - left) | 0
    if (length > 0 && ((left - ack) | 0) > 0) sacked += length
  }
  return sacked
}

/** The length of the option at `at`; 0 when its length byte is not there. */
export function optionLength(bytes: Uint8Array, at: number, end: number): number {
  if (at8(bytes, at) <= NO_OPERATION) return 1
  return at + 1 < end ? at8(bytes, at + 1) : 0
}

/** What is wrong with an option's length; `undefined` when nothing is. */
export function problem(kind: number, length: number, room: number): string | undefined {
  if (kind <= NO_OPERATION) return undefined
  const fixed = FIXED_LENGTH[kind]
  if (length < 2 || length > room) return `expected a length from 2 to ${room}, found ${length}`
  if (fixed !== undefined && length !== fixed) return `expected a length of ${fixed}, found ${length}`
  if (kind === SACK && (length - 2) % 8 !== 0) return `expected blocks of 8 bytes, found ${length - 2} bytes`
  return undefined
}

function kindName(kind: number): string {
  return KINDS[kind] ?? `Unknown (${kind})`
}

/** One option, its length already checked. Returns its words for the info column. */
function readOption(c: Cursor, f: Fields, kind: number, length: number, base: number): string {
  const end = c.pos + length
  const body = () => {
    c.take(f.option_kind)
    if (kind > NO_OPERATION) c.take(f.option_len)
    return readValue(c, f, kind, end, base)
  }
  return c.group(f[HEADINGS[kind as keyof typeof HEADINGS] ?? 'options.unknown'], '', body, kindName(kind))
}

function readValue(c: Cursor, f: Fields, kind: number, end: number, base: number): string {
  switch (kind) {
    case END:
    case NO_OPERATION:
      return ''
    case MAXIMUM_SEGMENT_SIZE:
      return ` MSS=${c.take(f['options.mss_val'])}`
    case WINDOW_SCALE: {
      const at = c.pos
      const multiplier = 2 ** Math.min(LARGEST_SHIFT, c.take(f['options.wscale.shift']))
      c.put(f['options.wscale.multiplier'], multiplier, at, c.pos)
      return ` WS=${multiplier}`
    }
    case SACK_PERMITTED:
      return ' SACK_PERM'
    case SACK:
      return readSack(c, f, end, base)
    case TIMESTAMPS: {
      const value = c.take(f['options.timestamp.tsval'])
      const echo = c.take(f['options.timestamp.tsecr'])
      return ` TSval=${value} TSecr=${echo}`
    }
    case FAST_OPEN:
      if (end > c.pos) c.takeBytes(f['options.tfo.cookie'], end - c.pos)
      else c.put(f['options.tfo.request'], '')
      return ''
    default:
      if (end > c.pos) c.takeBytes(f['options.unknown.payload'], end - c.pos)
      return ''
  }
}

function readSack(c: Cursor, f: Fields, end: number, base: number): string {
  let text = ''
  let count = 0
  const start = c.pos
  const edge = (field: Fields['options.sack_le']) => {
    const relative = (c.view.getUint32(c.pos) - base) >>> 0
    c.put(field, relative, c.pos, c.pos + 4)
    c.pos += 4
    return relative
  }
  for (; c.pos < end; count++) text += ` SLE=${edge(f['options.sack_le'])} SRE=${edge(f['options.sack_re'])}`
  c.put(f['options.sack.count'], count, start, end)
  return text
}
