import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { type TestContext, test } from 'node:test'
import { labDialler } from '../../server/compare/dialler.ts'
import { exchange } from '../../server/compare/exchange.ts'
import { WallClock } from '../../server/network/clock.ts'
import { LabNetwork } from '../../server/network/lab-network.ts'
import { connectLab } from '../../server/network/socket/lab-socket.ts'
import { startHub } from '../../server/services/hub.ts'
import { labGround } from '../../server/services/lab-ground.ts'
import type { Service } from '../../server/services/service.ts'
import { startTcpEcho } from '../../server/services/tcp-echo.ts'
import { startUdpEcho } from '../../server/services/udp-echo.ts'
import { startWebSocketEcho } from '../../server/services/websocket-echo.ts'
import { listenToEvents, within } from './waiting.ts'

const SERVICES = {
  tcp: { start: startTcpEcho, port: 4001 },
  udp: { start: startUdpEcho, port: 4002 },
  websocket: { start: startWebSocketEcho, port: 4003 },
  'socket.io-websocket': { start: startHub, port: 4000 },
  'socket.io-polling': { start: startHub, port: 4000 },
} as const

async function onLab(t: TestContext, start: (typeof SERVICES)['tcp' | 'udp']['start'], port: number) {
  const network = new LabNetwork({ clock: new WallClock(), seed: 1 })
  const service: Service = await start({ ground: labGround(network.server), port })
  t.after(async () => {
    await service.close()
    network.close()
  })
  return { network, service, client: network.addClient('client', 'demo') }
}

for (const transport of ['tcp', 'udp', 'websocket', 'socket.io-websocket', 'socket.io-polling'] as const) {
  test(`the service for ${transport} answers at 10.0.0.1, and tells of the lab address`, async (t) => {
    const { start, port } = SERVICES[transport]
    const { service, client } = await onLab(t, start, port)
    assert.deepEqual([service.hosts, service.port], [['10.0.0.1'], port])
    const { until } = listenToEvents(t)
    const places = { [service.name]: { address: '10.0.0.1', port } }
    const targets = { places, dial: labDialler(client) }
    const { reply, error, clients } = await exchange(
      { transport, message: 'hello', timeoutMs: 5000 },
      targets,
    )
    assert.deepEqual([reply, error, clients[0]?.address], ['hello', null, '10.0.0.100'])
    const { remoteAddress, remotePort } = await until(({ kind }) => kind === 'on')
    assert.equal(remoteAddress, '10.0.0.100')
    assert.ok(clients.some((each) => each.port === remotePort))
  })
}

test('a port of the lab host that is taken is a rejection', async (t) => {
  const { network } = await onLab(t, startTcpEcho, 4001)
  const ground = labGround(network.server)
  await assert.rejects(startHub({ ground, port: 4001 }), { code: 'EADDRINUSE' })
})

test('a service that closes ends its connections, and refuses the next', async (t) => {
  const { service, client } = await onLab(t, startHub, 4000)
  const at = { address: '10.0.0.1', port: 4000 }
  const idle = connectLab(client, at)
  await within(once(idle, 'connect'), 'the connection')
  const request = http.get({ createConnection: () => connectLab(client, at) as never })
  const [answer] = (await within(once(request, 'response'), 'the answer')) as [http.IncomingMessage]
  answer.resume()
  assert.equal(answer.statusCode, 200)
  idle.resume()
  const ended = within(once(idle, 'close'), 'the end')
  await within(service.close(), 'closing')
  await ended
  const late = connectLab(client, at)
  const [error] = (await within(once(late, 'error'), 'the refusal')) as [NodeJS.ErrnoException]
  assert.equal(error.code, 'ECONNREFUSED')
})
