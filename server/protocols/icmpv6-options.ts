/**
 * Options of neighbour discovery, RFC 4861 §4.6.
 *
 *  +--------+--------------------------+---------…
 *  |  type  |  length in 8-byte units  | data
 *  +--------+--------------------------+---------…
 */
import type { Cursor } from './cursor.ts'
import { type Icmpv6Fields, OPTION_TYPES } from './icmpv6-fields.ts'

const SOURCE_ADDRESS = 1
const TARGET_ADDRESS = 2
const PREFIX = 3
const MTU = 5
const UNIT = 8
const PREFIX_SIZE = 32

/** The link-layer addresses that the options told, for the info column. */
export interface Told {
  source: string | undefined
  target: string | undefined
}

/** Reads options up to the end of the message; a length that is zero or leads out of it ends them with a note. */
export function readOptions(c: Cursor, f: Icmpv6Fields): Told {
  const told: Told = { source: undefined, target: undefined }
  while (c.recording && c.left > 0) {
    const type = c.glance(f['opt.type'])
    const name = OPTION_TYPES[type] ?? `Unknown (${type})`
    const size = c.glance(f['opt.length'], 1) * UNIT
    if (size === 0) {
      c.problem(`${name} option`, 'expected a length of at least 1, found 0')
      break
    }
    if (size > c.left) c.need(`${name} option`, size)
    const end = c.pos + size
    c.group(f.opt, name, () => readOption(c, f, type, end, told), name)
    c.pos = end
  }
  c.pos = c.end
  return told
}

function readOption(c: Cursor, f: Icmpv6Fields, type: number, end: number, told: Told): void {
  c.take(f['opt.type'])
  c.take(f['opt.length'])
  const size = end - c.pos + 2
  if ((type === SOURCE_ADDRESS || type === TARGET_ADDRESS) && size === UNIT) {
    const address = c.take(f['opt.linkaddr'])
    if (type === SOURCE_ADDRESS) told.source = address
    else told.target = address
  } else if (type === MTU && size === UNIT) {
    c.skip(2)
    c.take(f['opt.mtu'])
  } else if (type === PREFIX && size === PREFIX_SIZE) {
    c.take(f['opt.prefix.length'])
    c.take(f['opt.prefix.flag'])
    c.take(f['opt.prefix.valid_lifetime'])
    c.take(f['opt.prefix.preferred_lifetime'])
    c.skip(4)
    c.take(f['opt.prefix'])
  } else if (end > c.pos) {
    c.takeBytes(f['opt.data'], end - c.pos)
  }
  c.pos = end
}
