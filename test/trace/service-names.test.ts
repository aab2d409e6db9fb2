/** What is echoed is known by who serves; the numbers of ports go from hand to hand. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceNames } from '../../server/trace/service-names.ts'
import { Trace } from '../../server/trace/trace.ts'
import { CLIENT, TcpConversation, udpFrame, utf8 } from '../frames.ts'

const REQUEST = 'GET / HTTP/1.1\r\n\r\n'
const PORT = 40_001

/** The packet that says it, in a conversation of its own. */
function said(trace: Trace, client: number, server: number, text = REQUEST): number {
  const conversation = new TcpConversation({
    client: { address: '127.0.0.1', port: client },
    server: { address: '127.0.0.1', port: server },
  })
  conversation.handshake()
  conversation.send('client', text)
  for (const frame of conversation.frames) trace.add(frame)
  return trace.last
}

const protocolOf = (trace: Trace, number: number) => trace.row(number)?.protocol

test('a port where there was an echo is no echo any more, and what was one stays one', () => {
  const trace = new Trace()
  const names = new ServiceNames(trace)
  names.name({ transport: 'tcp', port: PORT, service: 'tcp-echo' })
  const echoed = said(trace, 50_001, PORT)
  names.name({ transport: 'tcp', port: PORT, service: 'hub' })
  const asked = said(trace, 50_002, PORT)
  names.name({ transport: 'tcp', port: PORT, service: 'tcp-echo' })
  names.forget(PORT)
  const unnamed = said(trace, 50_003, PORT)
  assert.equal(protocolOf(trace, asked), 'HTTP')
  assert.equal(protocolOf(trace, unnamed), 'HTTP')
  assert.equal(protocolOf(trace, echoed), 'Echo')
})

test('a client whose port has the number of an echo’s speaks what it speaks', () => {
  const trace = new Trace()
  const names = new ServiceNames(trace)
  names.name({ transport: 'tcp', port: PORT, service: 'tcp-echo' })
  assert.equal(protocolOf(trace, said(trace, PORT, 40_002)), 'HTTP')
})

test('datagrams to an echo and from it are its own, also when they are read again after its port was given away', () => {
  const trace = new Trace()
  const names = new ServiceNames(trace)
  names.name({ transport: 'udp', port: PORT, service: 'udp-echo' })
  const [from, to] = [{ ...CLIENT }, { ...CLIENT, port: PORT }]
  for (const frame of [udpFrame(from, to, utf8('x')), udpFrame(to, from, utf8('x'))]) trace.add(frame)
  names.forget(PORT)
  assert.deepEqual(
    [1, 2].map((number) => trace.row(number)?.info),
    ['Echo request "x"', 'Echo response "x"'],
  )
})
