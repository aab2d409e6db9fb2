/**
 * Options of the IPv4 header, RFC 791 §3.1: kinds 0 and 1 are a single byte, all others have a length.
 *
 *  +--------+--------+----------…
 *  |  type  | length | data
 *  +--------+--------+----------…
 *   copied (1 bit), class (2 bits), number (5 bits)
 */
import type { Cursor } from './cursor.ts'
import { bits, bytes, flag, heading, ipv4Address, u8, u16 } from './field.ts'
import type { NamedFields } from './protocol.ts'

export const OPTION_NAMES: Readonly<Record<number, string>> = {
  0: 'End of Options List (EOL)',
  1: 'No-Operation (NOP)',
  7: 'Record Route',
  68: 'Time Stamp',
  130: 'Security',
  131: 'Loose Source Route',
  134: 'Commercial IP Security',
  136: 'Stream Identifier',
  137: 'Strict Source Route',
  148: 'Router Alert',
}

const RECORD_ROUTE = 7
const LOOSE_SOURCE_ROUTE = 131
const STRICT_SOURCE_ROUTE = 137
const ROUTER_ALERT = 148

/** Wireshark's name for each, by which a filter finds packets that have it. */
const HEADINGS = {
  0: '=ip.options.eol',
  1: '=ip.options.nop',
  [RECORD_ROUTE]: '=ip.options.record_route',
  68: '=ip.options.timestamp',
  [LOOSE_SOURCE_ROUTE]: '=ip.options.route',
  136: '=ip.options.sid',
  [STRICT_SOURCE_ROUTE]: '=ip.options.source_route',
  [ROUTER_ALERT]: '=ip.options.routeralert',
} as const

export const OPTION_FIELDS = {
  '=ip.options.eol': heading('End of Options List', {
    about: 'No option follows: the rest of the header is padding.',
  }),
  '=ip.options.nop': heading('No Operation', { about: 'One byte of padding.' }),
  '=ip.options.record_route': heading('Record Route', {
    about: 'Each router on the way writes its address here.',
  }),
  '=ip.options.route': heading('Loose Source Route', {
    about:
      'Routers to pass on the way, others allowed between them; dropped nearly everywhere (RFC 7126 §4.3).',
  }),
  '=ip.options.source_route': heading('Strict Source Route', {
    about: 'The very routers to pass; dropped nearly everywhere (RFC 7126 §4.4).',
  }),
  '=ip.options.routeralert': heading('Router Alert', {
    spec: 'RFC 2113',
    about: 'Asks every router on the way to look into the packet; IGMP uses it.',
  }),
  '=ip.options.timestamp': heading('Time Stamp', {
    about: 'Each router on the way writes when the packet passed.',
  }),
  '=ip.options.sid': heading('Stream ID', { about: 'Of no use any more (RFC 6814).' }),
  'opt.unknown': heading('IP Option', { about: 'An option that is not read further here.' }),
  'opt.type': u8('Type', { values: OPTION_NAMES, about: 'Which option it is.' }),
  'opt.type.copy': flag('Copy on fragmentation', 1, 0x80, {
    about: 'Whether every fragment carries the option, or only the first.',
  }),
  'opt.type.class': bits('Class', 1, 0x60, {
    values: { 0: 'Control', 2: 'Debugging and measurement' },
    about: 'Whether the option controls the network or measures it.',
  }),
  'opt.type.number': bits('Number', 1, 0x1f, { about: 'The option within its class.' }),
  'opt.len': u8('Length', { unit: 'bytes', about: 'The whole option: type, length and data.' }),
  'opt.ptr': u8('Pointer', {
    about: 'Where in the option the next address is to be read or written, counted from 1.',
  }),
  'opt.ra': u16('Router Alert', {
    spec: 'RFC 2113',
    values: { 0: 'Router shall examine packet' },
    about: 'Asks every router on the way to look into the packet.',
  }),
  'opt.addr': ipv4Address('IP Address', { about: 'A router of the route that is recorded or prescribed.' }),
  'opt.data': bytes('Data', { about: 'What the option carries; not read further here.' }),
} as const

/** Reads options up to `headerEnd`; a length that leads out of the header is noted, and the payload still read. */
export function readOptions(c: Cursor, f: NamedFields<typeof OPTION_FIELDS>, headerEnd: number): void {
  if (headerEnd > c.end) c.need('Options', headerEnd - c.pos)
  if (c.recording) {
    while (c.pos < headerEnd) if (!readOption(c, f, headerEnd)) break
  }
  c.pos = headerEnd
}

function readOption(c: Cursor, f: NamedFields<typeof OPTION_FIELDS>, headerEnd: number): boolean {
  const type = c.glance(f['opt.type'])
  const name = OPTION_NAMES[type] ?? `Unknown (${type})`
  const single = type < 2
  const length = single ? 1 : c.pos + 1 < headerEnd ? c.glance(f['opt.len'], 1) : 0
  if (!single && (length < 2 || c.pos + length > headerEnd)) {
    c.problem(
      `${name} option`,
      `expected a length from 2 to ${headerEnd - c.pos}, found ${length}`,
      c.pos,
      headerEnd,
    )
    return false
  }
  const end = c.pos + length
  c.group(
    f[HEADINGS[type as keyof typeof HEADINGS] ?? 'opt.unknown'],
    '',
    () => {
      c.group(f['opt.type'], type, () => {
        c.peek(f['opt.type.copy'])
        c.peek(f['opt.type.class'])
        c.take(f['opt.type.number'])
      })
      if (!single) c.take(f['opt.len'])
      readData(c, f, type, end)
      c.pos = end
    },
    single ? name : `${name}, ${length} bytes`,
  )
  return type !== 0
}

function readData(c: Cursor, f: NamedFields<typeof OPTION_FIELDS>, type: number, end: number): void {
  const size = end - c.pos
  if (type === RECORD_ROUTE || type === LOOSE_SOURCE_ROUTE || type === STRICT_SOURCE_ROUTE) {
    if (size > 0) c.take(f['opt.ptr'])
    while (end - c.pos >= 4) c.take(f['opt.addr'])
  } else if (type === ROUTER_ALERT && size === 2) {
    c.take(f['opt.ra'])
  } else if (size > 0) {
    c.takeBytes(f['opt.data'], size)
  }
}
