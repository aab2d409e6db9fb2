import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileFilter, FilterError } from '../../server/trace/filter.ts'
import { fieldValues, filterNames } from '../../server/trace/filter-fields.ts'
import { editDistance } from '../../server/trace/filter-nearest.ts'
import { Trace } from '../../server/trace/trace.ts'
import { hex, TcpConversation, udpFrame, utf8 } from '../frames.ts'

const trace = new Trace()
const http = new TcpConversation({
  client: { address: '10.1.2.3', port: 50_000 },
  server: { address: '10.9.9.9', port: 8080 },
})
http.handshake()
http.send('client', 'GET /Index.html?q=1 HTTP/1.1\r\nHost: example.org\r\n\r\n')
for (const frame of http.frames) trace.add(frame)
trace.add(udpFrame({ address: 'fe80::1', port: 5000 }, { address: '::1', port: 5360 }, hex('01 02 ff 41 42')))

const SYN = 1
const GET = 4
const UDP6 = 5

function matches(filter: string, number: number): boolean {
  const packet = trace.packet(number)
  assert.ok(typeof packet !== 'string')
  return compileFilter(filter).matches(packet)
}

const TABLE: readonly [string, readonly number[]][] = [
  ['tcp', [1, 2, 3, 4]],
  ['!tcp', [5]],
  ['not tcp', [5]],
  ['udp || tcp.flags.syn==1', [1, 2, 5]],
  ['tcp.flags.syn == 1 and tcp.flags.ack == 0', [SYN]],
  ['tcp.flags.syn == True && !(tcp.flags.ack == true)', [SYN]],
  ['tcp.flags.syn', [1, 2, 3, 4]],
  ['tcp.flags & 0x02', [1, 2]],
  ['tcp.flags & 2 == 2', [1, 2]],
  ['tcp.port == 8080', [1, 2, 3, 4]],
  ['tcp.port eq 8080', [1, 2, 3, 4]],
  ['tcp.port == 0x1f90', [1, 2, 3, 4]],
  ['tcp.srcport == 8080', [2]],
  ['8080 == tcp.srcport', [2]],
  // `!=` is true when all occurrences differ, `!==` when any does (Wireshark 4.0).
  ['tcp.port != 8080', []],
  ['tcp.port !== 8080', [1, 2, 3, 4]],
  ['tcp.port === 8080', []],
  ['!(tcp.port == 8080)', [5]],
  ['tcp.port != 1', [1, 2, 3, 4]],
  ['udp.port != 1', [5]],
  ['tcp.port > 50000', []],
  ['tcp.port >= 50000', [1, 2, 3, 4]],
  ['tcp.port < 8081', [1, 2, 3, 4]],
  ['50000 > tcp.srcport', [2]],
  ['tcp.port in {80, 443, 8000..8100}', [1, 2, 3, 4]],
  ['tcp.port in {80,443}', []],
  ['not tcp.port in {80, 8080}', [5]],
  ['ip.addr == 10.1.2.3', [1, 2, 3, 4]],
  ['ip.src == 10.0.0.0/8', [1, 2, 3, 4]],
  ['ip.src == 10.1.0.0/16', [1, 3, 4]],
  ['ip.src != 10.1.0.0/16', [2]],
  ['ip.src in {10.1.2.0 .. 10.1.2.9}', [1, 3, 4]],
  ['ip.src in {10.1.2.0..10.1.2.9}', [1, 3, 4]],
  ['ip.src < 10.5.0.0', [1, 3, 4]],
  ['ipv6.src == fe80::1', [5]],
  ['ipv6.src == fe80::/10', [5]],
  ['ipv6.dst == 0:0:0:0:0:0:0:1', [5]],
  ['ipv6.addr in {::1}', [5]],
  ['eth.src == 00:00:00:00:00:00', [1, 2, 3, 4, 5]],
  ['eth.src[0:3] == 00:00:00', [1, 2, 3, 4, 5]],
  ['http.request.method == "GET"', [GET]],
  ['http.request.method == GET', [GET]],
  ['http.request.method == "get"', []],
  ['lower(http.request.method) == "get"', [GET]],
  ['upper(http.host) contains "EXAMPLE"', [GET]],
  ['http.host contains "ample"', [GET]],
  ['http.host matches "^EXAMPLE\\\\.(com|org)$"', [GET]],
  ['http.host matches r"^EXAMPLE\\.(com|org)$"', [GET]],
  ['http.host matches "(?-i)EXAMPLE"', []],
  ['http.host ~ r"\\.org$"', [GET]],
  ['len(http.host) == 11', [GET]],
  ['len(http.host) > 11', []],
  ['count(tcp.port) == 2', [1, 2, 3, 4]],
  ['count(ip.addr) > 2', []],
  ['http.request.uri[0:6] == "/Index"', [GET]],
  ['frame contains "example"', [GET]],
  ['tcp contains 48:6f:73:74', [GET]],
  ['data.data == 01:02:ff:41:42', [UDP6]],
  ['data.data == 0102ff4142', [UDP6]],
  ['data.data contains "AB"', [UDP6]],
  ['data.data[2] == ff', [UDP6]],
  ['data.data[-2:] == "AB"', [UDP6]],
  ['frame.number == 3', [3]],
  ['1 < frame.number <= 3', [2, 3]],
  ['frame.len > 62', [4, 5]],
  ['frame.time_relative >= 0.002', [3, 4]],
  ['frame.protocols contains "tcp:http"', [GET]],
  ['tcp.srcport == tcp.dstport', []],
  ['frame.len > ip.len', [1, 2, 3, 4]],
  ['tcp xor ip', []],
  ['tcp ^^ udp', [1, 2, 3, 4, 5]],
  // `and` binds more strongly than `or` (Wireshark 4.0).
  ['udp or tcp and http', [4, 5]],
  ['(udp or tcp) and http', [4]],
  ['tcp.analysis.acks_frame == 1', [2]],
  ['((((tcp))))', [1, 2, 3, 4]],
]

for (const [filter, numbers] of TABLE) {
  test(`${filter} selects ${numbers.length === 0 ? 'nothing' : `packets ${numbers.join(', ')}`}`, () => {
    const found = [1, 2, 3, 4, 5].filter((number) => matches(filter, number))
    assert.deepEqual(found, numbers)
  })
}

test('the protocols that a filter needs never leave out a packet that matches', () => {
  for (const [filter, numbers] of TABLE) {
    const { protocols } = compileFilter(filter)
    for (const number of numbers) {
      assert.equal(trace.protocols(number) & protocols, protocols, `${filter} on packet ${number}`)
    }
  }
  assert.notEqual(compileFilter('http.host contains "x" and tcp').protocols, 0)
  assert.equal(compileFilter('http or udp').protocols, 0)
  assert.equal(compileFilter('not http').protocols, 0)
})

const ERRORS: readonly [string, number, RegExp][] = [
  ['', 0, /expected a field/],
  ['tcp.prot == 80', 0, /did you mean tcp\.port/],
  ['tcp and htpt', 8, /did you mean http/],
  ['syn', 0, /did you mean tcp\.flags\.syn/],
  ['tcp.port == abc', 12, /expected a number/],
  ['tcp.port == "80"', 12, /expected a number/],
  ['tcp.port ==', 11, /expected a field or a value, found the end/],
  ['tcp.port = 80', 9, /"=" has no meaning in a filter; equality is ==/],
  ['ip.src == 10.0.0.300', 10, /IPv4 address/],
  ['ip.src == 10.0.0.0/33', 10, /IPv4 address/],
  ['ipv6.src == 1:2', 12, /no address/],
  ['ipv6.src == 01:02', 12, /IPv6 address/],
  ['eth.src == 1:2', 11, /bytes have two digits each/],
  ['eth.src == 01:02', 11, /hardware address/],
  ['tcp.flags.syn == maybe', 17, /1, 0, True or False/],
  ['(tcp', 4, /closing parenthesis/],
  ['tcp)', 3, /end or go on/],
  ['tcp udp', 4, /end or go on/],
  ['tcp.port in 80', 12, /braces/],
  ['tcp.port in {80', 15, /closing brace/],
  ['tcp.port in {90..80}', 13, /ends before it begins/],
  ['http.host matches "("', 18, /no regular expression/],
  ['http.host == "x', 13, /not closed/],
  ['tcp.port matches "8"', 0, /text and bytes/],
  ['tcp.port contains "8"', 0, /text and bytes.*string\(tcp\.port\)/],
  ['lower(tcp.port) == "x"', 6, /field of text/],
  ['rot13(http.host) == "x"', 0, /no function/],
  ['ip.src == http.host', 10, /can't be compared/],
  ['"x" == "y"', 0, /expected a field/],
  ['tcp.port == 99999999999999999999999999999999999999999999', 12, /expected a number/],
  ['not', 3, /expected a field/],
  ['tcp & x', 0, /a protocol can't be calculated with &/],
  ['tcp.flags & x', 12, /expected a number/],
]

for (const [filter, at, message] of ERRORS) {
  test(`${JSON.stringify(filter)} is refused at character ${at}`, () => {
    assert.throws(
      () => compileFilter(filter),
      (error) => {
        assert.ok(error instanceof FilterError)
        assert.match(error.message, message)
        assert.equal(error.at, at, error.message)
        return true
      },
    )
  })
}

test('a filter that is too long or too deep is refused, not tried', () => {
  assert.throws(() => compileFilter(`tcp${' and tcp'.repeat(600)}`), /at most 4096 characters/)
  assert.throws(() => compileFilter(`${'('.repeat(500)}tcp${')'.repeat(500)}`), /deep/)
  assert.throws(() => compileFilter(`${'!'.repeat(4000)}tcp`), /deep/)
  assert.throws(() => compileFilter(`${'len('.repeat(900)}tcp`), FilterError)
  assert.throws(() => compileFilter(`tcp.flags == ${'{'.repeat(900)}1`), /deep/)
  assert.doesNotThrow(() => compileFilter(`tcp.flags${' & 1'.repeat(1000)}`))
})

test('any text is a filter or a FilterError that points into it', () => {
  const word = fc.constantFrom(
    'tcp',
    'tcp.port',
    '==',
    '!',
    '(',
    ')',
    '{',
    '}',
    ',',
    '..',
    '"',
    '80',
    '&',
    '[',
    ']',
    ':',
    'in',
  )
  const text = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.array(word, { maxLength: 12 }).map((words) => words.join(' ')),
  )
  fc.assert(
    fc.property(text, (filter) => {
      try {
        compileFilter(filter)
      } catch (error) {
        assert.ok(error instanceof FilterError, String(error))
        assert.ok(error.at >= 0 && error.at <= filter.length)
      }
    }),
    { numRuns: 2000 },
  )
})

test('every name of the catalogue is a filter by itself', () => {
  for (const { name } of filterNames()) assert.doesNotThrow(() => compileFilter(name), name)
})

test('the values of a field and of an alias are read in the order in which they stand', () => {
  const packet = trace.packet(SYN)
  assert.ok(typeof packet !== 'string')
  assert.deepEqual(fieldValues(packet, 'tcp.port'), [50_000, 8080])
  assert.deepEqual(fieldValues(packet, 'frame.number'), [1])
  assert.deepEqual(fieldValues(packet, 'no.such'), [])
  assert.deepEqual(fieldValues(packet, 'http.host'), [])
})

test('the distance of two words counts insertions, deletions, substitutions and swaps', () => {
  assert.equal(editDistance('tcp.prot', 'tcp.port', 9), 1)
  assert.equal(editDistance('htp', 'http', 9), 1)
  assert.equal(editDistance('abc', 'abc', 9), 0)
  assert.equal(editDistance('kitten', 'sitting', 9), 3)
  assert.equal(editDistance('kitten', 'sitting', 2), 2)
})

test('utf8 text is compared as text', () => {
  const conversation = new TcpConversation({ server: { address: '10.0.0.1', port: 9999 } })
  conversation.handshake()
  conversation.send('client', utf8('Grüße'))
  const other = new Trace()
  for (const frame of conversation.frames) other.add(frame)
  const packet = other.packet(4)
  assert.ok(typeof packet !== 'string')
  assert.equal(compileFilter('data.text contains "üß"').matches(packet), true)
  assert.equal(compileFilter('data.data contains "üß"').matches(packet), true)
  assert.equal(compileFilter('len(data.text) == 7').matches(packet), true)
})
