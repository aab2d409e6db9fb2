import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { openUdpExit, type UdpExitOptions } from '../../../server/network/gateway/udp-exit.ts'
import { labDatagram } from '../../../server/network/socket/lab-datagram.ts'
import { within } from '../../services/waiting.ts'
import { gatewayBench } from './bench.ts'

/** A kernel's UDP echo behind a lab host at 10.0.0.20:5353. */
async function behind(t: TestContext, options: Partial<UdpExitOptions> = {}) {
  const server = dgram.createSocket('udp4')
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  server.on('message', (bytes, from) => server.send(bytes, from.port, from.address))
  const bench = gatewayBench(t)
  const exit = await openUdpExit({
    host: bench.network.addServer('your server', 'exit', '127.0.0.1'),
    port: 5353,
    to: { host: '127.0.0.1', port: server.address().port },
    clock: bench.clock,
    ...options,
  })
  t.after(() => exit.close())
  const client = bench.network.addClient('client', 'demo')
  const program = () => {
    const socket = labDatagram(client)
    t.after(() => socket.close())
    return async (bytes: Buffer): Promise<Buffer> => {
      const answer = within(once(socket, 'message'), 'the echo')
      socket.send(bytes, 5353, '10.0.0.20')
      return ((await answer) as [Buffer])[0]
    }
  }
  return { exit, program }
}

test('one datagram is one datagram, both ways', async (t) => {
  const { program } = await behind(t)
  const say = program()
  for (const size of [0, 1, 1473, 60_000]) assert.equal((await say(Buffer.alloc(size, 'x'))).length, size)
})

test('each lab endpoint has a socket of its own towards the server, and no more than allowed', async (t) => {
  const { exit, program } = await behind(t, { maxMappings: 2 })
  for (let i = 0; i < 4; i++) assert.equal(String(await program()(Buffer.from(`${i}`))), `${i}`)
  assert.equal(exit.mappings, 2)
})

test('a name without an address is a rejection', async (t) => {
  const { network } = gatewayBench(t)
  const host = network.addServer('your server', 'exit')
  await assert.rejects(openUdpExit({ host, port: 53, to: { host: 'nowhere.invalid', port: 53 } }), {
    code: /ENOTFOUND|EAI_AGAIN/,
  })
})
