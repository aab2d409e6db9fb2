/** Multicast listener discovery: who wants to hear which group (RFC 2710 §3, RFC 3810 §5); node information (RFC 4620). */
import type { Cursor } from './cursor.ts'
import type { Icmpv6Fields } from './icmpv6-fields.ts'

/** A query of version 1 has 24 bytes, one of version 2 at least 28. */
const QUERY_V2 = 28
const IPV6_ADDRESS = 16

/** Reads a query, a report or a done of version 1, behind the checksum; `start` is where the message begins. */
export function readListener(c: Cursor, f: Icmpv6Fields, query: boolean, start: number): void {
  const second = query && c.wireEnd - start >= QUERY_V2
  if (second) {
    const code = c.left >= 2 ? c.view.getUint16(c.pos) : 0
    c.put(f['mld.maximum_response_code'], floating(code, 15, 12), c.pos, c.pos + 2)
    c.skip(2, 'Maximum Response Code')
  } else c.take(f['mld.maximum_response_delay'])
  c.takeBytes(f.reserved, 2)
  const group = c.take(f['mld.multicast_address'])
  c.info(`${query ? 'Multicast Listener Query' : 'Multicast Listener'} ${group}`)
  if (!second) {
    c.pos = c.end
    return
  }
  c.group(f['mld.flag'], c.glance(f['mld.flag']), () => {
    c.peek(f['mld.flag.s'])
    c.peek(f['mld.flag.qrv'])
    c.take(f['mld.flag.reserved'])
  })
  if (c.left < 1) c.need(f['mld.qqi'].label, 1)
  c.put(f['mld.qqi'], floating(c.view.getUint8(c.pos), 7, 4), c.pos, c.pos + 1)
  c.skip(1)
  const sources = c.take(f['mld.nb_sources'])
  for (let i = 0; i < sources; i++) c.take(f['mld.source_address'])
}

/** With the highest bit set a number is `(1 mantissa) << (exponent + 3)` (RFC 3810 §5.1.3). */
function floating(code: number, top: number, mantissaBits: number): number {
  if (code >>> top === 0) return code
  const mantissa = code & ((1 << mantissaBits) - 1)
  const exponent = (code >>> mantissaBits) & 7
  return (mantissa | (1 << mantissaBits)) * 2 ** (exponent + 3)
}

/** Reads a report of version 2. */
export function readReport(c: Cursor, f: Icmpv6Fields): void {
  c.takeBytes(f.reserved, 2)
  const count = c.take(f['mldr.nb_mcast_records'])
  c.info(`Multicast Listener Report Message v2, ${count} ${count === 1 ? 'group' : 'groups'}`)
  for (let i = 0; i < count && c.left > 0; i++) {
    c.group(f['mldr.mar'], '', () => {
      c.take(f['mldr.mar.record_type'])
      const aux = c.take(f['mldr.mar.aux_data_len']) * 4
      const sources = c.take(f['mldr.mar.nb_sources'])
      c.take(f['mldr.mar.multicast_address'])
      for (let k = 0; k < sources; k++) c.take(f['mldr.mar.source_address'])
      if (aux > 0) c.takeBytes(f['mldr.mar.auxiliary_data'], aux)
    })
  }
}

const NAME = 2
const ADDRESSES = 3
const IPV4_ADDRESSES = 4

/** Reads a node information query or reply; for a query the code says what its subject is. */
export function readNodeInformation(c: Cursor, f: Icmpv6Fields, query: boolean, code: number): void {
  const type = c.take(f['ni.qtype'])
  c.group(f['ni.flag'], c.glance(f['ni.flag']), () => {
    c.peek(f['ni.flag.g'])
    c.peek(f['ni.flag.s'])
    c.peek(f['ni.flag.l'])
    c.peek(f['ni.flag.c'])
    c.peek(f['ni.flag.a'])
    c.peek(f['ni.flag.t'])
    c.take(f['ni.flag.rsv'])
  })
  c.take(f['ni.nonce'])
  if (query) {
    if (code === 0 && c.left >= IPV6_ADDRESS) c.take(f['ni.query.subject_ipv6'])
    else if (code === 1 && c.left > 0) c.put(f['ni.query.subject_fqdn'], name(c), c.pos, c.end)
    else if (code === 2 && c.left >= 4) c.take(f['ni.query.subject_ipv4'])
  } else if (code === 0) readReply(c, f, type)
  c.pos = c.end
}

function readReply(c: Cursor, f: Icmpv6Fields, type: number): void {
  const size = type === ADDRESSES ? IPV6_ADDRESS : 4
  while (c.left >= 4 + (type === NAME ? 1 : size)) {
    if (type !== NAME && type !== ADDRESSES && type !== IPV4_ADDRESSES) return
    c.put(f['ni.reply.node_ttl'], c.view.getUint32(c.pos), c.pos, c.pos + 4)
    c.skip(4)
    if (type === ADDRESSES) c.take(f['ni.reply.node_address'])
    else if (type === IPV4_ADDRESSES) c.take(f['ni.reply.ipv4_address'])
    else {
      c.put(f['ni.reply.node_name'], name(c), c.pos, c.end)
      c.pos = c.end
    }
  }
}

/** A name as DNS writes it, up to its zero. */
function name(c: Cursor): string {
  const labels: string[] = []
  let at = c.pos
  while (at < c.end) {
    const length = c.bytes[at] ?? 0
    if (length === 0 || at + 1 + length > c.end) break
    labels.push(String.fromCharCode(...c.bytes.subarray(at + 1, at + 1 + length)))
    at += 1 + length
  }
  return labels.join('.')
}
