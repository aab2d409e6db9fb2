/** The OPT record's options, RFC 6891 §6.1.2: a code, a length and data each. */
import type { Cursor } from './cursor.ts'
import type { DnsFields } from './dns-fields.ts'
import { OPTION_CODES } from './dns-values.ts'
import type { Field } from './field.ts'
import { within } from './within.ts'

const DAU = 5
const DHU = 6
const N3U = 7
const CLIENT_SUBNET = 8
const EXPERIMENTAL_SUBNET = 20730
const COOKIE = 10
const TCP_KEEPALIVE = 11
const PADDING = 12
const EXTENDED_ERROR = 15
const CLIENT_COOKIE_BYTES = 8

/** Reads options up to the cursor's end. */
export function dissectOptions(c: Cursor, f: DnsFields): void {
  while (c.left > 0) {
    const code = c.glance(f['opt.code'])
    c.group(f.opt, '', () => option(c, f, code), OPTION_CODES[code] ?? `Unknown (${code})`)
  }
}

function option(c: Cursor, f: DnsFields, code: number): void {
  c.take(f['opt.code'])
  const length = c.take(f['opt.len'])
  if (length <= c.left) c.put(f['opt.data'], c.bytes.subarray(c.pos, c.pos + length), c.pos, c.pos + length)
  within(c, c.pos + length, 'Option Data', () => optionData(c, f, code))
}

function optionData(c: Cursor, f: DnsFields, code: number): void {
  if (code === DAU) each(c, f['opt.dau'])
  else if (code === DHU) each(c, f['opt.dhu'])
  else if (code === N3U) each(c, f['opt.n3u'])
  else if (code === CLIENT_SUBNET || code === EXPERIMENTAL_SUBNET) clientSubnet(c, f)
  else if (code === COOKIE) {
    c.takeBytes(f['opt.cookie.client'], Math.min(CLIENT_COOKIE_BYTES, c.left))
    c.takeBytes(f['opt.cookie.server'], c.left)
  } else if (code === TCP_KEEPALIVE && c.left >= 2) c.take(f['opt.edns_tcp_keepalive.timeout'])
  else if (code === PADDING) c.takeBytes(f['opt.padding'], c.left)
  else if (code === EXTENDED_ERROR) {
    c.take(f['opt.ext_error.info_code'])
    if (c.left > 0) c.takeText(f['opt.ext_error.extra_text'], c.left)
  }
}

function each(c: Cursor, field: Field<number>): void {
  while (c.left > 0) c.take(field)
}

/** The address is sent without the zeros at its end (RFC 7871 §6). */
function clientSubnet(c: Cursor, f: DnsFields): void {
  const family = c.take(f['opt.client.family'])
  c.take(f['opt.client.netmask'])
  c.take(f['opt.client.scope'])
  const field = family === 1 ? f['opt.client.addr4'] : family === 2 ? f['opt.client.addr6'] : undefined
  if (field === undefined || c.left > field.size) {
    c.takeBytes(f['opt.client.addr'], c.left)
    return
  }
  const whole = new Uint8Array(field.size)
  whole.set(c.bytes.subarray(c.pos, c.end))
  c.put(field, field.read(new DataView(whole.buffer), 0), c.pos, c.end)
  c.pos = c.end
}
