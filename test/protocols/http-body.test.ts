import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { concat, utf8 } from '../frames.ts'
import { answered } from './answered.ts'
import { Wire } from './wire.ts'

const NOTE = '_ws.expert.message'

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
    assert.equal(seen.one('http.chunked_trailer_part'), 'X-Sum: 1\r\n')
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
    const seen = answered(concat(head, body)).read()
    assert.equal(seen.one('data-text-lines.line'), 'é')
    // Wireshark reads it as ASCII, and so does a filter that is to find the same.
    assert.equal(seen.one('http.file_data'), '\ufffd')
    assert.equal(seen.span('http.file_data').text, 'é')
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

  test('of two the last counts, as for Wireshark, and what a smuggler makes of it is said', () => {
    const wire = new Wire()
    const line = wire.open()
    const body = 'GET /x HTTP/1.1\r\n\r\n'
    const seen = wire.read(
      line.client(`POST / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
    )
    assert.deepEqual(seen.all('http.request.method'), ['POST'])
    assert.deepEqual(seen.all('http.content_length'), [0, body.length])
    assert.match(String(seen.one(NOTE)), /conflicting.*smuggled/)
  })

  test('may have a plus sign for Wireshark, and that is said', () => {
    const seen = answered('HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx').read()
    assert.equal(seen.one('http.content_length'), 1)
    assert.equal(seen.one('http.file_data'), 'x')
    assert.match(String(seen.one(NOTE)), /expected decimal digits/)
  })

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
    assert.equal(seen.all('http.te_and_length').length, 1)
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

describe('a body goes on to the reader of its type', () => {
  const inner = (type: string, body = '{"a":1}') => {
    const seen = answered(
      `HTTP/1.1 200 OK\r\n${type === '' ? '' : `Content-Type: ${type}\r\n`}Content-Length: ${utf8(body).length}\r\n\r\n${body}`,
    ).read()
    return { seen, stack: seen.stack.replace('eth:ip:tcp:http', '') }
  }

  for (const [type, stack] of [
    ['', ':data'],
    ['text/plain', ':data-text-lines'],
    ['TEXT/HTML; charset=utf-8', ':data-text-lines'],
    ['text/csv', ':media'],
    ['application/json', ':json'],
    ['application/problem+json; x=y', ':json'],
    ['application/ld+json', ':media:json'],
    ['application/octet-stream', ':data'],
    ['application/x-www-form-urlencoded', ':urlencoded-form'],
    ['image/webp', ':media'],
  ] as const) {
    test(`${type || 'none named'}: ${stack.slice(1)}`, () => assert.equal(inner(type).stack, stack))
  }

  test('a picture is known by its first bytes', () => {
    const { seen } = inner('image/gif', 'GIF89a …')
    assert.equal(seen.one('media.format'), 'GIF')
    assert.equal(seen.one('media.type'), undefined)
    assert.equal(inner('image/png', 'no picture').seen.one('media.text'), 'no picture')
  })

  test('a form shows its names and values, escapes undone', () => {
    const { seen } = inner('application/x-www-form-urlencoded', 'a=1&b=%20%C3%A9+x&c&d=%zz')
    assert.deepEqual(seen.all('urlencoded-form.key'), ['a', 'b', 'c', 'd'])
    assert.deepEqual(seen.all('urlencoded-form.value'), ['1', ' é x', '', '%zz'])
  })

  test('text shows its lines, of a bounded number', () => {
    assert.deepEqual(inner('text/plain', 'a\r\nb\n\nc').seen.all('data-text-lines.line'), [
      'a\r\n',
      'b\n',
      '\n',
      'c',
    ])
    assert.equal(inner('text/plain', '\n'.repeat(5000)).seen.all('data-text-lines.line').length, 1000)
  })
})
