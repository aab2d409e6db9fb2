import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { fileHeader, interfaceBlock, PcapngWriter, packetBlock } from '../../server/capture/pcapng-writer.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { CLIENT, concat, frameOf, hex, SERVER, START_TIME, tcpFrame } from '../frames.ts'
import { readAll } from './captures.ts'

const anyFrame: fc.Arbitrary<Frame> = fc
  .record({
    time: fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }),
    bytes: fc.uint8Array({ maxLength: 100 }),
    cut: fc.integer({ min: 0, max: 2000 }),
    linkType: fc.constantFrom(0, 1, 101, 276),
  })
  .map(({ time, bytes, cut, linkType }) => ({
    time,
    bytes,
    linkType,
    originalLength: bytes.length + cut,
  }))

test('what the writer writes, the reader reads', () => {
  const comment = fc.option(fc.string(), { nil: undefined })
  fc.assert(
    fc.property(fc.array(fc.tuple(anyFrame, comment)), (packets) => {
      const writer = new PcapngWriter('lo')
      const parts = [writer.begin(), ...packets.map(([frame, said]) => writer.packet(frame, said))]
      assert.deepEqual(readAll([concat(...parts)]), {
        frames: packets.map(([frame]) => frame),
        notes: [],
        dropped: [],
      })
    }),
  )
})

test('a file without packets is a capture', () => {
  assert.deepEqual(readAll([new PcapngWriter().begin()]).frames, [])
})

test('a packet block, byte by byte', () => {
  const frame = { time: 0x0102030405060708n, bytes: hex('aabbcc'), originalLength: 9, linkType: 1 }
  assert.deepEqual(
    packetBlock(frame, 2, { comments: ['hi'] }),
    hex(`06000000 30000000 02000000 04030201 08070605 03000000 09000000 aabbcc00
         0100 0200 68690000 0000 0000 30000000`),
  )
})

test('a comment longer than an option holds is cut', () => {
  const frame = frameOf(hex('aa'))
  const file = concat(
    fileHeader(),
    interfaceBlock(1),
    packetBlock(frame, 0, { comments: ['x'.repeat(100_000)] }),
  )
  assert.deepEqual(readAll([file]).frames, [frame])
})

const tshark = spawnSync('tshark', ['--version']).error === undefined

test('tshark reads the file: times to the nanosecond, lengths, link types and comments', {
  skip: !tshark && 'tshark is not installed',
}, (t) => {
  const writer = new PcapngWriter('lo')
  const syn = tcpFrame(CLIENT, SERVER, { seq: 1, flags: 'S', time: START_TIME + 123_456_789n })
  const raw = { ...frameOf(syn.bytes.slice(14), START_TIME + 1n, 101), originalLength: 400 }
  const folder = mkdtempSync(join(tmpdir(), 'wirelab-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'two.pcapng')
  writeFileSync(file, concat(writer.packet(syn, 'the first of two'), writer.packet(raw)))
  const columns = ['frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.comment', 'tcp.dstport']
  const output = execFileSync(
    'tshark',
    ['-n', '-r', file, '-T', 'fields', ...columns.flatMap((name) => ['-e', name])],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  )
  assert.deepEqual(output.trimEnd().split('\n'), [
    '1700000000.123456789\t54\t54\tthe first of two\t4001',
    '1700000000.000000001\t400\t40\t\t4001',
  ])
})

test('a whole file begins with the name of its writer', () => {
  assert.ok(Buffer.from(fileHeader()).includes('Wirelab'))
})
