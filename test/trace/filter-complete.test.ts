import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileFilter } from '../../server/trace/filter.ts'
import { complete } from '../../server/trace/filter-complete.ts'

function names(text: string, at = text.length): string[] {
  return complete(text, at).names.map(({ name }) => name)
}

test('it replaces the word at the caret with names that begin like it', () => {
  const text = 'udp and tcp.fl == 1'
  const { from, to, names: found } = complete(text, 14)
  assert.deepEqual([from, to], [8, 14])
  assert.equal(found[0]?.name, 'tcp.flags')
  assert.ok(found.every(({ name }) => name.includes('tcp.f')))
  assert.ok(found.some(({ about }) => about !== null))
  assert.equal(complete('', 0).names[0]?.type, 'protocol')
  assert.deepEqual(complete('tcp', 99).to, 3)
})

test('where a test begins, functions and not are offered as well', () => {
  assert.ok(names('lo').includes('lower('))
  assert.ok(names('tcp and no').includes('not'))
  const len = complete('le', 2).names.find(({ name }) => name === 'len(')
  assert.equal(len?.type, 'function')
  assert.match(len?.about ?? '', /bytes/)
})

test('behind a field come the comparisons that it takes, and what joins tests', () => {
  assert.deepEqual(names('tcp.port ').slice(0, 3), ['==', '!=', 'in'])
  assert.ok(!names('tcp.port ').includes('contains'))
  assert.equal(names('http.host ')[0], 'contains')
  assert.deepEqual(names('http.host m'), ['matches'])
  assert.ok(!names('tcp.flags.syn ').includes('>'))
  assert.ok(names('tcp.port ').includes('and'))
  assert.ok(complete('tcp.port ', 9).names.every(({ type }) => type === 'operator'))
})

test('behind a comparison come the names of the field’s codes, quoted', () => {
  const { names: values } = complete('ip.proto == T', 13)
  const tcp = values.find(({ name }) => name === '"TCP"')
  assert.deepEqual([tcp?.label, tcp?.type], ['6', 'value'])
  assert.doesNotThrow(() => compileFilter(`ip.proto == ${tcp?.name}`))
  assert.deepEqual(names('tcp.flags.syn == '), ['True', 'False'])
  assert.ok(names('ip.proto in {"UDP", T').includes('"TCP"'))
  assert.ok(names('tcp.port == udp.p').includes('udp.port'))
})

test('inside quotes only such names are offered, and their quotes are closed', () => {
  const text = 'ip.proto == "TC'
  const { from, to, names: values } = complete(text, text.length)
  assert.deepEqual([from, to], [12, 15])
  assert.ok(values.some(({ name }) => name === '"TCP"'))
  assert.deepEqual(complete('ip.proto == "TC" and', 14).to, 16)
  assert.deepEqual(complete('http.host == "tcp', 17).names, [])
})

test('behind a value only what joins tests is offered', () => {
  assert.deepEqual(names('tcp.port == 80 '), ['and', 'or', 'xor'])
  assert.deepEqual(names('http.host == "x" o'), ['or'])
  assert.deepEqual(names('tcp.port in {80} '), ['and', 'or', 'xor'])
  assert.deepEqual(names('(tcp) '), ['and', 'or', 'xor'])
  assert.equal(names('len(http.host) ')[0], '==')
})

test('numbers, open slices and nonsense are left alone', () => {
  assert.deepEqual(names('8'), [])
  assert.deepEqual(names('tcp.port in '), [])
  assert.deepEqual(names('frame[0'), [])
  assert.deepEqual(names("'x"), [])
})
