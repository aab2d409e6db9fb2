import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tcpStates } from '../../web/lib/tcp-states.ts'
import { handshake, row } from './rows.ts'

const lines = (rows: Parameters<typeof tcpStates>[0]) =>
  tcpStates(rows).map(({ number, end, by, state }) => `${number} ${end} ${by}: ${state}`)
const from = { client: { fromClient: true }, server: { fromClient: false } }
const fin = (number: number, end: 'client' | 'server', seq: number, ack: number) =>
  row(number, number, 'FIN ACK', {
    ...from[end],
    episode: 'close',
    info: `[FIN, ACK] Seq=${seq} Ack=${ack} Len=0`,
  })
const ack = (number: number, end: 'client' | 'server', acknowledged: number) =>
  row(number, number, 'ACK', {
    ...from[end],
    episode: 'close',
    info: `[ACK] Seq=1 Ack=${acknowledged} Len=0`,
  })

test('a handshake opens both ends, each when it hears of the other', () => {
  assert.deepEqual(lines(handshake()), [
    '1 client sent: SYN-SENT',
    '1 server received: SYN-RECEIVED',
    '2 client received: ESTABLISHED',
    '3 server received: ESTABLISHED',
  ])
})

test('whoever closes first waits, and the other has the last word', () => {
  const close = [fin(1, 'client', 7, 7), ack(2, 'server', 8), fin(3, 'server', 7, 8), ack(4, 'client', 8)]
  assert.deepEqual(lines(close), [
    '1 client sent: FIN-WAIT-1',
    '1 server received: CLOSE-WAIT',
    '2 client received: FIN-WAIT-2',
    '3 server sent: LAST-ACK',
    '3 client received: TIME-WAIT',
    '4 server received: CLOSED',
  ])
})

test('a FIN that also acknowledges leads straight to TIME-WAIT, and one that crosses ours to CLOSING', () => {
  const both = lines([fin(1, 'client', 7, 7), fin(2, 'server', 7, 8)])
  assert.equal(both.at(-1), '2 client received: TIME-WAIT')
  const crossing = lines([
    fin(1, 'client', 7, 7),
    fin(2, 'server', 7, 7),
    ack(3, 'client', 8),
    ack(4, 'server', 8),
  ])
  assert.ok(crossing.includes('2 client received: CLOSING'))
  assert.equal(crossing.at(-1), '4 client received: TIME-WAIT')
})

test('an ACK of data sent before the FIN does not acknowledge the FIN', () => {
  assert.equal(lines([fin(1, 'client', 7, 7), ack(2, 'server', 7)]).length, 2)
})

test('what is lost changes its sender alone', () => {
  assert.deepEqual(lines([row(1, 0, 'SYN', { fate: 'lost' })]), ['1 client sent: SYN-SENT'])
  assert.deepEqual(
    lines([row(1, 0, 'SYN', { fate: 'lost' }), row(2, 1, 'again: SYN')]).at(-1),
    '2 server received: SYN-RECEIVED',
  )
})

test('a RST ends both', () => {
  assert.deepEqual(lines([row(1, 0, 'SYN'), row(2, 0.1, 'RST', from.server)]).slice(-2), [
    '2 server sent: CLOSED',
    '2 client received: CLOSED',
  ])
})

test('words that only look like flags change nothing', () => {
  assert.deepEqual(lines([row(1, 0, '"FIN is near"', { protocol: 'Echo' })]), [])
})
