import assert from 'node:assert/strict'
import net from 'node:net'
import { test } from 'node:test'
import { freePort, placeAt } from '../server/ports.ts'
import { kernelGround } from '../server/services/kernel-ground.ts'
import { listen } from '../server/services/service.ts'
import { startTcpEcho } from '../server/services/tcp-echo.ts'
import { startUdpEcho } from '../server/services/udp-echo.ts'

const hosts = ['127.0.0.1']

test('a port that is free is taken, without a note', async (t) => {
  const wanted = { flag: 'tcp-port', port: await freePort(hosts), transport: 'tcp', explicit: true } as const
  const { started, note } = await placeAt(wanted, (port) =>
    startTcpEcho({ ground: kernelGround(hosts), port }),
  )
  t.after(() => started.close())
  assert.deepEqual([started.port, note], [wanted.port, null])
})

test('a standard port that is taken is exchanged for a free one, with a note that says by whom', async (t) => {
  const other = await listen(net.createServer(), { hosts, port: 0 })
  t.after(() => other.close())
  const wanted = { flag: 'tcp-port', port: other.port, transport: 'tcp', explicit: false } as const
  const { started, note } = await placeAt(wanted, (port) =>
    startTcpEcho({ ground: kernelGround(hosts), port }),
  )
  t.after(() => started.close())
  assert.notEqual(started.port, other.port)
  assert.match(note ?? '', new RegExp(`^port ${other.port} is in use`))
  if (process.platform === 'linux')
    assert.match(note ?? '', new RegExp(`by process ${process.pid} \\(.*node`))
})

test('a port that was asked for and is taken is an error that says what to do', async (t) => {
  const other = await startUdpEcho({ ground: kernelGround(hosts), port: 0 })
  t.after(() => other.close())
  const wanted = { flag: 'udp-port', port: other.port, transport: 'udp', explicit: true } as const
  await assert.rejects(
    placeAt(wanted, (port) => startUdpEcho({ ground: kernelGround(hosts), port })),
    (error: Error & { code?: string }) =>
      error.code === 'port-in-use' &&
      error.message.startsWith(`port ${other.port} is in use`) &&
      error.message.endsWith('; free it, or start with --udp-port 0'),
  )
})

test('the same free port is found on both loopback addresses', async (t) => {
  const both = await listen(net.createServer(), { hosts: ['127.0.0.1', '::1'], port: 0 })
  t.after(() => both.close())
  for (const host of both.hosts) await assert.rejects(freePort([host], both.port), { code: 'EADDRINUSE' })
})
