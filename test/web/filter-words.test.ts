import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FieldNode, FlowNode } from '../../server/dashboard/api.ts'
import { PROTOCOLS } from '../../server/protocols/stack.ts'
import { compileFilter } from '../../server/trace/filter.ts'
import { Trace } from '../../server/trace/trace.ts'
import {
  addressFilters,
  cellFilters,
  comparedValue,
  connectionFilters,
  fieldFilter,
  flowsFilter,
  framesFilter,
  joined,
  protocolFilter,
  quoted,
} from '../../web/lib/filter-words.ts'
import { TcpConversation, udpFrame, utf8 } from '../frames.ts'

test('filters go together so that each keeps what it meant', () => {
  assert.equal(joined('', 'tcp', 'and'), 'tcp')
  assert.equal(joined('udp', 'tcp', 'instead'), 'tcp')
  assert.equal(joined('ip', 'tcp', 'and'), 'ip && tcp')
  assert.equal(joined('ip && tcp', 'echo', 'and'), 'ip && tcp && echo')
  assert.equal(joined('ip || arp', 'tcp', 'and'), '(ip || arp) && tcp')
  assert.equal(joined('ip and tcp', 'arp', 'or'), '(ip and tcp) || arp')
  assert.equal(
    joined('ip', 'tcp.stream in {1} || udp.stream in {2}', 'and'),
    'ip && (tcp.stream in {1} || udp.stream in {2})',
  )
  assert.equal(joined('ip || arp', 'tcp', 'not'), '(ip || arp) && !(tcp)')
  assert.equal(joined('', 'tcp', 'not'), '!(tcp)')
})

test('what looks like a sign inside text or parentheses does not tear a filter apart', () => {
  assert.equal(joined('http.host == "a or b"', 'tcp', 'and'), 'http.host == "a or b" && tcp')
  assert.equal(joined('http.host == "\\" || "', 'tcp', 'and'), 'http.host == "\\" || " && tcp')
  assert.equal(joined('(ip || arp)', 'tcp', 'and'), '(ip || arp) && tcp')
})

test('what the filter says already is not said twice', () => {
  assert.equal(joined('tcp', 'tcp', 'and'), 'tcp')
  assert.equal(joined('ip && tcp', 'tcp', 'and'), 'ip && tcp')
  assert.equal(joined('ip && !(tcp)', 'tcp', 'not'), 'ip && !(tcp)')
})

test('a field becomes a filter as one would type it', () => {
  const made = (name: string, type: FieldNode['type'], value: FieldNode['value']) =>
    fieldFilter({ name, type, value })
  assert.equal(made('tcp.srcport', 'uint', 4001), 'tcp.srcport == 4001')
  assert.equal(made('tcp.flags.syn', 'boolean', true), 'tcp.flags.syn == 1')
  assert.equal(made('ip.src', 'ipv4', '127.0.0.1'), 'ip.src == 127.0.0.1')
  assert.equal(made('ipv6.src', 'ipv6', '::1'), 'ipv6.src == ::1')
  assert.equal(made('eth.dst', 'ether', '00:00:00:00:00:01'), 'eth.dst == 00:00:00:00:00:01')
  assert.equal(made('tcp.payload', 'bytes', '68656c6c6f0a'), 'tcp.payload == 68:65:6c:6c:6f:0a')
  assert.equal(made('tcp.payload', 'bytes', '00'.repeat(100)), 'tcp.payload')
  assert.equal(made('tcp.analysis.ack_rtt', 'duration', 1e-7), 'tcp.analysis.ack_rtt == 0.0000001')
  assert.equal(made('socketio.event', 'string', 'say "hi"'), 'socketio.event == "say \\"hi\\""')
  assert.equal(made('http.chat', 'string', 'a\r\nb\u0001'), 'http.chat == "a\\r\\nb\\x01"')
  assert.equal(made('http.file_data', 'string', 'x'.repeat(500)), 'http.file_data')
  assert.equal(made('tcp.options', 'none', ''), 'tcp.options')
})

test('every field of a packet finds that packet', () => {
  const client = { address: 'fe80::1', port: 50_000 }
  const echo = new TcpConversation()
  echo.handshake()
  echo.send('client', 'a "quoted" line\n')
  echo.send('server', 'a "quoted" line\n')
  echo.close()
  const web = new TcpConversation({ server: { address: '127.0.0.1', port: 8080 } })
  web.handshake()
  web.send('client', 'GET /a?b="c" HTTP/1.1\r\nHost: lab\r\n\r\n')
  web.send('server', 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok')
  const frames = [
    ...echo.frames,
    ...web.frames,
    udpFrame(client, { address: 'fe80::2', port: 4002 }, utf8('tab\t"quoted" \\ and\r\n')),
    udpFrame({ address: '10.0.0.1', port: 5 }, { address: '10.0.0.2', port: 4002 }, utf8('ends: é €')),
  ]
  const trace = new Trace()
  for (const frame of frames) trace.add(frame)
  let asked = 0
  for (let number = 1; number <= frames.length; number++) {
    const [detail, packet] = [trace.detail(number), trace.packet(number)]
    assert.ok(typeof detail !== 'string' && typeof packet !== 'string')
    const ask = (fields: readonly FieldNode[]) => {
      for (const field of fields) {
        const filter = fieldFilter(field)
        assert.ok(compileFilter(filter).matches(packet), `packet ${number}: ${filter}`)
        asked++
        ask(field.children)
      }
    }
    for (const layer of detail.layers) ask(layer.fields)
    for (const filters of Object.values(cellFilters(detail.row))) {
      for (const filter of filters?.split('\n') ?? []) {
        assert.ok(compileFilter(filter).matches(packet), `packet ${number}: ${filter}`)
      }
    }
  }
  assert.ok(asked > 50)
})

test('what the protocol column says is a name that the filter knows', () => {
  for (const { short } of PROTOCOLS) {
    if (short === undefined) continue
    const filter = protocolFilter(short)
    assert.ok(filter !== undefined, short)
    compileFilter(filter)
  }
  assert.equal(protocolFilter('TLSv1.3'), 'tls')
  assert.equal(protocolFilter('Socket.IO'), 'socketio')
  assert.equal(protocolFilter('not a protocol'), undefined)
})

test('an address is one of its family, on its side or on either', () => {
  assert.deepEqual(addressFilters('10.0.0.1', 'src'), ['ip.src == 10.0.0.1', 'ip.addr == 10.0.0.1'])
  assert.deepEqual(addressFilters('fe80::1', 'dst'), ['ipv6.dst == fe80::1', 'ipv6.addr == fe80::1'])
  assert.deepEqual(addressFilters('02:00:00:00:00:01', 'addr'), ['eth.addr == 02:00:00:00:00:01'])
  assert.deepEqual(addressFilters('', 'src'), [])
})

test('conversations are filtered by their numbers', () => {
  assert.equal(flowsFilter(['tcp.3']), 'tcp.stream == 3')
  assert.equal(flowsFilter(['tcp.3', 'tcp.10', 'udp.0']), 'tcp.stream in {3, 10} || udp.stream in {0}')
  assert.equal(flowsFilter([]), undefined)
  assert.equal(framesFilter([4, 5]), 'frame.number in {4, 5}')
  const flow = {
    id: 'udp.2',
    transport: 'udp',
    client: { address: '10.0.0.100', port: 9 },
    server: { address: '10.0.0.1', port: 4002 },
  } as FlowNode
  assert.deepEqual(connectionFilters(flow)?.split('\n'), [
    'udp.stream == 2',
    'udp.port == 9',
    'udp.port == 4002',
    'ip.addr == 10.0.0.100',
  ])
})

test('what is copied as a value is what stands there, without quotes', () => {
  assert.equal(comparedValue('tcp.port == 4001'), '4001')
  assert.equal(comparedValue(`http.host == ${quoted('a"b\\')}`), 'a"b\\')
  assert.equal(comparedValue('tcp'), undefined)
})
