import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readAddress, writeAddress } from '../../web/lib/url.ts'

const ORIGIN = 'http://127.0.0.1:3000'

test('an address that is written reads back the same', () => {
  const address = fc.record({
    filter: fc.string({ maxLength: 60 }),
    packet: fc.option(fc.integer({ min: 1 }), { nil: null }),
    page: fc.constantFrom('live' as const, 'compare' as const),
    lab: fc.option(fc.constantFrom('all', '01-layers'), { nil: null }),
    at: fc.constantFrom('client' as const, 'server' as const),
    capture: fc.option(fc.constantFrom('1', '27'), { nil: null }),
  })
  fc.assert(
    fc.property(address, (given) => {
      assert.deepEqual(readAddress(new URL(writeAddress(given), ORIGIN)), { ...given, token: null })
    }),
  )
})

test('the page as one finds it has a bare address', () => {
  assert.equal(
    writeAddress({ filter: '', packet: null, page: 'live', lab: null, at: 'client', capture: null }),
    '/',
  )
})

test('what makes no sense in an address is left out', () => {
  const read = readAddress(new URL('/?packet=-3&view=nowhere&at=sea', ORIGIN))
  assert.deepEqual(read, {
    filter: '',
    packet: null,
    page: 'live',
    lab: null,
    at: 'client',
    capture: null,
    token: null,
  })
  assert.equal(readAddress(new URL('/?packet=many', ORIGIN)).packet, null)
})

test('the token stands in the fragment, which no server sees', () => {
  assert.equal(readAddress(new URL('/#token=abc', ORIGIN)).token, 'abc')
})
