import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import { type TestContext, test } from 'node:test'
import { openGateway } from '../../../server/network/gateway/gateway.ts'
import { listenLab } from '../../../server/network/socket/lab-server.ts'
import type { LabSocket } from '../../../server/network/socket/lab-socket.ts'
import { closed, connectTo, everything, take, within } from '../../services/waiting.ts'
import { type GatewayBench, gatewayBench } from './bench.ts'

const LOOPBACK = ['127.0.0.1'] as const
const SERVER = '10.0.0.1'
const PORT = 4001

/** A lab service at 10.0.0.1:4001 and a gateway to it. */
async function through(
  t: TestContext,
  onSocket: (socket: LabSocket) => void,
  hosts: readonly string[] = LOOPBACK,
) {
  const bench = gatewayBench(t)
  const sockets: LabSocket[] = []
  const server = listenLab(
    bench.network.server,
    PORT,
    (socket) => {
      sockets.push(socket)
      socket.on('error', () => undefined)
      onSocket(socket)
    },
    { allowHalfOpen: true },
  )
  await once(server, 'listening')
  const gateway = await openTo(t, bench, PORT, hosts)
  return { bench, gateway, sockets }
}

async function openTo(
  t: TestContext,
  bench: GatewayBench,
  port: number,
  hosts = LOOPBACK as readonly string[],
) {
  const { network, clock } = bench
  const gateway = await openGateway({ network, clock, hosts, port: 0, to: { address: SERVER, port } })
  t.after(() => gateway.close())
  return gateway
}

const echo = (socket: LabSocket) => socket.pipe(socket)

test('bytes go both ways, from a lab host that keeps the program’s port', async (t) => {
  const { bench, gateway, sockets } = await through(t, echo)
  const socket = await connectTo(gateway.port)
  const message = randomBytes(300_000)
  socket.write(message)
  assert.deepEqual(await take(socket, message.length), message)
  assert.deepEqual([sockets[0]?.remoteAddress, sockets[0]?.remotePort], ['10.0.0.100', socket.localPort])
  const { hosts } = bench.network.describe()
  assert.deepEqual(
    hosts.map(({ name, kind, door, connections }) => [name, kind, door, connections]),
    [
      ['server', 'server', 'direct', 1],
      ['your computer', 'client', 'gateway', 1],
    ],
  )
  socket.destroy()
})

test('clients at 127.0.0.1, another loopback address and ::1 are one machine, with a port each', async (t) => {
  const { bench, gateway, sockets } = await through(t, echo, ['127.0.0.1', '::1'])
  const one = await connectTo(gateway.port)
  const two = net.connect({ port: gateway.port, host: '127.0.0.1', localAddress: '127.0.0.9' })
  const three = gateway.hosts.includes('::1') ? net.connect({ port: gateway.port, host: '::1' }) : one
  for (const socket of [one, two, three]) {
    socket.write('x')
    await take(socket, 1)
  }
  assert.equal(bench.network.describe().hosts.filter(({ kind }) => kind === 'client').length, 1)
  assert.equal(new Set(sockets.map(({ remotePort }) => remotePort)).size, sockets.length)
  for (const socket of [one, two, three]) socket.destroy()
})

test('a port that another connection of the lab host has is not waited for: any other will do', async (t) => {
  const { gateway, sockets } = await through(t, echo)
  const one = await connectTo(gateway.port)
  const from = one.localPort
  assert.ok(from !== undefined)
  const two = net.connect({
    port: gateway.port,
    host: '127.0.0.1',
    localAddress: '127.0.0.9',
    localPort: from,
  })
  for (const socket of [one, two]) {
    socket.write('x')
    await take(socket, 1)
  }
  assert.equal(sockets[0]?.remotePort, from)
  assert.notEqual(sockets[1]?.remotePort, from)
  for (const socket of [one, two]) socket.destroy()
})

test('a refusal on the lab network is a reset for the program, which was connected already', async (t) => {
  const bench = gatewayBench(t)
  const gateway = await openTo(t, bench, 4009)
  const socket = net.connect(gateway.port, '127.0.0.1')
  const events: string[] = []
  socket.on('connect', () => events.push('connect'))
  const [error] = (await within(once(socket, 'error'), 'the reset')) as [NodeJS.ErrnoException]
  assert.deepEqual([events, error.code], [['connect'], 'ECONNRESET'])
  const flags = bench.seen.map((segment) => segment.flags)
  assert.deepEqual(flags, ['SYN', 'RST'])
})

test('a program that has said all it had to say still gets the answer, and each FIN is a FIN', async (t) => {
  const { bench, gateway } = await through(t, (socket) => {
    const heard: Buffer[] = []
    socket.on('data', (bytes: Buffer) => heard.push(bytes))
    socket.on('end', () => socket.end(`you said ${Buffer.concat(heard)}`))
  })
  const socket = await connectTo(gateway.port, '127.0.0.1', true)
  socket.end('all')
  assert.equal(String(await everything(socket)), 'you said all')
  await bench.until(({ from, flags }) => from === `${SERVER}:${PORT}` && flags === 'FIN')
  assert.ok(!bench.seen.some(({ flags }) => flags.includes('RST')))
})

test('a server that ends first leaves the program’s side open', async (t) => {
  const heard: Buffer[] = []
  const { gateway, sockets } = await through(t, (socket) => {
    socket.end('enough')
    socket.on('data', (bytes: Buffer) => heard.push(bytes))
  })
  const socket = await connectTo(gateway.port, '127.0.0.1', true)
  socket.resume()
  await within(once(socket, 'end'), 'the server’s FIN')
  socket.end('but listen')
  await closed(socket)
  const [lab] = sockets
  assert.ok(lab)
  if (!lab.readableEnded) await within(once(lab, 'end'), 'the program’s FIN')
  assert.equal(String(Buffer.concat(heard)), 'but listen')
})

test('a program that resets its connection resets the lab’s', async (t) => {
  const { bench, gateway, sockets } = await through(t, echo)
  const socket = await connectTo(gateway.port)
  socket.write('x')
  await take(socket, 1)
  const [lab] = sockets
  assert.ok(lab)
  const error = within(once(lab, 'error'), 'the reset')
  socket.resetAndDestroy()
  assert.equal(((await error) as [NodeJS.ErrnoException])[0].code, 'ECONNRESET')
  assert.ok(bench.seen.some(({ from, flags }) => from.startsWith('10.0.0.100') && flags === 'RST'))
})

test('a server that resets its connection resets the program’s', async (t) => {
  const { gateway } = await through(t, (socket) => socket.once('data', () => socket.resetAndDestroy()))
  const socket = await connectTo(gateway.port)
  const error = within(once(socket, 'error'), 'the reset')
  socket.write('x')
  assert.equal(((await error) as [NodeJS.ErrnoException])[0].code, 'ECONNRESET')
})

test('a program that hangs up at once, with data, loses none of it', async (t) => {
  const whole = createHash('sha256')
  let ended: () => void = () => undefined
  const heard = new Promise<void>((resolve) => {
    ended = resolve
  })
  const { gateway } = await through(t, (socket) => {
    socket.on('data', (bytes: Buffer) => whole.update(bytes))
    socket.on('end', () => {
      socket.end()
      ended()
    })
  })
  const message = randomBytes(2_000_000)
  const socket = await connectTo(gateway.port)
  socket.end(message)
  await within(heard, 'the FIN', 20_000)
  assert.equal(whole.digest('hex'), createHash('sha256').update(message).digest('hex'))
  await closed(socket)
})

test('a program that does not read stops the server, and gets everything later', async (t) => {
  const total = 20_000_000
  let written = 0
  const { gateway } = await through(t, (socket) => {
    const piece = Buffer.alloc(64 * 1024, 'x')
    const more = () => {
      while (written < total) {
        written += piece.length
        if (!socket.write(piece)) return
      }
      socket.end()
    }
    socket.on('drain', more)
    more()
  })
  const socket = await connectTo(gateway.port)
  socket.pause()
  // Until nothing moves any more: the kernel's buffers, ours, and TCP's are full.
  const level = await standstill(() => written)
  assert.ok(level < total, `the server went on to ${level} bytes`)
  let received = 0
  socket.on('data', (bytes) => {
    received += bytes.length
  })
  socket.resume()
  await within(once(socket, 'end'), 'everything', 20_000)
  assert.equal(received, written)
})

test('a server that does not read stops the program', async (t) => {
  const { gateway, sockets } = await through(t, (socket) => socket.pause())
  const socket = await connectTo(gateway.port)
  const piece = Buffer.alloc(64 * 1024, 'x')
  const taken = () => socket.bytesWritten - socket.writableLength
  for (let i = 0; i < 400; i++) socket.write(piece)
  const level = await standstill(taken)
  assert.ok(level < 400 * piece.length, `the kernel took ${level} bytes`)
  let received = 0
  sockets[0]?.on('data', (bytes: Buffer) => {
    received += bytes.length
  })
  sockets[0]?.resume()
  socket.end()
  await within(once(sockets[0] as LabSocket, 'end'), 'everything', 20_000)
  assert.equal(received, 400 * piece.length)
  socket.destroy()
})

test('a thousand programs at once are all served, and none is left behind', {
  timeout: 60_000,
}, async (t) => {
  const { bench, gateway } = await through(t, echo)
  const programs = await Promise.all(
    Array.from({ length: 1000 }, async (_, i) => {
      const socket = net.connect(gateway.port, '127.0.0.1')
      await within(once(socket, 'connect'), 'the connection', 30_000)
      const message = `I am program ${i}`
      socket.write(message)
      const chunks: Buffer[] = []
      await new Promise<void>((resolve, reject) => {
        socket.on('error', reject)
        socket.on('data', (chunk) => {
          chunks.push(chunk)
          if (Buffer.concat(chunks).length >= message.length) resolve()
        })
      })
      assert.equal(String(Buffer.concat(chunks)), message)
      return socket
    }),
  )
  assert.equal(gateway.connections, 1000)
  assert.equal(bench.network.describe().hosts.find(({ kind }) => kind === 'client')?.connections, 1000)
  for (const socket of programs) socket.end()
  await Promise.all(programs.map(closed))
})

test('where the lab network is full a program is reset, and the gateway goes on', async (t) => {
  const { bench, gateway } = await through(t, echo)
  const others = Array.from({ length: 154 }, (_, i) => bench.network.addClient(`other ${i}`, 'demo'))
  const socket = net.connect(gateway.port, '127.0.0.1')
  const [error] = (await within(once(socket, 'error'), 'the reset')) as [NodeJS.ErrnoException]
  assert.equal(error.code, 'ECONNRESET')
  assert.equal(others.length, 154)
  assert.ok(gateway.port > 0)
})

test('a program that has reset before it is accepted leaves no host without a name', async (t) => {
  const { bench, gateway } = await through(t, echo)
  // This process stands still meanwhile: the kernel alone has heard of them.
  const program = `require('node:net').connect(${gateway.port}, '127.0.0.1', function () { this.resetAndDestroy() })`
  execFileSync(process.execPath, ['-e', program])
  await closed((await connectTo(gateway.port)).end())
  assert.deepEqual(
    bench.network.describe().hosts.map(({ name }) => name),
    ['server', 'your computer'],
  )
})

test('a cable that is cut while a program connects is waited for', async (t) => {
  const { bench, gateway } = await through(t, echo)
  // The hosts have met: who doesn't know the other's hardware address can't even send a SYN.
  const first = await connectTo(gateway.port)
  first.write('x')
  await take(first, 1)
  first.destroy()
  bench.network.patch({ cut: ['server'] })
  const socket = await connectTo(gateway.port)
  const from = `10.0.0.100:${socket.localPort}`
  socket.write('still there?')
  await bench.until((segment) => segment.from === from && segment.flags === 'SYN')
  bench.network.patch({ plugIn: ['server'] })
  assert.equal(String(await take(socket, 12)), 'still there?')
  socket.destroy()
})

test('bytes that make no sense go through as they are', async (t) => {
  const { gateway } = await through(t, echo)
  const socket = await connectTo(gateway.port)
  const garbage = Buffer.concat([
    Buffer.alloc(1000),
    randomBytes(1000),
    Buffer.from('GET / HTTP/9.9\r\n\r\n'),
  ])
  socket.write(garbage)
  assert.deepEqual(await take(socket, garbage.length), garbage)
  socket.destroy()
})

test('a port that is taken is a rejection with Node’s code', async (t) => {
  const { bench, gateway } = await through(t, echo)
  const { network } = bench
  await assert.rejects(
    openGateway({ network, hosts: LOOPBACK, port: gateway.port, to: { address: SERVER } }),
    { code: 'EADDRINUSE' },
  )
})

test('closing resets what is open and takes the hosts off the network', async (t) => {
  const { bench, gateway } = await through(t, echo)
  const socket = await connectTo(gateway.port)
  const ended = closed(socket)
  await gateway.close()
  await ended
  assert.deepEqual(
    bench.network.describe().hosts.map(({ name }) => name),
    ['server'],
  )
})

/** Where a growing number comes to rest: the same at twenty looks in a row. */
async function standstill(look: () => number): Promise<number> {
  let last = look()
  for (let same = 0; same < 20; ) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    const now = look()
    same = now === last ? same + 1 : 0
    last = now
  }
  return last
}
