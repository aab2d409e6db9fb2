/** DNS messages made for tests, written apart from the reader. */
import { concat, utf8 } from '../frames.ts'

export const u16s = (...numbers: number[]) =>
  Uint8Array.from(numbers.flatMap((n) => [(n >> 8) & 255, n & 255]))
export const u32s = (...numbers: number[]) =>
  concat(...numbers.map((n) => u16s(Math.floor(n / 65_536), n % 65_536)))
/** Text with its length in front. */
const counted = (text: string) => concat(Uint8Array.of(utf8(text).length), utf8(text))
/** Labels and the empty one. */
export const name = (text: string) =>
  concat(...text.split('.').filter(Boolean).map(counted), Uint8Array.of(0))
export const question = (of: string | Uint8Array, type: number, qclass = 1) =>
  concat(typeof of === 'string' ? name(of) : of, u16s(type, qclass))
/** Points at the question's name. */
export const POINTER = Uint8Array.of(0xc0, 12)

export function record(
  type: number,
  data: Uint8Array,
  of: string | Uint8Array = POINTER,
  rclass = 1,
  ttl = 300,
) {
  return concat(
    typeof of === 'string' ? name(of) : of,
    u16s(type, rclass),
    u32s(ttl),
    u16s(data.length),
    data,
  )
}

export interface Sections {
  readonly questions?: readonly Uint8Array[]
  readonly answers?: readonly Uint8Array[]
  readonly authority?: readonly Uint8Array[]
  readonly additional?: readonly Uint8Array[]
}

export function message(id: number, flags: number, sections: Sections): Uint8Array {
  const { questions = [], answers = [], authority = [], additional = [] } = sections
  const counts = [questions, answers, authority, additional].map((list) => list.length)
  return concat(u16s(id, flags, ...counts), ...questions, ...answers, ...authority, ...additional)
}

/** The OPT record with these options, each a code and data. */
export function optRecord(options: readonly (readonly [number, Uint8Array])[] = [], ttl = 0x8000) {
  const data = concat(...options.map(([code, bytes]) => concat(u16s(code, bytes.length), bytes)))
  return record(41, data, '', 4096, ttl)
}

export const QUERY = 0x0100
export const ANSWER = 0x8180
const A = Uint8Array.of(1, 2, 3, 4)
const AAAA = Uint8Array.from({ length: 16 }, (_, i) => i)
const many = (length: number) => Uint8Array.from({ length }, (_, i) => i)

/** A record of each type that is read, by what it is called. */
export const RECORDS: Readonly<Record<string, Uint8Array>> = {
  A: record(1, A),
  NS: record(2, name('ns1.example.com')),
  MD: record(3, name('md.x')),
  CNAME: record(5, name('alias.example.com')),
  SOA: record(6, concat(name('ns1.x'), name('host.master.x'), u32s(2020010101, 7200, 3600, 1209600, 300))),
  NULL: record(10, many(3)),
  PTR: record(12, concat(counted('ptr'), POINTER)),
  HINFO: record(13, concat(counted('cpu'), counted('linux'))),
  MINFO: record(14, concat(name('r.x'), name('e.x'))),
  MX: record(15, concat(u16s(10), name('mx.example.com'))),
  TXT: record(16, concat(counted('hello'), counted('v=spf1 -all'))),
  RP: record(17, concat(name('m.x'), name('t.x'))),
  AAAA: record(28, AAAA),
  SRV: record(33, concat(u16s(1, 2, 80), name('srv.x')), '_http._tcp.example.com'),
  NAPTR: record(35, concat(u16s(100, 50), counted('s'), counted('SIP+D2U'), counted('!^.!'), name('rep.x'))),
  KX: record(36, concat(u16s(1), name('k.x'))),
  DNAME: record(39, name('dname.x')),
  DS: record(43, concat(u16s(60485), Uint8Array.of(5, 1), many(20))),
  SSHFP: record(44, concat(Uint8Array.of(1, 1), many(20))),
  RRSIG: record(
    46,
    concat(
      u16s(1),
      Uint8Array.of(8, 2),
      u32s(3600, 1700000000, 1690000000),
      u16s(12345),
      name('x.y'),
      many(9),
    ),
  ),
  NSEC: record(47, concat(name('next.x'), Uint8Array.of(0, 6, 0x40, 1, 0, 0, 0, 3, 1, 1, 0x40))),
  DNSKEY: record(48, concat(u16s(257), Uint8Array.of(3, 8), many(11))),
  NSEC3: record(
    50,
    concat(
      Uint8Array.of(1, 1),
      u16s(10),
      counted('salt'),
      Uint8Array.of(20),
      many(20),
      Uint8Array.of(0, 1, 0x40),
    ),
  ),
  NSEC3PARAM: record(51, concat(Uint8Array.of(1, 0), u16s(10), counted('salt'))),
  TLSA: record(52, concat(Uint8Array.of(3, 1, 1), many(32))),
  SVCB: record(
    64,
    concat(
      u16s(1),
      name('svc.x'),
      u16s(0, 2, 1),
      u16s(1, 6),
      counted('h2'),
      counted('h3'),
      u16s(3, 2, 443),
      u16s(4, 4),
      A,
      u16s(5, 3),
      many(3),
      u16s(6, 16),
      AAAA,
      u16s(7, 2),
      many(2),
    ),
  ),
  HTTPS: record(65, concat(u16s(0), name('alias.x'))),
  SPF: record(99, counted('v=spf1')),
  EUI48: record(108, many(6)),
  EUI64: record(109, many(8)),
  TSIG: record(
    250,
    concat(name('hmac-sha256'), u16s(0, 0x5f00, 0, 300, 4), many(4), u16s(200, 0, 2), many(2)),
  ),
  CAA: record(257, concat(Uint8Array.of(0x80), counted('issue'), utf8('ca.org'))),
  unknown: record(65280, many(4)),
}

export const OPTIONS: readonly (readonly [number, Uint8Array])[] = [
  [8, concat(u16s(1), Uint8Array.of(24, 0, 1, 2, 3))],
  [8, concat(u16s(2), Uint8Array.of(128, 0), AAAA)],
  [10, many(8)],
  [10, many(16)],
  [12, new Uint8Array(3)],
  [3, new Uint8Array(0)],
  [11, u16s(100)],
  [15, concat(u16s(3), utf8('stale'))],
  [5, Uint8Array.of(5, 7)],
  [6, Uint8Array.of(1)],
  [7, Uint8Array.of(1)],
  [65001, many(2)],
]
