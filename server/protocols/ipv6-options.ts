/**
 * Options of the hop-by-hop and destination headers, RFC 8200 §4.2: a padding byte of zero, else type, length, data.
 *
 *  +-------------+-------------+-------------…
 *  |  type       |  length     |  data
 *  +-------------+-------------+-------------…
 *   action (2 bits), may change on the way (1 bit), number (5 bits)
 */
import type { Cursor } from './cursor.ts'
import { OPTION_NAMES, type OptionFields } from './ipv6-option-fields.ts'

const PAD1 = 0
const PADN = 1
const TUNNEL_LIMIT = 4
const ROUTER_ALERT = 5
const PDM = 15
const JUMBO = 194
const HOME_ADDRESS = 201
const NONCE = 139
const UNLIMITED = 0xff
/** What 16 bits can tell without the option. */
const LARGEST_PLAIN = 65_535

/** Lengths of the options that have only one. */
const FIXED: Readonly<Record<number, number>> = {
  [TUNNEL_LIMIT]: 1,
  [ROUTER_ALERT]: 2,
  [PDM]: 10,
  [JUMBO]: 4,
  [HOME_ADDRESS]: 16,
}
const FOR_ROUTERS = new Set([ROUTER_ALERT, JUMBO, 7, 38, 99, 109, 238])
const FOR_RECEIVERS = new Set([TUNNEL_LIMIT, PDM, NONCE, HOME_ADDRESS])
/** RFC 4727 §2. */
const EXPERIMENTAL = new Set([0x1e, 0x3e, 0x5e, 0x7e, 0x9e, 0xbe, 0xde, 0xfe])

/** Which header they stand in, and whether the IPv6 header told the packet's length itself. */
export interface OptionPlace {
  readonly hopByHop: boolean
  readonly headerEnd: number
}

/**
 * Reads options up to the end of their header. One that leads out of it ends the layer with an error, whether anybody
 * records it or not: nothing behind it is read.
 */
export function readOptions(c: Cursor, f: OptionFields, place: OptionPlace): void {
  const { headerEnd } = place
  while (c.pos < headerEnd) {
    const type = c.glance(f['=ipv6.opt.type'])
    const size = type === PAD1 ? 0 : c.pos + 1 < headerEnd ? c.glance(f['=ipv6.opt.length'], 1) : UNLIMITED
    const end = c.pos + (type === PAD1 ? 1 : 2 + size)
    const name = OPTION_NAMES[type] ?? `Unknown (${type})`
    const room = Math.max(0, headerEnd - c.pos - 2)
    const lost = end > headerEnd
    if (c.recording) c.group(f['=ipv6.opt'], name, () => option(c, f, type, lost ? -1 : size, place), name)
    if (lost) c.fail(`${name} option`, `expected at most ${room} bytes, found ${size}`)
    c.pos = end
  }
  c.pos = headerEnd
}

/** `size` is negative where the option's data is not all there. */
function option(
  c: Cursor,
  f: OptionFields,
  type: number,
  size: number,
  { hopByHop, headerEnd }: OptionPlace,
): void {
  const start = c.pos
  if (type === PAD1) {
    c.take(f['=ipv6.opt.type'])
    c.put(f['=ipv6.opt.pad1'], '', start, c.pos)
    return
  }
  c.group(f['=ipv6.opt.type'], type, () => {
    c.peek(f['=ipv6.opt.type.action'])
    c.peek(f['=ipv6.opt.type.change'])
    c.take(f['=ipv6.opt.type.rest'])
  })
  if ((hopByHop ? FOR_RECEIVERS : FOR_ROUTERS).has(type))
    c.put(f['=ipv6.opt.header_mismatch'], '', start, c.pos)
  if (c.pos < headerEnd) c.take(f['=ipv6.opt.length'])
  if (size < 0) return
  const end = c.pos + size
  if ((FIXED[type] ?? size) !== size) c.put(f['=ipv6.opt.invalid_len'], '', c.pos - 1, c.pos)
  if ((FIXED[type] ?? 0) <= size) readData(c, f, type, size)
  if (c.pos < end) {
    const rest = c.takeBytes(f['=ipv6.opt_unknown_data'], end - c.pos)
    c.put(f['=ipv6.opt.unknown_data.expert'], '', end - rest.length, end)
  }
}

function readData(c: Cursor, f: OptionFields, type: number, size: number): void {
  switch (type) {
    case PADN:
      c.takeBytes(f['=ipv6.opt.padn'], size)
      return
    case TUNNEL_LIMIT:
      c.take(f['=ipv6.opt.tel'])
      return
    case ROUTER_ALERT:
      c.take(f['=ipv6.opt.router_alert'])
      return
    case JUMBO: {
      const length = c.take(f['=ipv6.opt.jumbo'])
      if (length <= LARGEST_PLAIN) c.put(f['=ipv6.opt.jumbo.truncated'], '', c.pos - 4, c.pos)
      return
    }
    case HOME_ADDRESS:
      c.take(f['=ipv6.opt.mipv6.home_address'])
      return
    case NONCE:
      c.takeBytes(f['=ipv6.opt.ilnp_nonce'], size)
      return
    case PDM:
      c.take(f['=ipv6.opt.pdm.scale_dtlr'])
      c.take(f['=ipv6.opt.pdm.scale_dtls'])
      c.take(f['=ipv6.opt.pdm.psn_this_pkt'])
      c.take(f['=ipv6.opt.pdm.psn_last_recv'])
      c.take(f['=ipv6.opt.pdm.delta_last_recv'])
      c.take(f['=ipv6.opt.pdm.delta_last_sent'])
      return
    default:
      if (EXPERIMENTAL.has(type)) c.takeBytes(f['=ipv6.opt.experimental'], size)
      else if (OPTION_NAMES[type] !== undefined) c.takeBytes(f['=ipv6.opt.data'], size)
      else {
        c.takeBytes(f['=ipv6.opt.unknown'], size)
        c.put(f['=ipv6.opt.unknown_data.expert'], '', c.pos - size, c.pos)
      }
  }
}
