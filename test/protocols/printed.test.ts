import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldText } from '../../server/commands/field-text.ts'
import { Trace } from '../../server/trace/trace.ts'
import { frameOf, hex } from '../frames.ts'
import { spansOf } from './dissected.ts'
import { ICMP } from './printed/icmp.ts'
import { IPV4 } from './printed/ipv4.ts'
import { IPV6 } from './printed/ipv6.ts'
import { LISTENERS } from './printed/listeners.ts'
import { NEIGHBOURS } from './printed/neighbours.ts'

for (const { name, bytes, printed } of [...IPV4, ...IPV6, ...ICMP, ...NEIGHBOURS, ...LISTENERS]) {
  test(`${name}: the values are those that tshark prints`, () => {
    const packet = new Trace().addRecorded(frameOf(hex(bytes)))
    const found: Record<string, string> = {}
    for (const span of spansOf(packet)) {
      for (const field of [span.field.name, ...(span.field.aliases ?? [])]) {
        if (!(field in printed)) continue
        found[field] = field in found ? `${found[field]},${fieldText(span)}` : fieldText(span)
      }
    }
    assert.deepEqual(found, printed)
  })
}
