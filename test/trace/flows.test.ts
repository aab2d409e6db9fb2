import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FlowState } from '../../server/dashboard/api.ts'
import { echo } from '../../server/protocols/echo.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { Trace } from '../../server/trace/trace.ts'
import { CLIENT, SERVER, START_TIME, TcpConversation, tcpFrame, udpFrame, utf8 } from '../frames.ts'

function traceOf(frames: readonly Frame[], options: ConstructorParameters<typeof Trace>[0] = {}): Trace {
  const trace = new Trace(options)
  for (const frame of frames) trace.add(frame)
  return trace
}

test('a connection is counted in both directions, with its ends, its times and its round trip', () => {
  const conversation = new TcpConversation()
  conversation.handshake()
  conversation.send('client', 'hello')
  conversation.ack('server')
  const trace = traceOf(conversation.frames, {
    decodeAs: [{ table: 'tcp.port', port: SERVER.port, protocol: echo }],
  })
  trace.flows.serviceOf = (_transport, { port }) => (port === SERVER.port ? 'tcp-echo' : null)
  const [flow] = trace.flows.list()
  assert.ok(flow)
  assert.equal(flow.id, 'tcp.0')
  assert.deepEqual([flow.client, flow.server], [CLIENT, SERVER])
  assert.deepEqual([flow.packets, flow.packetsFromClient], [5, 3])
  const length = (i: number) => conversation.frames[i]?.originalLength ?? 0
  assert.equal(flow.bytesFromClient, length(0) + length(2) + length(3))
  assert.equal(flow.bytes, flow.bytesFromClient + length(1) + length(4))
  assert.deepEqual([flow.first, flow.last], [1, 5])
  assert.equal(flow.firstTime, '1700000000.000000000')
  assert.equal(flow.lastTime, '1700000000.004000000')
  // From the SYN to the ACK that ends the handshake; not what the server took to acknowledge the data.
  assert.equal(flow.rtt, 0.002)
  assert.equal(flow.protocol, 'Echo')
  assert.equal(flow.service, 'tcp-echo')
  assert.deepEqual(trace.flows.get('tcp.0'), flow)
  assert.deepEqual(trace.flows.find('tcp', SERVER, CLIENT), flow)
  assert.equal(trace.flows.find('udp', SERVER, CLIENT), undefined)
  assert.equal(trace.flowOf(3)?.id, 'tcp.0')
})

test("a connection's state follows the wire", () => {
  const states: FlowState[] = []
  const trace = new Trace()
  const add = (frame: Frame) => {
    trace.add(frame)
    states.push(trace.flows.list().at(-1)?.state ?? 'datagrams')
  }
  const orderly = new TcpConversation()
  orderly.handshake()
  orderly.send('client', 'x')
  orderly.close('server')
  for (const frame of orderly.frames) add(frame)
  assert.deepEqual(states, ['opening', 'opening', 'open', 'open', 'closing', 'closing', 'closed'])

  states.length = 0
  const broken = new TcpConversation({ client: { address: '127.0.0.1', port: 50_001 } })
  broken.handshake()
  broken.reset('server')
  broken.reset('client')
  for (const frame of broken.frames) add(frame)
  assert.deepEqual(states, ['opening', 'opening', 'open', 'reset', 'reset'])

  states.length = 0
  const refused = new TcpConversation({ client: { address: '127.0.0.1', port: 50_002 } })
  refused.segment('client', 'S')
  refused.reset('server')
  for (const frame of refused.frames) add(frame)
  assert.deepEqual(states, ['opening', 'refused'])

  states.length = 0
  const unseen = new TcpConversation({ client: { address: '127.0.0.1', port: 50_003 } })
  unseen.send('client', 'in the middle')
  for (const frame of unseen.frames) add(frame)
  assert.deepEqual(states, ['open'])
})

test('a SYN with another sequence number between the same sockets is a new stream, the same SYN again is not', () => {
  const first = new TcpConversation({ clientSeq: 100 })
  first.handshake()
  first.close()
  const second = new TcpConversation({ clientSeq: 5000 })
  second.handshake()
  const trace = traceOf([...first.frames, ...second.frames])
  assert.deepEqual(
    trace.flows.list().map(({ id, packets }) => [id, packets]),
    [
      ['tcp.0', 6],
      ['tcp.1', 3],
    ],
  )
  assert.deepEqual(trace.row(7)?.analysis, ['reused_ports'])
  assert.equal(trace.flows.find('tcp', CLIENT, SERVER)?.id, 'tcp.1')

  const repeated = traceOf([
    tcpFrame(CLIENT, SERVER, { seq: 1, flags: 'S' }),
    tcpFrame(CLIENT, SERVER, { seq: 1, flags: 'S', time: START_TIME + 1_000_000_000n }),
  ])
  assert.equal(repeated.flows.list().length, 1)
})

test('who is the client is known by the SYN, by the SYN ACK, by a known port, and else by the lower port', () => {
  const client = (frame: Frame, options = {}) => traceOf([frame], options).flows.list()[0]?.client.port
  assert.equal(client(tcpFrame(SERVER, CLIENT, { seq: 1, flags: 'S' })), SERVER.port)
  assert.equal(client(tcpFrame(CLIENT, SERVER, { seq: 1, ack: 1, flags: 'SA' })), SERVER.port)
  assert.equal(client(tcpFrame(SERVER, CLIENT, { seq: 1, ack: 1, flags: 'A' })), CLIENT.port)
  const decodeAs = [{ table: 'tcp.port' as const, port: CLIENT.port, protocol: echo }]
  assert.equal(client(tcpFrame(SERVER, CLIENT, { seq: 1, ack: 1, flags: 'A' }), { decodeAs }), SERVER.port)
})

test('datagrams between two sockets are one conversation, numbered apart from TCP', () => {
  const trace = traceOf([
    tcpFrame(CLIENT, SERVER, { seq: 1, flags: 'S' }),
    udpFrame(CLIENT, SERVER, utf8('ping')),
    udpFrame(SERVER, CLIENT, utf8('pong')),
    udpFrame({ ...CLIENT, port: 1 }, SERVER, utf8('other')),
  ])
  assert.deepEqual(
    trace.flows.list().map(({ id, state, packets }) => [id, state, packets]),
    [
      ['tcp.0', 'opening', 1],
      ['udp.0', 'datagrams', 2],
      ['udp.1', 'datagrams', 1],
    ],
  )
  assert.deepEqual([trace.row(2)?.fromClient, trace.row(3)?.fromClient], [true, false])
})

test('of too many conversations those that are over go first, and the trace still shows their packets', () => {
  const trace = new Trace({ limitFlows: 40 })
  const open = new TcpConversation({ client: { address: '10.0.0.1', port: 1 } })
  open.handshake()
  for (const frame of open.frames) trace.add(frame)
  for (let i = 2; i < 200; i++) {
    const brief = new TcpConversation({ client: { address: '10.0.0.1', port: i } })
    brief.handshake()
    brief.reset()
    for (const frame of brief.frames) trace.add(frame)
  }
  const list = trace.flows.list()
  assert.ok(list.length <= 40)
  assert.equal(list[0]?.id, 'tcp.0')
  assert.equal(list.at(-1)?.id, 'tcp.198')
  assert.ok(trace.flows.dropped > 150)
  assert.equal(trace.row(5)?.flow, 'tcp.1')
})

test('a listener is called for every packet until it stops listening', () => {
  const trace = new Trace()
  let calls = 0
  const stop = trace.onChange(() => calls++)
  trace.add(udpFrame(CLIENT, SERVER, utf8('1')))
  trace.add(udpFrame(CLIENT, SERVER, utf8('2')))
  stop()
  trace.add(udpFrame(CLIENT, SERVER, utf8('3')))
  assert.equal(calls, 2)
})
