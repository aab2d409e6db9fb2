/** Captures made to cost their reader more than they cost their writer, in what TCP carries: each goes on for ever. */
import { constants, deflateRawSync, gzipSync } from 'node:zlib'
import { concat, hex, utf8 } from '../frames.ts'
import { get, ok, wsFrame } from '../protocols/wire.ts'
import { bytes, type Frames, filled, numbers, repeated, Talk, u32 } from './attacks-transport.ts'

const HANDSHAKE =
  'Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
const DEFLATE = 'Sec-WebSocket-Extensions: permessage-deflate\r\n'
const SOCKET_IO = '/socket.io/?EIO=4&transport=websocket'

function* webSocket(talk: Talk, uri = '/', extensions = ''): Frames {
  yield* talk.open()
  yield talk.client(`GET ${uri} HTTP/1.1\r\n${HANDSHAKE}`)
  yield talk.server(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n${extensions}\r\n`,
  )
}

const opened = (sid: string) => `0{"sid":"${sid}","upgrades":[],"pingInterval":25000,"pingTimeout":20000}`
const text = (words: string) => wsFrame('server', 1, words)

/** Everything on one connection, opened first. */
function* onOne(make: (talk: Talk, i: number) => Frames): Frames {
  const talk = new Talk()
  yield* talk.open()
  for (const i of numbers()) yield* make(talk, i)
}

function* onMany(make: (talk: Talk, i: number) => Frames): Frames {
  for (const i of numbers()) yield* make(new Talk(i), i)
}

function* session(make: (i: number) => Uint8Array): Frames {
  const talk = new Talk()
  yield* webSocket(talk, SOCKET_IO)
  yield talk.server(text(opened('abc')))
  for (const i of numbers()) yield talk.server(make(i))
}

function deflated(length: number): Uint8Array {
  const packed = deflateRawSync(Buffer.alloc(length), { finishFlush: constants.Z_SYNC_FLUSH })
  const frame = wsFrame('server', 1, new Uint8Array(packed.subarray(0, -4)))
  frame[0] = (frame[0] ?? 0) | 0x40
  return frame
}

function* gzipped(talk: Talk, body: Uint8Array): Frames {
  yield talk.client('GET / HTTP/1.1\r\n\r\n')
  yield talk.server(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`)
  yield* talk.serverAll(body)
}

export const APPLICATION_ATTACKS: Readonly<Record<string, () => Frames>> = {
  'an HTTP head without end': () =>
    onOne(function* (talk, i) {
      yield talk.client(i === 0 ? 'GET / HTTP/1.1\r\n' : `X-${i}: ${i}\r\n`)
    }),
  'HTTP heads in single bytes': () =>
    onMany(function* (talk) {
      yield* talk.open()
      yield talk.client('GET / HTTP/1.1\r\nA: ')
      for (let i = 0; i < 500; i++) yield talk.client('a')
    }),
  'HTTP requests without a response': () =>
    onOne(function* (talk, i) {
      yield talk.client(`GET /${'x'.repeat(500)}${i} HTTP/1.1\r\n\r\n`)
    }),
  'HTTP requests without a response, on many connections': function* () {
    const talks = Array.from({ length: 400 }, (_, i) => new Talk(i))
    for (const i of numbers())
      yield (talks[i % 400] ?? new Talk()).client(`GET /${'x'.repeat(500)} HTTP/1.1\r\n\r\n`)
  },
  'tiny HTTP requests, many to a segment': () =>
    onOne(function* (talk) {
      yield talk.client('GET / HTTP/1.1\r\n\r\n'.repeat(70))
    }),
  'a body in chunks of a byte': () =>
    onOne(function* (talk, i) {
      yield talk.client(
        i === 0 ? 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n' : '1\r\na\r\n'.repeat(200),
      )
    }),
  'bodies in chunks of a byte': () =>
    onOne(function* (talk) {
      yield talk.client('POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n')
      for (let i = 0; i < 20; i++) yield talk.client('1\r\na\r\n'.repeat(200))
      yield talk.client('0\r\n\r\n')
    }),
  'gzip bombs': () => {
    const body = new Uint8Array(gzipSync(Buffer.alloc(8 << 20)))
    return onOne((talk) => gzipped(talk, body))
  },
  'permessage-deflate bombs that refer to each other': function* () {
    const frame = deflated(1 << 15)
    const talk = new Talk()
    yield* webSocket(talk, '/', DEFLATE)
    for (;;) yield* talk.serverAll(frame)
  },
  'WebSocket fragments without end': () => {
    const fragment = wsFrame('server', 0, 'a', { fin: false })
    return session((i) => (i === 0 ? wsFrame('server', 1, 'a', { fin: false }) : repeated(20, fragment)))
  },
  'WebSocket messages of 2^63 bytes': () =>
    onMany(function* (talk) {
      yield* webSocket(talk)
      yield talk.server(hex('827f7fffffffffffffff'))
      for (let i = 0; i < 20; i++) yield talk.server(filled(1400))
    }),
  'empty WebSocket messages, many to a segment': () => {
    const empty = repeated(200, text(''))
    return session(() => empty)
  },
  'WebSocket pings without a pong': () => session((i) => wsFrame('server', 9, String(i))),
  'TLS handshake messages of 16 MB': () =>
    onMany(function* (talk) {
      yield* talk.open()
      yield talk.client(concat(hex('16030340000bfffffc'), filled(1300)))
      for (let i = 0; i < 40; i++) yield talk.client(filled(1400))
    }),
  'a TLS handshake message in records of a byte': () => {
    const record = repeated(200, hex('1603030001ff'))
    return onOne(function* (talk, i) {
      yield talk.client(i === 0 ? hex('16030300010b16030300010f') : record)
    })
  },
  'TLS hellos and nothing else': () => {
    const hello = concat(hex('16030100310100002d0303'), filled(32), hex('00 0002 1301 01 00 0002 0000'))
    return onMany(function* (talk) {
      yield* talk.open()
      yield talk.client(hello)
    })
  },
  'Engine.IO payloads of 100,000 packets': () => {
    const body = utf8(ok(`${'2\x1e'.repeat(100_000)}2`))
    return onOne(function* (talk) {
      yield talk.client(get('transport=polling&sid=abc'))
      yield* talk.serverAll(body)
    })
  },
  'a new session with every response': () =>
    onOne(function* (talk, i) {
      yield talk.client(get('transport=polling'))
      yield talk.server(ok(opened(`s${i}`)))
    }),
  'Socket.IO events whose acknowledgement never comes': () =>
    session((i) => concat(...Array.from({ length: 8 }, (_, k) => text(`42${i * 8 + k}["a"]`)))),
  'the same in every session': () =>
    onMany(function* (talk, i) {
      yield* webSocket(talk, SOCKET_IO)
      yield talk.server(text(opened(`s${i}`)))
      for (let at = 0; at < 1000; at += 100) {
        yield talk.server(concat(...Array.from({ length: 100 }, (_, k) => text(`42${at + k}["a"]`))))
      }
    }),
  'a namespace with every packet': () => session((i) => text(`40/n${i},{"sid":"x${i}"}`)),
  'Socket.IO attachments by the million': () =>
    session((i) =>
      i % 3 === 0 ? text('451000000-["a",{"_placeholder":true,"num":0}]') : wsFrame('server', 2, 'xx'),
    ),
  'JSON that is all brackets': () => {
    const deep = text(`42["a",${'['.repeat(30_000)}${']'.repeat(30_000)}]`)
    return onOne(function* (talk, i) {
      if (i === 0) yield talk.client(`GET ${SOCKET_IO} HTTP/1.1\r\n${HANDSHAKE}`)
      if (i === 0)
        yield talk.server(
          'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
        )
      yield* talk.serverAll(deep)
    })
  },
  'bytes that may yet become anything': () =>
    onMany(function* (talk, i) {
      yield talk.client(bytes(...u32(i)))
    }),
}
