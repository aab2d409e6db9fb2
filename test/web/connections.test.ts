import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupConnections, stateWords } from '../../web/views/connections-order.ts'
import { at, flow, session, time } from './rows.ts'

test('the flows of a session stand together, the group that began last first', () => {
  const flows = [
    flow('tcp.0', { sid: '6UMIk2xxPq', first: 1, last: 50, state: 'closed' }),
    flow('tcp.1', { first: 60, last: 70 }),
    flow('tcp.2', { sid: '6UMIk2xxPq', first: 10, last: 90 }),
  ]
  const groups = groupConnections(flows, [session()])
  assert.deepEqual(
    groups.map((group) => group.flows.map((member) => member.id)),
    [['tcp.1'], ['tcp.0', 'tcp.2']],
  )
  assert.equal(groups[1]?.over, false)
})

test('a group is over when all its flows are', () => {
  assert.equal(groupConnections([flow('tcp.0', { state: 'reset' })], [])[0]?.over, true)
  assert.equal(groupConnections([flow('udp.0', { state: 'datagrams' })], [])[0]?.over, false)
})

test('a state is said in words, with how long it lasted', () => {
  assert.equal(stateWords(flow('tcp.0', { firstTime: time(0) }), at(12.7)), 'open for 12 s')
  assert.equal(
    stateWords(flow('tcp.0', { state: 'closed', lastTime: time(0.0011) }), at(100)),
    'closed after 1.1 ms',
  )
  assert.equal(stateWords(flow('tcp.0', { state: 'refused' }), at(100)), 'refused')
})
