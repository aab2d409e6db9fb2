import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type net from 'node:net'
import { type TestContext, test } from 'node:test'
import { openExit } from '../../../server/network/gateway/exit.ts'
import { connectLab, type LabSocket } from '../../../server/network/socket/lab-socket.ts'
import { freePort } from '../../../server/ports.ts'
import { within } from '../../services/waiting.ts'
import { gatewayBench, kernelServer } from './bench.ts'

const AT = { address: '10.0.0.20', port: 8080 }

/** A kernel's server behind a lab host at 10.0.0.20:8080, and a lab client. */
async function behind(t: TestContext, onSocket: (socket: net.Socket) => void) {
  const { port } = await kernelServer(t, onSocket)
  return exitTo(t, port)
}

function exitTo(t: TestContext, port: number) {
  const bench = gatewayBench(t)
  const host = bench.network.addServer('your server', 'exit', '127.0.0.1')
  const exit = openExit({ host, port: AT.port, to: { host: '127.0.0.1', port } })
  t.after(() => exit.close())
  const client = bench.network.addClient('client', 'demo')
  const dial = (): LabSocket => {
    const socket = connectLab(client, { ...AT, allowHalfOpen: true })
    return socket.on('error', () => undefined)
  }
  return { bench, exit, dial }
}

const all = async (socket: LabSocket): Promise<Buffer> => {
  const chunks: Buffer[] = []
  socket.on('data', (bytes: Buffer) => chunks.push(bytes))
  await within(once(socket, 'end'), 'the end')
  return Buffer.concat(chunks)
}

test('bytes go both ways, and each FIN is a FIN', async (t) => {
  const { bench, dial } = await behind(t, (socket) => void socket.pipe(socket))
  const socket = dial()
  const message = randomBytes(300_000)
  socket.end(message)
  assert.deepEqual(await all(socket), message)
  assert.ok(!bench.seen.some(({ flags }) => flags.includes('RST')))
})

test('a server that speaks first is heard', async (t) => {
  const { dial } = await behind(t, (socket) => socket.end('220 ready'))
  const socket = dial()
  assert.equal(String(await all(socket)), '220 ready')
  socket.end()
})

test('the SYN is answered when the real server has answered, and refused when it refuses', async (t) => {
  const { bench, dial } = exitTo(t, await freePort(['127.0.0.1']))
  const socket = dial()
  const [error] = (await within(once(socket, 'error'), 'the refusal')) as [NodeJS.ErrnoException]
  assert.equal(error.code, 'ECONNREFUSED')
  assert.deepEqual(
    bench.seen.map(({ flags }) => flags),
    ['SYN', 'RST'],
  )
})

test('a client that resets resets the real server, and the other way round', async (t) => {
  const kernel: net.Socket[] = []
  const { dial } = await behind(t, (socket) => {
    kernel.push(socket)
    socket.write('hello')
    socket.on('data', () => socket.resetAndDestroy())
  })
  const one = dial()
  await within(once(one, 'data'), 'the greeting')
  const hadError = within(new Promise((resolve) => void kernel[0]?.once('close', resolve)), 'the end')
  one.resetAndDestroy()
  assert.equal(await hadError, true)

  const two = dial()
  two.resume()
  const error = within(once(two, 'error'), 'the reset')
  two.write('go away')
  assert.equal(((await error) as [NodeJS.ErrnoException])[0].code, 'ECONNRESET')
})

test('closing refuses new clients and resets the others', async (t) => {
  const { dial, exit } = await behind(t, (socket) => void socket.write('hello'))
  const socket = dial()
  await within(once(socket, 'data'), 'the greeting')
  const gone = within(once(socket, 'error'), 'the reset')
  exit.close()
  await gone
  const late = dial()
  const [error] = (await within(once(late, 'error'), 'the refusal')) as [NodeJS.ErrnoException]
  assert.equal(error.code, 'ECONNREFUSED')
})
