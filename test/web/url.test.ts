import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readAddress, writeAddress } from '../../web/lib/url.ts'

const ORIGIN = 'http://127.0.0.1:3000'
/** The page as one finds it. */
const BARE = {
  filter: '',
  packet: null,
  page: 'live',
  lab: null,
  step: null,
  at: 'client',
  capture: null,
  flow: null,
  field: null,
  time: null,
  lower: 'packets',
} as const

test('an address that is written reads back the same', () => {
  const address = fc.record({
    filter: fc.string({ maxLength: 60 }),
    packet: fc.option(fc.integer({ min: 1 }), { nil: null }),
    page: fc.constantFrom('live' as const, 'compare' as const),
    lab: fc.option(fc.constantFrom('all', '01-layers'), { nil: null }),
    step: fc.option(fc.constantFrom('open', 'ack-after-hello'), { nil: null }),
    at: fc.constantFrom('client' as const, 'server' as const),
    capture: fc.option(fc.constantFrom('1', '27'), { nil: null }),
    flow: fc.option(fc.constantFrom('tcp.0', 'udp.27'), { nil: null }),
    field: fc.option(fc.constantFrom('tcp.srcport', 'ip.addr#2'), { nil: null }),
    time: fc.option(fc.constantFrom('1700000000.000000001', '0.000000000'), { nil: null }),
    lower: fc.constantFrom('packets' as const, 'events' as const, 'who-heard' as const),
  })
  fc.assert(
    fc.property(address, (given) => {
      const field = given.packet === null ? null : given.field
      const step = given.lab === null ? null : given.step
      const read = readAddress(new URL(writeAddress(given), ORIGIN))
      assert.deepEqual(read, { ...given, field, step, token: null })
    }),
  )
})

test('the page as one finds it has a bare address', () => {
  assert.equal(writeAddress(BARE), '/')
})

test('what makes no sense in an address is left out', () => {
  const read = readAddress(
    new URL(
      '/?packet=-3&view=nowhere&at=sea&flow=icmp.1&field=%3Cb%3E&time=noon&lower=deeper&step=open',
      ORIGIN,
    ),
  )
  assert.deepEqual(read, { ...BARE, token: null })
  assert.equal(readAddress(new URL('/?packet=many', ORIGIN)).packet, null)
})

test('the token stands in the fragment, which no server sees', () => {
  assert.equal(readAddress(new URL('/#token=abc', ORIGIN)).token, 'abc')
})
