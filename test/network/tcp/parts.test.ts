/** The parts that a TCP is made of, each against a model that is too simple to be wrong. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ReceiveQueue } from '../../../server/network/tcp/receive-queue.ts'
import { LOST, RETRANSMITTED, SACKED, Scoreboard } from '../../../server/network/tcp/scoreboard.ts'
import { SendBuffer } from '../../../server/network/tcp/send-buffer.ts'
import { later, positionOf, wireNumber } from '../../../server/network/tcp/sequence.ts'
import { pattern } from './transcript.ts'

describe('sequence numbers, RFC 9293 §3.4', () => {
  test('a position becomes its number on the wire, and that the position again, near where it is looked for', () => {
    fc.assert(
      fc.property(
        fc.nat(0xffff_ffff),
        fc.nat(Number.MAX_SAFE_INTEGER - 2 ** 32),
        fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 }),
        (initial, position, off) => {
          const wire = wireNumber(initial, position)
          assert.ok(wire >= 0 && wire <= 0xffff_ffff)
          assert.equal(positionOf(initial, wire, position + off), position)
        },
      ),
    )
  })

  test('they wrap', () => {
    assert.equal(wireNumber(0xffff_ffff, 1), 0)
    assert.equal(positionOf(0xffff_fff0, 5, 10), 21)
    assert.equal(later(1, 0xffff_ffff), 2)
    assert.equal(later(0xffff_ffff, 1), -2)
  })
})

describe('the send buffer', () => {
  test('gives back what was written, wherever it is asked, until it is released', () => {
    const action = fc.oneof(
      fc.record({ write: fc.oneof(fc.nat(20), fc.nat(3000)) }),
      fc.record({ release: fc.nat(4000) }),
      fc.record({ from: fc.nat(5000), length: fc.nat(2000) }),
    )
    fc.assert(
      fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
        const buffer = new SendBuffer(20_000)
        let end = 1
        let start = 1
        for (const it of actions) {
          if ('write' in it) {
            const taken = buffer.write(pattern(end, it.write))
            assert.equal(taken, Math.min(it.write, 20_000 - (end - start)))
            end += taken
          } else if ('release' in it) {
            start = Math.min(end, start + it.release)
            buffer.release(start)
          } else {
            const from = start + Math.min(it.from, end - start)
            const to = Math.min(from + it.length, end)
            const into = new Uint8Array(to - from + 2)
            buffer.copy(from, to, into, 1)
            assert.deepEqual(into.subarray(1, -1), pattern(from, to - from))
          }
          assert.equal(buffer.room, 20_000 - (end - start))
        }
      }),
    )
  })

  test('takes a hundred thousand writes of one byte', () => {
    const buffer = new SendBuffer(1 << 20)
    for (let i = 0; i < 100_000; i++) buffer.write(Uint8Array.of(i))
    const into = new Uint8Array(100_000)
    buffer.copy(1, 100_001, into, 0)
    assert.ok(into.every((byte, i) => byte === (i & 255)))
  })
})

describe('the receive queue', () => {
  test('gives out every byte once and in order, and reports what it holds without gaps or overlaps', () => {
    const piece = fc.record({
      start: fc.integer({ min: 2, max: 400 }),
      length: fc.integer({ min: 1, max: 60 }),
    })
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 40 }), (pieces) => {
        const queue = new ReceiveQueue()
        const held = new Set<number>()
        for (const { start, length } of pieces) {
          const isKnown = Array.from({ length }, (_, i) => held.has(start + i))
          queue.duplicate = undefined
          queue.insert(start, pattern(start, length))
          for (let i = 0; i < length; i++) held.add(start + i)
          assert.equal(queue.duplicate !== undefined, isKnown.includes(true))
          const blocks = [...queue.blocks].sort((a, b) => a.left - b.left)
          const expected = [...held].sort((a, b) => a - b)
          assert.deepEqual(
            blocks.flatMap(({ left, right }) => Array.from({ length: right - left }, (_, i) => left + i)),
            expected,
          )
          for (const [i, { left }] of blocks.entries()) assert.ok(i === 0 || left > blocks[i - 1]!.right)
          const [first] = queue.blocks
          assert.ok(
            first!.left <= start && start + length <= first!.right,
            'the block that changed is the first',
          )
        }
        const least = Math.min(...held)
        let next = least
        for (let bytes = queue.take(next); bytes !== undefined; bytes = queue.take(next)) {
          assert.deepEqual(Buffer.from(bytes), Buffer.from(pattern(next, bytes.length)))
          next += bytes.length
        }
        assert.ok(!held.has(next))
        assert.ok(queue.blocks.every(({ left }) => left > next))
      }),
    )
  })

  test('is bounded: a peer that sends single bytes with gaps can’t fill the memory', () => {
    const queue = new ReceiveQueue()
    for (let i = 0; i < 10_000; i++) queue.insert(2 + 2 * i, Uint8Array.of(1))
    assert.ok(queue.blocks.length <= 4096)
  })
})

describe('the scoreboard', () => {
  const nobody = { delivered: () => undefined }

  test('counts as one that looks at every segment would (RFC 6675 §4, Pipe)', () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), a: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ kind: fc.constantFrom('sack' as const, 'lose' as const, 'again' as const), a: fc.nat(60) }),
      fc.record({ kind: fc.constantFrom('acknowledge' as const, 'split' as const), a: fc.nat(20) }),
      fc.record({
        kind: fc.constantFrom('forgetLosses' as const, 'forgetSacks' as const),
        a: fc.constant(0),
      }),
    )
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const board = new Scoreboard()
        let una = 0
        let nxt = 0
        for (const { kind, a } of actions) {
          const i = Math.min(a, board.count - 1)
          if (kind === 'append') {
            board.append(nxt, nxt + a, 0)
            nxt += a
          } else if (kind === 'forgetLosses' || kind === 'forgetSacks') board[kind]()
          else if (board.count === 0) continue
          else if (kind === 'acknowledge') {
            una = Math.min(nxt, una + a)
            board.acknowledge(una, nobody)
          } else if (kind === 'sack') board.sack(board.start(i), board.end(i), nobody)
          else if (board.marks(i) & SACKED) continue
          else if (kind === 'lose') board.markLost(i)
          else if (kind === 'again') board.sentAgain(i, 1)
          else if (board.end(i) - board.start(i) > 1) board.split(i, board.start(i) + 1)
          check(board, una, nxt)
        }
      }),
    )
  })

  function check(board: Scoreboard, una: number, nxt: number): void {
    let pipe = 0
    let sackedSegments = 0
    let missing = 0
    let at = una
    for (let i = 0; i < board.count; i++) {
      assert.equal(board.start(i), at)
      at = board.end(i)
      const length = at - board.start(i)
      const marks = board.marks(i)
      if (marks & SACKED) sackedSegments++
      else {
        if (!(marks & LOST)) pipe += length
        if (marks & RETRANSMITTED) pipe += length
        if ((marks & (LOST | RETRANSMITTED)) === LOST) missing += length
      }
      assert.equal(board.find(board.start(i)), i)
    }
    assert.equal(at, nxt)
    assert.equal(board.pipe(nxt - una), pipe)
    assert.equal(board.sackedSegments, sackedSegments)
    assert.equal(board.missingBytes, missing)
    assert.equal(board.firstMissing() < board.count, missing > 0)
  }
})
