import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FieldNode, LayerNode, PacketDetail, Row } from '../../server/dashboard/api.ts'
import { ancestors, fieldAt, treeRows } from '../../web/lib/fields.ts'
import { account, accountSentence, osiRows, runs } from '../../web/lib/layers.ts'

const field = (name: string, start: number, end: number, change: Partial<FieldNode> = {}): FieldNode => ({
  name,
  label: name,
  value: 0,
  type: 'uint',
  text: '0',
  buffer: 0,
  start,
  end,
  mask: 0,
  about: null,
  spec: null,
  children: [],
  ...change,
})

const layer = (
  protocol: string,
  osi: number,
  start: number,
  end: number,
  parent: number,
  fields: FieldNode[] = [],
): LayerNode => ({
  protocol,
  name: protocol,
  osi,
  unit: 'data',
  about: `What ${protocol} is for.`,
  spec: 'none',
  buffer: 0,
  start,
  end,
  parent,
  fields,
})

const row = (change: Partial<Row> = {}): Row => ({
  number: 4,
  time: '1',
  timeRelative: 0,
  source: '127.0.0.1',
  destination: '127.0.0.1',
  protocol: 'Echo',
  osi: 7,
  length: 72,
  info: '',
  flow: 'tcp.0',
  provenance: 'captured',
  fate: null,
  transit: null,
  fromClient: true,
  label: '',
  says: null,
  episode: 'data',
  analysis: [],
  malformed: false,
  ...change,
})

const headers = [layer('eth', 2, 0, 14, -1), layer('ip', 3, 14, 34, 0), layer('tcp', 4, 34, 66, 1)]
const hello = [...headers, layer('echo', 7, 66, 72, 2)]
const packet = (layers: LayerNode[], length: number, change: Partial<Row> = {}) =>
  ({ layers, length, provenance: 'captured', row: row(change) }) satisfies Partial<PacketDetail>

test('hello and a newline: 6 bytes are yours, 66 carry them', () => {
  assert.deepEqual(account(packet(hello, 72)), { yours: 6, carry: 66, whole: true })
  assert.equal(accountSentence(packet(hello, 72)), '6 bytes are yours, 66 carry them.')
})

test('one byte is singular', () => {
  const layers = [...headers, layer('echo', 7, 66, 67, 2)]
  assert.equal(accountSentence(packet(layers, 67)), '1 byte is yours, 66 carry it.')
})

test('a bare acknowledgement has no byte of a message', () => {
  assert.equal(
    accountSentence(packet(headers, 66)),
    'No byte of a message: all 66 keep the conversation going.',
  )
})

test('a heartbeat is nobody’s message', () => {
  const layers = [...headers, layer('websocket', 7, 66, 68, 2), layer('engineio', 5, 68, 69, 3)]
  assert.match(accountSentence(packet(layers, 69)), /^No byte of a message/)
})

test('a segment whose message ends later says so, and one sent again too', () => {
  const layers = [
    ...headers.slice(0, 2),
    layer('tcp', 4, 34, 66, 1, [field('tcp.len', 66, 66, { value: 1400 })]),
  ]
  assert.equal(
    accountSentence(packet(layers, 1466)),
    '1\u202f400 bytes of a message that ends in a later packet.',
  )
  const again = packet(layers, 1466, { analysis: ['retransmission'] })
  assert.equal(accountSentence(again), '1\u202f400 bytes, sent once more.')
})

test('a message longer than the packet that ends it came in several', () => {
  const layers = [...headers, { ...layer('http', 7, 0, 9000, 2), buffer: 1 }]
  assert.match(accountSentence(packet(layers, 500)), /^The last piece of a message of 9\u202f000 bytes/)
})

test('every byte of the frame is in one run, the inner layer before the outer', () => {
  const parts = runs(hello, 0, 72).map(({ osi, start, end }) => [osi, start, end])
  assert.deepEqual(parts, [
    [2, 0, 14],
    [3, 14, 34],
    [4, 34, 66],
    [7, 66, 72],
  ])
})

test('masked bytes belong to the message that masks them, a bare payload to nobody', () => {
  const masked = layer('websocket', 7, 66, 72, 2, [field('websocket.masked_payload', 72, 80)])
  assert.deepEqual(runs([...headers, masked], 0, 80).at(-1), { layer: 3, osi: 7, start: 66, end: 80 })
  const bare = [...headers.slice(0, 2), layer('tcp', 4, 34, 66, 1, [field('tcp.payload', 66, 80)])]
  assert.deepEqual(runs(bare, 0, 80).at(-1), { layer: -1, osi: 0, start: 66, end: 80 })
})

test('a layer with no bytes of its own says why', () => {
  const rows = osiRows(packet(hello, 72))
  assert.deepEqual(
    rows.map(({ osi }) => osi),
    [7, 6, 5, 4, 3, 2, 1],
  )
  assert.match(rows[1]?.absent ?? '', /goes as it is/)
  assert.match(rows[2]?.absent ?? '', /outlives the TCP connection/)
  assert.match(rows[6]?.absent ?? '', /loopback never leaves this computer/)
  assert.equal(rows[0]?.absent, '')
})

test('a byte answers with its smallest field, a byte without one with its layer', () => {
  const flags = field('tcp.flags', 46, 48, { children: [field('tcp.flags.syn', 46, 48)] })
  const layers = [...headers.slice(0, 2), layer('tcp', 4, 34, 66, 1, [field('tcp.srcport', 34, 36), flags])]
  assert.equal(fieldAt(layers, 0, 35)?.field, '2.0')
  assert.equal(fieldAt(layers, 0, 46)?.field, '2.1')
  assert.equal(fieldAt(layers, 0, 60)?.field, '2')
  assert.equal(fieldAt(layers, 1, 35), undefined)
})

test('a layer of one field answers with the field', () => {
  assert.equal(fieldAt([layer('engineio', 5, 0, 1, -1, [field('engineio.type', 0, 1)])], 0, 0)?.field, '0.0')
})

test('the tree has the open rows only, each with its place among its siblings', () => {
  const flags = field('tcp.flags', 46, 48, { children: [field('tcp.flags.syn', 46, 48)] })
  const layers = [
    layer('eth', 2, 0, 14, -1),
    layer('tcp', 4, 34, 66, 0, [field('tcp.srcport', 34, 36), flags]),
  ]
  assert.deepEqual(
    treeRows(layers, new Set()).map(({ path }) => path),
    ['0', '1'],
  )
  const open = treeRows(layers, new Set(['1', '1.1']))
  assert.deepEqual(
    open.map(({ path, level }) => [path, level]),
    [
      ['0', 1],
      ['1', 1],
      ['1.0', 2],
      ['1.1', 2],
      ['1.1.0', 3],
    ],
  )
  assert.deepEqual(
    [open[3]?.position, open[3]?.siblings, open[3]?.open, open[2]?.open],
    [2, 2, true, undefined],
  )
  assert.deepEqual(ancestors('1.1.0'), ['1', '1.1'])
})

test('a record of TLS is nobody’s message: what it carries is, once it can be opened', () => {
  const data = field('tls.app_data', 71, 171, {})
  const sealed = [...headers, { ...layer('tls', 6, 66, 171, 2), fields: [data] }]
  assert.equal(
    accountSentence(packet(sealed, 171)),
    '100 bytes under seal: only who has the keys can read them.',
  )
  const opened = [...sealed, { ...layer('http', 7, 0, 80, 3), buffer: 1 }]
  assert.equal(accountSentence(packet(opened, 171)), '80 bytes are yours, 91 carry them.')
  const hello = [...headers, layer('tls', 6, 66, 415, 2)]
  assert.match(accountSentence(packet(hello, 415)), /^No byte of a message/)
})

test('of a capture from elsewhere nothing is the reader’s', () => {
  assert.equal(accountSentence(packet(hello, 72), false), '6 bytes are the message, 66 carry them.')
})
