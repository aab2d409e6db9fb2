import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EndStates, FlowStates, TcpStateName } from '../../server/dashboard/api-stream.ts'
import { courseWords, layoutStates } from '../../web/views/tcp-states-layout.ts'

function end(start: TcpStateName, ...steps: [to: TcpStateName, number: number | null][]): EndStates {
  let from = start
  return {
    start,
    source: 'inferred',
    steps: steps.map(([to, number], n) => {
      const step = { from, to, number, time: `${n + 1}.000000000`, because: 'receives', inferred: true }
      from = to
      return step
    }),
  }
}

const closed: FlowStates = {
  flow: 'tcp.0',
  note: null,
  client: end(
    'CLOSED',
    ['SYN-SENT', 1],
    ['ESTABLISHED', 2],
    ['FIN-WAIT-1', 4],
    ['FIN-WAIT-2', 5],
    ['TIME-WAIT', 6],
    ['CLOSED', null],
  ),
  server: end(
    'LISTEN',
    ['SYN-RECEIVED', 1],
    ['ESTABLISHED', 3],
    ['CLOSE-WAIT', 4],
    ['LAST-ACK', 6],
    ['CLOSED', 7],
  ),
}

test('the way of either end is lit, with the packets that moved it', () => {
  const { edges, chips, nodes } = layoutStates(closed, { width: 600 }, null)
  const taken = edges.filter((edge) => edge.taken.length > 0)
  assert.equal(taken.length, 11)
  assert.deepEqual(
    chips.filter((chip) => chip.end === 'client').map(({ number }) => number),
    [1, 2, 4, 5, 6],
  )
  const here = nodes.filter((node) => node.here.length > 0)
  assert.deepEqual(
    here.map(({ id, here }) => [id, here]),
    [['CLOSED-END', ['client', 'server']]],
  )
})

test('at an earlier time it has come only so far', () => {
  const { nodes, chips } = layoutStates(closed, { width: 600 }, 2.5)
  assert.deepEqual(
    nodes.filter((node) => node.here.length > 0).map(({ id }) => id),
    ['ESTABLISHED'],
  )
  assert.equal(chips.length, 4)
  assert.match(
    courseWords('Client', closed.client, 2.5),
    /^Client: CLOSED → SYN-SENT \(packet 1\) → ESTABLISHED \(packet 2\)$/,
  )
})

test('what is not in the figure is drawn as well, and marked', () => {
  const reset = { ...closed, client: end('CLOSED', ['SYN-SENT', 1], ['ESTABLISHED', 2], ['CLOSED', 9]) }
  const beyond = layoutStates(reset, { width: 600 }, null).edges.filter((edge) => edge.beyond)
  assert.deepEqual(
    beyond.map(({ key, words }) => [key, words]),
    [['ESTABLISHED>CLOSED-END', ['RST']]],
  )
})

test('all of it stands inside the picture, however narrow', () => {
  for (const width of [280, 390, 640]) {
    const layout = layoutStates(closed, { width }, null)
    for (const { x, y, width: wide, height } of layout.nodes) {
      assert.ok(x >= 0 && x + wide <= layout.width && y >= 0 && y + height <= layout.height)
    }
  }
})
