import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChosenFateNode } from '../../server/dashboard/api-network.ts'
import { readPatch } from '../../server/network/network-patch.ts'
import {
  choiceOf,
  choiceProgress,
  choiceWords,
  FATES,
  FIRST_DRAFT,
  MATCHES,
  quickChoices,
} from '../../web/lib/chosen-fates.ts'
import { flow } from './rows.ts'

const client = { address: '10.0.0.100', port: 51_324 }
const node = (rest: Partial<ChosenFateNode> = {}): ChosenFateNode => ({
  id: 1,
  direction: 'up',
  match: 'data',
  flow: client,
  ports: null,
  nth: 40,
  count: 1,
  fate: 'lost',
  delay: null,
  met: 0,
  matched: 0,
  ...rest,
})

test('a choice reads as the sentence that was filled in', () => {
  assert.equal(choiceWords(node()), 'Drop data segment 40 of 10.0.0.100:51324, to the server')
  assert.equal(
    choiceWords(node({ match: 'ack', nth: 1, count: null, direction: 'down', flow: 'any' })),
    'Drop all pure ACKs of any conversation, to the client',
  )
  assert.equal(
    choiceWords(node({ fate: 'delayed', delay: 0.2, nth: 1, match: 'syn', flow: null })),
    'Delay the next SYN of whichever comes first, to the server by 200 ms',
  )
  assert.match(choiceWords(node({ nth: 3, count: 4 })), /data segments 3 to 6/)
})

test('how far it has come is told by what matched and what it met', () => {
  assert.equal(choiceProgress(node()), 'none came yet')
  assert.equal(choiceProgress(node({ matched: 12 })), '12 of 40 came')
  assert.equal(choiceProgress(node({ matched: 40, met: 1 })), 'done: it met its frame')
  assert.equal(choiceProgress(node({ count: null, nth: 1, matched: 9, met: 9 })), '9 met')
})

test('the lab takes every choice that the form or a quick action can make', () => {
  const made = [
    ...FATES.flatMap(([fate]) =>
      MATCHES.flatMap(([match]) =>
        (['this', 'next', 'any'] as const).map((of) => choiceOf({ ...FIRST_DRAFT, fate, match, of }, client)),
      ),
    ),
    ...[null, flow('tcp.0', { client }), flow('udp.0', { client, transport: 'udp' })].flatMap((one) =>
      [null, { fromClient: true }, { fromClient: false }].flatMap((row) =>
        quickChoices(one, row).map(({ choice }) => choice),
      ),
    ),
  ]
  assert.equal(readPatch({ choose: made }, ['server']).choose.length, made.length)
})

test('quick actions mean the conversation and the direction of the packet one is on', () => {
  const [data, , acks, syn] = quickChoices(flow('tcp.0', { client }), { fromClient: false })
  assert.deepEqual(data?.choice.flow, client)
  assert.equal(data?.choice.direction, 'down')
  assert.equal(acks?.choice.direction, 'up', 'the acknowledgements of what the server sends')
  assert.equal(syn?.choice.flow, 'any')
})
