import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeBase64, hexByte, hexOffset, printable } from '../../web/lib/bytes.ts'

test('bytes come out of base64 as they went in', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.deepEqual(decodeBase64(Buffer.from(bytes).toString('base64')), bytes)
    }),
  )
})

test('a byte is two digits, an offset at least four', () => {
  assert.equal(hexByte(10), '0a')
  assert.equal(hexOffset(16), '0010')
  assert.equal(hexOffset(0x12345), '12345')
})

test('only ASCII with a shape is shown as text', () => {
  assert.equal(printable(0x41), 'A')
  assert.equal(printable(0x0a), undefined)
  assert.equal(printable(0x7f), undefined)
  assert.equal(printable(0xe9), undefined)
})
