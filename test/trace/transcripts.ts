/** Conversations as short transcripts, each about one thing that TCP's analysis tells of. */
import type { Frame } from '../../server/protocols/packet.ts'
import { CLIENT, SERVER, START_TIME, tcpFrame } from '../frames.ts'

/** Time in ms, who (c or s), flags, relative seq, relative ack, payload bytes, window, options. */
export type Line = [
  ms: number,
  who: 'c' | 's',
  flags: string,
  seq: number,
  ack: number,
  length?: number,
  window?: number,
  options?: Uint8Array,
]

const CLIENT_ISN = 0xffff_ff00
const SERVER_ISN = 9000

/** `options` go with every SYN. */
export function framesOf(lines: readonly Line[], options?: Uint8Array, client = CLIENT): Frame[] {
  return lines.map(([ms, who, flags, seq, ack, length = 0, window = 1000, own]) => {
    const [from, to] = who === 'c' ? [client, SERVER] : [SERVER, client]
    const [isn, other] = who === 'c' ? [CLIENT_ISN, SERVER_ISN] : [SERVER_ISN, CLIENT_ISN]
    const carried = own ?? (flags.includes('S') ? options : undefined)
    return tcpFrame(from, to, {
      seq: (isn + seq) >>> 0,
      ack: flags.includes('A') ? (other + ack) >>> 0 : 0,
      flags,
      window,
      payload: new Uint8Array(length).fill(65),
      time: START_TIME + BigInt(Math.round(ms * 1e6)),
      ...(carried !== undefined && { options: carried }),
    })
  })
}

/** SACK blocks behind two NOPs (RFC 2018 §3), of the client's bytes. */
function sack(...blocks: readonly [number, number][]): Uint8Array {
  const bytes = new Uint8Array(4 + 8 * blocks.length)
  bytes.set([1, 1, 5, 2 + 8 * blocks.length])
  const view = new DataView(bytes.buffer)
  blocks.forEach(([left, right], i) => {
    view.setUint32(4 + 8 * i, (CLIENT_ISN + left) >>> 0)
    view.setUint32(8 + 8 * i, (CLIENT_ISN + right) >>> 0)
  })
  return bytes
}

export const HANDSHAKE: readonly Line[] = [
  [0, 'c', 'S', 0, 0],
  [10, 's', 'SA', 0, 1],
  [20, 'c', 'A', 1, 1],
]

/** Four segments of 100 bytes, an ACK with those SACK blocks, and one more. */
const flight = (ack: number, options?: Uint8Array): readonly Line[] => [
  ...HANDSHAKE,
  ...[1, 101, 201, 301].map((seq, i): Line => [30 + i, 'c', 'A', seq, 1, 100]),
  [50, 's', 'A', 1, ack, 0, 1000, options ?? new Uint8Array(0)],
  [60, 'c', 'A', 401, 1, 100],
]

export const TRANSCRIPTS = {
  wrapped: [...HANDSHAKE, [21, 'c', 'PA', 1, 1, 500], [31, 's', 'A', 1, 501], [32, 'c', 'PA', 501, 1, 5]],
  'no handshake': [
    [0, 'c', 'PA', 700, 900, 5],
    [1, 's', 'A', 900, 705],
  ],
  answered: [...HANDSHAKE, [21, 'c', 'PA', 1, 1, 5], [33, 's', 'A', 1, 6]],
  'sent again': [
    ...HANDSHAKE,
    [21, 'c', 'PA', 1, 1, 100],
    [22, 'c', 'PA', 101, 1, 100],
    [23, 'c', 'PA', 1, 1, 100],
    [24, 'c', 'PA', 101, 1, 100],
    [25, 's', 'A', 1, 201],
    [55, 'c', 'PA', 201, 1, 10],
    [56, 'c', 'PA', 211, 1, 10],
    [356, 'c', 'PA', 211, 1, 10],
  ],
  'SYN and FIN again': [
    [0, 'c', 'S', 0, 0],
    [1, 'c', 'S', 0, 0],
    [11, 's', 'SA', 0, 1],
    [12, 's', 'SA', 0, 1],
    [22, 'c', 'A', 1, 1],
    [23, 'c', 'FA', 1, 1],
    [24, 'c', 'FA', 1, 1],
  ],
  'duplicate ACKs': [
    ...HANDSHAKE,
    [21, 'c', 'PA', 1, 1, 100],
    [21, 'c', 'PA', 101, 1, 100],
    [21, 'c', 'PA', 201, 1, 100],
    [26, 's', 'A', 1, 101],
    [27, 's', 'A', 1, 101],
    [28, 's', 'A', 1, 101],
    [29, 'c', 'PA', 101, 1, 100],
    [30, 's', 'A', 1, 301],
    [31, 'c', 'PA', 101, 1, 100],
  ],
  'a clock that goes back': [
    ...HANDSHAKE,
    [21, 'c', 'PA', 1, 1, 100],
    [21, 'c', 'PA', 101, 1, 100],
    [21, 'c', 'PA', 201, 1, 100],
    [26, 's', 'A', 1, 101],
    [27, 's', 'A', 1, 101],
    [28, 's', 'A', 1, 101],
    [27.5, 'c', 'PA', 101, 1, 100],
  ],
  hole: [
    ...HANDSHAKE,
    [21, 'c', 'PA', 101, 1, 100],
    [22, 'c', 'PA', 201, 1, 100],
    [23, 's', 'A', 1, 301],
    [24, 's', 'PA', 1, 301, 5],
  ],
  windows: [
    ...HANDSHAKE,
    [21, 'c', 'PA', 1, 1, 1000],
    [22, 's', 'A', 1, 1001, 0, 0],
    [23, 'c', 'A', 1001, 1, 1],
    [24, 's', 'A', 1, 1001, 0, 0],
    [25, 's', 'A', 1, 1001, 0, 1000],
    [26, 'c', 'PA', 1001, 1, 10],
    [27, 's', 'A', 1, 1011],
    [90, 'c', 'A', 1010, 1],
    [91, 's', 'A', 1, 1011],
  ],
  'ports used again': [
    ...HANDSHAKE,
    [30, 's', 'RA', 1, 1],
    [40, 'c', 'S', 5000, 0],
    [41, 's', 'SA', 7000, 5001],
    [42, 'c', 'A', 5001, 7001],
  ],
  'another answer': [
    [0, 'c', 'S', 0, 0],
    [10, 's', 'SA', 0, 1],
    [20, 's', 'SA', 300, 1],
    [30, 'c', 'A', 1, 301],
  ],
  flight: [
    ...HANDSHAKE,
    [21, 'c', 'A', 1, 1, 100],
    [21, 'c', 'PA', 101, 1, 50],
    [30, 's', 'A', 1, 101],
    [31, 'c', 'PA', 151, 1, 10],
  ],
  'flight without SACK': flight(1),
  'flight with a block': flight(1, sack([201, 401])),
  'flight with two': flight(1, sack([201, 301], [101, 151])),
  'flight with a D-SACK': flight(201, sack([1, 101])),
  close: [
    ...HANDSHAKE,
    [30, 'c', 'PA', 1, 1, 5],
    [31, 's', 'A', 1, 6],
    [32, 's', 'FA', 1, 6],
    [33, 'c', 'A', 6, 2],
    [34, 'c', 'FA', 6, 2],
    [35, 's', 'A', 2, 7],
  ],
  refused: [
    [0, 'c', 'S', 0, 0],
    [1, 's', 'RA', 0, 1, 0, 0],
    [500, 'c', 'S', 0, 0],
    [501, 's', 'RA', 0, 1, 0, 0],
  ],
  'reset with words': [...HANDSHAKE, [30, 's', 'RA', 1, 1, 7]],
  'numbers that mean nothing': [
    [0, 'c', 'S', 0, 0],
    [1, 's', 'R', 0, 0],
    [2, 'c', 'PU', 1, 0, 3],
  ],
} as const satisfies Readonly<Record<string, readonly Line[]>>
