import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { get, ok, upgrade, Wire, wsFrame } from './wire.ts'

const SID = '6UMIabcdefghijklAAAA'
const OPEN = `0{"sid":"${SID}","upgrades":["websocket"],"pingInterval":400,"pingTimeout":200,"maxPayload":1000000}`

describe('a session', () => {
  test('that begins on a WebSocket learns its id from the first message', () => {
    const wire = new Wire()
    const line = wire.open()
    upgrade(line, '/socket.io/?EIO=4&transport=websocket')
    line.server(wsFrame('server', 1, OPEN))
    const last = line.client(wsFrame('client', 1, '40'))
    assert.equal(wire.read(last).one('engineio.sid'), SID)
    assert.equal(wire.trace().sessions()[0]!.transport, 'websocket')
  })

  test('is not believed because a client names it', () => {
    const wire = new Wire()
    const line = wire.open()
    line.client(get('transport=polling&sid=bogus'))
    const got = line.server(
      ok('{"code":1,"message":"Session ID unknown"}', 'application/json', '400 Bad Request'),
    )
    const seen = wire.read(got)
    assert.equal(seen.one('engineio.error.code'), 1)
    assert.equal(seen.one('engineio.error.message'), 'Session ID unknown')
    assert.equal(seen.info, 'Engine.IO error 1 "Session ID unknown"')
    assert.deepEqual(wire.trace().sessions(), [])
  })

  test('on a WebSocket ends with its connection, goodbye or not', () => {
    const wire = new Wire()
    const line = wire.open()
    upgrade(line, '/socket.io/?EIO=4&transport=websocket')
    line.server(wsFrame('server', 1, OPEN))
    assert.equal(wire.trace().sessions()[0]!.state, 'open')
    line.close('client')
    const [session] = wire.trace().sessions()
    assert.deepEqual([session!.state, session!.nextDue], ['closed', null])
  })

  test('outlives the trial of a WebSocket that fails', () => {
    const wire = new Wire()
    const [polling, trial] = [wire.open(), wire.open()]
    polling.client(get('transport=polling'))
    polling.server(ok(OPEN))
    upgrade(trial, `/socket.io/?EIO=4&transport=websocket&sid=${SID}`)
    trial.client(wsFrame('client', 1, '2probe'))
    trial.close('client')
    const [session] = wire.trace().sessions()
    assert.deepEqual([session!.transport, session!.state], ['polling', 'open'])
  })

  test('over polling ends when a request is broken off, and not between two', () => {
    const wire = new Wire()
    const [first, second] = [wire.open(), wire.open()]
    first.client(get('transport=polling'))
    first.server(ok(OPEN))
    first.close('client')
    assert.equal(wire.trace().sessions()[0]!.state, 'open')
    second.client(get(`transport=polling&sid=${SID}`))
    second.close('client')
    assert.equal(wire.trace().sessions()[0]!.state, 'closed')
  })

  test('that the server no longer knows is closed', () => {
    const wire = new Wire()
    const line = wire.open()
    line.client(get('transport=polling'))
    line.server(ok(OPEN))
    line.client(get(`transport=polling&sid=${SID}`))
    line.server(ok('{"code":1,"message":"Session ID unknown"}', 'application/json', '400 Bad Request'))
    assert.equal(wire.trace().sessions()[0]!.state, 'closed')
  })

  test('refused to a WebSocket has the words alone, and a code by them', () => {
    const wire = new Wire()
    const line = wire.open()
    line.client(
      `GET /socket.io/?EIO=4&transport=websocket&sid=x HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    )
    const seen = wire.read(line.server(ok('Session ID unknown', 'text/html', '400 Bad Request')))
    assert.equal(seen.one('engineio.error.code'), 1)
  })

  test('other refusals bear their code, whatever was asked for', () => {
    for (const [uri, code] of [
      ['EIO=3&transport=polling', 5],
      ['EIO=4&transport=foo', 0],
      ['transport=polling', 5],
    ] as const) {
      const wire = new Wire()
      const line = wire.open()
      line.client(`GET /socket.io/?${uri} HTTP/1.1\r\n\r\n`)
      const body = `{"code":${code},"message":"x"}`
      assert.equal(
        wire.read(line.server(ok(body, 'application/json', '400 Bad Request'))).one('engineio.error.code'),
        code,
      )
    }
  })

  test('a ping without a pong has no answer, and the next has its own', () => {
    const wire = new Wire()
    const line = wire.open()
    upgrade(line, '/socket.io/?EIO=4&transport=websocket')
    line.server(wsFrame('server', 1, OPEN))
    const lost = line.server(wsFrame('server', 1, '2'))
    const ping = line.server(wsFrame('server', 1, '2'))
    const pong = line.client(wsFrame('client', 1, '3'))
    const again = line.client(wsFrame('client', 1, '3'))
    assert.equal(wire.read(lost).one('engineio.response_in'), undefined)
    assert.equal(wire.read(ping).one('engineio.response_in'), pong)
    assert.equal(wire.read(again).one('engineio.response_to'), undefined)
  })

  test('knows when the next ping is due: the interval after the handshake, or after the last pong', () => {
    const wire = new Wire()
    const line = wire.open()
    upgrade(line, '/socket.io/?EIO=4&transport=websocket')
    line.server(wsFrame('server', 1, OPEN))
    const due = () => {
      const trace = wire.trace()
      const { nextDue } = trace.sessions()[0]!
      return nextDue === null ? null : (Number(nextDue) - Number(trace.row(trace.total)!.time)).toFixed(3)
    }
    assert.equal(due(), '0.400')
    line.server(wsFrame('server', 1, '2'))
    assert.equal(due(), null)
    line.client(wsFrame('client', 1, '3'))
    assert.equal(due(), '0.400')
  })
})
