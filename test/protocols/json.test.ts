import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type JsonNode, parseJson, stringOf } from '../../server/protocols/json-text.ts'
import { utf8 } from '../frames.ts'
import { Wire } from './wire.ts'

/** The value that a node stands for, by its place in the bytes. */
function valueAt(bytes: Uint8Array, node: JsonNode): unknown {
  if (node.kind === 'array') return node.children.map((child) => valueAt(bytes, child))
  if (node.kind === 'object') {
    return Object.fromEntries(node.children.map((child) => [child.key!.text, valueAt(bytes, child)]))
  }
  if (node.kind === 'string') return stringOf(bytes, node)
  return JSON.parse(Buffer.from(bytes.subarray(node.start, node.end)).toString())
}

const problem = (text: string) => parseJson(utf8(text), 0, utf8(text).length).problem

describe('a JSON text', () => {
  test('that JSON.parse reads is read alike, with any white space', () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), fc.constantFrom(0, 2), (text, indent) => {
        const bytes = utf8(JSON.stringify(JSON.parse(text), null, indent))
        const { root, problem } = parseJson(bytes, 0, bytes.length)
        assert.equal(problem, undefined)
        assert.equal(JSON.stringify(valueAt(bytes, root!)), JSON.stringify(JSON.parse(text)))
      }),
    )
  })

  test('is accepted exactly when JSON.parse accepts it', () => {
    const letters = fc.constantFrom(...'{}[]",:0123456789.eE+-truefalsn \\u"\t')
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 8 }), (parts) => {
        const text = parts.join('')
        let fine = true
        try {
          JSON.parse(text)
        } catch {
          fine = false
        }
        assert.equal(problem(text) === undefined, fine, text)
      }),
      { numRuns: 3000 },
    )
  })

  test('that breaks off says where, and keeps what was good', () => {
    const bytes = utf8('{"a":[1,2,')
    const { root, problem } = parseJson(bytes, 0, bytes.length)
    assert.equal(problem, 'JSON: expected a value, found the end at offset 10')
    assert.equal(root!.children[0]!.children.length, 2)
  })

  test('that nests without end, or has values without end, is read so far', () => {
    assert.match(problem('['.repeat(100_000))!, /nested deeper than 100/)
    assert.match(problem(`[${'1,'.repeat(20_000)}1]`)!, /more than 10000 values/)
  })

  test('any bytes never throw', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseJson(bytes, 0, bytes.length)))
  })
})

test('a layer of JSON has Wireshark’s fields, nested and in place', () => {
  const body = '{"name":"é","list":[1,true,null]}'
  const wire = new Wire()
  const got = wire.read(
    wire
      .open()
      .client(
        `POST / HTTP/1.1\r\nContent-Type: application/json; q=1\r\nContent-Length: ${utf8(body).length}\r\n\r\n${body}`,
      ),
  )
  assert.equal(got.stack, 'eth:ip:tcp:http:json')
  assert.deepEqual(got.all('json.member'), ['name', 'list'])
  assert.deepEqual(got.all('json.key'), ['name', 'list'])
  assert.deepEqual(got.all('json.path'), ['/name', '/list'])
  assert.deepEqual(got.all('json.path_with_value'), [
    '/name:é',
    '/list/[]:1',
    '/list/[]:true',
    '/list/[]:null',
  ])
  assert.deepEqual(got.all('json.member_with_value'), ['name:é', '[]:1', '[]:true', '[]:null'])
  assert.equal(got.one('json.value.string'), 'é')
  assert.equal(got.one('json.value.number'), '1')
  assert.equal(got.all('json.value.true').length, 1)
  assert.equal(got.all('json.value.null').length, 1)
  const { start, end } = got.span('json.array')
  assert.equal(Buffer.from(got.packet.buffers[0]!.bytes.subarray(start, end)).toString(), '[1,true,null]')
})

test('several JSON texts in one body are read one after the other', () => {
  const body = '{"a":[[1]]}\n[2]\n{"b":{"c":3}}'
  const wire = new Wire()
  const got = wire.read(
    wire
      .open()
      .client(
        `POST / HTTP/1.1\r\nContent-Type: application/x-ndjson\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      ),
  )
  assert.deepEqual(got.all('json.path_with_value'), ['/a/[]/[]:1', '/[]:2', '/b/c:3'])
  assert.equal(got.one('_ws.expert.message'), undefined)
})
