import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Trace } from '../../server/trace/trace.ts'
import { CLIENT, hex } from '../frames.ts'
import { framesOf, HANDSHAKE, type Line, TRANSCRIPTS } from './transcripts.ts'

/** The findings asserted here are what tshark 4.0.17 says of the same frames (tcp-agreement.test.ts). */
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

test('relative numbers count from the first one of each side, across the wrap of 32 bits', () => {
  const segments = analyse(TRANSCRIPTS.wrapped)
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
  const [first, second] = analyse(TRANSCRIPTS['no handshake'])
  assert.deepEqual([first?.relativeSeq, first?.relativeAck], [1, 1])
  assert.deepEqual([second?.relativeSeq, second?.relativeAck], [1, 6])
})

test('an ACK names the packet that it answers, and the time since', () => {
  const segments = analyse(TRANSCRIPTS.answered)
  assert.deepEqual(
    segments.map(({ acks }) => acks?.frame),
    [undefined, 1, 2, undefined, 4],
  )
  assert.equal(segments[4]?.acks?.rtt, 0.012)
  assert.equal(segments[0]?.flow.initialRtt, 0.02)
})

test('a segment sent again within the round trip, before the newest, is out of order; the newest is a retransmission', () => {
  assert.deepEqual(names(TRANSCRIPTS['sent again']).slice(3), [
    '',
    '',
    'out_of_order',
    'retransmission',
    '',
    '',
    '',
    'retransmission',
  ])
  const last = analyse(TRANSCRIPTS['sent again']).at(-1)?.analysis[0]
  assert.deepEqual([last?.frame, last?.value], [9, 0.301])
})

test('a repeated SYN, SYN ACK and FIN are retransmissions', () => {
  assert.deepEqual(names(TRANSCRIPTS['SYN and FIN again']), [
    '',
    'retransmission',
    '',
    'retransmission',
    '',
    '',
    'retransmission',
  ])
})

test('duplicate ACKs count up, and what they ask for is a fast retransmission', () => {
  const lines = TRANSCRIPTS['duplicate ACKs']
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

test('where the clock went back since the duplicates, what they ask for is out of order', () => {
  assert.deepEqual(names(TRANSCRIPTS['a clock that goes back']).slice(6), [
    '',
    'duplicate_ack',
    'duplicate_ack',
    'out_of_order',
  ])
})

test('a hole is told of once by each side', () => {
  const lines = TRANSCRIPTS.hole
  assert.deepEqual(names(lines).slice(3), ['lost_segment', '', 'ack_lost_segment', ''])
})

test('keep-alives, a full window, an empty one, its probe and its update are told', () => {
  const lines = TRANSCRIPTS.windows
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
  const lines = TRANSCRIPTS.flight
  const segments = analyse(lines)
  assert.deepEqual(segments.map(({ bytesInFlight }) => bytesInFlight).slice(3), [100, 150, undefined, 60])
  assert.deepEqual(segments.map(({ pushBytesSent }) => pushBytesSent).slice(3), [100, 150, undefined, 10])
})

test('bytes that SACK says have arrived are not in flight', () => {
  const last = (lines: readonly Line[]) => analyse(lines).at(-1)?.bytesInFlight
  assert.equal(last(TRANSCRIPTS['flight without SACK']), 500)
  assert.equal(last(TRANSCRIPTS['flight with a block']), 300)
  assert.equal(last(TRANSCRIPTS['flight with two']), 350)
})

test('a D-SACK, which tells of bytes that came twice, is taken off as well: so does Wireshark', () => {
  assert.equal(analyse(TRANSCRIPTS['flight with a D-SACK']).at(-1)?.bytesInFlight, 200)
})

test('a SYN of another number opens a new conversation between the same ports', () => {
  const segments = analyse(TRANSCRIPTS['ports used again'])
  assert.deepEqual(
    segments.map(({ flow }) => flow.index),
    [0, 0, 0, 0, 1, 1, 1],
  )
  assert.deepEqual(
    segments[4]?.analysis.map(({ name }) => name),
    ['reused_ports'],
  )
  assert.deepEqual([segments[6]?.relativeSeq, segments[6]?.relativeAck], [1, 1])
})

test('the same SYN once more, after a refusal, stays in its conversation', () => {
  const segments = analyse(TRANSCRIPTS.refused)
  assert.deepEqual(
    segments.map(({ flow }) => flow.index),
    [0, 0, 0, 0],
  )
  assert.equal(segments[2]?.flow.completeness, 1 + 4 + 32)
})

test('a SYN ACK of another number is counted from anew, and what follows counts from it', () => {
  const segments = analyse(TRANSCRIPTS['another answer'])
  assert.deepEqual(
    segments[2]?.analysis.map(({ name }) => name),
    ['reused_ports', 'lost_segment'],
  )
  assert.equal(segments[2]?.relativeSeq, 0)
  assert.equal(segments[3]?.relativeAck, 1)
})

test('completeness adds up what was seen of a connection', () => {
  const [segment] = analyse(TRANSCRIPTS.close)
  assert.equal(segment?.flow.completeness, 1 + 2 + 4 + 8 + 16)
  assert.equal(analyse(TRANSCRIPTS['no handshake'])[0]?.flow.completeness, 4 + 8)
})

test('the side that closes first is known', () => {
  assert.equal(analyse(TRANSCRIPTS.close)[0]?.flow.closedByClient, false)
})

test('round trips are exact however far from the beginning of the capture', () => {
  const year = 365n * 86_400n * 1_000_000_000n
  const trace = new Trace()
  const [early, ...later] = framesOf(TRANSCRIPTS.answered)
  assert.ok(early)
  trace.add({ ...early, time: early.time - 8n * year + 1n })
  const again = { address: CLIENT.address, port: 50_001 }
  for (const frame of framesOf(TRANSCRIPTS.answered, undefined, again))
    trace.add({ ...frame, time: frame.time + 7n })
  const packet = trace.packet(6)
  assert.ok(typeof packet !== 'string')
  assert.equal(packet.segment?.acks?.rtt, 0.012)
  assert.equal(packet.segment?.flow.age?.(packet), 33_000_000)
  assert.equal(later.length, 4)
})

test('an ACK for the last of a thousand segments in flight finds it, and leaves nothing in flight', () => {
  const trace = new Trace()
  const lines: Line[] = [...HANDSHAKE]
  for (let i = 0; i < 1000; i++) lines.push([30 + i / 100, 'c', 'A', 1 + i * 100, 1, 100])
  lines.push([60, 's', 'A', 1, 100_001], [61, 'c', 'A', 100_001, 1, 10])
  for (const frame of framesOf(lines)) trace.add(frame)
  const answer = trace.packet(1004)
  const next = trace.packet(1005)
  assert.ok(typeof answer !== 'string' && typeof next !== 'string')
  assert.equal(answer.segment?.acks?.frame, 1003)
  assert.equal(next.segment?.bytesInFlight, 10)
})
