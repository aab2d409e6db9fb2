import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { StreamPosition } from '../../server/protocols/protocol.ts'
import { websocket } from '../../server/protocols/websocket.ts'
import { concat, hex, type Side, utf8 } from '../frames.ts'
import type { Dissected } from './dissected.ts'
import { assertSound, everySplitAgrees, type Line, type Said, story, upgrade, Wire, wsFrame } from './wire.ts'

const NOTE = '_ws.expert.message'

/** What is seen of bytes on a WebSocket that was just opened; the last packet. */
function seen(side: Side, bytes: Uint8Array | string, extensions = ''): Dissected {
  return afterUpgrade((line) => line.say(side, typeof bytes === 'string' ? hex(bytes) : bytes), extensions)
}

function afterUpgrade(say: (line: Line) => number, extensions = ''): Dissected {
  const wire = new Wire()
  const line = wire.open()
  upgrade(line, '/', extensions)
  return wire.read(say(line))
}

describe('the opening handshake', () => {
  const wire = new Wire()
  const line = wire.open()
  upgrade(line)

  test('has the fields of both sides', () => {
    const asked = wire.read(4)
    assert.equal(asked.one('http.upgrade'), 'websocket')
    assert.equal(asked.one('http.sec_websocket_key'), 'dGhlIHNhbXBsZSBub25jZQ==')
    assert.equal(asked.one('http.sec_websocket_version'), '13')
    const answered = wire.read(5)
    assert.equal(answered.one('http.response.code'), 101)
    assert.equal(answered.one('http.sec_websocket_accept'), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
    assert.equal(answered.one('http.request_in'), 4)
  })

  test('what the client sends before the 101 waits for it', () => {
    const early = new Wire()
    const ahead = early.open()
    ahead.client('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    const held = ahead.client(wsFrame('client', 1, 'too early'))
    ahead.server('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
    const next = ahead.client(wsFrame('client', 1, 'on'))
    assert.equal(early.read(held).stack, 'eth:ip:tcp')
    assert.deepEqual(early.read(next).all('websocket.payload.text'), ['too early', 'on'])
  })

  test('that is refused leaves HTTP as it was', () => {
    const refused = new Wire()
    const ahead = refused.open()
    ahead.client('GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n')
    ahead.server('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n')
    assert.equal(refused.read(ahead.client('GET /again HTTP/1.1\r\n\r\n')).one('http.request.uri'), '/again')
  })

  test('frames in the same segment as the 101 are read', () => {
    const joined = new Wire()
    const ahead = joined.open()
    ahead.client('GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    const both = ahead.server(
      concat(
        utf8('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'),
        wsFrame('server', 1, 'first'),
      ),
    )
    assert.equal(joined.read(both).stack, 'eth:ip:tcp:http:websocket:data-text-lines')
  })
})

describe('the examples of RFC 6455 §5.7', () => {
  test('a single-frame unmasked text message', () => {
    const got = seen('server', '8105 48656c6c6f')
    assert.equal(got.one('websocket.fin'), true)
    assert.equal(got.one('websocket.opcode'), 1)
    assert.equal(got.one('websocket.mask'), false)
    assert.equal(got.one('websocket.payload_length'), 5)
    assert.equal(got.one('websocket.payload.text'), 'Hello')
    assert.equal(got.span('websocket.payload.text').buffer, 0)
    assert.equal(got.info, 'WebSocket Text [FIN] "Hello"')
  })

  test('a single-frame masked text message is unmasked in a buffer of its own', () => {
    const got = seen('client', '8185 37fa213d 7f9f4d5158')
    assert.equal(got.one('websocket.masking_key'), '37fa213d')
    assert.deepEqual(
      [got.span('websocket.masked_payload').start, got.span('websocket.masked_payload').end],
      [60, 65],
    )
    assert.equal(got.packet.buffers[got.span('websocket.payload').buffer]?.name, 'Unmasked payload')
    assert.equal(got.one('websocket.payload.text'), 'Hello')
    const { buffer, start, end } = got.span('websocket.payload.text')
    assert.deepEqual([got.packet.buffers[buffer]?.name, start, end], ['Unmasked payload', 0, 5])
    assert.equal(got.info, 'WebSocket Text [FIN] [MASKED] "Hello"')
  })

  test('a fragmented unmasked text message', () => {
    const got = seen('server', '0103 48656c 8002 6c6f')
    assert.deepEqual(got.all('websocket.fin'), [false, true])
    assert.deepEqual(got.all('websocket.opcode'), [1, 0])
    assert.equal(got.one('websocket.payload.text'), 'Hello')
    assert.equal(got.one('websocket.fragment.count'), 2)
    assert.equal(got.one('websocket.reassembled.length'), 5)
    assert.equal(got.packet.buffers.at(-1)?.name, 'Reassembled WebSocket message')
  })

  test('an unmasked ping, and a masked pong with the same bytes', () => {
    assert.equal(seen('server', '8905 48656c6c6f').one('websocket.payload.ping'), '48656c6c6f')
    assert.equal(seen('client', '8a85 37fa213d 7f9f4d5158').one('websocket.payload.pong'), '48656c6c6f')
  })

  test('256 and 65,536 bytes of binary', () => {
    const small = seen('server', concat(hex('827e0100'), new Uint8Array(256)))
    assert.equal(small.one('websocket.payload_length'), 126)
    assert.equal(small.one('websocket.payload_length_ext_16'), 256)
    assert.equal(small.one('data.len'), 256)
    const large = seen('server', concat(hex('827f0000000000010000'), new Uint8Array(65_536)).slice(0, 60_000))
    assert.equal(large.stack, 'eth:ip:tcp')
    const both = afterUpgrade((line) =>
      line.server(concat(hex('827f0000000000010000'), new Uint8Array(65_536)), 40_000),
    )
    assert.equal(both.one('websocket.payload_length'), 127)
    assert.equal(both.one('websocket.payload_length_ext_64'), 65_536n)
    assert.equal(both.one('data.len'), 65_536)
  })
})

describe('fragments', () => {
  test('a letter split between them is whole in the message', () => {
    const heart = utf8('♥')
    const wire = new Wire()
    const line = wire.open()
    upgrade(line)
    const first = line.client(wsFrame('client', 1, heart.slice(0, 1), { fin: false }))
    const ping = line.client(wsFrame('client', 9, 'p'))
    const last = line.client(wsFrame('client', 0, heart.slice(1)))
    assert.equal(wire.read(first).one('websocket.payload.text'), undefined)
    assert.equal(wire.read(ping).one('websocket.payload.ping'), '70')
    const got = wire.read(last)
    assert.equal(got.one('websocket.payload.text'), '♥')
    assert.deepEqual(got.all('websocket.fragment'), [first, last])
    assert.equal(got.all('websocket.fragments').length, 1)
    assert.equal(got.one(NOTE), undefined)
  })

  test('in the middle show their own bytes, and nobody reads them yet', () => {
    const got = seen('server', concat(hex('0101 61 0001 62 8001 63')))
    assert.equal(got.one('websocket.payload.continue'), '62')
    assert.equal(got.one('websocket.payload.text'), 'abc')
  })

  test('before a gap are not joined with those behind it', () => {
    const wire = new Wire()
    const line = wire.open()
    upgrade(line)
    line.server(wsFrame('server', 1, 'begun ', { fin: false }))
    line.lose('server', wsFrame('server', 0, 'lost', { fin: false }))
    line.client(wsFrame('client', 1, 'so that it is acknowledged'))
    line.server(wsFrame('server', 9, 'p'))
    const end = line.server(wsFrame('server', 0, ' ended'))
    assert.match(String(wire.read(end).all(NOTE)), /continuation of nothing/)
    assert.ok(!story(wire.trace()).some((words) => words.includes('begun  ended')))
  })

  test('of a message longer than is put together are said to be', () => {
    const piece = wsFrame('server', 2, new Uint8Array(600_000), { fin: false })
    const got = afterUpgrade((line) => {
      line.server(piece, 60_000)
      line.server(wsFrame('server', 0, new Uint8Array(600_000), { fin: false }), 60_000)
      return line.server(wsFrame('server', 0, 'end'))
    })
    assert.match(String(got.one(NOTE)), /longer than/)
  })
})

describe('closing', () => {
  test('names its code and reason', () => {
    const got = seen('server', wsFrame('server', 8, concat(hex('03e9'), utf8('bye'))))
    assert.equal(got.one('websocket.payload.close.status_code'), 1001)
    assert.equal(got.one('websocket.payload.close.reason'), 'bye')
    assert.equal(got.info, 'WebSocket Connection Close [FIN] 1001 Going Away bye')
  })

  test('without a code is right', () => {
    const got = seen('client', wsFrame('client', 8, ''))
    assert.equal(got.stack, 'eth:ip:tcp:websocket')
    assert.equal(got.one(NOTE), undefined)
  })

  test('with half a code, or one that must not be sent, is said to be wrong', () => {
    assert.match(String(seen('server', '880103').one(NOTE)), /2 bytes and a reason/)
    assert.match(String(seen('server', '880203ee').one(NOTE)), /1006 must not be sent/)
  })
})

describe('a broken rule is said and stops nothing', () => {
  const cases: [string, Side, string, RegExp][] = [
    ['an unmasked client', 'client', '8102 6869', /client must mask/],
    ['a masked server', 'server', '8182 00000000 6869', /server must not mask/],
    ['a reserved opcode', 'server', '8302 6869', /3 is reserved/],
    ['a fragmented ping', 'server', '0901 61', /must not be fragmented/],
    ['a control frame of 126 bytes', 'server', `897e007e ${'00'.repeat(126)}`, /at most 125/],
    ['a reserved bit', 'server', 'a102 6869', /Reserved: expected 0/],
    ['a length in more bytes than it needs', 'server', '817e0002 6869', /fewest bytes/],
    ['a continuation of nothing', 'server', '8002 6869', /continuation of nothing/],
    ['a new message inside another', 'server', '0101 61 8101 62', /before the last was ended/],
    ['text that is no UTF-8', 'server', '8102 c328', /expected UTF-8/],
  ]
  for (const [name, side, bytes, why] of cases) {
    test(name, () => {
      const got = seen(side, concat(hex(bytes), wsFrame(side, 1, 'on')))
      assert.match(got.all(NOTE).join('; '), why)
      assert.equal(got.all('websocket.payload.text').at(-1), 'on')
      assert.deepEqual(got.problems, [])
    })
  }

  test('a length with its top bit set ends what can be read', () => {
    const got = seen('server', '827f8000000000000005 0102030405')
    assert.match(got.problems[0]!, /expected less than 2\^53/)
  })
})

describe('permessage-deflate', () => {
  const agreed = 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n'

  test('agreed on: a compressed message shows its bit and is inflated in a buffer of its own', () => {
    const got = seen('server', 'c107 f248cdc9c90700', agreed)
    assert.equal(got.one('websocket.pmc'), true)
    assert.equal(got.one('websocket.rsv'), 4)
    assert.equal(got.one('websocket.payload.text'), 'Hello')
    assert.equal(got.packet.buffers[got.span('websocket.payload.text').buffer]?.name, 'Inflated')
    assert.equal(got.one(NOTE), undefined)
  })

  test('agreed on: a message may go uncompressed', () => {
    const got = seen('server', '8105 48656c6c6f', agreed)
    assert.equal(got.one('websocket.pmc'), false)
    assert.equal(got.one('websocket.payload.text'), 'Hello')
  })

  test('not agreed on: the bit is against the rules', () => {
    assert.match(seen('server', 'c107 f248cdc9c90700').all(NOTE).join(), /no extension/)
  })
})

describe('however the bytes come', () => {
  const said: Said[] = [
    ['client', concat(wsFrame('client', 1, 'hi'), wsFrame('client', 2, new Uint8Array(130)))],
    [
      'server',
      concat(wsFrame('server', 1, 'a', { fin: false }), wsFrame('server', 9, 'p'), wsFrame('server', 0, 'b')),
    ],
    ['client', wsFrame('client', 10, 'p')],
    ['server', wsFrame('server', 8, hex('03e8'))],
  ]
  const opening: Said[] = [
    ['client', 'GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    ['server', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'],
  ]

  test('the messages are the same', () => {
    const told = everySplitAgrees([...opening, ...said])
    assert.equal(told.filter((line) => line === '[websocket]').length, 7)
    assert.ok(told.includes('websocket.payload.text=ab'))
  })

  test('a frame’s length needs no more than its header', () => {
    fc.assert(
      fc.property(fc.nat(70_000), fc.boolean(), (length, client) => {
        const frame = wsFrame(client ? 'client' : 'server', 2, new Uint8Array(length))
        const header = frame.length - length
        assert.equal(websocket.frameLength(frame.subarray(0, header - 1), {} as StreamPosition), undefined)
        assert.equal(websocket.frameLength(frame.subarray(0, header), {} as StreamPosition), frame.length)
      }),
      { numRuns: 50 },
    )
  })

  test('a length that is read in place is the same, and is not guessed', () => {
    fc.assert(
      fc.property(fc.nat(70_000), fc.boolean(), fc.nat(9), (length, client, start) => {
        const frame = wsFrame(client ? 'client' : 'server', 2, new Uint8Array(length))
        const bytes = concat(new Uint8Array(start).fill(0xff), frame, hex('ffff'))
        const end = start + frame.length
        const expected = length > 65_535 || frame.length < 4 ? 0 : frame.length
        assert.equal(websocket.plainLength?.(bytes, start, end), expected)
        assert.equal(websocket.plainLength?.(bytes, start, start + 3), 0)
      }),
      { numRuns: 50 },
    )
  })

  test('any bytes never throw, and every span stays inside', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 30 }),
      fc.constantFrom(...said.map(([, bytes]) => bytes as Uint8Array)),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom<Side>('client', 'server'), piece)), (parts) => {
        const wire = new Wire()
        const line = wire.open()
        upgrade(line, '/', parts.length % 2 === 0 ? 'Sec-WebSocket-Extensions: permessage-deflate\r\n' : '')
        for (const [side, bytes] of parts) line.say(side, bytes)
        assertSound(wire.trace())
      }),
      { numRuns: 150 },
    )
  })

  test('after a gap the frames are found again', () => {
    const wire = new Wire()
    const line = wire.open()
    upgrade(line)
    line.server(wsFrame('server', 1, 'before'))
    line.lose('server', wsFrame('server', 2, new Uint8Array(50)))
    line.server(wsFrame('server', 1, 'behind'))
    line.client(wsFrame('client', 1, 'so that it is acknowledged'))
    line.server(wsFrame('server', 1, 'again'))
    assert.ok(story(wire.trace()).includes('websocket.payload.text=again'))
  })
})
