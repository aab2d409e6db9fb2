import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Frame } from '../../server/protocols/packet.ts'
import { Trace } from '../../server/trace/trace.ts'
import { CLIENT, hex, SERVER, START_TIME, tcpFrame } from '../frames.ts'

/**
 * A transcript: time in ms, who (c or s), flags, relative seq, relative ack, payload bytes, window. The findings
 * asserted here are what tshark 4.0.17 says of the same frames.
 */
type Line = [
  ms: number,
  who: 'c' | 's',
  flags: string,
  seq: number,
  ack: number,
  length?: number,
  window?: number,
]

const CLIENT_ISN = 0xffff_ff00
const SERVER_ISN = 9000

function framesOf(lines: readonly Line[], options?: Uint8Array): Frame[] {
  return lines.map(([ms, who, flags, seq, ack, length = 0, window = 1000]) => {
    const [from, to] = who === 'c' ? [CLIENT, SERVER] : [SERVER, CLIENT]
    const [own, other] = who === 'c' ? [CLIENT_ISN, SERVER_ISN] : [SERVER_ISN, CLIENT_ISN]
    return tcpFrame(from, to, {
      seq: (own + seq) >>> 0,
      ack: flags.includes('A') ? (other + ack) >>> 0 : 0,
      flags,
      window,
      payload: new Uint8Array(length).fill(65),
      time: START_TIME + BigInt(Math.round(ms * 1e6)),
      ...(flags.includes('S') && options !== undefined && { options }),
    })
  })
}

function analyse(lines: readonly Line[], options?: Uint8Array) {
  const trace = new Trace()
  for (const frame of framesOf(lines, options)) trace.add(frame)
  return lines.map((_, i) => {
    const packet = trace.packet(i + 1)
    assert.ok(typeof packet !== 'string' && packet.segment)
    return packet.segment
  })
}

const names = (lines: readonly Line[]) =>
  analyse(lines).map(({ analysis }) => analysis.map(({ name }) => name).join(' '))

const HANDSHAKE: readonly Line[] = [
  [0, 'c', 'S', 0, 0],
  [10, 's', 'SA', 0, 1],
  [20, 'c', 'A', 1, 1],
]

test('relative numbers count from the first one of each side, across the wrap of 32 bits', () => {
  const segments = analyse([
    ...HANDSHAKE,
    [21, 'c', 'PA', 1, 1, 500],
    [31, 's', 'A', 1, 501],
    [32, 'c', 'PA', 501, 1, 5],
  ])
  assert.deepEqual(
    segments.map(({ relativeSeq }) => relativeSeq),
    [0, 0, 1, 1, 1, 501],
  )
  assert.deepEqual(
    segments.map(({ relativeAck }) => relativeAck),
    [0, 1, 1, 1, 501, 1],
  )
})

test('without a handshake both sides count from 1', () => {
  const [first, second] = analyse([
    [0, 'c', 'PA', 700, 900, 5],
    [1, 's', 'A', 900, 705],
  ])
  assert.deepEqual([first?.relativeSeq, first?.relativeAck], [1, 1])
  assert.deepEqual([second?.relativeSeq, second?.relativeAck], [1, 6])
})

test('an ACK names the packet that it answers, and the time since', () => {
  const segments = analyse([...HANDSHAKE, [21, 'c', 'PA', 1, 1, 5], [33, 's', 'A', 1, 6]])
  assert.deepEqual(
    segments.map(({ acks }) => acks?.frame),
    [undefined, 1, 2, undefined, 4],
  )
  assert.equal(segments[4]?.acks?.rtt, 0.012)
  assert.equal(segments[0]?.flow.initialRtt, 0.02)
})

test('a segment sent again within the round trip, before the newest, is out of order; the newest is a retransmission', () => {
  const again: readonly Line[] = [
    [21, 'c', 'PA', 1, 1, 100],
    [22, 'c', 'PA', 101, 1, 100],
    [23, 'c', 'PA', 1, 1, 100],
    [24, 'c', 'PA', 101, 1, 100],
    [25, 's', 'A', 1, 201],
    [55, 'c', 'PA', 201, 1, 10],
    [56, 'c', 'PA', 211, 1, 10],
    [356, 'c', 'PA', 211, 1, 10],
  ]
  assert.deepEqual(names([...HANDSHAKE, ...again]).slice(3), [
    '',
    '',
    'out_of_order',
    'retransmission',
    '',
    '',
    '',
    'retransmission',
  ])
  const last = analyse([...HANDSHAKE, ...again]).at(-1)?.analysis[0]
  assert.deepEqual([last?.frame, last?.value], [9, 0.301])
})

test('a repeated SYN, SYN ACK and FIN are retransmissions', () => {
  assert.deepEqual(
    names([
      [0, 'c', 'S', 0, 0],
      [1, 'c', 'S', 0, 0],
      [11, 's', 'SA', 0, 1],
      [12, 's', 'SA', 0, 1],
      [22, 'c', 'A', 1, 1],
      [23, 'c', 'FA', 1, 1],
      [24, 'c', 'FA', 1, 1],
    ]),
    ['', 'retransmission', '', 'retransmission', '', '', 'retransmission'],
  )
})

test('duplicate ACKs count up, and what they ask for is a fast retransmission', () => {
  const lines: readonly Line[] = [
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
  ]
  assert.deepEqual(names(lines).slice(6), [
    '',
    'duplicate_ack',
    'duplicate_ack',
    'fast_retransmission retransmission',
    '',
    'spurious_retransmission retransmission',
  ])
  const second = analyse(lines)[8]?.analysis[0]
  assert.deepEqual([second?.value, second?.frame], [2, 7])
})

test('a hole is told of once by each side', () => {
  const lines: readonly Line[] = [
    ...HANDSHAKE,
    [21, 'c', 'PA', 101, 1, 100],
    [22, 'c', 'PA', 201, 1, 100],
    [23, 's', 'A', 1, 301],
    [24, 's', 'PA', 1, 301, 5],
  ]
  assert.deepEqual(names(lines).slice(3), ['lost_segment', '', 'ack_lost_segment', ''])
})

test('keep-alives, a full window, an empty one, its probe and its update are told', () => {
  const lines: readonly Line[] = [
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
  ]
  assert.deepEqual(names(lines).slice(3), [
    'window_full',
    'zero_window',
    'zero_window_probe',
    'zero_window zero_window_probe_ack',
    'window_update',
    '',
    '',
    'keep_alive',
    'keep_alive_ack',
  ])
})

test('windows are scaled when both sides offered it, and else as they stand', () => {
  const lines = [...HANDSHAKE, [21, 's', 'A', 1, 1, 0, 10] as Line]
  const scaled = analyse(lines, hex('030305'))
  assert.deepEqual(scaled.map(({ window, windowFactor }) => [window, windowFactor]).slice(2), [
    [32_000, 32],
    [320, 32],
  ])
  assert.equal(scaled[0]?.window, 1000)
  const unscaled = analyse(lines)
  assert.deepEqual(unscaled.map(({ window, windowFactor }) => [window, windowFactor]).slice(2), [
    [1000, -2],
    [10, -2],
  ])
  const unseen = analyse([[0, 'c', 'PA', 1, 1, 5]])
  assert.deepEqual([unseen[0]?.window, unseen[0]?.windowFactor], [1000, -1])
})

test('bytes in flight are those sent and not acknowledged', () => {
  const lines: readonly Line[] = [
    ...HANDSHAKE,
    [21, 'c', 'A', 1, 1, 100],
    [21, 'c', 'PA', 101, 1, 50],
    [30, 's', 'A', 1, 101],
    [31, 'c', 'PA', 151, 1, 10],
  ]
  const segments = analyse(lines)
  assert.deepEqual(segments.map(({ bytesInFlight }) => bytesInFlight).slice(3), [100, 150, undefined, 60])
  assert.deepEqual(segments.map(({ pushBytesSent }) => pushBytesSent).slice(3), [100, 150, undefined, 10])
})

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

function flightAfter(options: Uint8Array, ack: number) {
  const lines: Line[] = [...HANDSHAKE]
  for (const [i, start] of [1, 101, 201, 301].entries()) lines.push([30 + i, 'c', 'A', start, 1, 100])
  const trace = new Trace()
  for (const frame of framesOf(lines)) trace.add(frame)
  trace.add(
    tcpFrame(SERVER, CLIENT, {
      seq: SERVER_ISN + 1,
      ack: (CLIENT_ISN + ack) >>> 0,
      flags: 'A',
      options,
      time: START_TIME + 50_000_000n,
    }),
  )
  for (const frame of framesOf([[60, 'c', 'A', 401, 1, 100]])) trace.add(frame)
  const packet = trace.packet(trace.last)
  assert.ok(typeof packet !== 'string')
  return packet.segment?.bytesInFlight
}

test('bytes that SACK says have arrived are not in flight', () => {
  assert.equal(flightAfter(hex('01010101'), 1), 500)
  assert.equal(flightAfter(sack([201, 401]), 1), 300)
  assert.equal(flightAfter(sack([201, 301], [101, 151]), 1), 350)
})

test('a D-SACK, which tells of bytes that came twice, takes nothing off', () => {
  assert.equal(flightAfter(sack([1, 101]), 201), 300)
})
