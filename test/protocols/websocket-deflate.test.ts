import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { constants, deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import { WebSocket, WebSocketServer } from 'ws'
import {
  agreedDeflate,
  DeflateWindows,
  inflated,
  MessageInflater,
  WINDOW,
} from '../../server/protocols/websocket-deflate.ts'
import { INFLATED_LIMIT, inflaters } from '../../server/trace/inflate.ts'
import { Trace } from '../../server/trace/trace.ts'
import { concat, hex, type Side, utf8 } from '../frames.ts'
import { readBack } from './dissected.ts'
import { Relay } from './recorded-session.ts'
import { assertSound, everySplitAgrees, type Line, type Said, upgrade, Wire, wsFrame } from './wire.ts'

const NOTE = '_ws.expert.message'
const TEXT = 'websocket.payload.text'
const TAKEOVER = 'Sec-WebSocket-Extensions: permessage-deflate\r\n'
const ALONE =
  'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n'

/** Compresses the messages of one side as a peer would: with what was said before as its dictionary. */
class Sender {
  #before: Uint8Array = new Uint8Array(0)
  readonly #takesOver: boolean
  constructor(takesOver: boolean) {
    this.#takesOver = takesOver
  }

  message(text: string | Uint8Array): Uint8Array {
    const bytes = typeof text === 'string' ? utf8(text) : text
    const dictionary = this.#before.subarray(-WINDOW)
    const options = { finishFlush: constants.Z_SYNC_FLUSH, ...(dictionary.length > 0 && { dictionary }) }
    if (this.#takesOver) this.#before = concat(this.#before, bytes)
    return new Uint8Array(deflateRawSync(bytes, options).subarray(0, -4))
  }
}

/** A frame with the bit of a compressed message. */
function compressed(
  side: Side,
  bytes: Uint8Array,
  options: { fin?: boolean; opcode?: number } = {},
): Uint8Array {
  const frame = wsFrame(side, options.opcode ?? 1, bytes, { fin: options.fin ?? true })
  frame[0]! |= 0x40
  return frame
}

function opened(extensions: string): { wire: Wire; line: Line } {
  const wire = new Wire()
  const line = wire.open()
  upgrade(line, '/', extensions)
  return { wire, line }
}

describe('the examples of RFC 7692 §7.2.3', () => {
  const read = (...frames: string[]) => {
    const { wire, line } = opened(TAKEOVER)
    return wire.read(line.server(concat(...frames.map(hex)))).all(TEXT)
  }

  test('one compressed block', () => assert.deepEqual(read('c107 f248cdc9c90700'), ['Hello']))
  test('fragments', () => assert.deepEqual(read('4103 f248cd', '8004 c9c90700'), ['Hello']))
  test('a second message that refers to the first', () =>
    assert.deepEqual(read('c107 f248cdc9c90700', 'c105 f200110000'), ['Hello', 'Hello']))
  test('a block without compression', () => assert.deepEqual(read('c10b 000500faff48656c6c6f00'), ['Hello']))
  test('a final block', () => assert.deepEqual(read('c108 f348cdc9c9070000'), ['Hello']))
  test('two blocks in one message', () =>
    assert.deepEqual(read('c10d f248050000 00ffffcac9c90700'), ['Hello']))
})

describe('what the 101 agrees on', () => {
  const cases: [string, boolean | undefined, boolean | undefined][] = [
    ['', undefined, undefined],
    ['x-other; permessage-deflate', undefined, undefined],
    ['permessage-deflate', true, true],
    ['permessage-deflate; server_no_context_takeover', true, false],
    ['PerMessage-Deflate;client_no_context_takeover ; server_max_window_bits=10', false, true],
    ['x-other, permessage-deflate; client_max_window_bits="12"', true, true],
  ]
  for (const [extensions, client, server] of cases) {
    test(extensions || 'nothing', () => {
      const agreed = agreedDeflate(extensions)
      assert.deepEqual([agreed?.clientTakesOver, agreed?.serverTakesOver], [client, server])
    })
  }
})

describe('messages', () => {
  const texts = fc.array(
    fc.oneof(fc.string(), fc.constant('a'.repeat(40_000)), fc.constantFrom('hello hello', '{"type":"chat"}')),
    { maxLength: 12 },
  )

  test('of any text are read back, and again from what was kept of each alone, in any order', () => {
    fc.assert(
      fc.property(texts, fc.boolean(), (said, takesOver) => {
        const sender = new Sender(takesOver)
        const inflater = new MessageInflater(takesOver)
        const packed = said.map((text) => sender.message(text))
        const kept = packed.map((bytes) => inflater.next(inflaters, () => bytes))
        const read = kept.map((one, at) => () => inflated(inflaters, one, () => packed[at]!))
        for (const at of [...kept.keys()].reverse()) {
          assert.equal(Buffer.from(read[at]!()!).toString(), Buffer.from(utf8(said[at]!)).toString())
          assert.ok(kept[at]!.kept <= WINDOW)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('tell the store how many bytes are kept for their sake', () => {
    const { wire, line } = opened(TAKEOVER)
    const sender = new Sender(true)
    const short = line.server(compressed('server', sender.message('short')))
    const noise = Uint8Array.from({ length: 50_000 }, (_, at) => (at * 7919 + (at >> 7)) & 0x7f)
    const long = line.server(compressed('server', sender.message(noise)), 60_000)
    for (const [number, size] of [
      [short, 5],
      [long, 5],
    ] as const) {
      const packet = wire.trace().packet(number)
      assert.ok(typeof packet !== 'string')
      const kept = packet.memory.find((made) => typeof made === 'object' && made !== null && 'kept' in made)
      assert.equal((kept as { kept: number }).kept, size)
    }
  })

  test('in fragments are inflated as one, whatever stands between them', () => {
    const { wire, line } = opened(TAKEOVER)
    const sender = new Sender(true)
    line.client(compressed('client', sender.message('before')))
    const whole = sender.message('before, and in two parts')
    line.client(compressed('client', whole.slice(0, 3), { fin: false }))
    line.client(wsFrame('client', 9, 'p'))
    const end = line.client(wsFrame('client', 0, whole.slice(3)))
    const next = line.client(compressed('client', sender.message('before')))
    assert.equal(wire.read(end).one(TEXT), 'before, and in two parts')
    assert.equal(wire.read(next).one(TEXT), 'before')
  })

  test('of either side have a window of their own', () => {
    const { wire, line } = opened(TAKEOVER)
    const client = new Sender(true)
    const server = new Sender(true)
    const seen: [number, string][] = []
    for (const text of ['one', 'one two', 'one two three']) {
      seen.push([line.client(compressed('client', client.message(text))), text])
      seen.push([line.server(compressed('server', server.message(`${text}!`))), `${text}!`])
    }
    const trace = wire.trace()
    for (const [number, text] of seen.reverse()) assert.equal(readBack(trace, number).one(TEXT), text)
  })
})

describe('a stream that goes wrong', () => {
  test('ends in a note, and what does not hang on it is read on', () => {
    const { wire, line } = opened(TAKEOVER)
    const before = new Sender(true)
    line.server(compressed('server', before.message('hello hello')))
    const broken = line.server(compressed('server', hex('ffffff')))
    const hangs = line.server(compressed('server', before.message('hello hello')))
    const alone = new Sender(true)
    const fresh = line.server(compressed('server', alone.message('anew')))
    const later = line.server(compressed('server', alone.message('anew again')))
    const plain = line.server(wsFrame('server', 1, 'plain'))
    const trace = wire.trace()
    assert.match(String(readBack(trace, broken).one(NOTE)), /does not inflate/)
    assert.equal(readBack(trace, broken).all('websocket.decompression.failed.expert').length, 1)
    assert.match(String(readBack(trace, hangs).one(NOTE)), /does not inflate/)
    assert.equal(readBack(trace, fresh).one(TEXT), 'anew')
    assert.equal(readBack(trace, later).one(TEXT), 'anew again')
    assert.equal(readBack(trace, plain).one(TEXT), 'plain')
  })

  test('has no effect on the next message where each stands alone', () => {
    const { wire, line } = opened(ALONE)
    line.server(compressed('server', hex('ffffff')))
    const next = line.server(compressed('server', new Sender(false).message('on')))
    assert.equal(wire.read(next).one(TEXT), 'on')
  })

  test('after a gap never shows what was not said', () => {
    const { wire, line } = opened(TAKEOVER)
    const sender = new Sender(true)
    line.server(compressed('server', sender.message('the first words')))
    line.lose('server', compressed('server', sender.message('other things were lost')))
    line.client(wsFrame('client', 10, ''))
    line.server(wsFrame('server', 9, 'here'))
    const hangs = line.server(compressed('server', sender.message('other things were lost')))
    const fresh = line.server(compressed('server', new Sender(true).message('anew')))
    assert.equal(wire.read(hangs).one(TEXT), undefined)
    assert.equal(wire.read(fresh).one(TEXT), 'anew')
  })

  test('that would inflate without end stops at its bound', () => {
    const { wire, line } = opened(TAKEOVER)
    const bomb = new Sender(true).message(new Uint8Array(INFLATED_LIMIT * 8))
    const seen = wire.read(line.server(compressed('server', bomb), 30_000))
    assert.match(String(seen.one(NOTE)), /longer than 1 MiB/)
    const room = new Sender(true).message('a'.repeat(INFLATED_LIMIT))
    const other = opened(TAKEOVER)
    const fits = other.wire.read(other.line.server(compressed('server', room)))
    assert.equal(String(fits.one(TEXT)).length, INFLATED_LIMIT)
  })

  test('whose bit is set without an agreement is left alone', () => {
    const { wire, line } = opened('')
    const seen = wire.read(line.server(compressed('server', new Sender(true).message('x'))))
    assert.match(seen.all(NOTE).join(), /not agreed on/)
    assert.equal(seen.one(TEXT), undefined)
  })

  test('of any bytes never throws, and every span stays inside', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.constantFrom<Side>('client', 'server'), fc.uint8Array({ maxLength: 40 }), fc.boolean()),
        ),
        fc.constantFrom(TAKEOVER, ALONE),
        (parts, extensions) => {
          const { wire, line } = opened(extensions)
          for (const [side, bytes, fin] of parts) line.say(side, compressed(side, bytes, { fin }))
          assertSound(wire.trace())
        },
      ),
      { numRuns: 150 },
    )
  })
})

test('the messages are the same wherever the bytes are split', () => {
  const client = new Sender(true)
  const server = new Sender(true)
  const said: Said[] = [
    ['client', 'GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    ['server', `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n${TAKEOVER}\r\n`],
    [
      'client',
      concat(compressed('client', client.message('hi hi')), compressed('client', client.message('hi hi'))),
    ],
    ['server', concat(compressed('server', server.message('yes')), wsFrame('server', 9, 'p'))],
    ['server', compressed('server', server.message('yes yes'))],
  ]
  const told = everySplitAgrees(said)
  assert.equal(told.filter((line) => line.startsWith(`${TEXT}=`)).length, 4)
})

describe('between real programs', () => {
  const settings = [true, false].flatMap((client) => [true, false].map((server) => ({ client, server })))
  for (const { client, server } of settings) {
    const who = [client && 'the client', server && 'the server'].filter(Boolean).join(' and ') || 'nobody'
    test(`ws, where ${who} takes its context over`, async () => {
      const peer = new WebSocketServer({
        port: 0,
        host: '127.0.0.1',
        perMessageDeflate: {
          threshold: 0,
          serverNoContextTakeover: !server,
          clientNoContextTakeover: !client,
        },
      })
      await once(peer, 'listening')
      const relay = new Relay((peer.address() as AddressInfo).port)
      const words = [
        'hello',
        'hello hello hello',
        JSON.stringify({ list: Array.from({ length: 5000 }, (_, at) => `item ${at % 97}`) }),
        '',
        'hello hello hello',
        'x'.repeat(100_000),
        'hello again, ♥',
      ]
      try {
        const socket = new WebSocket(`ws://127.0.0.1:${await relay.listen()}`, {
          perMessageDeflate: { threshold: 0 },
        })
        peer.on('connection', (other) =>
          other.on('message', (bytes, binary) => {
            other.ping('between')
            other.send(bytes, { binary })
          }),
        )
        await once(socket, 'open')
        for (const text of words) {
          socket.send(text)
          const [echoed] = await once(socket, 'message', { signal: AbortSignal.timeout(10_000) })
          assert.equal(String(echoed), text)
        }
        socket.send(Buffer.from('two parts, '), { fin: false, binary: false })
        socket.send(Buffer.from('one message'), { fin: true, binary: false })
        await once(socket, 'message', { signal: AbortSignal.timeout(10_000) })
        socket.close(1000, 'done')
        await once(socket, 'close', { signal: AbortSignal.timeout(10_000) })
      } finally {
        relay.close()
        peer.close()
      }
      const expected = [...words, 'two parts, one message'].filter((text) => text !== '').sort()
      const trace = relay.wire.trace()
      const numbers = Array.from({ length: trace.total }, (_, at) => at + 1)
      for (const order of [numbers, numbers.toReversed()]) {
        const seen = order.map((number) => readBack(trace, number))
        for (const side of [true, false]) {
          const texts = seen
            .filter(({ packet }) => packet.fromClient === side)
            .flatMap((one) => one.all(TEXT))
          assert.deepEqual(
            texts
              .map(String)
              .filter((text) => text !== '')
              .sort(),
            expected,
          )
        }
        assert.deepEqual(
          seen.flatMap((one) => [...one.all(NOTE), ...one.problems]),
          [],
        )
        assert.ok(seen.some((one) => one.one('websocket.payload.close.reason') === 'done'))
      }
    })
  }

  test('what was kept is enough after all before it was evicted', () => {
    const { wire, line } = opened(TAKEOVER)
    const sender = new Sender(true)
    const said = new Map<number, string>()
    for (let at = 0; at < 400; at++) {
      const text = `message ${at} of many, much like the one before ${'.'.repeat(at % 50)}`
      said.set(line.server(compressed('server', sender.message(text))), text)
    }
    const trace = new Trace({ limitBytes: 20_000 })
    for (const frame of wire.frames) trace.add(frame)
    assert.ok(trace.first > 100)
    for (let number = trace.last; number >= trace.first; number--) {
      assert.equal(readBack(trace, number).one(TEXT), said.get(number))
    }
  })

  test('Socket.IO over compressed messages is read as over plain ones', async () => {
    const server = new Server(0, { perMessageDeflate: { threshold: 0 }, transports: ['websocket'] })
    const port = (server.httpServer.address() as AddressInfo).port
    const relay = new Relay(port)
    server.on('connection', (socket) =>
      socket.on('sum', (a: number, b: number, ack: (sum: number) => void) => ack(a + b)),
    )
    try {
      const client = io(`ws://127.0.0.1:${await relay.listen()}`, {
        transports: ['websocket'],
        perMessageDeflate: { threshold: 0 },
      })
      assert.equal(await client.timeout(10_000).emitWithAck('sum', 2, 3), 5)
      client.disconnect()
    } finally {
      relay.close()
      await server.close()
    }
    const trace = relay.wire.trace()
    const seen = Array.from({ length: trace.total }, (_, at) => readBack(trace, at + 1))
    const event = seen.find((one) => one.one('socketio.event') === 'sum')
    assert.equal(event?.one('websocket.pmc'), true)
    assert.equal(event?.one('socketio.args'), '[2,3]')
    assert.ok(seen.some((one) => one.one('socketio.ack_to') !== undefined))
  })
})

test('the windows of all directions together are bounded: who was silent for the longest loses its own', () => {
  const windows = new DeflateWindows(4 * WINDOW)
  const talk = Array.from({ length: 6 }, () => ({
    sender: new Sender(true),
    reader: new MessageInflater(true),
  }))
  const say = ({ sender, reader }: (typeof talk)[number], text: string) => {
    const bytes = sender.message(text)
    const kept = reader.next(inflaters, () => bytes, windows)
    const read = inflated(inflaters, kept, () => bytes)
    assert.ok(windows.held <= 4 * WINDOW, `${windows.held}`)
    return read && Buffer.from(read).toString()
  }
  const words = Array.from({ length: 6000 }, (_, i) => `word ${i * 7919}`).join(' ')
  for (const each of talk) assert.equal(say(each, words), words)
  assert.equal(say(talk[5]!, words), words)
  // What it refers to is gone: it is not read wrongly but not at all.
  assert.equal(say(talk[0]!, words), undefined)
})
