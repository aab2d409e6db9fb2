/**
 * Multipath TCP's option, RFC 8684 §3 (version 0: RFC 6824).
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------+-----------------------+
 *  |   Kind = 30   |    Length     |Subtype| (subtype-specific data)
 *  +---------------+---------------+-------+-----------------------+
 */
import type { Cursor } from './cursor.ts'
import type { Field } from './field.ts'
import type { NamedFields } from './protocol.ts'
import type { MPTCP_FIELDS } from './tcp-mptcp-fields.ts'

type Fields = NamedFields<typeof MPTCP_FIELDS>

const CAPABLE = 0
const JOIN = 1
const DATA_SEQUENCE = 2
const ADD_ADDRESS = 3
const REMOVE_ADDRESS = 4
const PRIORITY = 5
const FALLBACK = 6
const FAST_CLOSE = 7
const RESET = 8

/** Reads the value of the option, which is `length` bytes with its kind and length, and ends at `end`. */
export function readMultipath(c: Cursor, f: Fields, length: number, end: number): void {
  const subtype = c.peek(f['options.mptcp.subtype'])
  switch (subtype) {
    case CAPABLE:
      readCapable(c, f, length)
      return
    case JOIN:
      readJoin(c, f, length)
      return
    case DATA_SEQUENCE:
      readDataSequence(c, f, end)
      return
    case ADD_ADDRESS:
      readAddress(c, f, length)
      return
    case REMOVE_ADDRESS:
      c.skip(1)
      while (c.pos < end) c.take(f['options.mptcp.addrid'])
      return
    case PRIORITY:
      putJoinFlags(c, f)
      if (length === 4) c.take(f['options.mptcp.addrid'])
      return
    case FALLBACK:
      c.take(f['options.mptcp.reserved'])
      c.take(f['options.mptcp.rawdataseqno'])
      return
    case FAST_CLOSE:
      c.take(f['options.mptcp.reserved'])
      c.take(f['options.mptcp.recvkey'])
      return
    case RESET:
      putFlags(c, f, [
        f['options.mptcp.flag_U.flag'],
        f['options.mptcp.flag_V.flag'],
        f['options.mptcp.flag_W.flag'],
        f['options.mptcp.flag_T.flag'],
      ])
      c.take(f['options.mptcp.rst_reason'])
  }
}

/** The SYNs say who can, the ACK repeats both keys, and may tell where its data belongs. */
function readCapable(c: Cursor, f: Fields, length: number): void {
  const version = c.take(f['options.mptcp.version'])
  const newer = version === 1
  const flags = c.glance(f['options.mptcp.flags'])
  c.group(f['options.mptcp.flags'], flags, () => {
    c.peek(f['options.mptcp.checksumreq.flags'])
    c.peek(f['options.mptcp.extensibility.flag'])
    if (newer) c.peek(f['options.mptcp.nomoresubflows.flag'])
    c.put(f['options.mptcp.reserved.flag'], (flags & (newer ? 0x1e : 0x3e)) >> 1, c.pos, c.pos + 1)
    c.peek(newer ? f['options.mptcp.sha256.flag'] : f['options.mptcp.sha1.flag'])
    c.skip(1)
  })
  if (![12, 20, 22, 24].includes(length)) return
  c.take(f['options.mptcp.sendkey'])
  if (length >= 20) c.take(f['options.mptcp.recvkey'])
  if (length >= 22) c.take(f['options.mptcp.datalvllen'])
  if (length >= 24) c.take(f['options.mptcp.checksum'])
}

/** A further path, in the SYN, the SYN-ACK and the ACK: their lengths tell them apart. */
function readJoin(c: Cursor, f: Fields, length: number): void {
  if (length === 24) {
    c.take(f['options.mptcp.reserved'])
    c.takeBytes(f['options.mptcp.sendhmac'], 20)
    return
  }
  if (length !== 12 && length !== 16) return
  putJoinFlags(c, f)
  c.take(f['options.mptcp.addrid'])
  if (length === 12) c.take(f['options.mptcp.recvtok'])
  else c.take(f['options.mptcp.sendtrunchmac'])
  c.take(f['options.mptcp.sendrand'])
}

function readDataSequence(c: Cursor, f: Fields, end: number): void {
  c.skip(1)
  const flags = putFlags(c, f, [
    f['options.mptcp.datafin.flag'],
    f['options.mptcp.dseqn8.flag'],
    f['options.mptcp.dseqnpresent.flag'],
    f['options.mptcp.dataack8.flag'],
    f['options.mptcp.dataackpresent.flag'],
  ])
  if (flags & 0x01) takeNumber(c, f['options.mptcp.rawdataack'], (flags & 0x02) !== 0)
  if ((flags & 0x04) === 0) return
  takeNumber(c, f['options.mptcp.rawdataseqno'], (flags & 0x08) !== 0)
  c.take(f['options.mptcp.subflowseqno'])
  c.take(f['options.mptcp.datalvllen'])
  if (end - c.pos >= 2) c.take(f['options.mptcp.checksum'])
}

/** In 8 bytes, or the low 4 of them. */
function takeNumber(c: Cursor, field: Field<bigint>, whole: boolean): void {
  if (whole) {
    c.take(field)
    return
  }
  const at = c.pos
  c.skip(4, field.label)
  c.put(field, BigInt(c.view.getUint32(at)), at, c.pos)
}

function readAddress(c: Cursor, f: Fields, length: number): void {
  // Version 0 has the IP version here, version 1 an echo flag.
  const version = c.glance(f['options.mptcp.ipver'])
  if (version === 4 || version === 6) c.take(f['options.mptcp.ipver'])
  else c.take(f['options.mptcp.echo'])
  c.take(f['options.mptcp.addrid'])
  if ([8, 10, 16, 18].includes(length)) c.take(f['options.mptcp.ipv4'])
  else if ([20, 22, 28, 30].includes(length)) c.take(f['options.mptcp.ipv6'])
  if ([10, 18, 22, 30].includes(length)) c.take(f['options.mptcp.port'])
  if ([16, 18, 28, 30].includes(length)) c.take(f['options.mptcp.addaddrtrunchmac'])
}

function putJoinFlags(c: Cursor, f: Fields): void {
  putFlags(c, f, [f['options.mptcp.backup.flag']])
}

function putFlags(c: Cursor, f: Fields, fields: readonly (Field<number> | Field<boolean>)[]): number {
  const flags = c.glance(f['options.mptcp.flags'])
  c.group(f['options.mptcp.flags'], flags, () => {
    for (const field of fields) c.peek(field as Field<number>)
    c.skip(1)
  })
  return flags
}
