import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { namespaceOf, PACKET, readPacket, typeOf } from '../../server/services/hub-packet.ts'

/** Of an event that is as short as can be. */
const SHORT = { type: 2, nsp: '/', ack: undefined, attachments: 0, event: 'a', args: '[]' }

const PACKETS: Readonly<Record<string, Partial<ReturnType<typeof readPacket>>>> = {
  '2["a"]': {},
  '2["a","b",{"c":[1]}]': { args: '["b",{"c":[1]}]' },
  '20["a"]': { ack: 0 },
  '2123456789012345["a"]': { ack: 123456789012345 },
  '2/chat,["a","/x,"]': { nsp: '/chat', args: '["/x,"]' },
  '2/chat?token=1,7["a"]': { nsp: '/chat?token=1', ack: 7 },
  '51-["a",{"_placeholder":true,"num":0}]': {
    type: 5,
    attachments: 1,
    args: '[{"_placeholder":true,"num":0}]',
  },
  '512-/chat,3["a"]': { type: 5, attachments: 12, nsp: '/chat', ack: 3 },
  '2["say \\"hi\\"",1]': { event: 'say "hi"', args: '[1]' },
  '2["\\u00e4\\\\"]': { event: 'ä\\' },
  '2[ "a" , 1]': { args: '[ 1]' },
  '2[12,"b"]': { event: '12', args: '["b"]' },
  '2[""]': { event: '' },
  '2["a': { event: null, args: '["a' },
  '2[]': { event: null },
  '2': { event: null, args: '' },
  '2/chat': { event: null, args: '/chat' },
  '37["a"]': { type: 3, ack: 7, event: null, args: '["a"]' },
  '61-/chat,7[{"_placeholder":true,"num":0}]': {
    type: 6,
    nsp: '/chat',
    ack: 7,
    attachments: 1,
    event: null,
    args: '[{"_placeholder":true,"num":0}]',
  },
  '0{"sid":"x"}': { type: 0, event: null, args: '{"sid":"x"}' },
  '1/chat,': { type: 1, nsp: '/chat', event: null, args: '' },
}

for (const [text, differs] of Object.entries(PACKETS)) {
  test(`a packet: ${text}`, () => {
    const expected = { ...SHORT, ...differs }
    assert.deepEqual(readPacket(text), expected)
    assert.equal(typeOf(text), expected.type)
    assert.equal(namespaceOf(text), expected.nsp)
  })
}

for (const text of ['', '7["a"]', '-2', 'x', '["a"]', ' 2["a"]']) {
  test(`no packet: '${text}'`, () => assert.equal(readPacket(text), undefined))
}

test('what was written is read', () => {
  const packet = fc.record({
    type: fc.constantFrom(PACKET.EVENT, PACKET.BINARY_EVENT),
    nsp: fc.constantFrom('/', '/chat', '/a-1/b'),
    ack: fc.option(fc.nat(), { nil: undefined }),
    attachments: fc.nat(99),
    event: fc.string(),
    args: fc.array(fc.jsonValue()),
  })
  fc.assert(
    fc.property(packet, ({ type, nsp, ack, attachments, event, args }) => {
      const binary = type === PACKET.BINARY_EVENT
      const address = `${binary ? `${attachments}-` : ''}${nsp === '/' ? '' : `${nsp},`}${ack ?? ''}`
      assert.deepEqual(readPacket(`${type}${address}${JSON.stringify([event, ...args])}`), {
        type,
        nsp,
        ack,
        attachments: binary ? attachments : 0,
        event,
        args: JSON.stringify(args),
      })
    }),
  )
})

test('any text at all is read without complaint', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9[\]",\\/ -]{0,20}$/), (text) => {
      readPacket(text)
    }),
  )
})
