/** What a pcapng says beside its packets' bytes: comments, interfaces, names, secrets, and what Wirelab tells. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameReader } from '../../server/capture/frame-reader.ts'
import type { HostName } from '../../server/capture/host-names.ts'
import { pcapHeader, pcapRecord } from '../../server/capture/pcap-writer.ts'
import {
  namesBlock,
  PcapngWriter,
  secretsBlock,
  statisticsBlock,
} from '../../server/capture/pcapng-writer.ts'
import type { SessionItem } from '../../server/capture/session-item.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { compileFilter } from '../../server/trace/filter.ts'
import { Trace } from '../../server/trace/trace.ts'
import { CLIENT, concat, frameOf, hex, SERVER, tcpFrame, utf8 } from '../frames.ts'
import { BIG, LITTLE, readAll } from './captures.ts'

interface Told {
  frames: Frame[]
  notes: string[]
  names: HostName[]
  secrets: string[]
  /** Items, with how many frames stood before each. */
  items: [number, SessionItem][]
}

function read(...parts: Uint8Array[]): Told {
  const told: Told = { frames: [], notes: [], names: [], secrets: [], items: [] }
  const reader = new FrameReader({
    frame: (frame) => void told.frames.push(frame),
    note: ({ message }) => void told.notes.push(message),
    names: (names) => void told.names.push(...names),
    secrets: (text) => void told.secrets.push(text),
    session: (item) => void told.items.push([told.frames.length, item]),
  })
  reader.push(concat(...parts))
  reader.end()
  return told
}

const SYN = tcpFrame(CLIENT, SERVER, { seq: 1, flags: 'S' })
const TRANSIT: SessionItem = { kind: 'transit', back: 0, link: 'link.fate=delivered' }
const NONE: SessionItem = { kind: 'samples', local: end(1), remote: end(2), from: 0, samples: [] }

function end(port: number) {
  return { address: '10.0.0.1', port }
}

for (const words of [LITTLE, BIG]) {
  const order = words.little ? 'little' : 'big'

  test(`comments and interfaces of a ${order}-endian file are its packets’`, () => {
    const name = words.option(2, utf8('eth0'))
    const described = words.option(3, utf8('the cable on the left'))
    const { frames, notes } = read(
      words.section(),
      words.interface(1, 0, words.option(9, Uint8Array.of(9))),
      words.interface(1, 0, name, described, words.option(9, Uint8Array.of(9))),
      words.packet(1, 5n, SYN.bytes, 60, words.option(1, utf8('first')), words.option(1, utf8('second'))),
      words.packet(0, 6n, SYN.bytes),
    )
    assert.deepEqual(
      frames.map(({ record }) => [
        record?.interface.id,
        record?.interface.name,
        record?.interface.description,
      ]),
      [
        [1, 'eth0', 'the cable on the left'],
        [0, undefined, undefined],
      ],
    )
    assert.deepEqual(
      frames.map(({ record }) => record?.comments),
      [['first', 'second'], []],
    )
    assert.deepEqual(notes, [])
  })

  test(`names, secrets and custom blocks of a ${order}-endian file`, () => {
    const record = (type: number, value: Uint8Array) => words.option(type, value)
    const v6 = hex('20010db8 00000000 00000000 00000001')
    const { names, secrets, notes, items } = read(
      words.section(),
      words.interface(1, 0),
      words.block(
        4,
        record(1, concat(hex('0a000001'), utf8('hub\0hub.lab\0'))),
        record(2, concat(v6, utf8('six\0'))),
        record(9, utf8('what is this')),
        hex('00000000'),
      ),
      words.block(10, words.u32(0x544c534b, 9), utf8('KEY LOG\n\n')),
      words.block(10, words.u32(0x57474b4c, 4), utf8('none')),
      words.block(0xbad, words.u32(32473), utf8(`wirelab/1 ${JSON.stringify(NONE)}`)),
      words.block(0xbad, words.u32(4711), utf8('of others')),
      words.block(0xbad, words.u32(32473), utf8('of others too')),
    )
    assert.deepEqual(names, [
      { address: '10.0.0.1', name: 'hub' },
      { address: '10.0.0.1', name: 'hub.lab' },
      { address: '2001:db8::1', name: 'six' },
    ])
    assert.deepEqual(secrets, ['KEY LOG\n\n'])
    assert.deepEqual(items, [[0, NONE]])
    assert.deepEqual(notes, [
      'custom blocks of enterprise 4711 are not read',
      'custom blocks of enterprise 32473 are not read',
    ])
  })
}

test('what is told comes before its packet, but for what looks back at one', () => {
  const writer = new PcapngWriter('lab')
  const bytes = concat(
    writer.packet(SYN, undefined, { items: [TRANSIT, NONE] }),
    statisticsBlock(5n, { items: [NONE, TRANSIT] }),
  )
  assert.deepEqual(read(bytes).items, [
    [0, NONE],
    [1, TRANSIT],
    [1, NONE],
    [1, TRANSIT],
  ])
})

test('our own words for people are taken for ours only beside our words for programs', () => {
  const writer = new PcapngWriter('lab')
  const comments = ['event: hub emit "hello"', 'a teacher’s note']
  const bytes = concat(
    writer.packet(SYN, undefined, { comments, items: [NONE] }),
    writer.packet(SYN, undefined, { comments }),
  )
  const { frames } = read(bytes)
  assert.deepEqual(
    frames.map(({ record }) => record?.comments),
    [['a teacher’s note'], comments],
  )
})

test('a packet’s comments are a layer of their own, and can be filtered by', () => {
  const { frames } = read(new PcapngWriter('lo').packet(SYN, 'look here'))
  const trace = new Trace()
  for (const frame of frames) trace.add(frame)
  const detail = trace.detail(1)
  assert.ok(typeof detail !== 'string')
  assert.deepEqual(
    [detail.layers[0]?.protocol, detail.layers[0]?.fields[0]?.name, detail.layers[0]?.fields[0]?.text],
    ['pkt_comment', 'frame.comment', 'look here'],
  )
  assert.equal(detail.row.protocol, 'TCP')
  assert.equal(detail.row.malformed, false)
  const packet = trace.packet(1)
  assert.ok(typeof packet !== 'string')
  assert.ok(compileFilter('frame.comment contains "here" && tcp.flags.syn == 1').matches(packet))
  assert.ok(!compileFilter('frame.comment == "x"').matches(packet))
})

test('names and secrets are read as they are written', () => {
  const { names, secrets } = read(
    new PcapngWriter().begin(),
    namesBlock([
      { address: '10.0.0.100', name: 'your computer' },
      { address: 'fe80::1', name: 'left out' },
    ]),
    secretsBlock('CLIENT_RANDOM 00 11\n'),
  )
  assert.deepEqual(names, [{ address: '10.0.0.100', name: 'your computer' }])
  assert.deepEqual(secrets, ['CLIENT_RANDOM 00 11\n'])
})

test('a classic capture is read as it is written, to the nanosecond', () => {
  const frames = [{ ...frameOf(hex('aabbcc'), 1_700_000_000_123_456_789n, 101), originalLength: 9 }]
  const bytes = concat(pcapHeader(101), ...frames.map(pcapRecord))
  assert.deepEqual(readAll([bytes]).frames, frames)
})
