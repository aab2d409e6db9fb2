import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CONTENT_ENCODING,
  CONTENT_LENGTH,
  CONTENT_TYPE,
  PlainHead,
} from '../../server/protocols/http-plain-head.ts'
import { utf8 } from '../frames.ts'

const CODED =
  'HTTP/1.1 200 OK\r\nContent-Type: text/plain \r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n'

function read(head: PlainHead, text: string): boolean {
  const bytes = utf8(text)
  return head.read(bytes, 0, bytes.length)
}

test('a header stands where it says, the white space around it left out', () => {
  const head = new PlainHead()
  assert.ok(read(head, CODED))
  assert.equal(head.value(utf8(CODED), CONTENT_TYPE), 'text/plain')
  assert.equal(head.value(utf8(CODED), CONTENT_ENCODING), 'gzip')
  assert.deepEqual([head.code, head.contentLength, head.bodyAt], [200, 2, CODED.length])
})

test('of the head before nothing is left', () => {
  const head = new PlainHead()
  assert.ok(read(head, CODED))
  assert.ok(read(head, 'HTTP/1.1 204 No Content\r\nDate: today\r\n\r\n'))
  for (const header of [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LENGTH]) {
    assert.deepEqual([head.has(header), head.from(header), head.to(header)], [false, -1, -1])
  }
  assert.equal(head.contentLength, -1)
})
