import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Endpoint } from '../../server/protocols/conversation.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { concat, START_TIME, udpFrame, utf8 } from '../frames.ts'
import { dissected, readBack, traceOf } from './dissected.ts'
import { u16s } from './dns-messages.ts'
import { assertSound } from './wire.ts'

const CLIENT = { address: '10.0.0.2', port: 50_618 }
const SERVER = { address: '10.0.0.1', port: 69 }
/** The port that the server chose for the transfer. */
const TRANSFER = { address: '10.0.0.1', port: 3445 }

const request = (opcode: 1 | 2, ...words: string[]) =>
  concat(u16s(opcode), utf8(words.map((word) => `${word}\0`).join('')))
const data = (block: number, length: number) => concat(u16s(3, block), new Uint8Array(length))
const ack = (block: number) => u16s(4, block)
const error = (code: number, words: string) => concat(u16s(5, code), utf8(`${words}\0`))
const granted = (...words: string[]) => concat(u16s(6), utf8(words.map((word) => `${word}\0`).join('')))

/** Who sends what to whom, a millisecond apart. */
const frames = (...said: (readonly [Endpoint, Endpoint, Uint8Array])[]): Frame[] =>
  said.map(([from, to, payload], i) => udpFrame(from, to, payload, START_TIME + BigInt(i) * 1_000_000n))

describe('a file that is read', () => {
  const trace = traceOf(
    ...frames(
      [CLIENT, SERVER, request(1, 'rfc1350.txt', 'octet')],
      [TRANSFER, CLIENT, data(1, 512)],
      [CLIENT, TRANSFER, ack(1)],
      [TRANSFER, CLIENT, data(2, 100)],
      [CLIENT, TRANSFER, ack(2)],
    ),
  )

  test('is asked for at port 69 by its name', () => {
    const packet = readBack(trace, 1)
    assert.equal(packet.stack, 'eth:ip:udp:tftp')
    assert.equal(packet.one('tftp.source_file'), 'rfc1350.txt')
    assert.equal(packet.one('tftp.type'), 'octet')
    assert.equal(packet.info, 'Read Request, File: rfc1350.txt, Transfer type: octet')
  })

  test('comes from another port, and each packet of the transfer names file and request', () => {
    assert.equal(readBack(trace, 2).stack, 'eth:ip:udp:tftp:data')
    for (const number of [2, 3, 4, 5]) {
      assert.equal(readBack(trace, number).one('tftp.destination_file'), 'rfc1350.txt')
      assert.equal(readBack(trace, number).one('tftp.request_frame'), 1)
    }
    assert.equal(readBack(trace, 3).one('tftp.block'), 1)
  })

  test('ends with a block that is shorter than the others', () => {
    assert.equal(readBack(trace, 2).info, 'Data Packet, Block: 1')
    assert.equal(readBack(trace, 4).info, 'Data Packet, Block: 2 (last)')
  })
})

test('a file that is written is acknowledged from another port, block 0 first', () => {
  const trace = traceOf(
    ...frames(
      [CLIENT, SERVER, request(2, 'zz.bin', 'netascii')],
      [TRANSFER, CLIENT, ack(0)],
      [CLIENT, TRANSFER, data(1, 9)],
    ),
  )
  assert.equal(readBack(trace, 1).one('tftp.destination_file'), 'zz.bin')
  assert.equal(readBack(trace, 2).one('tftp.block'), 0)
  assert.equal(readBack(trace, 3).one('tftp.request_frame'), 1)
})

test('options are asked for, granted, and hold for the transfer', () => {
  const trace = traceOf(
    ...frames(
      [CLIENT, SERVER, request(1, 'big', 'octet', 'blksize', '1468', 'tsize', '0')],
      [TRANSFER, CLIENT, granted('blksize', '1468', 'tsize', '100000')],
      [CLIENT, TRANSFER, ack(0)],
      [TRANSFER, CLIENT, data(1, 1468)],
      [TRANSFER, CLIENT, data(2, 600)],
    ),
  )
  assert.deepEqual(readBack(trace, 2).all('tftp.option.name'), ['blksize', 'tsize'])
  assert.deepEqual(readBack(trace, 2).all('tftp.option.value'), ['1468', '100000'])
  assert.equal(readBack(trace, 4).info, 'Data Packet, Block: 1')
  assert.equal(readBack(trace, 5).info, 'Data Packet, Block: 2 (last)')
})

test('a client that only wants the length ends the transfer by an error, which is none', () => {
  const trace = traceOf(
    ...frames(
      [CLIENT, SERVER, request(1, 'big', 'octet', 'tsize', '0')],
      [TRANSFER, CLIENT, granted('tsize', '100000')],
      [CLIENT, TRANSFER, error(0, 'thanks')],
      [CLIENT, TRANSFER, error(1, 'gone')],
    ),
  )
  assert.equal(readBack(trace, 3).one('tftp.likely_tsize_probe'), '')
  assert.equal(readBack(trace, 3).one('tftp.error'), undefined)
  assert.equal(readBack(trace, 4).one('tftp.error'), '')
  assert.equal(readBack(trace, 4).one('tftp.error.message'), 'gone')
  assert.equal(readBack(trace, 4).info, 'Error Code, Code: File not found, Message: gone')
})

test('block numbers go on behind 65,535', () => {
  const blocks = [30_000, 60_000, 65_535, 0, 1]
  const trace = traceOf(
    ...frames(
      [CLIENT, SERVER, request(1, 'huge', 'octet')],
      ...blocks.map((block) => [TRANSFER, CLIENT, data(block, 512)] as const),
    ),
  )
  assert.deepEqual(
    blocks.map((_, i) => readBack(trace, i + 2).one('tftp.block.full')),
    [30_000, 60_000, 65_535, 65_536, 65_537],
  )
  assert.equal(readBack(trace, 4).one('tftp.block.wrap'), '')
})

test('only the answer to a request is taken for one: same client port, same server', () => {
  const other = { address: '10.0.0.9', port: 3445 }
  const trace = traceOf(
    ...frames(
      [TRANSFER, CLIENT, data(1, 4)],
      [CLIENT, SERVER, request(1, 'a', 'octet')],
      [other, CLIENT, data(1, 4)],
      [TRANSFER, { ...CLIENT, port: 1 }, data(1, 4)],
      [TRANSFER, CLIENT, data(1, 4)],
    ),
  )
  assert.deepEqual(
    [1, 3, 4, 5].map((number) => readBack(trace, number).stack.includes('tftp')),
    [false, false, false, true],
  )
})

test('text without its zero is said to be wrong', () => {
  const packet = dissected(udpFrame(CLIENT, SERVER, concat(u16s(1), utf8('no end'))))
  assert.match(packet.problems.join(), /^Source File: expected a zero at its end/)
})

test('any bytes are read without a defect, and every span stays inside', () => {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(
      request(1, 'f', 'octet', 'blksize'),
      data(1, 512),
      ack(1),
      error(9, 'x'),
      granted('blksize', '-1'),
      granted('windowsize', ''),
    ),
  )
  const way = fc.constantFrom([CLIENT, SERVER], [TRANSFER, CLIENT], [CLIENT, TRANSFER], [SERVER, CLIENT])
  fc.assert(
    fc.property(fc.array(fc.tuple(way, payload), { maxLength: 8 }), (said) => {
      assertSound(traceOf(...frames(...said.map(([[from, to], bytes]) => [from!, to!, bytes] as const))))
    }),
    { numRuns: 300 },
  )
})
