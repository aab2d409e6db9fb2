import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PROTOCOLS } from '../../server/protocols/stack.ts'

const APPLICATION = [
  'tls',
  'dns',
  'mdns',
  'llmnr',
  'dhcp',
  'tftp',
  'echo',
  'http',
  'websocket',
  'engineio',
  'socketio',
  'json',
]

for (const protocol of PROTOCOLS.filter(({ id }) => APPLICATION.includes(id))) {
  test(`every field of ${protocol.name} says what it is for, and where that is written`, () => {
    for (const { name, about, spec } of Object.values(protocol.fields)) {
      assert.match(about ?? '', /^[A-Z0-9].+\.$/s, name)
      assert.ok(spec, name)
    }
  })
}
