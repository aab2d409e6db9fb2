/**
 * Dynamic Host Configuration Protocol, RFC 2131 §2, in the frame of BOOTP (RFC 951).
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+---------------+---------------+
 *  |     op (1)    |   htype (1)   |   hlen (1)    |   hops (1)    |
 *  |                            xid (4)                            |
 *  |           secs (2)            |           flags (2)           |
 *  |                          ciaddr  (4)                          |
 *  |                          yiaddr  (4)                          |
 *  |                          siaddr  (4)                          |
 *  |                          giaddr  (4)                          |
 *  |                          chaddr  (16)                         |
 *  |                          sname   (64)                         |
 *  |                          file    (128)                        |
 *  |                          options (variable)                   |
 *  +---------------------------------------------------------------+
 */
import { type Cursor, decodeText } from './cursor.ts'
import { DHCP_FIELDS, type DhcpFields } from './dhcp-fields.ts'
import { dissectOptions, type Found, messageTypeName, OVERLOAD } from './dhcp-options.ts'
import { COOKIE, skimDhcp } from './dhcp-skim.ts'
import type { Field } from './field.ts'
import { protocol } from './protocol.ts'
import { within } from './within.ts'

const ADDRESS = 16
const SERVER = 64
const FILE = 128
const ETHERNET = 1
const IEEE_802 = 6
const FILE_HOLDS = 1
const SERVER_HOLDS = 2

export const dhcp = protocol({
  id: 'dhcp',
  name: 'Dynamic Host Configuration Protocol',
  short: 'DHCP',
  osi: 7,
  unit: 'message',
  spec: 'RFC 2131',
  about:
    'Gives a host that has just come its address, and tells it of the network: router, name servers, lease.',
  fields: DHCP_FIELDS,
  dissect(c, f) {
    const start = c.pos
    const op = c.take(f.type)
    const type = c.take(f['hw.type'])
    const length = c.take(f['hw.len'])
    c.take(f.hops)
    const id = c.take(f.id)
    takeSeconds(c, f)
    const flags = c.glance(f.flags)
    c.group(f.flags, flags, () => {
      c.peek(f['flags.bc'])
      c.take(f['flags.reserved'])
    })
    c.take(f['ip.client'])
    c.take(f['ip.your'])
    c.take(f['ip.server'])
    c.take(f['ip.relay'])
    const client = hardwareAddress(c, f, type, length)
    const serverAt = c.pos
    const overload = overloaded(c, serverAt + SERVER + FILE)
    fixedText(c, f.server, SERVER, overload & SERVER_HOLDS ? f.server_name_overloaded_by_dhcp : undefined)
    fixedText(c, f.file, FILE, overload & FILE_HOLDS ? f.boot_filename_overloaded_by_dhcp : undefined)
    const messageType = options(c, f, serverAt)
    if (messageType > 0) c.info(`DHCP ${messageTypeName(messageType)} - Transaction ID 0x${hex(id)}`)
    else {
      c.put(f.bootp, true, start)
      c.info(`Boot ${op === 1 ? 'Request' : 'Reply'}${client === '' ? '' : ` from ${client}`}`)
    }
    return undefined
  },
  wordy: true,
  skim: skimDhcp,
})

const hex = (id: number) => id.toString(16).padStart(8, '0')

/** Some clients write the lowest byte first: then the other byte is 0, since nobody waits for minutes. */
function takeSeconds(c: Cursor, f: DhcpFields): void {
  const written = c.glance(f.secs)
  if (written === 0 || (written & 0xff) !== 0) {
    c.take(f.secs)
    return
  }
  c.put(f.secs, written >>> 8, c.pos, c.pos + 2)
  c.put(f.secs_le, '', c.pos, c.pos + 2, f.secs_le.label)
  c.skip(f.secs.size)
}

/** Returns the address as text, where it is one of Ethernet's. */
function hardwareAddress(c: Cursor, f: DhcpFields, type: number, length: number): string {
  const end = c.pos + ADDRESS
  return within(c, end, 'Client hardware address', () => {
    if (length === 0 || length > ADDRESS) {
      c.put(f.client_address_not_given, '', c.pos, end, f.client_address_not_given.label)
      return ''
    }
    let text = ''
    if ((type === ETHERNET || type === IEEE_802) && length === f['hw.mac_addr'].size)
      text = c.take(f['hw.mac_addr'])
    else {
      // With its padding, as Wireshark has it.
      c.put(f['hw.addr'], c.bytes.subarray(c.pos, end), c.pos, end)
      c.skip(length)
    }
    if (c.left > 0) c.takeBytes(f['hw.addr_padding'], c.left)
    return text
  })
}

/** Text up to a zero in a field of fixed length, unless options stand there. */
function fixedText(
  c: Cursor,
  field: Field<string>,
  length: number,
  overload: Field<string> | undefined,
): void {
  if (length > c.left) c.need(field.label, length)
  const end = c.pos + length
  if (overload === undefined) {
    const text = decodeText(c.bytes.subarray(c.pos, end))
    const zero = text.indexOf('\0')
    c.put(field, zero < 0 ? text : text.slice(0, zero), c.pos, end)
  } else c.put(overload, '', c.pos, end, overload.label)
  c.pos = end
}

/** The value of the overload option, looked for ahead: which of the fixed fields hold options. */
function overloaded(c: Cursor, cookieAt: number): number {
  if (cookieAt + 4 > c.end || c.view.getUint32(cookieAt) !== COOKIE) return 0
  for (let at = cookieAt + 4; at + 2 < c.end; ) {
    const code = c.bytes[at]
    if (code === 255) return 0
    if (code === OVERLOAD) return c.bytes[at + 2] ?? 0
    at += code === 0 ? 1 : 2 + (c.bytes[at + 1] ?? 0)
  }
  return 0
}

/** Reads what stands behind the fixed part; returns the DHCP message type, 0 if there is none. */
function options(c: Cursor, f: DhcpFields, serverAt: number): number {
  if (c.left === 0) return 0
  if (c.glance(f.cookie) !== '99.130.83.99') {
    c.takeBytes(f.vendor_specific_options, c.left)
    return 0
  }
  c.take(f.cookie)
  if (c.left === 0) return 0
  const found: Found = { messageType: 0, ended: false }
  dissectOptions(c, f, found, (where) => {
    if (where & SERVER_HOLDS) elsewhere(c, f, serverAt, SERVER)
    if (where & FILE_HOLDS) elsewhere(c, f, serverAt + SERVER, FILE)
  })
  if (!found.ended) {
    const { label } = f.end_option_missing
    c.put(f.end_option_missing, '', c.pos, c.pos, label)
    c.put(f['=_ws.expert.message'], label, c.pos, c.pos)
  }
  if (c.left > 0) c.takeBytes(f['option.padding'], c.left)
  return found.messageType
}

/** Options in a fixed field; these have an end of their own. */
function elsewhere(c: Cursor, f: DhcpFields, start: number, length: number): void {
  const { pos, end, wireEnd } = c
  c.pos = start
  c.end = Math.min(start + length, c.bytes.length)
  c.wireEnd = c.end
  dissectOptions(c, f, { messageType: 0, ended: false }, () => undefined)
  c.pos = pos
  c.end = end
  c.wireEnd = wireEnd
}
