import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { http } from '../../server/protocols/http.ts'
import type { StreamPosition } from '../../server/protocols/protocol.ts'
import { concat, type Side, utf8 } from '../frames.ts'
import { assertSound, everySplitAgrees, type Said, Wire } from './wire.ts'

const NOTE = '_ws.expert.message'

/** A request and its response on a connection of their own; the response's packet. */
function answered(response: Uint8Array | string, request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n') {
  const wire = new Wire()
  const line = wire.open()
  const asked = line.client(request)
  const got = line.server(response)
  return { wire, line, asked, got, read: () => wire.read(got) }
}

describe('a request', () => {
  const text = 'GET /a/b?x=1&y=%20z HTTP/1.1\r\nHost: lab:4000\r\ncookie: a=1; b=2\r\nX-Own: \t o \r\n\r\n'
  const wire = new Wire()
  const seen = wire.read(wire.open().client(text))

  test('has Wireshark’s fields', () => {
    assert.equal(seen.stack, 'eth:ip:tcp:http')
    assert.equal(seen.one('http.request'), true)
    assert.equal(seen.one('http.request.method'), 'GET')
    assert.equal(seen.one('http.request.uri'), '/a/b?x=1&y=%20z')
    assert.equal(seen.one('http.request.uri.path'), '/a/b')
    assert.equal(seen.one('http.request.uri.query'), 'x=1&y=%20z')
    assert.deepEqual(seen.all('http.request.uri.query.parameter'), ['x=1', 'y=%20z'])
    assert.equal(seen.one('http.request.version'), 'HTTP/1.1')
    assert.equal(seen.one('http.request.full_uri'), 'http://lab:4000/a/b?x=1&y=%20z')
    assert.equal(seen.one('http.host'), 'lab:4000')
    assert.deepEqual(seen.all('http.cookie_pair'), ['a=1', 'b=2'])
    assert.equal(seen.one('http.unknown_header'), 'x-own: o')
    assert.deepEqual(seen.all('http.request.line'), [
      'Host: lab:4000\r\n',
      'cookie: a=1; b=2\r\n',
      'X-Own: \t o \r\n',
    ])
    assert.equal(seen.info, 'GET /a/b?x=1&y=%20z HTTP/1.1')
  })

  test('has its fields at their bytes in the frame', () => {
    const bytes = seen.packet.buffers[0]!.bytes
    for (const name of ['http.request.method', 'http.request.uri', 'http.request.version', 'http.host']) {
      const span = seen.span(name)
      assert.equal(span.buffer, 0)
      assert.equal(Buffer.from(bytes.subarray(span.start, span.end)).toString(), span.value, name)
    }
  })

  test('may follow empty lines, and end its own with LF alone', () => {
    const again = new Wire()
    assert.equal(again.read(again.open().client('\r\n\nGET / HTTP/1.0\nHost: x\n\n')).one('http.host'), 'x')
  })
})

describe('a response', () => {
  test('names its request, and the request its response', () => {
    const { wire, asked, got, read } = answered(
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nhi',
    )
    const seen = read()
    assert.equal(seen.one('http.response.code'), 200)
    assert.equal(seen.one('http.response.phrase'), 'OK')
    assert.equal(seen.one('http.content_length'), 2)
    assert.equal(seen.one('http.request_in'), asked)
    assert.equal(seen.one('http.time'), 0.001)
    assert.equal(seen.one('http.response_for.uri'), 'http://a/')
    assert.equal(seen.one('http.file_data'), 'hi')
    assert.equal(seen.info, 'HTTP/1.1 200 OK (text/plain)')
    assert.equal(wire.read(asked).one('http.response_in'), got)
  })

  test('is tied by order when requests are sent ahead', () => {
    const wire = new Wire()
    const line = wire.open()
    const request = (method: string, path: string) => `${method} ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
    line.client(
      request('HEAD', '/head') + request('GET', '/none') + request('GET', '/same') + request('GET', '/last'),
    )
    const got = line.server(
      'HTTP/1.1 103 Early Hints\r\n\r\n' +
        'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n' +
        'HTTP/1.1 204 No Content\r\n\r\n' +
        'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n' +
        'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx',
    )
    const seen = wire.read(got)
    assert.deepEqual(seen.all('http.response.code'), [103, 200, 204, 304, 200])
    assert.deepEqual(
      seen.all('http.response_for.uri').map((uri) => String(uri).slice(8)),
      ['/head', '/head', '/none', '/same', '/last'],
    )
  })

  test('that comes before its request is whole is tied to it all the same', () => {
    const wire = new Wire()
    const line = wire.open()
    line.client('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n')
    const early = line.server('HTTP/1.1 100 Continue\r\n\r\n')
    const asked = line.client('body')
    const got = line.server('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n')
    const next = line.client('GET /next HTTP/1.1\r\n\r\n')
    const last = line.server('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    assert.equal(wire.read(early).one('http.request_in'), asked)
    assert.equal(wire.read(got).one('http.request_in'), asked)
    assert.equal(wire.read(last).one('http.request_in'), next)
  })

  test('that is final and early does not shift the pairs behind it', () => {
    const wire = new Wire()
    const line = wire.open()
    line.client('POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbo')
    const early = line.server('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n')
    const asked = line.client('dy')
    const next = line.client('GET /next HTTP/1.1\r\n\r\n')
    const last = line.server('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    assert.equal(wire.read(early).one('http.request_in'), asked)
    assert.equal(wire.read(asked).one('http.response_in'), early)
    assert.equal(wire.read(last).one('http.request_in'), next)
  })

  test('without a length lasts until the connection is closed', () => {
    const { wire, line, got } = answered('HTTP/1.0 200 OK\r\n\r\nas long')
    assert.equal(wire.read(got).stack, 'eth:ip:tcp')
    line.server(' as it takes')
    line.close('server')
    const trace = wire.trace()
    const bodies = []
    for (let n = 1; n <= trace.total; n++) bodies.push(...wire.read(n).all('http.file_data'))
    assert.deepEqual(bodies, ['as long as it takes'])
  })
})

describe('a body', () => {
  const plain = '{"é":[1,true]}'
  const json = (headers: string, body: Uint8Array) =>
    concat(utf8(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${headers}\r\n`), body)

  test('in chunks is joined in a buffer of its own', () => {
    const { read } = answered(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n' +
        '5;ext=1\r\nhello\r\n06\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n',
    )
    const seen = read()
    assert.deepEqual(seen.all('http.chunk_size'), [5, 6, 0])
    assert.deepEqual(seen.all('http.chunk_boundary'), ['0d0a', '0d0a'])
    assert.equal(seen.one('http.chunked_trailer_part'), 'X-Sum: 1')
    assert.equal(seen.one('http.file_data'), 'hello world')
    assert.equal(seen.packet.buffers[seen.span('http.file_data').buffer]!.name, 'De-chunked entity body')
  })

  for (const [coding, compress] of Object.entries({
    gzip: gzipSync,
    deflate: deflateSync,
    'x-gzip': gzipSync,
    br: brotliCompressSync,
    identity: (bytes: Uint8Array) => bytes,
  })) {
    test(`in ${coding} is undone`, () => {
      const body = compress(utf8(plain))
      const seen = answered(
        json(`Content-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n`, body),
      ).read()
      assert.equal(seen.one('json.value'), plain)
      assert.equal(seen.stack, 'eth:ip:tcp:http:json')
    })
  }

  test('in bare deflate, as some servers send it, is undone', () => {
    const body = deflateRawSync(utf8(plain))
    const seen = answered(
      json(`Content-Encoding: deflate\r\nContent-Length: ${body.length}\r\n`, body),
    ).read()
    assert.equal(seen.one('json.value'), plain)
  })

  test('that can’t be undone stays as it is, and that is said', () => {
    for (const [coding, why] of [
      ['gzip', /not valid/],
      ['zstd', /not known/],
    ] as const) {
      const seen = answered(json(`Content-Encoding: ${coding}\r\nContent-Length: 3\r\n`, utf8('abc'))).read()
      assert.match(String(seen.one(NOTE)), why)
      assert.equal(seen.one('data.data'), '616263')
    }
  })

  test('that would inflate without end is left compressed', () => {
    const body = gzipSync(new Uint8Array(8 << 20))
    const seen = answered(json(`Content-Encoding: gzip\r\nContent-Length: ${body.length}\r\n`, body)).read()
    assert.match(String(seen.one(NOTE)), /left compressed/)
  })

  test('is read in the charset that is named', () => {
    const body = Uint8Array.of(0xe9)
    const head = utf8(
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Type: text/html; charset=ISO-8859-1\r\n\r\n',
    )
    assert.equal(answered(concat(head, body)).read().one('http.file_data'), 'é')
  })

  test('that is longer than is waited for shows its head at once, the rest in pieces', () => {
    const wire = new Wire()
    const line = wire.open()
    const asked = line.client(`POST / HTTP/1.1\r\nContent-Length: ${20 << 20}\r\n\r\n`)
    const piece = line.client(new Uint8Array(65_536), 32_768)
    assert.equal(wire.read(asked).one('http.content_length'), 20 << 20)
    assert.equal(wire.read(piece).info, 'Continuation')
  })
})

describe('a length that is no length', () => {
  const cases: [string, RegExp][] = [
    ['Content-Length: -5', /expected decimal digits/],
    ['Content-Length: 5, 7', /conflicting/],
    ['Content-Length: 5\r\nContent-Length: 7', /conflicting/],
    ['Content-Length: 99999999999999999999', /more than can be counted/],
    ['Content-Length: 0x10', /expected decimal digits/],
    ['Content-Length: 3\r\nTransfer-Encoding: gzip', /last coding must be chunked/],
  ]
  for (const [header, why] of cases) {
    test(`${header.replaceAll('\r\n', ' and ')} ends the request at its head`, () => {
      const wire = new Wire()
      const line = wire.open()
      const seen = wire.read(line.client(`POST / HTTP/1.1\r\n${header}\r\n\r\nGET / HTTP/1.1\r\n\r\n`))
      assert.deepEqual(seen.all('http.request.method'), ['POST', 'GET'])
      assert.match(String(seen.one(NOTE)), why)
    })
  }

  test('the same length said twice is a length', () => {
    const seen = answered(
      'HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\nContent-Type: text/plain\r\n\r\nhi',
    ).read()
    assert.equal(seen.one('http.file_data'), 'hi')
    assert.equal(seen.one(NOTE), undefined)
  })

  test('beside chunks is passed over, and that is said', () => {
    const seen = answered(
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n',
    ).read()
    assert.equal(seen.one('http.file_data'), 'x')
    assert.match(String(seen.one(NOTE)), /smuggle/)
  })

  test('a broken chunk size ends the message there', () => {
    const seen = answered(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\nzz\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    ).read()
    assert.match(String(seen.one(NOTE)), /expected hex digits, found "zz\\r"/)
    assert.deepEqual(seen.all('http.response.code'), [200, 200])
  })
})

describe('what is no HTTP', () => {
  const recognise = (text: string) => http.recognises!(utf8(text), {} as StreamPosition)

  test('is told from what is, by the first bytes', () => {
    for (const text of [
      'GET / HTTP/1.1',
      'OPTIONS * HTTP/1.1',
      'CONNECT a:1 HTTP/1.1',
      'HTTP/1.0 200',
      'POST http://a/ H',
    ])
      assert.equal(recognise(text), true, text)
    for (const text of [
      'hello',
      'GETTING',
      'OPTIONS sip:a SIP/2.0',
      'OPTIONS rtsp://a RTSP/1.0',
      'HTTP/2',
      'G\n',
      '\x16\x03\x01',
    ])
      assert.equal(recognise(text), false, text)
    for (const text of ['', 'G', 'GET', 'GET ', 'GET ht', 'HTT', 'HTTP/1.', 'PROP'])
      assert.equal(recognise(text), undefined, text)
  })

  test('on an HTTP connection is shown as it stands, and HTTP is found again behind it', () => {
    const { wire, line } = answered('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    const noise = line.server('???\x00')
    line.client('GET / HTTP/1.1\r\n\r\n')
    const again = line.server('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n')
    assert.equal(wire.read(noise).stack, 'eth:ip:tcp:http:data')
    assert.equal(wire.read(again).one('http.response.code'), 404)
  })

  test('a head without an end is given up at 64 KiB', () => {
    const wire = new Wire()
    const line = wire.open()
    const last = line.client(`GET / HTTP/1.1\r\nX: ${'a'.repeat(70_000)}`, 1460)
    line.client('\r\n\r\n')
    const trace = wire.trace()
    const stacks = []
    for (let n = 4; n <= last; n++) stacks.push(wire.read(n).stack)
    assert.ok(
      stacks.some((stack) => stack.includes('http')),
      'it is shown before it ends',
    )
    assertSound(trace)
  })
})

describe('however the bytes come', () => {
  const said: Said[] = [
    ['client', 'HEAD /x HTTP/1.1\r\nHost: a\r\n\r\nPOST /y?z HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc'],
    ['server', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n'],
    [
      'server',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x\r\n0123456789\r\n0\r\nT: 1\r\n\r\n',
    ],
    ['client', '\r\nGET /last HTTP/1.0\n\n'],
    ['server', 'HTTP/1.0 200 OK\r\n\r\nto the end'],
  ]

  test('the messages are the same', () => {
    const told = everySplitAgrees(said)
    assert.equal(told.filter((line) => line === '[http]').length, 7)
  })

  test('each byte is looked at once: a long head in single bytes takes no time', () => {
    const flow = { state: new Map() } as never
    const bytes = utf8(`GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(9_000)}\r\n`)
    const began = process.cpuUsage()
    for (let n = 1; n < bytes.length; n++) {
      assert.equal(
        http.frameLength(bytes.subarray(0, n), { flow, fromClient: true, ended: false }),
        undefined,
      )
    }
    assert.equal(http.frameLength(bytes, { flow, fromClient: true, ended: false }), bytes.length)
    assert.ok(process.cpuUsage(began).user < 2_000_000, 'quadratic')
  })

  test('hostile bytes never throw, and every span stays inside', () => {
    const piece = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...said.map(([, text]) => utf8(String(text)))) },
      fc.uint8Array({ maxLength: 40 }),
      fc
        .constantFrom(
          'HTTP/1.1 ',
          'GET ',
          '\r\n\r\n',
          'Transfer-Encoding: chunked\r\n\r\n',
          '5\r\n',
          'Content-Length: 1\r\n',
        )
        .map(utf8),
    )
    const side = fc.constantFrom<Side>('client', 'server')
    fc.assert(
      fc.property(fc.array(fc.tuple(side, piece, fc.nat(30)), { maxLength: 12 }), (parts) => {
        const wire = new Wire()
        const line = wire.open()
        for (const [who, bytes, size] of parts)
          line.say(
            who,
            bytes.map((b, i) => (i === size ? b ^ 0x41 : b)),
            size + 1,
          )
        line.close()
        assertSound(wire.trace())
      }),
      { numRuns: 150 },
    )
  })
})
