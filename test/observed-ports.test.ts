import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import type { ServiceNode } from '../server/dashboard/api.ts'
import { ObservedPorts } from '../server/observed-ports.ts'
import { Trace } from '../server/trace/trace.ts'
import { TcpConversation, udpFrame, utf8 } from './frames.ts'

const service = (name: string, port: number, state: ServiceNode['state'] = 'listening'): ServiceNode => ({
  name,
  title: name,
  protocol: 'TCP',
  host: '127.0.0.1',
  port,
  state,
  lab: null,
  tryIt: '',
  note: null,
})

const to = (port: number) =>
  udpFrame({ address: '127.0.0.1', port: 60_000 }, { address: '127.0.0.1', port }, utf8('hello'))

describe('the ports that are observed', () => {
  it('are those of the services that listen, and never the dashboard’s', () => {
    const ports = new ObservedPorts(new Trace())
    ports.setServices([service('dashboard', 3000), service('hub', 4000), service('tcp-echo', 4001, 'failed')])
    assert.deepEqual(
      [3000, 4000, 4001, 9999].map((port) => ports.scope.includes(to(port))),
      [false, true, false, false],
    )
    ports.setServices([service('hub', 4100)])
    assert.deepEqual(
      [4000, 4100].map((port) => ports.scope.includes(to(port))),
      [false, true],
    )
  })

  it('say which service a conversation talks to, and what is spoken there', () => {
    const trace = new Trace()
    const ports = new ObservedPorts(trace)
    ports.setServices([service('tcp-echo', 4001), service('udp-echo', 4002)])
    ports.openRun({ TCP: 5001, UDP: 5002, LISTEN: 5003 })
    for (const port of [4001, 5001, 5003]) {
      const talk = new TcpConversation({ server: { address: '127.0.0.1', port } })
      talk.handshake()
      talk.send('client', 'hello\n')
      for (const frame of talk.frames) trace.add(frame)
    }
    for (const port of [4002, 5002]) trace.add(to(port))
    assert.deepEqual(
      trace.flows.list().map((flow) => [flow.server.port, flow.service, flow.protocol]),
      [
        [4001, 'tcp-echo', 'Echo'],
        [5001, 'tcp-echo', 'Echo'],
        [5003, null, 'TCP'],
        [4002, 'udp-echo', 'Echo'],
        [5002, 'udp-echo', 'Echo'],
      ],
    )
  })

  it('of a service on the lab network are its own, whatever number the door to it has', () => {
    const trace = new Trace({ provenance: 'lab' })
    const ports = new ObservedPorts(trace)
    ports.setServices([{ ...service('tcp-echo', 40_123), lab: { address: '10.0.0.1', port: 4001 } }])
    const talk = new TcpConversation({ server: { address: '10.0.0.1', port: 4001 } })
    talk.handshake()
    talk.send('client', 'hello\n')
    for (const frame of talk.frames) trace.add(frame)
    assert.deepEqual(
      trace.flows.list().map((flow) => [flow.service, flow.protocol]),
      [['tcp-echo', 'Echo']],
    )
  })

  it('of the hub, here and in runs, tell of their events themselves; a learner’s on the very same port does not', () => {
    const trace = new Trace({ eventsFromWire: 'at once' })
    const ports = new ObservedPorts(trace)
    const at = (address: string, port: number) => trace.events.isTold({ address, port })
    ports.setServices([service('hub', 4000), service('websocket-echo', 4003), service('hub-tls', 4443)])
    ports.openRun({ HUB: 5001, TLS: 5002, LISTEN: 5003 })
    assert.deepEqual(
      [4000, 4443, 5001, 5002, 4003, 5003].map((port) => at('127.0.0.1', port)),
      [true, true, true, true, false, false],
    )
    ports.openRun({ LISTEN: 5001 })
    assert.ok(!at('127.0.0.1', 5001), 'the run before is over')

    ports.setServices([{ ...service('hub', 40_123), lab: { address: '10.0.0.1', port: 4000 } }])
    assert.deepEqual(
      [at('10.0.0.1', 4000), at('127.0.0.1', 40_123), at('10.0.0.20', 4000)],
      [true, true, false],
    )
  })

  it('of a run are observed a little longer than it lasts, or as long as another wants them', () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const ports = new ObservedPorts(new Trace())
      ports.openRun({ TCP: 5001, UDP: 5002 })
      ports.closeRun({ TCP: 5001, UDP: 5002 })
      ports.openRun({ TCP: 5001 })
      assert.ok(ports.scope.includes(to(5002)))
      mock.timers.tick(10_000)
      assert.ok(!ports.scope.includes(to(5002)))
      assert.ok(ports.scope.includes(to(5001)))
    } finally {
      mock.timers.reset()
    }
  })
})
