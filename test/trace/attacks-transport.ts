/**
 * Captures made to cost their reader more than they cost their writer, below the application: each goes on for ever. Raw IP
 * packets, one microsecond apart.
 */
import type { Frame } from '../../server/protocols/packet.ts'
import { concat, hex, START_TIME, utf8 } from '../frames.ts'

export const RAW_IP = 101
const ETHERNET = 1
const CLIENT = [10, 0, 0, 1]
const SERVER = [10, 0, 0, 2]
const [SYN, PSH, ACK] = [2, 8, 16]

export type Frames = Generator<Frame, void>

export const u16 = (value: number) => [(value >> 8) & 255, value & 255]
export const u32 = (value: number) => [...u16(value >>> 16), ...u16(value)]
export const bytes = (...values: readonly number[]) => Uint8Array.from(values)
export const filled = (length: number) => new Uint8Array(length).fill(0x61)
export const repeated = (count: number, part: Uint8Array) =>
  concat(...new Array<Uint8Array>(count).fill(part))

/** 0, 1, 2 and so on. */
export function* numbers(): Generator<number, never> {
  for (let i = 0; ; i++) yield i
}

let packets = 0

export function frame(content: Uint8Array, linkType = ETHERNET, length = content.length): Frame {
  return { time: START_TIME + BigInt(packets++) * 1000n, bytes: content, originalLength: length, linkType }
}

interface IpOptions {
  readonly id?: number
  /** The field of flags and offset, as it stands. */
  readonly fragment?: number
  readonly from?: readonly number[]
  readonly to?: readonly number[]
}

export function ip(protocol: number, payload: Uint8Array, options: IpOptions = {}): Frame {
  const { id = 0, fragment = 0x4000, from = CLIENT, to = SERVER } = options
  const length = u16(20 + payload.length)
  const header = bytes(0x45, 0, ...length, ...u16(id), ...u16(fragment), 64, protocol, 0, 0, ...from, ...to)
  return frame(concat(header, payload), RAW_IP)
}

export function udp(from: number, to: number, payload: Uint8Array): Frame {
  return ip(17, concat(bytes(...u16(from), ...u16(to), ...u16(8 + payload.length), 0, 0), payload))
}

/** A number that looks like chance and is the same in every run. */
const scattered = (i: number) => Math.imul(i + 1, 0x9e3779b1) >>> 0

/** One connection out of as many as there are ports and, beyond those, clients. */
export class Talk {
  readonly #port: number
  readonly #server: number
  readonly #host: readonly number[]
  #clientSeq = 1000
  #serverSeq = 5000

  constructor(number = 0, server = 4000) {
    this.#port = 1024 + (number % 60_000)
    this.#host = [10, 1, Math.floor(number / 60_000) & 255, 1]
    this.#server = server
  }

  segment(seq: number, ack: number, flags: number, data: Uint8Array = filled(0), back = false): Frame {
    const ports = back ? [this.#server, this.#port] : [this.#port, this.#server]
    const numbers = [...u32(seq), ...u32(ack), 0x50, flags, 255, 255, 0, 0, 0, 0]
    const header = bytes(...ports.flatMap(u16), ...numbers)
    const [from, to] = back ? [SERVER, this.#host] : [this.#host, SERVER]
    return ip(6, concat(header, data), { from, to })
  }

  *open(): Frames {
    yield this.segment(this.#clientSeq - 1, 0, SYN)
    yield this.segment(this.#serverSeq - 1, this.#clientSeq, SYN | ACK, filled(0), true)
    yield this.segment(this.#clientSeq, this.#serverSeq, ACK)
  }

  client(data: Uint8Array | string): Frame {
    const content = typeof data === 'string' ? utf8(data) : data
    const sent = this.segment(this.#clientSeq, this.#serverSeq, PSH | ACK, content)
    this.#clientSeq = (this.#clientSeq + content.length) >>> 0
    return sent
  }

  server(data: Uint8Array | string): Frame {
    const content = typeof data === 'string' ? utf8(data) : data
    const sent = this.segment(this.#serverSeq, this.#clientSeq, PSH | ACK, content, true)
    this.#serverSeq = (this.#serverSeq + content.length) >>> 0
    return sent
  }

  /** In segments. */
  *serverAll(content: Uint8Array): Frames {
    for (let at = 0; at < content.length; at += 1400) yield this.server(content.subarray(at, at + 1400))
  }
}

/** A frame for each number. */
function* each(make: (i: number) => Frame): Frames {
  for (const i of numbers()) yield make(i)
}

const MORE = 0x2000
const question = concat(hex('0100 0001 0000 0000 0000'), hex('0161 00 0001 0001'))

export const TRANSPORT_ATTACKS: Readonly<Record<string, () => Frames>> = {
  'fragments of packets that never end': () =>
    each((i) => ip(17, filled(64), { id: i & 65_535, fragment: MORE, from: [10, 2, i >> 16, 1] })),
  'the last of a packet first, in pieces of eight bytes': () =>
    each((i) => ip(17, filled(8), { id: i >> 13, fragment: MORE | (8190 - (i & 8191)) })),
  'fragments that overlap': () =>
    each((i) => ip(17, filled(800), { id: i >> 13, fragment: MORE | (i & 15) })),
  'one fragment again and again': () => each(() => ip(17, filled(1400), { id: 7, fragment: MORE })),
  'fragments that say more than was kept of them': () =>
    each((i) => {
      const { bytes: content } = ip(17, filled(16), {
        id: i >> 13,
        fragment: (i & 8191) === 8191 ? 8000 : MORE | 8,
      })
      content.set(u16(1500), 2)
      return frame(content, RAW_IP, 1500)
    }),
  'streams that begin with a hole': () =>
    each((i) => new Talk(i * 7, 80).segment(i * 50, 1, ACK, filled(20))),
  'every other byte of a stream': () => {
    const talk = new Talk(0, 80)
    return each((i) => talk.segment(1002 + 2 * i, 1, ACK, filled(1)))
  },
  'sequence numbers by chance': () => {
    const talk = new Talk(0, 80)
    return each((i) => talk.segment(scattered(i), scattered(-i), ACK, filled(10), i % 2 === 1))
  },
  'sequence numbers by chance on every port': () =>
    each((i) => new Talk(i, 80).segment(scattered(i), scattered(-i), ACK, filled(10), i % 2 === 1)),
  'a flood of SYNs': () => each((i) => new Talk(i, 80).segment(scattered(i), 0, SYN)),
  'a SYN with another number each time': () => each((i) => new Talk(0, 80).segment(scattered(i), 0, SYN)),
  'a flood of datagrams': () => each((i) => udp(i % 65_536, 9, filled(1))),
  'streams whose acknowledgements nobody saw': () => {
    const talks = Array.from({ length: 200 }, (_, i) => new Talk(i, 9))
    return each((i) => (talks[i % 200] ?? new Talk()).client(filled(2)))
  },
  'segments without a flag': () => each((i) => new Talk(i % 3, 9).segment(i, i, 0)),
  'DNS questions without an answer': () =>
    each((i) => udp(1024 + (i % 500), 53, concat(bytes(...u16(i & 65_535)), question))),
  'DNS names that point at themselves': () => {
    const record = hex('c00c 0001 0001 00000001 0002 c00c')
    const content = concat(hex('0001 8180 0000 005a 0000 0000'), repeated(90, record))
    return each(() => udp(53, 5000, content))
  },
  'DNS names in a chain of pointers': () => {
    const link = (i: number) => bytes(1, 0x61, ...u16(0xc000 | (i === 0 ? 12 : 8 + 4 * i)))
    const chain = concat(...Array.from({ length: 200 }, (_, i) => link(i)))
    const content = concat(hex('0001 8180 0028 0000 0000 0000'), chain, repeated(40, hex('c32c 0001 0001')))
    return each(() => udp(53, 5000, content))
  },
  'IPv6 extension headers without end': () => {
    const chain = repeated(170, hex('3c00 0104 00000000'))
    const header = concat(hex('60000000'), bytes(...u16(chain.length), 60, 64), new Uint8Array(32))
    return each(() => frame(concat(header, chain), RAW_IP))
  },
  'VLAN tags without end': () => {
    const content = concat(new Uint8Array(12), repeated(370, hex('8100 0001')))
    return each(() => frame(content))
  },
  'ARP from everybody': () =>
    each((i) => {
      const who = concat(hex('0200'), bytes(...u32(i)))
      const about = concat(who, bytes(...u32(i)), new Uint8Array(10))
      return frame(concat(hex('ffffffffffff'), who, hex('0806 0001 0800 0604 0002'), about))
    }),
  'pings without an answer': () => each((i) => ip(1, bytes(8, 0, 0, 0, ...u16(i >>> 16), ...u16(i)))),
  'TFTP transfers that never begin': () =>
    each((i) => udp(1024 + (i % 60_000), 69, concat(hex('0001'), utf8('a\0octet\0')))),
}
