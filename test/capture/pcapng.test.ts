import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, hex, utf8 } from '../frames.ts'
import { BIG, LITTLE, padded, readAll, type Words } from './captures.ts'

const END = LITTLE.option(0, hex(''))

const ORDERS: [string, Words][] = [
  ['little-endian', LITTLE],
  ['big-endian', BIG],
]

for (const [order, words] of ORDERS) {
  test(`a ${order} section with two interfaces`, () => {
    const capture = concat(
      words.section(words.option(4, utf8('dumpcap')), words.option(0, hex(''))),
      words.interface(1, 262_144),
      words.interface(276, 0, words.option(9, hex('09'))),
      words.packet(1, 1_700_000_000_000_000_001n, hex('010203'), 99),
      words.packet(0, 1_700_000_000_000_001n, hex('04')),
    )
    assert.deepEqual(readAll([capture]).frames, [
      { time: 1_700_000_000_000_000_001n, bytes: hex('010203'), originalLength: 99, linkType: 276 },
      { time: 1_700_000_000_000_001_000n, bytes: hex('04'), originalLength: 1, linkType: 1 },
    ])
  })
}

test('a section in the other byte order, with interfaces of its own', () => {
  const capture = concat(
    LITTLE.section(),
    LITTLE.interface(1, 0),
    LITTLE.packet(0, 1n, hex('aa')),
    BIG.section(),
    BIG.interface(101, 0),
    BIG.packet(0, 2n, hex('bb')),
  )
  const { frames } = readAll([capture])
  assert.deepEqual(
    frames.map((frame) => [frame.linkType, frame.time]),
    [
      [1, 1_000n],
      [101, 2_000n],
    ],
  )
})

const RESOLUTIONS: [string, string, bigint, bigint][] = [
  ['seconds', '00', 5n, 5_000_000_000n],
  ['milliseconds', '03', 5n, 5_000_000n],
  ['microseconds beyond 53 bits', '06', 1n << 60n, (1n << 60n) * 1000n],
  ['picoseconds, cut to nanoseconds', '0c', 5_999n, 5n],
  ['1/1024 s', '8a', 1536n, 1_500_000_000n],
  ['2^-63 s', 'bf', 1n << 62n, 500_000_000n],
]
for (const [name, code, ticks, expected] of RESOLUTIONS) {
  test(`times in ${name}`, () => {
    const capture = concat(
      LITTLE.section(),
      LITTLE.interface(1, 0, LITTLE.option(9, hex(code))),
      LITTLE.packet(0, ticks, hex('aa')),
    )
    const most = (1n << 63n) - 1n
    assert.equal(readAll([capture]).frames[0]?.time, expected > most ? most : expected)
  })
}

test('an interface whose times are offset', () => {
  const offset = LITTLE.option(14, LITTLE.i64(1_000n))
  const before = LITTLE.option(14, LITTLE.i64(-1_000n))
  const capture = concat(
    LITTLE.section(),
    LITTLE.interface(1, 0, offset),
    LITTLE.interface(1, 0, before),
    LITTLE.packet(0, 1n, hex('aa')),
    LITTLE.packet(1, 1n, hex('aa')),
  )
  // Before 1970 there is no time that could be shown: it stays at 0.
  assert.deepEqual(
    readAll([capture]).frames.map((frame) => frame.time),
    [1_000_000_001_000n, 0n],
  )
})

test('simple packets have no time of their own, and may be shorter than on the wire', () => {
  const simple = (original: number, bytes: Uint8Array) => LITTLE.block(3, LITTLE.u32(original), padded(bytes))
  const capture = concat(
    LITTLE.section(),
    LITTLE.interface(1, 3),
    LITTLE.packet(0, 9n, hex('aa')),
    simple(2, hex('0102')),
    simple(50, hex('010203')),
  )
  const { frames, notes } = readAll([capture])
  assert.deepEqual(frames.slice(1), [
    { time: 9_000n, bytes: hex('0102'), originalLength: 2, linkType: 1 },
    { time: 9_000n, bytes: hex('010203'), originalLength: 50, linkType: 1 },
  ])
  assert.equal(notes.length, 1)
})

test('the obsolete packet block', () => {
  const obsolete = LITTLE.block(2, LITTLE.u16(1, 7), LITTLE.u32(0, 9, 2, 60), hex('beef0000'))
  const capture = concat(LITTLE.section(), LITTLE.interface(0, 0), LITTLE.interface(113, 0), obsolete)
  assert.deepEqual(readAll([capture]).frames, [
    { time: 9_000n, bytes: hex('beef'), originalLength: 60, linkType: 113 },
  ])
})

test("an interface's lost packets are noted once, with the sum over the interfaces", () => {
  const lost = (id: number, ifdrop: bigint) =>
    LITTLE.block(5, LITTLE.u32(id, 0, 0), LITTLE.option(5, LITTLE.i64(ifdrop)), END)
  const capture = concat(
    LITTLE.section(),
    LITTLE.interface(1, 0, LITTLE.option(2, utf8('lo'))),
    LITTLE.interface(1, 0),
    lost(0, 0n),
    lost(0, 12n),
    lost(0, 12n),
    lost(1, 3n),
  )
  const { notes, dropped } = readAll([capture])
  assert.deepEqual(notes, [
    'lo: 12 packets were lost while capturing',
    'interface 1: 3 packets were lost while capturing',
  ])
  assert.deepEqual(dropped, [12, 15])
})

const good = concat(LITTLE.section(), LITTLE.interface(1, 0))
const DAMAGED: [string, Uint8Array, RegExp][] = [
  ['a block shorter than its envelope', LITTLE.u32(6, 8, 8), /a block of 8 bytes, expected at least 12/],
  ['a length that is no multiple of 4', LITTLE.u32(6, 33, 0), /a block of 33 bytes/],
  ['a packet block too short for its header', LITTLE.block(6, LITTLE.u32(0)), /type 6 has 16 bytes/],
  ['a block without bound', LITTLE.u32(6, 0x4000_0000, 0), /a block of 1073741824 bytes/],
  ['an interface that is not described', LITTLE.packet(1, 0n, hex('aa')), /interface 1 is named, but only 1/],
  [
    'a packet longer than its block',
    LITTLE.block(6, LITTLE.u32(0, 0, 0, 5, 5), hex('aabbccdd')),
    /a packet of 5 bytes in a block with room for 4/,
  ],
  [
    'a packet over 256 KiB',
    LITTLE.packet(0, 0n, new Uint8Array(262_145)),
    /a packet of 262145 bytes, where 262144 is the most/,
  ],
  [
    'lengths that differ',
    concat(LITTLE.packet(0, 0n, hex('aa')).slice(0, -4), LITTLE.u32(40)),
    /two lengths differ: 36 before, 40 after/,
  ],
  [
    'lengths that differ, of a block that is skipped',
    concat(LITTLE.block(0x0bad, hex('aabbccdd')).slice(0, -4), LITTLE.u32(40)),
    /two lengths differ: 16 before, 40 after/,
  ],
  [
    'an option longer than its block',
    LITTLE.block(1, LITTLE.u16(1, 0), LITTLE.u32(0), LITTLE.u16(2, 9), hex('61626364')),
    /option 2 is 9 bytes long, but 4 are left/,
  ],
  [
    'a section of another version',
    concat(LITTLE.u32(0x0a0d0d0a, 28, 0x1a2b3c4d), LITTLE.u16(2, 0), LITTLE.i64(0n), LITTLE.u32(28)),
    /pcapng version 2/,
  ],
  ['a section without a byte order', LITTLE.u32(0x0a0d0d0a, 28, 0x01020304), /byte-order magic 1020304/],
]
for (const [name, bytes, message] of DAMAGED) {
  test(`damage is named with its place: ${name}`, () => {
    assert.throws(() => readAll([concat(good, bytes)]), message)
    assert.throws(
      () => readAll([concat(good, bytes)]),
      new RegExp(`damaged at byte ${good.length}|byte ${good.length + 12}`),
    )
  })
}

test('a block of a gigabyte that nobody knows is skipped without holding it', () => {
  const capture = concat(good, LITTLE.u32(0x0bad, 0x4000_0000), new Uint8Array(100))
  const { notes } = readAll([capture])
  assert.match(notes[0] ?? '', /cut short/)
})

test('more interfaces than 65,536 in a section are refused', () => {
  const one = LITTLE.interface(1, 0)
  const many = new Uint8Array(one.length * 65_536)
  for (let at = 0; at < many.length; at += one.length) many.set(one, at)
  assert.throws(() => readAll([concat(good, many)]), /more than 65536 interfaces/)
})
