import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { echo } from '../../server/protocols/echo.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { Trace } from '../../server/trace/trace.ts'
import { CLIENT, SERVER, TcpConversation, udpFrame, utf8 } from '../frames.ts'
import { readBack } from './dissected.ts'

function echoTrace(frames: readonly Frame[]): Trace {
  const trace = new Trace({
    decodeAs: [
      { table: 'tcp.port', port: 4001, protocol: echo },
      { table: 'udp.port', port: 4001, protocol: echo },
    ],
  })
  for (const frame of frames) trace.add(frame)
  return trace
}

describe('an echo', () => {
  test('over TCP is told apart into what was asked and what came back', () => {
    const tcp = new TcpConversation()
    tcp.handshake()
    tcp.send('client', 'hällo\n')
    tcp.send('server', 'hällo\n')
    const trace = echoTrace(tcp.frames)
    const asked = readBack(trace, 4)
    assert.equal(asked.stack, 'eth:ip:tcp:echo')
    assert.equal(asked.one('echo.request'), true)
    assert.equal(asked.one('echo.response'), undefined)
    assert.equal(asked.one('echo.data'), Buffer.from('hällo\n').toString('hex'))
    assert.equal(asked.one('echo.text'), 'hällo\n')
    assert.equal(asked.info, 'Echo request "hällo\\n"')
    const back = readBack(trace, 5)
    assert.equal(back.one('echo.response'), true)
    assert.equal(back.info, 'Echo response "hällo\\n"')
  })

  test('over UDP is too', () => {
    const trace = echoTrace([udpFrame(CLIENT, SERVER, utf8('hi')), udpFrame(SERVER, CLIENT, utf8('hi'))])
    assert.equal(readBack(trace, 1).one('echo.request'), true)
    assert.equal(readBack(trace, 2).one('echo.response'), true)
  })

  test('of bytes that are no text has no text', () => {
    const got = readBack(echoTrace([udpFrame(CLIENT, SERVER, Uint8Array.of(0, 255))]), 1)
    assert.equal(got.one('echo.text'), undefined)
    assert.equal(got.info, 'Echo request 2 bytes')
  })
})
