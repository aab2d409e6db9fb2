/** Heartbeats that are no Engine.IO 4 session's, as the first pass finds them. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Server } from 'socket.io'
import { WebSocket } from 'ws'
import { FlowBeats } from '../../server/protocols/flow-beats.ts'
import { Relay } from '../protocols/recorded-session.ts'
import { within } from '../services/waiting.ts'

test('in Engine.IO 3 the client asks and the server answers', async (t) => {
  const http = createServer()
  const server = new Server(http, { allowEIO3: true })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const relay = new Relay((http.address() as AddressInfo).port)
  t.after(() => {
    relay.close()
    void server.close()
  })
  const port = await relay.listen()
  const client = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=3&transport=websocket`)
  t.after(() => client.terminate())
  await within(once(client, 'message'), 'the handshake')
  const answered = within(
    new Promise<void>((resolve) => client.on('message', (data) => String(data) === '3' && resolve())),
    'the pong',
  )
  client.send('2')
  await answered
  const [line] = relay.wire.trace().beats(10)
  assert.deepEqual([line?.kind, line?.fromClient, line?.count], ['engine.io-3', true, 1])
  assert.ok(line?.beats[0]?.pong)
})

const at = (number: number) => ({ number, time: BigInt(number) * 1_000_000n })

test('an answer belongs to the latest question of its bytes, and nothing answers twice', () => {
  const beats = new FlowBeats()
  beats.ask('websocket', true, at(1), 'a')
  beats.ask('websocket', true, at(2), 'b')
  beats.answer('websocket', false, at(3), 'a')
  beats.answer('websocket', false, at(4), 'a')
  beats.answer('websocket', false, at(5), 'never asked')
  beats.answer('websocket', true, at(6), 'b')
  assert.deepEqual(
    beats.lines[0]?.beats.map(({ ping, pong }) => [ping, pong]),
    [
      [1, 3],
      [2, null],
    ],
  )
  assert.equal(beats.changes, 3)
})

test('of many questions the latest fifty are kept, and all are counted', () => {
  const beats = new FlowBeats()
  for (let i = 1; i <= 200; i++) beats.ask('tcp', false, at(i))
  const [line] = beats.lines
  assert.deepEqual([line?.count, line?.beats.length, line?.beats[0]?.ping], [200, 50, 151])
})
