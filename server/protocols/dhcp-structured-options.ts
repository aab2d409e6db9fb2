/** DHCP's options whose data has parts of different kinds. */
import { type Cursor, decodeText } from './cursor.ts'
import type { DhcpFields } from './dhcp-fields.ts'
import { optionName } from './dhcp-option-names.ts'
import { readName } from './dns-name.ts'
import { hexText } from './field.ts'
import { within } from './within.ts'

type Reader = (c: Cursor, f: DhcpFields) => void

/** By code. */
export const STRUCTURED_OPTIONS: Readonly<Record<number, Reader>> = {
  21: pairs('option.policy_filter.ip', 'option.policy_filter.subnet_mask'),
  33: pairs('option.static_route.ip', 'option.static_route.router'),
  43: (c, f) => void c.takeBytes(f['option.vendor.value'], c.left),
  55: (c, f) => {
    while (c.left > 0) {
      const code = c.glance(f['option.request_list_item'])
      c.put(f['option.request_list_item'], code, c.pos, c.pos + 1, `${optionName(code)} (${code})`)
      c.pos++
    }
  },
  61: clientIdentifier,
  77: userClass,
  81: clientName,
  82: relayInformation,
  94: (c, f) => {
    if (c.left !== 3) return
    c.skip(1)
    c.take(f.client_network_id_major)
    c.take(f.client_network_id_minor)
  },
  97: (c, f) => {
    if (c.left === 17) uuid(c, f)
  },
  119: searchList,
  121: classlessRoutes,
  249: classlessRoutes,
}

/** Two addresses, again and again. */
function pairs(
  one: 'option.policy_filter.ip' | 'option.static_route.ip',
  other: 'option.policy_filter.subnet_mask' | 'option.static_route.router',
): Reader {
  return (c, f) => {
    const problem = listProblem(c.left, f[one].size + f[other].size)
    while (c.left >= f[one].size + f[other].size) {
      c.take(f[one])
      c.take(f[other])
    }
    if (problem !== undefined) noteLength(c, f, problem)
  }
}

/** What is wrong with the length of a list whose entries have this size. */
export function listProblem(length: number, size: number): string | undefined {
  if (length >= size && length % size === 0) return undefined
  return length < size ? `Option length < ${size}` : `Option length isn't a multiple of ${size}`
}

/** A length that can't be, under its own name and among the notes. */
export function noteLength(c: Cursor, f: DhcpFields, words: string): void {
  c.put(f.bad_length, '', c.pos, c.end, words)
  c.put(f['=_ws.expert.message'], words, c.pos, c.end)
}

const ETHERNET = 1
const IEEE_802 = 6
/** Codes below it are hardware types (Wireshark's bound). */
const HARDWARE_TYPES = 48
const WITH_INTERFACE = 255

/** RFC 2132 §9.14, RFC 4361 §6.1, RFC 4578 §2.3. */
function clientIdentifier(c: Cursor, f: DhcpFields): void {
  if (c.left === 0) return
  const type = c.glance(f['client_id.type'])
  if (c.left === 7 && type > 0 && type < HARDWARE_TYPES) {
    c.take(f['hw.type'])
    if (type === ETHERNET || type === IEEE_802) c.take(f['hw.mac_addr'])
    else putHex(c, f.client_hardware_address, c.left)
  } else if (c.left === 17 && type === 0) uuid(c, f)
  else if (type === 0 && c.left > 1) {
    c.take(f['client_id.type'])
    c.takeText(f['client_id.undef'], c.left)
  } else if (type === WITH_INTERFACE && c.left > 6) duid(c, f)
}

/** Bytes in hex, with colons or without. */
function putHex(
  c: Cursor,
  field: DhcpFields['client_hardware_address' | 'client_id.iaid' | 'client_id.link_layer_address'],
  length: number,
  colons = true,
): void {
  const hex = hexText(c.bytes.subarray(c.pos, c.pos + length))
  c.put(field, colons ? hex.replace(/..(?=.)/g, '$&:') : hex, c.pos, c.pos + length)
  c.skip(length, field.label)
}

function duid(c: Cursor, f: DhcpFields): void {
  c.skip(1)
  putHex(c, f['client_id.iaid'], 4, false)
  const type = c.take(f['client_id.duid_type'])
  if (type === 1 && c.left >= 6) {
    c.take(f['client_id.duid_llt_hw_type'])
    c.take(f['client_id.time'])
  } else if (type === 3 && c.left >= 2) c.take(f['client_id.duid_ll_hw_type'])
  else if (type === 2 && c.left >= 4) {
    c.take(f['client_id.enterprise_num'])
    if (c.left > 0) c.takeBytes(f.client_id, c.left)
    return
  } else return
  if (c.left > 0) putHex(c, f['client_id.link_layer_address'], c.left)
}

/** Its first three parts are written with the lowest byte first. */
function uuid(c: Cursor, f: DhcpFields): void {
  c.skip(1)
  const hex = (start: number, end: number, backwards = false) => {
    const part = c.bytes.slice(c.pos + start, c.pos + end)
    return hexText(backwards ? part.reverse() : part)
  }
  const parts = [hex(0, 4, true), hex(4, 6, true), hex(6, 8, true), hex(8, 10), hex(10, 16)]
  c.put(f['client_id.uuid'], parts.join('-'), c.pos, c.pos + 16)
  c.skip(16)
}

/** RFC 3004 §4: classes with their length in front; iPXE and others write plain text. */
function userClass(c: Cursor, f: DhcpFields): void {
  let at = c.pos
  while (at < c.end) at += 1 + (c.bytes[at] ?? 0)
  if (at !== c.end) {
    c.takeText(f['option.user_class.text'], c.left)
    return
  }
  for (let i = 0; c.left > 0; i++) {
    c.group(f['option.user_class'], i, () => {
      c.takeBytes(f['option.user_class.data'], c.take(f['option.user_class.length']))
    })
  }
}

function clientName(c: Cursor, f: DhcpFields): void {
  const flags = c.glance(f['fqdn.flags'])
  c.group(f['fqdn.flags'], flags, () => {
    c.peek(f['fqdn.mbz'])
    c.peek(f['fqdn.n'])
    c.peek(f['fqdn.e'])
    c.peek(f['fqdn.o'])
    c.take(f['fqdn.s'])
  })
  c.take(f['fqdn.rcode1'])
  c.take(f['fqdn.rcode2'])
  if (c.left === 0) return
  if ((flags & 0x04) !== 0) {
    const name = readName(c, c.pos, { start: c.pos, end: c.end })
    c.put(f['fqdn.name'], name.text, c.pos, c.end)
  } else {
    const text = decodeText(c.bytes.subarray(c.pos, c.end))
    c.put(f['fqdn.name'], text.split('\0')[0] ?? '', c.pos, c.end)
  }
}

/** RFC 3046 §2: options of the relay's within the option. */
function relayInformation(c: Cursor, f: DhcpFields): void {
  while (c.left >= 2) {
    const code = c.glance(f['option.agent_information_option.suboption'])
    c.group(f['option.agent_information_option.suboption'], code, () => {
      c.skip(1)
      const length = c.take(f['option.suboption_length'])
      within(c, c.pos + length, 'Suboption', () => suboption(c, f, code))
    })
  }
}

function suboption(c: Cursor, f: DhcpFields, code: number): void {
  c.put(f['option.agent_information_option.value'], c.bytes.subarray(c.pos, c.end), c.pos, c.end)
  if (code === 1) c.takeBytes(f['option.agent_information_option.agent_circuit_id'], c.left)
  else if (code === 2) c.takeBytes(f['option.agent_information_option.agent_remote_id'], c.left)
  else if (code === 5 && c.left === 4) c.take(f['option.agent_information_option.link_selection'])
  else if (code === 6) c.takeText(f['option.agent_information_option.subscriber_id'], c.left)
  else if (code === 11 && c.left === 4) c.take(f['option.agent_information_option.server_id_override'])
}

/** RFC 3397 §2: names as in DNS, with pointers into the option. */
function searchList(c: Cursor, f: DhcpFields): void {
  const start = c.pos
  while (c.left > 0) {
    const name = readName(c, c.pos, { start, end: c.end })
    c.put(f['option.dhcp_dns_domain_search_list_fqdn'], name.text, c.pos, name.end)
    c.pos = name.end
  }
}

/** RFC 3442: the width of the mask, as many bytes of the network as it covers, the router. */
function classlessRoutes(c: Cursor, f: DhcpFields): void {
  const field = f['option.classless_static_route']
  while (c.left >= 5) {
    const width = c.view.getUint8(c.pos)
    const covered = Math.ceil(width / 8)
    if (width > 32 || c.left < 1 + covered + 4) return
    const part = (i: number) => c.bytes[c.pos + 1 + i] ?? 0
    const network = [0, 1, 2, 3].map((i) => (i < covered ? part(i) : 0)).join('.')
    const router = [0, 1, 2, 3].map((i) => part(covered + i)).join('.')
    const end = c.pos + 1 + covered + 4
    const text = width === 0 ? `default-${router}` : `${network}/${width}-${router}`
    c.put(field, c.bytes.subarray(c.pos, end), c.pos, end, text)
    c.pos = end
  }
}
