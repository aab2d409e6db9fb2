import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Beat, SessionNode } from '../../server/dashboard/api.ts'
import { layoutHeartbeats } from '../../web/views/heartbeats-layout.ts'
import { at, session, time } from './rows.ts'

function beat(ping: number, seconds: number, rtt: number | null = 0.0018): Beat {
  return {
    ping,
    pingTime: time(seconds),
    pong: rtt === null ? null : ping + 1,
    pongTime: rtt === null ? null : time(seconds + rtt),
    rtt,
  }
}

function line(given: Partial<SessionNode>, now: number, width = 560) {
  const [first] = layoutHeartbeats([session(given)], at(now), { width }).lines
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

test('the countdown runs to the next ping, and past it says how late it is', () => {
  const given = { beats: [beat(10, 5)], nextDue: time(10) }
  assert.equal(line(given, 6.9).words, 'next ping in 3.1 s')
  assert.equal(line(given, 10.1).words, 'next ping in 0.0 s', 'a timer is never exact')
  assert.equal(line(given, 11.5).words, 'ping late by 1.5 s')
  assert.equal(line(given, 11.5).standing.state, 'late')
})

test('an unanswered ping is awaited until pingTimeout, and unanswered after it', () => {
  const given = { beats: [beat(10, 5, null)], nextDue: time(10) }
  assert.equal(line(given, 6.2).words, 'awaiting the pong, 1.2 s of 4 s')
  assert.equal(line(given, 10).standing.state, 'unanswered')
})

test('a closed session awaits nothing', () => {
  const closed = line({ state: 'closed', nextDue: null, beats: [beat(10, 5, null)] }, 100)
  assert.equal(closed.words, 'closed')
  assert.equal(closed.due, null)
  assert.equal(closed.beats[0]?.state, 'missed')
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
  for (const x of [...layout.beats.map((mark) => mark.x), layout.present, layout.due ?? 0, layout.lineFrom]) {
    assert.ok(x >= 0 && x <= 360)
  }
})

test('a session without a beat yet counts down from its opening', () => {
  const fresh = line({ beats: [], opened: time(0), nextDue: time(5) }, 1)
  assert.equal(fresh.words, 'next ping in 4.0 s')
  assert.equal(fresh.rtt, '')
  assert.equal(fresh.shortSid, '6UMI')
})
