import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderComparison } from '../../server/compare/compare-table.ts'
import type { CompareResult, CompareTransport } from '../../server/dashboard/api-compare.ts'
import { ownState, startLab, wirelab } from './process.ts'

const tcp: CompareTransport = {
  id: 'tcp',
  name: 'TCP',
  error: null,
  flows: ['tcp.0'],
  programTime: 0.00123,
  wire: {
    packets: 10,
    bytes: { link: 140, ip: 200, transport: 336, framing: 0, session: 0, payload: 22, total: 12_304 },
    roundTripsBefore: 1,
    echoTime: 0.0001,
    totalTime: null,
    frames: [],
  },
}
const result: CompareResult = {
  message: 'hello',
  messageBytes: 5,
  captured: true,
  note: null,
  transports: [tcp],
}

test('the table is aligned, and what is unknown is a question mark', () => {
  const udp: CompareTransport = { ...tcp, id: 'udp', name: 'UDP', wire: null }
  const failed: CompareTransport = {
    ...tcp,
    id: 'websocket',
    name: 'WebSocket',
    error: 'no answer within 5000 ms',
  }
  const lines = renderComparison({ ...result, transports: [tcp, udp, failed] }, false).split('\n')
  const [heading = '', first = '', second = '', third = ''] = lines.slice(
    lines.findIndex((l) => /packets/.test(l)),
  )
  assert.equal(first.length, heading.length)
  assert.equal(second.length, heading.length)
  assert.match(first, /TCP +10 +140 +200 +336 +0 +0 +22 +12,304 +1 +0\.10 ms +\? +1\.23 ms/)
  assert.match(second, /UDP( +\?){11} +1\.23 ms/)
  assert.match(third, /WebSocket +no answer within 5000 ms/)
})

test('without capture it says that it can’t know, and why', async (t) => {
  const env = await ownState(t)
  const lab = startLab(t, ['--network', 'kernel', '--capture', 'off'], env)
  await lab.says(/Ctrl-C ends it/)
  const { code, stdout } = await wirelab(
    t,
    ['compare', 'hé', '--transport', 'udp', '--transport', 'tcp'],
    env,
  ).ended
  assert.equal(code, 0)
  assert.match(stdout, /"hé" there and back, 3 bytes each way/)
  assert.match(stdout, /unknown: there is no capture/)
  const json = await wirelab(t, ['compare', '--json', '--transport', 'socket.io-polling'], env).ended
  const { captured, transports } = JSON.parse(json.stdout) as CompareResult
  assert.equal(captured, false)
  assert.deepEqual(
    transports.map(({ id, error, wire }) => [id, error, wire]),
    [['socket.io-polling', null, null]],
  )
})

test('wrong words end with code 2, a lab that is not there with 1', async (t) => {
  const wrong = await wirelab(t, ['compare', '--transport', 'tpc']).ended
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /did you mean tcp\?/)
  const many = await wirelab(t, ['compare', 'two', 'words']).ended
  assert.equal(many.code, 2)
  const nobody = await wirelab(t, ['compare', '--url', 'http://127.0.0.1:1'], await ownState(t)).ended
  assert.equal(nobody.code, 1)
  assert.match(nobody.stderr, /no lab answers at http:\/\/127\.0\.0\.1:1/)
})
