import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EventNode, FlowNode, SessionNode } from '../../server/dashboard/api.ts'
import {
  afterChat,
  afterPull,
  carriesMessage,
  count,
  countSentence,
  foldedPanes,
  messagePacket,
  NO_CHAT,
  ownFlows,
  type Progress,
  replyToGuess,
  step,
} from '../../web/lib/first-minutes.ts'

const flow = (id: string, change: Partial<FlowNode> = {}): FlowNode => ({
  id,
  transport: 'tcp',
  protocol: 'Echo',
  service: 'tcp-echo',
  client: { address: '127.0.0.1', port: 50_000 },
  server: { address: '127.0.0.1', port: 4001 },
  state: 'closed',
  packets: 10,
  packetsFromClient: 5,
  bytes: 688,
  bytesFromClient: 350,
  rtt: null,
  firstTime: '1',
  lastTime: '2',
  first: 1,
  last: 10,
  sid: null,
  ...change,
})

const nothing: Progress = {
  sentFlow: undefined,
  sending: false,
  opened: false,
  yours: false,
  lab: false,
  pull: null,
  chat: NO_CHAT,
}

test('the first five minutes go on as the wire does', () => {
  assert.equal(step(nothing), 'ask')
  assert.equal(step({ ...nothing, sending: true }), 'sent')
  assert.equal(step({ ...nothing, sending: true, sentFlow: flow('tcp.0', { state: 'open' }) }), 'sent')
  const over = { ...nothing, sending: true, sentFlow: flow('tcp.0') }
  assert.equal(step(over), 'counted')
  assert.equal(step({ ...over, opened: true }), 'terminal')
  assert.equal(step({ ...over, opened: true, yours: true }), 'yours')
})

test('on the lab network the cable is pulled next, and what was lost in it comes again', () => {
  const yours = { ...nothing, yours: true, lab: true }
  assert.equal(step(yours), 'yours')
  const row = (number: number, fate: string, analysis: string[] = []) => ({ number, fate, analysis })
  let pull = afterPull(null, false, [row(9, 'delivered')], 9)
  assert.equal(pull, null)
  pull = afterPull(pull, true, [row(9, 'delivered')], 9)
  assert.equal(step({ ...yours, pull }), 'cut')
  pull = afterPull(pull, true, [row(9, 'delivered'), row(10, 'cut')], 10)
  assert.equal(step({ ...yours, pull }), 'plug')
  pull = afterPull(pull, true, [row(11, 'cut', ['retransmission'])], 11)
  assert.equal(step({ ...yours, pull }), 'plug', 'what is lost again did not come again')
  pull = afterPull(pull, false, [row(11, 'cut', ['retransmission'])], 11)
  assert.equal(step({ ...yours, pull }), 'waiting')
  pull = afterPull(pull, false, [row(12, 'delivered', ['spurious_retransmission'])], 12)
  assert.equal(step({ ...yours, pull }), 'again')
  assert.deepEqual(pull, { cut: false, since: 9, lost: 10, again: 12 })
})

test('a cable that was pulled and plugged in again with nothing lost takes nobody further', () => {
  const pull = afterPull(afterPull(null, true, [], 3), false, [], 3)
  assert.equal(step({ ...nothing, yours: true, lab: true, pull }), 'yours')
})

test('hello over TCP: three to meet, four to talk, three to part', () => {
  const episodes = [
    'handshake',
    'handshake',
    'handshake',
    'data',
    'data',
    'data',
    null,
    'close',
    'close',
    'close',
  ] as const
  const counted = count(episodes.map((episode) => ({ episode })))
  assert.deepEqual(counted, { total: 10, meet: 3, talk: 4, part: 3 })
  assert.equal(countSentence(counted), '10: three to meet, four to talk, three to part.')
})

test('what did not happen is not said', () => {
  assert.equal(countSentence(count([{ episode: 'data' }, { episode: 'data' }])), '2: two to talk.')
})

test('a guess gets its reply, none gets none', () => {
  assert.equal(replyToGuess(10, 10), 'You said 10. Exactly.')
  assert.match(replyToGuess(2, 10), /^You said 2\. The word itself is one packet/)
  assert.equal(replyToGuess(undefined, 10), '')
})

test('the packet with the message is the first from the client above the transport', () => {
  const rows = [
    { number: 1, fromClient: true, osi: 4 },
    { number: 2, fromClient: false, osi: 7 },
    { number: 3, fromClient: true, osi: 7 },
    { number: 4, fromClient: true, osi: 7 },
  ]
  assert.equal(messagePacket(rows)?.number, 3)
  assert.equal(messagePacket(rows.slice(0, 2)), undefined)
})

test('the word was opened where it is on its way, there or back, and in no other packet', () => {
  const opened = (row: { flow: string | null; osi: number }) => carriesMessage(row, flow('tcp.1'))
  assert.equal(opened({ flow: 'tcp.1', osi: 7 }), true)
  assert.equal(opened({ flow: 'tcp.1', osi: 4 }), false, 'a SYN or an ACK of its conversation')
  assert.equal(opened({ flow: 'tcp.2', osi: 7 }), false, 'a word of another conversation')
  assert.equal(opened({ flow: null, osi: 7 }), false)
})

test('yours are conversations with our services that the page did not start', () => {
  const flows = [flow('tcp.0'), flow('tcp.1'), flow('tcp.2', { service: null })]
  assert.deepEqual([...ownFlows(flows, new Set(['tcp.0']))], ['tcp.1'])
})

const session = (sid: string, change: Partial<SessionNode> = {}): SessionNode => ({
  sid,
  transport: 'websocket',
  pingInterval: 5000,
  pingTimeout: 4000,
  flows: [],
  sockets: [],
  state: 'open',
  opened: '1',
  beats: [],
  nextDue: null,
  closed: null,
  ...change,
})

test('two tabs chat next, and who heard is told when one of them spoke', () => {
  const before = { ...nothing, yours: true, lab: true }
  const pull = { cut: false, since: 9, lost: 10, again: 12 }
  const said = { kind: 'on', event: 'speak', socket: 'abcdef', packet: null } as EventNode
  let chat = afterChat(NO_CHAT, [session('a')], [said])
  assert.equal(step({ ...before, chat }), 'yours', 'the cable comes first')
  assert.equal(step({ ...before, pull, chat }), 'chat')
  assert.equal(chat.spoke, null, 'nobody was there to hear it')
  chat = afterChat(chat, [session('a'), session('b')], [])
  assert.equal(step({ ...before, pull, chat }), 'chat')
  chat = afterChat(chat, [session('a'), session('b')], [said])
  assert.deepEqual(chat.spoke, { by: 'abcd', packet: null, others: 1 })
  assert.equal(step({ ...before, pull, chat }), 'heard')
  chat = afterChat(chat, [], [{ ...said, packet: 40 }])
  assert.deepEqual(chat.spoke, { by: 'abcd', packet: 40, others: 1 }, 'what was said stays said')
})

test('the newest heartbeat is one that was answered', () => {
  const beat = (ping: number, pong: number | null) => ({
    ping,
    pingTime: '1',
    pong,
    pongTime: null,
    rtt: null,
  })
  const chat = afterChat(NO_CHAT, [session('a', { beats: [beat(5, 6), beat(9, null)] })], [])
  assert.equal(chat.beat?.pong, 6)
  assert.equal(afterChat(chat, [], []).beat?.pong, 6)
})

test('panes unfold as they have something to say', () => {
  assert.deepEqual(foldedPanes('sent', false), ['left', 'inspector'])
  assert.deepEqual(foldedPanes('counted', true), ['left'])
  assert.deepEqual(foldedPanes('terminal', true), ['left'])
  assert.deepEqual(foldedPanes('yours', false), [])
})
