import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { Bench } from '../../server/bench.ts'
import { kernelDialler } from '../../server/compare/dialler.ts'
import { exchange } from '../../server/compare/exchange.ts'
import { privateConfig } from '../../server/config.ts'
import type { TransportId } from '../../server/dashboard/api-compare.ts'
import { kernelSite } from '../../server/kernel-site.ts'
import { LabSite } from '../../server/lab-site.ts'
import { freePort } from '../../server/ports.ts'
import { listen } from '../../server/services/service.ts'
import { listenToEvents } from '../services/waiting.ts'

const TRANSPORTS: TransportId[] = ['tcp', 'udp', 'websocket', 'socket.io-polling', 'socket.io-websocket']

async function kernelBench(t: TestContext): Promise<Bench> {
  const bench = await Bench.start(privateConfig(), kernelSite)
  t.after(() => bench.close())
  return bench
}

async function labBench(t: TestContext): Promise<Bench> {
  const site = new LabSite({
    topology: 'switch',
    seed: 1,
    settings: {},
    changed: () => undefined,
    isLabPort: () => false,
  })
  const bench = await Bench.start(privateConfig(), site)
  t.after(async () => {
    await bench.close()
    await site.close()
  })
  return bench
}

for (const [name, start] of Object.entries({ kernel: kernelBench, lab: labBench })) {
  describe(`on the ${name} network`, () => {
    // First of all: later on there is nothing left to rehearse.
    test('the rehearsal of a transport is not among what the services did', async (t) => {
      const bench = await start(t)
      const { events } = listenToEvents(t)
      await bench.exchange({ transport: 'socket.io-websocket', message: 'hello', timeoutMs: 5000 })
      assert.deepEqual(
        events.filter(({ kind, event }) => kind === 'on' && event === 'echo').map(({ args }) => args),
        ['["hello"]'],
      )
    })

    test('a message comes back over all five transports, and the client’s sockets are told', async (t) => {
      const bench = await start(t)
      for (const transport of TRANSPORTS) {
        for (const message of ['hello', 'wörld "quoted" \u0000', 'x'.repeat(60_000)]) {
          const result = await bench.exchange({ transport, message, timeoutMs: 5000 })
          assert.equal(result.error, null, transport)
          assert.equal(result.reply, message)
          assert.ok(result.clients.length >= 1)
          assert.ok((result.programTime ?? 0) > 0)
        }
      }
    })

    test('Socket.IO over polling is known to use several TCP connections, over websocket one', async (t) => {
      const bench = await start(t)
      const clients = async (transport: TransportId) =>
        (await bench.exchange({ transport, message: 'hello', timeoutMs: 5000 })).clients.length
      assert.ok((await clients('socket.io-polling')) > 1)
      assert.equal(await clients('socket.io-websocket'), 1)
    })

    test('the connection is closed in good order behind the echo', async (t) => {
      const bench = await start(t)
      const { events, until } = listenToEvents(t)
      for (const transport of TRANSPORTS.filter((id) => id !== 'udp')) {
        const result = await bench.exchange({ transport, message: 'hello', timeoutMs: 5000 })
        const ports = new Set(result.clients.map(({ port }) => port))
        const { reason } = await until(
          ({ kind, nsp, remotePort }) => kind === 'disconnect' && nsp === null && ports.has(remotePort ?? 0),
        )
        assert.match(reason ?? '', /^(closed by the client|1000|transport close)$/, transport)
      }
      assert.ok(events.length > 0)
    })
  })
}

test('nobody at home, somebody silent, and somebody who hangs up are errors as data', async (t) => {
  const silent = await listen(net.createServer(), { hosts: ['127.0.0.1'], port: 0 })
  const rude = await listen(
    net.createServer((socket) => socket.destroy()),
    { hosts: ['127.0.0.1'], port: 0 },
  )
  const mute = dgram.createSocket('udp4').bind(0, '127.0.0.1')
  await once(mute, 'listening')
  t.after(async () => {
    mute.close()
    await Promise.all([silent.close(), rude.close()])
  })
  const at = (port: number) => ({ address: '127.0.0.1', port })
  const to = (tcp: number, udp: number) => ({
    places: { hub: at(tcp), 'tcp-echo': at(tcp), 'websocket-echo': at(tcp), 'udp-echo': at(udp) },
    dial: kernelDialler,
  })
  const closed = await freePort(['127.0.0.1'])
  for (const transport of TRANSPORTS) {
    const request = { transport, message: 'hello', timeoutMs: 300 }
    const start = performance.now()
    const unheard = await exchange(request, to(silent.port, mute.address().port))
    assert.equal(unheard.error, 'no answer within 300 ms', transport)
    assert.ok(performance.now() - start < 2000, transport)
    const refused = await exchange({ ...request, timeoutMs: 3000 }, to(closed, closed))
    assert.ok(
      refused.error !== null && !refused.error.startsWith('no answer'),
      `${transport}: ${refused.error}`,
    )
    if (transport === 'udp') continue
    const dropped = await exchange({ ...request, timeoutMs: 3000 }, to(rude.port, 0))
    assert.ok(dropped.error !== null && dropped.reply === null, `${transport}: ${dropped.error}`)
  }
})
