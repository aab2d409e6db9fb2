import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { io } from 'socket.io-client'
import { FrameReader } from '../../server/capture/frame-reader.ts'
import { CaptureError } from '../../server/errors.ts'
import type { Endpoint } from '../../server/protocols/conversation.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { PlacedFrame, splitTicks } from '../../server/protocols/placed-frame.ts'
import { PROTOCOLS } from '../../server/protocols/stack.ts'
import { startHub } from '../../server/services/hub.ts'
import { kernelGround } from '../../server/services/kernel-ground.ts'
import { Trace } from '../../server/trace/trace.ts'
import {
  CLIENT,
  concat,
  cutTo,
  ethernetBytes,
  frameOf,
  hex,
  ipv6Bytes,
  SERVER,
  START_TIME,
  TcpConversation,
  tcpFrame,
  udpFrame,
  utf8,
} from '../frames.ts'
import { Relay } from '../protocols/recorded-session.ts'
import { ipv4WithOptions, SAMPLES } from '../protocols/sample-frames.ts'
import { upgrade, Wire } from '../protocols/wire.ts'
import { assertAlike, assertChosen, assertWanted } from './skimmed.ts'

/** A folder of captures that are not ours, to try this on as well. */
const CAPTURES = process.env.WIRELAB_CAPTURES ?? ''
/** Of each file, so that the longest don't take minutes. */
const PACKETS_EACH = 400

/** Every field that can be read where it stands. */
const AT_HAND = PROTOCOLS.flatMap(({ atHand }) => [...atHand.keys()].map(({ name }) => name))

const ETHERNET_HEADER = 14
/** So long a client waits for an ack that does not come. */
const NO_ANSWER_MS = 200

/** What stands before IPv4 where it is not Ethernet, with its LINKTYPE_. */
const LINKS: readonly [string, number, Uint8Array][] = [
  ['no header at all', 101, hex('')],
  ["BSD's loopback header, little endian", 0, hex('02000000')],
  ["BSD's loopback header, big endian", 0, hex('00000002')],
  ["OpenBSD's loopback header", 108, hex('00000002')],
  ["Linux's cooked header", 113, hex('0000000100060200000000010000 0800')],
  ["Linux's cooked header of version 2", 276, hex('0800000000000001000100060200000000010000')],
  ['a VLAN tag', 1, hex('020000000002 020000000001 8100 6064 0800')],
  ['two VLAN tags', 1, hex('020000000002 020000000001 8100 6064 8100 0065 0800')],
]

/** Of what is at hand after a skim, of what is not, and of both. */
const FILTERS = [
  'tcp',
  'not tcp',
  'frame.number > 5 && frame.number < 1000',
  'websocket.opcode == 1',
  'tcp.flags.syn == 1 or websocket',
  'ip.src == 127.0.0.1 and tcp.len > 60',
  'socketio.event contains "e"',
  'http.request.method == "POST"',
  'tcp.analysis.flags',
  'frame.protocols contains "icmp"',
  'tcp.port in {1..1023} xor udp',
  'not ip.ttl in {1, 64, 128} or tcp.len != 0',
]

function sampleFrames(): Frame[] {
  return Object.values(SAMPLES).map((frame, i) => ({ ...frame, time: START_TIME + BigInt(i) * 1_000_000n }))
}

/** What clients of the hub and the hub say to each other: polling, an upgrade, events, acks, bytes, a goodbye. */
async function session(): Promise<Frame[]> {
  const hub = await startHub({ ground: kernelGround(['127.0.0.1']), port: 0 })
  const relay = new Relay(hub.port)
  const url = `http://127.0.0.1:${await relay.listen()}`
  try {
    for (const transports of [['polling', 'websocket'], ['polling'], ['websocket']]) {
      const socket = io(url, { transports, forceNew: true, reconnection: false })
      await new Promise((resolve) => socket.once('connect', () => resolve(undefined)))
      if (transports.length > 1 && socket.io.engine.transport.name === 'polling')
        await new Promise((resolve) => socket.io.engine.once('upgrade', resolve))
      const asked = socket.timeout(5000)
      await asked.emitWithAck('join', 'a "quoted" room')
      await asked.emitWithAck('echo', 'plain', { deep: [1, 2, { three: null }] })
      await asked.emitWithAck('echo', 'Zürich → 東京 \u0007')
      await asked.emitWithAck('echo', new Uint8Array([0, 1, 2, 253]))
      await asked.emitWithAck('echo', 'x'.repeat(70_000))
      for (let i = 0; i < 5; i++) socket.emit('speak', `word ${i}`, 'a "quoted" room')
      socket.emit('ein "Ereignis"', 1)
      await asked.emitWithAck('echo')
      const chat = io(`${url}/chat`, { transports, forceNew: true, reconnection: false })
      await new Promise((resolve) => chat.once('connect', () => resolve(undefined)))
      chat.emit('say', 'hello')
      await chat
        .timeout(NO_ANSWER_MS)
        .emitWithAck('no such event')
        .catch(() => undefined)
      chat.disconnect()
      socket.disconnect()
    }
  } finally {
    relay.close()
    await hub.close()
  }
  return [...relay.wire.frames]
}

const recorded = session()

function framesOf(path: string): Frame[] {
  const frames: Frame[] = []
  const reader = new FrameReader({
    frame: (frame) => void (frames.length < PACKETS_EACH && frames.push(frame)),
  })
  try {
    reader.push(new Uint8Array(readFileSync(path)))
    reader.end()
  } catch (error) {
    assert.ok(error instanceof CaptureError)
  }
  return frames
}

/** The same frames with some bytes changed and some frames left out, as the numbers say. */
function damaged(frames: readonly Frame[], seeds: readonly number[]): Frame[] {
  const changed = frames.map((frame) => ({ ...frame, bytes: frame.bytes.slice() }))
  for (const seed of seeds) {
    const frame = changed[seed % changed.length]
    if (frame === undefined) continue
    const at = (seed >>> 8) % Math.max(1, frame.bytes.length)
    if (seed % 7 === 0) changed.splice(seed % changed.length, 1)
    else if (seed % 7 === 1) Object.assign(frame, { bytes: frame.bytes.slice(0, at) })
    else frame.bytes[at] = (frame.bytes[at] ?? 0) ^ (1 << (seed % 8))
  }
  return changed
}

describe('a skim and a dissection', () => {
  test('agree on a frame of every kind, whole, cut short and cut by the capture', () => {
    const frames = sampleFrames()
    assertAlike(frames)
    assertAlike(frames, { verify: true })
    for (const frame of frames) {
      for (let length = 0; length < frame.bytes.length; length += 3) {
        assertAlike([
          { ...frame, bytes: frame.bytes.slice(0, length), originalLength: length },
          cutTo(frame, length),
        ])
      }
    }
  })

  test('agree on what real Socket.IO clients say, and nearly all of it is skimmed', async () => {
    const frames = await recorded
    const lines = assertAlike(frames)
    assert.ok(lines > frames.length * 0.95, `${lines} of ${frames.length}`)
  })

  for (const [name, linkType, header] of LINKS) {
    test(`agree on the same behind ${name}, and nearly all of it is skimmed`, async () => {
      const frames = (await recorded).slice(0, 200).map((frame) => {
        const bytes = concat(header, frame.bytes.slice(ETHERNET_HEADER))
        return { ...frame, linkType, bytes, originalLength: bytes.length }
      })
      const lines = assertAlike(frames)
      assert.ok(lines > frames.length * 0.95, `${lines} of ${frames.length}`)
      const [frame] = frames
      assert.ok(frame)
      for (let length = 0; length < frame.bytes.length; length++) assertAlike([cutTo(frame, length)])
      assertWanted(frames, ['vlan.id', 'vlan.etype', 'vlan.priority', 'sll.etype', 'null.family', 'ip.src'])
    })
  }

  test('agree on the same with bytes changed, frames cut and frames missing', async () => {
    const frames = (await recorded).slice(0, 120)
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 30 }), (seeds) => void assertAlike(damaged(frames, seeds))),
      { numRuns: 25 },
    )
  })

  test('agree on datagrams, and on ordinary ones nearly all is skimmed', () => {
    const one = { address: '10.0.0.1', port: 40_000 }
    const [other, resolver] = [9999, 53].map((port) => ({ address: '10.0.0.2', port })) as [
      Endpoint,
      Endpoint,
    ]
    const question = hex('1a2b01000001000000000000 0377777707 6578616d706c65 03636f6d00 00010001')
    const answer = hex(
      '1a2b81800001000100000000 0377777707 6578616d706c65 03636f6d00 00010001 c00c00010001000000010004 01020304',
    )
    const said: [Endpoint, Endpoint, Uint8Array][] = [
      [one, other, utf8('hello')],
      [other, one, utf8('hello yourself')],
      [one, other, utf8('')],
      [other, other, utf8('to oneself')],
      [one, resolver, question],
      [resolver, one, answer],
      [one, resolver, answer.slice(0, 20)],
    ]
    const frames = said.map(([from, to, payload], i) =>
      udpFrame(from, to, payload, START_TIME + BigInt(i) * 1_000_000n),
    )
    // What is wrong with the last, who records it says.
    assert.equal(assertAlike(frames), frames.length - 1)
    assertAlike(frames, { verify: true })
    for (const frame of frames) {
      for (let at = 14; at < frame.bytes.length; at++) {
        const bytes = frame.bytes.slice()
        bytes[at] = (bytes[at] ?? 0) ^ 0x11
        assertAlike([frame, { ...frame, bytes }, frame], { verify: at % 2 === 0 })
        assertAlike([{ ...frame, bytes: frame.bytes.slice(0, at), originalLength: at }, cutTo(frame, at)])
      }
    }
    assert.ok(assertWanted(frames, ['udp.srcport', 'udp.length', 'udp.checksum', 'udp.stream']) > 0)
    assertWanted(frames, ['dns.qry.name', 'udp.payload', 'udp.time_relative'])
  })

  test('agree on a connection over IPv6, on one that is used anew, and on what comes out of order', () => {
    const client = { address: '2001:db8::1', port: 50_000 }
    const server = { address: '2001:db8::2', port: 80 }
    const six = new TcpConversation({ client, server })
    six.handshake()
    six.send('client', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    six.send('server', utf8('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
    const again = new TcpConversation({ client, server })
    again.handshake()
    const frames = [...six.frames, ...again.frames]
    const [a, b, c, ...rest] = frames
    assert.ok(a && b && c)
    assertAlike(frames)
    assertAlike([a, b, c, ...rest.toReversed(), a, b])
  })

  test('agree on what rides behind options of IPv4 that are wrong, and on none behind one of IPv6 that leads out', () => {
    const segment = tcpFrame(CLIENT, SERVER, { seq: 1, flags: 'S' }).bytes.slice(34)
    for (const option of ['94030000', '07020000', '44020000', '4403ff00', '83020000']) {
      const frame = frameOf(ethernetBytes({ type: 0x0800 }, ipv4WithOptions(hex(option), 6, segment)))
      assertAlike([frame])
      const trace = new Trace()
      trace.addRecorded(frame)
      assert.equal(trace.flows.size, 1, option)
    }
    for (const option of ['01ff00000000', '050300000000']) {
      const packet = { source: 'fe80::1', destination: 'fe80::2', nextHeader: 60 }
      const header = concat(hex(`0600${option}`), segment)
      assertAlike([frameOf(ethernetBytes({ type: 0x86dd }, ipv6Bytes(packet, header)))])
    }
  })

  test('agree on compressed messages of which the beginning is missing', () => {
    const wire = new Wire()
    const line = wire.open()
    upgrade(line, '/', 'Sec-WebSocket-Extensions: permessage-deflate\r\n')
    // The first refers to what nobody said, the second stands for itself, the third is half of one.
    line.server(hex('c1052a86ce0000'))
    line.server(hex('c107f248cdc9c90700'))
    line.server(hex('4103f248cd'))
    line.close()
    assertAlike(wire.frames)
  })

  test('agree on the fields that are wanted, at hand or not', async () => {
    const frames = [...(await recorded), ...sampleFrames()]
    assert.ok(assertWanted(frames, AT_HAND) > 0)
    assert.ok(assertWanted(frames, ['socketio.event', 'tcp.port', 'http.request.uri', 'ip.addr']) > 0)
    assertWanted(frames, ['websocket'])
  })

  test('agree on what a filter chooses, and on its lines', async () => {
    const frames = [...(await recorded), ...sampleFrames()]
    for (const filter of FILTERS) {
      const chosen = assertChosen(frames, filter)
      assert.ok(chosen > 0 && chosen < frames.length, `${filter} chooses ${chosen} of ${frames.length}`)
    }
  })

  const files =
    CAPTURES !== '' ? readdirSync(CAPTURES).filter((name) => /\.(pcap|pcapng|cap)$/.test(name)) : []
  test('agree on other captures', {
    skip: files.length === 0 && 'WIRELAB_CAPTURES names no folder of captures',
  }, () => {
    for (const name of files) {
      try {
        const frames = framesOf(join(CAPTURES, name))
        assertAlike(frames)
        for (const filter of FILTERS) assertChosen(frames, filter)
      } catch (error) {
        throw new Error(name, { cause: error })
      }
    }
  })
})

test('a placed frame in a trace that nobody looks back at gives the line that a frame of its own gives', async () => {
  const frames = await recorded
  const [placed, own] = [new Trace({ passing: true }), new Trace()]
  const all = new Uint8Array(frames.reduce((sum, { bytes }) => sum + bytes.length, 0))
  let at = 0
  for (const frame of frames) {
    all.set(frame.bytes, at)
    const place = new PlacedFrame()
    place.copy(frame)
    place.place(all, at, frame.bytes.length, place.seconds, place.nanoseconds)
    const lent = placed.summarise(place)
    const { number, time, source, destination, protocol, length, info } = lent
    const expected = own.summarise(frame)
    assert.deepEqual(
      { number, time, source, destination, protocol, length, info },
      {
        number: expected.number,
        time: expected.time,
        source: expected.source,
        destination: expected.destination,
        protocol: expected.protocol,
        length: expected.length,
        info: expected.info,
      },
    )
    at += frame.bytes.length
  }
  assert.deepEqual(placed.frame(1)?.bytes, frames[0]?.bytes)
  assert.equal(placed.frame(1)?.time, frames[0]?.time)
})

test('ticks are split into seconds and nanoseconds without a loss', () => {
  const units = fc.constantFrom(1, 1000, 1_000_000, 1_000_000_000)
  fc.assert(
    fc.property(fc.nat(0x7fff_ffff), fc.nat(0xffff_ffff), units, (far, low, each) => {
      // A time is at most 63 bits of nanoseconds.
      const high = Math.floor((far * each) / 1e9)
      const into = { seconds: 0, rest: 0 }
      splitTicks(high, low, each, into)
      const ticks = (BigInt(high) << 32n) | BigInt(low)
      assert.equal(BigInt(into.seconds), ticks / BigInt(each))
      assert.equal(BigInt(into.rest), (ticks % BigInt(each)) * (1_000_000_000n / BigInt(each)))
    }),
  )
})
