import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { openUdpGateway, type UdpGatewayOptions } from '../../../server/network/gateway/udp-gateway.ts'
import { labDatagram } from '../../../server/network/socket/lab-datagram.ts'
import { within } from '../../services/waiting.ts'
import { gatewayBench } from './bench.ts'

const PORT = 4002

/** Echo at 10.0.0.1:4002, which also says how many it has heard, and a gateway to it. */
async function through(t: TestContext, options: Partial<UdpGatewayOptions> = {}) {
  const bench = gatewayBench(t)
  const echo = labDatagram(bench.network.server)
  echo.bind(PORT)
  await once(echo, 'listening')
  const heard: { bytes: Buffer; from: dgram.RemoteInfo }[] = []
  echo.on('message', (bytes: Buffer, from: dgram.RemoteInfo) => {
    heard.push({ bytes, from })
    echo.send(bytes, from.port, from.address)
  })
  const { network, clock } = bench
  const gateway = await openUdpGateway({
    network,
    clock,
    hosts: ['127.0.0.1'],
    port: 0,
    to: { address: '10.0.0.1', port: PORT },
    ...options,
  })
  t.after(() => gateway.close())
  const program = async () => {
    const socket = dgram.createSocket('udp4')
    t.after(() => socket.close())
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const say = async (bytes: Uint8Array): Promise<Buffer> => {
      const answer = within(once(socket, 'message'), 'the echo')
      socket.send(bytes, gateway.port, '127.0.0.1')
      return ((await answer) as [Buffer])[0]
    }
    return { socket, say }
  }
  return { bench, gateway, heard, program }
}

test('one datagram is one datagram, whatever its size, from the program’s own port', async (t) => {
  const { heard, program } = await through(t)
  const { socket, say } = await program()
  for (const size of [0, 1, 1472, 1473, 20_000, 65_507]) {
    assert.equal((await say(Buffer.alloc(size, 'x'))).length, size)
  }
  assert.deepEqual(
    heard.map(({ bytes, from }) => [bytes.length, from.address, from.port]),
    [0, 1, 1472, 1473, 20_000, 65_507].map((size) => [size, '10.0.0.100', socket.address().port]),
  )
})

test('each endpoint has a mapping, and answers go to who asked', async (t) => {
  const { gateway, program } = await through(t)
  const [one, two] = [await program(), await program()]
  assert.deepEqual(
    [String(await one.say(Buffer.from('one'))), String(await two.say(Buffer.from('two')))],
    ['one', 'two'],
  )
  assert.equal(gateway.mappings, 2)
})

test('a mapping that nobody uses expires', async (t) => {
  const { gateway, program } = await through(t, { idleMs: 30 })
  const { say } = await program()
  await say(Buffer.from('x'))
  await within(
    new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (gateway.mappings > 0) return
        clearInterval(look)
        resolve()
      }, 5)
    }),
    'the end of the mapping',
  )
  assert.equal(String(await say(Buffer.from('again'))), 'again')
})

test('of more endpoints than it keeps, the one that has been idle for longest goes', async (t) => {
  const { gateway, program } = await through(t, { maxMappings: 2 })
  for (let i = 0; i < 5; i++) await (await program()).say(Buffer.from(String(i)))
  assert.equal(gateway.mappings, 2)
})

test('a datagram that claims to come from one of our own doors is dropped, and so is one too many', async (t) => {
  const { gateway, program, heard } = await through(t, { isOurs: (port) => port === ours, perSecond: 3 })
  let ours = 0
  const forger = await program()
  ours = forger.socket.address().port
  forger.socket.send('round and round', gateway.port, '127.0.0.1')
  const talker = await program()
  let answers = 0
  talker.socket.on('message', () => answers++)
  const counted = () => gateway.dropped + heard.length
  for (let i = 0; i < 20; i++) talker.socket.send('x', gateway.port, '127.0.0.1')
  await within(
    new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (counted() < 21) return
        clearInterval(look)
        resolve()
      }, 5)
    }),
    'all of them',
  )
  assert.ok(heard.every(({ bytes }) => String(bytes) === 'x'))
  // A second may end in between.
  assert.ok(heard.length >= 3 && heard.length <= 6, `${heard.length} were let through`)
})

test('that nobody is at home on the lab network is not told to the program', async (t) => {
  const { gateway, program } = await through(t, { to: { address: '10.0.0.1', port: 4999 } })
  const { socket } = await program()
  const told: unknown[] = []
  socket.on('error', (error) => told.push(error))
  socket.connect(gateway.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.send('hello?')
  socket.send('anybody?')
  await within(
    new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (gateway.mappings < 1) return
        clearInterval(look)
        resolve()
      }, 5)
    }),
    'the mapping',
  )
  assert.deepEqual(told, [])
})
