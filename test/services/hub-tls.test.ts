import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import tls from 'node:tls'
import { io, type Socket } from 'socket.io-client'
import { WallClock } from '../../server/network/clock.ts'
import { LabNetwork } from '../../server/network/lab-network.ts'
import { connectLab } from '../../server/network/socket/lab-socket.ts'
import { ownCertificate } from '../../server/services/certificate.ts'
import { startHub } from '../../server/services/hub.ts'
import { kernelGround } from '../../server/services/kernel-ground.ts'
import { onSecret } from '../../server/services/key-log.ts'
import { labGround } from '../../server/services/lab-ground.ts'
import { testCertificates } from '../protocols/tls-session.ts'
import { listenToEvents, next, within } from './waiting.ts'

async function hubs(t: TestContext) {
  const ground = kernelGround(['127.0.0.1'])
  const hub = await startHub({ ground, port: 0 })
  t.after(() => hub.close())
  const sealed = await hub.openSealed({ ground, port: 0 }, testCertificates().ec)
  return { hub, sealed }
}

async function client(t: TestContext, url: string, transport: 'polling' | 'websocket'): Promise<Socket> {
  const socket = io(url, {
    transports: [transport],
    upgrade: false,
    reconnection: false,
    forceNew: true,
    rejectUnauthorized: false,
  })
  t.after(() => void socket.disconnect())
  await next(socket, 'welcome')
  return socket
}

for (const transport of ['polling', 'websocket'] as const) {
  test(`over TLS and ${transport}: who comes in there is in the same rooms`, async (t) => {
    const { hub, sealed } = await hubs(t)
    assert.equal(sealed.name, 'hub-tls')
    const bare = await client(t, `http://127.0.0.1:${hub.port}`, transport)
    const secure = await client(t, `https://127.0.0.1:${sealed.port}`, transport)
    const heard = next(bare, 'incoming-message')
    secure.emit('speak', 'through the wall')
    assert.deepEqual(await heard, ['through the wall', secure.id])
    const back = next(secure, 'incoming-message')
    bare.emit('speak', 'and back')
    assert.deepEqual(await back, ['and back', bare.id])
  })
}

test('its secrets are told as a key log, those of a session before it can be used', async (t) => {
  const { sealed } = await hubs(t)
  const lines: string[] = []
  t.after(onSecret((line) => lines.push(line)))
  const socket = tls.connect({ port: sealed.port, host: '127.0.0.1', rejectUnauthorized: false })
  t.after(() => socket.destroy())
  await within(once(socket, 'secureConnect'))
  const labels = lines.map((line) => line.split(' ')[0])
  for (const label of ['SERVER_HANDSHAKE_TRAFFIC_SECRET', 'SERVER_TRAFFIC_SECRET_0'])
    assert.ok(labels.includes(label), labels.join(' '))
  assert.match(lines[0] ?? '', /^[A-Z_0-9]+ [0-9a-f]{64} [0-9a-f]{64,96}\n?$/)
})

test('what is no TLS, or stops in the middle, ends that connection and nothing else', async (t) => {
  const { sealed } = await hubs(t)
  const clear = net.connect(sealed.port, '127.0.0.1')
  clear.on('error', () => undefined)
  const refused = within(once(clear, 'close'))
  clear.resume()
  clear.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await refused
  const half = net.connect(sealed.port, '127.0.0.1')
  half.on('error', () => undefined)
  await within(once(half, 'connect'))
  half.write(Buffer.from('160301', 'hex'))
  half.destroy()
  const good = await client(t, `https://127.0.0.1:${sealed.port}`, 'websocket')
  assert.equal(await within(good.emitWithAck('echo', 'still here')), 'still here')
})

test('on the lab network the service knows the client by its lab address', async (t) => {
  const network = new LabNetwork({ clock: new WallClock(), seed: 1 })
  const ground = labGround(network.server)
  const hub = await startHub({ ground, port: 4000 })
  t.after(async () => {
    await hub.close()
    network.close()
  })
  const sealed = await hub.openSealed({ ground, port: 4443 }, testCertificates().ec)
  assert.deepEqual([sealed.hosts, sealed.port], [['10.0.0.1'], 4443])
  const { until } = listenToEvents(t)
  const guest = network.addClient('client', 'demo')
  const raw = connectLab(guest, { address: '10.0.0.1', port: 4443 })
  const inside = tls.connect({ socket: raw as unknown as net.Socket, rejectUnauthorized: false })
  t.after(() => inside.destroy())
  await within(once(inside, 'secureConnect'))
  inside.write(
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 10.0.0.1\r\nConnection: Upgrade\r\n' +
      'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  const event = await until(({ kind }) => kind === 'connect')
  assert.deepEqual([event.remoteAddress, event.remotePort], ['10.0.0.100', raw.localPort])
})

test('closing the hub closes its door over TLS', async (t) => {
  const { hub, sealed } = await hubs(t)
  const socket = await client(t, `https://127.0.0.1:${sealed.port}`, 'websocket')
  const gone = next(socket, 'disconnect')
  await within(hub.close())
  await gone
  const late = net.connect(sealed.port, '127.0.0.1')
  const [error] = (await within(once(late, 'error'))) as [NodeJS.ErrnoException]
  assert.equal(error.code, 'ECONNREFUSED')
})

test('the certificate is for this machine and the lab’s server, and kept for the next start', async (t) => {
  const folder = mkdtempSync(join(os.tmpdir(), 'wirelab-certificate-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const made = await ownCertificate(join(folder, 'state'))
  const certificate = new X509Certificate(made.cert)
  assert.equal(certificate.checkHost('localhost'), 'localhost')
  for (const address of ['127.0.0.1', '::1', '10.0.0.1']) assert.equal(certificate.checkIP(address), address)
  assert.equal(certificate.checkIP('10.0.0.2'), undefined)
  assert.equal(certificate.ca, false)
  assert.ok(made.path)
  assert.equal(readFileSync(made.path, 'utf8'), made.cert)
  assert.equal(statSync(join(folder, 'state', 'hub-key.pem')).mode & 0o777, 0o600)
  assert.deepEqual(await ownCertificate(join(folder, 'state')), made)

  // Another key than the certificate's is no pair: a new one.
  writeFileSync(join(folder, 'state', 'hub-key.pem'), testCertificates().ec.key)
  assert.notEqual((await ownCertificate(join(folder, 'state'))).cert, made.cert)
})

test('where nothing can be kept there is a certificate all the same', async () => {
  const made = await ownCertificate('/dev/null/nowhere')
  assert.equal(made.path, undefined)
  assert.ok(new X509Certificate(made.cert).checkIP('127.0.0.1'))
})
