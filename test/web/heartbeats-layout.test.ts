import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Beat, SessionNode } from '../../server/dashboard/api.ts'
import type { BeatsNode } from '../../server/dashboard/api-beats.ts'
import { linesShown } from '../../web/views/heartbeats-fold.ts'
import { layoutHeartbeats } from '../../web/views/heartbeats-layout.ts'
import { asOf, subjectsOf, verdictsOf } from '../../web/views/heartbeats-subjects.ts'
import { at, event, flow, session, time } from './rows.ts'

function beat(ping: number, seconds: number, rtt: number | null = 0.0018): Beat {
  return {
    ping,
    pingTime: time(seconds),
    pong: rtt === null ? null : ping + 1,
    pongTime: rtt === null ? null : time(seconds + rtt),
    rtt,
  }
}

const ofSession = (given: Partial<SessionNode>, verdicts?: Map<string, string>) =>
  subjectsOf([session(given)], [], [], verdicts)[0]!

function line(given: Partial<SessionNode>, now: number, width = 560) {
  const [first] = layoutHeartbeats([ofSession(given)], at(now), { width }).lines
  assert.ok(first)
  return first
}

test('a beat is solid when answered, hollow while awaited, broken when it was missed', () => {
  const beats = [beat(10, 5), beat(20, 10, null), beat(30, 15, null)]
  const marks = line({ beats, nextDue: time(20) }, 16).beats
  assert.deepEqual(
    marks.map((mark) => mark.state),
    ['answered', 'missed', 'awaited'],
  )
  assert.match(marks[0]?.name ?? '', /Ping in packet 10, pong in packet 11 after 1\.8 ms/)
})

test('the countdown runs to the next ping, and past it says how late it is and how long the client waits', () => {
  const given = { beats: [beat(10, 5)], nextDue: time(10) }
  assert.equal(line(given, 6.9).words, 'next ping in 3.1 s')
  assert.equal(line(given, 10.1).words, 'next ping in 0.0 s', 'a timer is never exact')
  assert.equal(line(given, 11.5).words, 'ping late by 1.5 s; the client waits 2.5 s more')
  assert.equal(line(given, 11.5).standing.state, 'late')
})

test('a session without a ping for longer than either end waits has lapsed, and is late no more', () => {
  const given = { beats: [beat(10, 5)], nextDue: time(10) }
  assert.equal(line(given, 13.9).standing.state, 'late')
  const lapsed = line(given, 14.5)
  assert.equal(lapsed.words, 'no ping for 9.5 s: over, though nobody said so')
  assert.equal(lapsed.standing.state, 'lapsed')
  assert.equal(line({ beats: [], opened: time(0), nextDue: time(5) }, 9.1).brief, 'lapsed')
})

test('an unanswered ping is awaited until pingTimeout, and unanswered after it', () => {
  const given = { beats: [beat(10, 5, null)], nextDue: time(10) }
  assert.equal(line(given, 6.2).words, 'awaiting the pong, 1.2 s of 4 s')
  assert.equal(line(given, 10).words, 'no pong for 5.0 s: the server gives up')
})

test('both ends’ deadlines stand on the line: pingTimeout after the ping, and the client’s own after both times', () => {
  const asking = line({ beats: [beat(10, 5, null)], nextDue: null }, 6.2)
  const [server, client] = asking.gates
  assert.deepEqual([server?.who, client?.who], ['server', 'client'])
  assert.match(server?.words ?? '', /no pong within 4 s/)
  assert.match(client?.words ?? '', /no ping for 9 s/)
  assert.ok(asking.since < (server?.x ?? 0) && (server?.x ?? 0) < (client?.x ?? 0))
  assert.ok((client?.x ?? 999) < asking.end)
  assert.deepEqual(
    line({ beats: [beat(10, 5)], nextDue: time(10) }, 6).gates.map(({ who }) => who),
    ['client'],
    'nobody awaits a pong',
  )
})

test('a closed session awaits nothing; one that ended for want of a pong says so, in the server’s words if there are any', () => {
  const beats = [beat(10, 5, null)]
  const end = (seconds: number, reason: string) => ({ packet: 50, time: time(seconds), reason })
  const left = line({ state: 'closed', nextDue: null, beats, closed: end(6, 'transport close') }, 100)
  assert.equal(left.words, 'closed')
  assert.deepEqual([left.due, left.gates.length, left.beats[0]?.state], [null, 0, 'missed'])

  const timedOut = {
    state: 'closed' as const,
    beats,
    nextDue: null,
    closed: end(9.01, 'WebSocket close from the server'),
  }
  assert.equal(line(timedOut, 100).words, 'no pong for 4 s: the server ended it')
  const verdicts = verdictsOf([
    event(1, 9, 'disconnect', { eioSid: '6UMIk2xxPq', reason: 'ping timeout' }),
    event(2, 9, 'disconnect', { eioSid: '6UMIk2xxPq', nsp: '/', socket: 'x', reason: 'transport close' }),
  ])
  const [told] = layoutHeartbeats([ofSession(timedOut, verdicts)], at(100), { width: 560 }).lines
  assert.equal(told?.words, 'no pong for 4 s: the server says “ping timeout”')
})

test('beats stand at their times, the present goes on from the last one to the next', () => {
  const beats = [beat(10, 5), beat(20, 10), beat(30, 15)]
  const early = line({ beats, nextDue: time(20) }, 15.5)
  const later = line({ beats, nextDue: time(20) }, 19)
  const xs = early.beats.map((mark) => mark.x)
  assert.deepEqual(
    xs,
    [...xs].sort((a, b) => a - b),
  )
  assert.deepEqual(
    xs,
    later.beats.map((mark) => mark.x),
    'the past stands still between beats',
  )
  assert.equal(early.since, xs.at(-1))
  assert.ok(early.present > early.since && later.present > early.present)
  assert.ok(later.present < (later.due ?? 0))
})

test('no mark leaves the strip, however late it gets and however many beats there are', () => {
  const beats = Array.from({ length: 200 }, (_, i) => beat(i * 3, i * 5))
  const layout = line({ beats, nextDue: time(1000) }, 5000, 360)
  assert.ok(layout.beats.length < 20)
  const gates = layout.gates.map(({ x }) => x)
  const marks = layout.beats.map(({ x }) => x)
  for (const x of [...marks, ...gates, layout.present, layout.due ?? 0, layout.lineFrom]) {
    assert.ok(x >= 0 && x <= 360)
  }
})

test('a session whose beats of that time nobody holds any more awaits none', () => {
  const then = line({ beats: [], beatsForgotten: true, opened: time(0), nextDue: null }, 900)
  assert.deepEqual([then.words, then.due, then.gates], ['its beats of then are no longer held', null, []])
})

test('a session without a beat yet counts down from its opening', () => {
  const fresh = line({ beats: [], opened: time(0), nextDue: time(5) }, 1)
  assert.equal(fresh.words, 'next ping in 4.0 s')
  assert.equal(fresh.rtt, '')
  assert.equal(fresh.history, null)
  assert.equal(fresh.subject.short, '6UMI')
})

test('the round trips are a line from zero up, the newest last', () => {
  const { history } = line({ beats: [beat(10, 5, 0.001), beat(20, 10, 0.003)], nextDue: time(15) }, 11)
  assert.match(history?.path ?? '', /^M2,\S+L60,3$/)
  assert.equal(history?.range, 'the last 2 between 1 ms and 3 ms')
})

const others: BeatsNode[] = [
  { flow: 'tcp.3', kind: 'tcp', fromClient: true, count: 2, beats: [beat(5, 2), beat(7, 4)] },
  { flow: 'tcp.4', kind: 'websocket', fromClient: true, count: 1, beats: [beat(9, 3, null)] },
  { flow: 'tcp.5', kind: 'engine.io-3', fromClient: true, count: 1, beats: [beat(11, 3)] },
]
const flows = ['tcp.3', 'tcp.4', 'tcp.5'].map((id) => flow(id))

test('each layer that asks has a line of its own, with its name, and says who must answer', () => {
  const subjects = subjectsOf([session()], others, flows)
  const words = new Map(subjects.map(({ name, layer, teaches }) => [name, { layer, teaches }]))
  const says = (name: string, layer: number, teaches: RegExp) => {
    assert.equal(words.get(name)?.layer, layer)
    assert.match(words.get(name)?.teaches ?? '', teaches)
  }
  says('Engine.IO ping', 5, /^Every 5 s the server’s program asks.* client’s program must answer within 4 s/)
  says('TCP keep-alive', 4, /^After a silence the client’s TCP .* server’s TCP must acknowledge it/)
  says('WebSocket ping', 7, /^The client sends a ping frame, and the server’s WebSocket library must/)
  says('Engine.IO 3 ping', 5, /^In version 3 the client asks and the server answers/)
})

test('where nothing was agreed on there is nothing due: the line says how long ago it was', () => {
  const lines = layoutHeartbeats(subjectsOf([], others, flows), at(5), { width: 560 }).lines
  const tcp = lines.find(({ subject }) => subject.kind === 'tcp')
  assert.deepEqual([tcp?.due, tcp?.gates, tcp?.words], [null, [], 'asked 1.0 s ago'])
  assert.equal(tcp?.beats[0]?.name, 'Keep-alive in packet 5, ACK in packet 6 after 1.8 ms')
  const ws = lines.find(({ subject }) => subject.kind === 'websocket')
  assert.equal(ws?.words, 'awaiting the pong for 2.0 s')
  assert.equal(ws?.beats[0]?.state, 'awaited')
})

test('every kind has a line in the strip before any has two; one that has just timed out stays in sight', () => {
  const many = Array.from({ length: 5 }, (_, i) => session({ sid: `sid${i}`, opened: time(10 + i) }))
  const over = session({
    sid: 'gone',
    state: 'closed',
    beats: [beat(1, 1, null)],
    closed: { packet: 9, time: time(6), reason: 'WebSocket close from the server' },
  })
  const subjects = subjectsOf([...many, over], others.slice(0, 2), flows)
  const folded = linesShown(subjects, false, false, at(30))
  assert.deepEqual(
    folded.shown.map(({ kind, short }) => [kind, short]),
    [
      ['engine.io', 'sid4'],
      ['websocket', 'tcp.4'],
      ['tcp', 'tcp.3'],
      ['engine.io', 'gone'],
    ],
  )
  assert.deepEqual([folded.live, folded.closed], [4, 0])
  assert.equal(linesShown(subjects, false, true, at(30)).shown.length, 8)
  assert.equal(linesShown(subjects, false, false, at(90)).closed, 1, 'after a minute it is folded')
})

test('as of an earlier moment a pong is awaited, a later ping was not sent, and what began later was not there', () => {
  const whole = ofSession({ beats: [beat(10, 5), beat(20, 10), beat(30, 15)], nextDue: time(20) })
  const then = asOf(whole, at(10.001))
  assert.deepEqual(
    then?.beats.map(({ ping, pong }) => [ping, pong]),
    [
      [10, 11],
      [20, null],
    ],
  )
  assert.equal(then?.nextDue, null)
  assert.equal(asOf(whole, at(7))?.nextDue, (at(5.0018) + 5).toFixed(9))
  assert.equal(asOf(whole, at(-1)), null)
  const closed = ofSession({ state: 'closed', closed: { packet: 9, time: time(30), reason: 'x' } })
  assert.equal(asOf(closed, at(20))?.closed, null)
})
