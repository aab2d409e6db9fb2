import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { http } from '../../server/protocols/http.ts'
import type { StreamPosition } from '../../server/protocols/protocol.ts'
import { type Side, utf8 } from '../frames.ts'
import { answered } from './answered.ts'
import { assertSound, everySplitAgrees, type Said, Wire } from './wire.ts'

const NOTE = '_ws.expert.message'

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
    assert.equal(seen.one('http.unknown_header'), undefined)
    assert.equal(seen.one('http.request_number'), 1)
    assert.equal(seen.all('http.chat').length, 1)
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

  test('knows its neighbours on the connection', () => {
    const wire = new Wire()
    const line = wire.open()
    const packets = [1, 2, 3].flatMap(() => [
      line.client('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
      line.server('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
    ])
    const [, , asked = 0, got = 0] = packets
    const request = wire.read(asked)
    const response = wire.read(got)
    assert.equal(request.one('http.request_number'), 2)
    assert.equal(request.one('http.prev_request_in'), packets[0])
    assert.equal(request.one('http.next_request_in'), packets[4])
    assert.equal(request.one('http.prev_response_in'), undefined)
    assert.equal(response.one('http.response_number'), 2)
    assert.equal(response.one('http.prev_request_in'), packets[0])
    assert.equal(response.one('http.prev_response_in'), packets[1])
    assert.equal(response.one('http.next_request_in'), packets[4])
    assert.equal(response.one('http.next_response_in'), packets[5])
  })

  test('whose request was not seen has a number of its own', () => {
    const wire = new Wire()
    const line = wire.open()
    const alone = line.server('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    const asked = line.client('GET / HTTP/1.1\r\n\r\n')
    assert.equal(wire.read(alone).one('http.response_number'), 1)
    assert.equal(wire.read(alone).one('http.request_in'), undefined)
    assert.equal(wire.read(asked).one('http.request_number'), 2)
    assert.equal(wire.read(asked).one('http.prev_request_in'), undefined)
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

describe('headers', () => {
  const seen = (lines: string) => {
    const wire = new Wire()
    return wire.read(wire.open().client(`GET /é HTTP/1.1\r\n${lines}\r\n`))
  }

  test('keep the white space at their end, and are ASCII, as in Wireshark', () => {
    const got = seen('Host: lab \r\nUser-Agent: a\tb é\r\nEmpty:\r\n')
    assert.equal(got.one('http.host'), 'lab ')
    assert.equal(got.one('http.request.full_uri'), 'http://lab/é')
    assert.equal(got.one('http.user_agent'), 'a\tb \ufffd\ufffd')
    assert.equal(got.span('http.user_agent').text, 'a\tb é')
    assert.deepEqual(got.all('http.request.line').at(-1), 'Empty:\r\n')
  })

  test('with credentials show what base64 hides from nobody', () => {
    assert.equal(seen('Authorization: Basic dXNlcjpww6Rzcw==\r\n').one('http.authbasic'), 'user:päss')
    assert.match(String(seen('Authorization: Basic ???\r\n').one(NOTE)), /expected base64/)
  })

  test('with cookies show each pair at its place', () => {
    const got = seen('Cookie: a=1; b=2 ;; c\r\n')
    assert.deepEqual(got.all('http.cookie_pair'), ['a=1', 'b=2 ', 'c'])
  })

  test('whose name is none stand in their line, and in their order', () => {
    const got = seen('Host: a\r\nBad Name: x\r\nnocolon\r\nReferer: r\r\n')
    assert.deepEqual(got.all('http.request.line'), [
      'Host: a\r\n',
      'Bad Name: x\r\n',
      'nocolon\r\n',
      'Referer: r\r\n',
    ])
    assert.equal(got.all('http.bad_header_name').length, 2)
  })

  test('that Wireshark has no field for go by the name it gives to a header of one’s own', () => {
    assert.equal(seen('Origin: http://a\r\n').one('http.header.origin'), 'http://a')
  })
})

describe('what is no HTTP', () => {
  const position = { flow: { state: new Map() } } as unknown as StreamPosition
  const recognise = (text: string) => http.recognises!(utf8(text), position)

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

  test('is what follows an upgrade to something else, whatever it looks like', () => {
    const wire = new Wire()
    const line = wire.open()
    line.client('GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n')
    line.server('HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\n\r\n')
    assert.equal(wire.read(line.client('GET / HTTP/1.1\r\n\r\n')).stack, 'eth:ip:tcp:data')
  })

  test('is found out again behind a CONNECT that was granted', () => {
    const wire = new Wire()
    const line = wire.open()
    line.client('CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n')
    line.server('HTTP/1.1 200 Connection established\r\nContent-Length: 5\r\n\r\n')
    assert.equal(wire.read(line.client('\x01\x02')).stack, 'eth:ip:tcp:data')
    assert.equal(wire.read(line.client('GET /in HTTP/1.1\r\n\r\n')).one('http.request.uri'), '/in')
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
