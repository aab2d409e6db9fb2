/** Programs that know nothing of the lab network, over it: curl, netcat, a browser and Socket.IO's client. */
import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { before, test } from 'node:test'
import { promisify } from 'node:util'
import { io } from 'socket.io-client'
import { type Wire, type WireSettings, wire } from '../../server/wire/wire.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { launch, noBrowser } from '../browser/chromium.ts'
import { next, within } from '../services/waiting.ts'
import { startLab } from '../whole-lab.ts'
import { pattern } from './talk.ts'

const exec = promisify(execFile)
const has = (program: string) => spawnSync(program, ['-h'], { stdio: 'ignore' }).error === undefined
const needs = (program: string) => ({
  skip: !has(program) && `NOT RUN: ${program} is not installed`,
  timeout: 60_000,
})

const MB = 1_000_000
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

let big: Uint8Array
before(() => {
  big = pattern(1, 100 * MB)
})

/** A web server of Node's: `/N` answers with the first N bytes, a POST with the hash of what it got. */
async function webServer(t: test.TestContext): Promise<number> {
  const server = http.createServer((request, response) => {
    if (request.method === 'POST') {
      const hash = createHash('sha256')
      request.on('data', (chunk) => hash.update(chunk))
      request.on('end', () => response.end(hash.digest('hex')))
      return
    }
    if (request.url === '/') {
      response.setHeader('content-type', 'text/html')
      response.end(
        '<!doctype html><title>far away</title><script>fetch("/500000").then(r=>r.arrayBuffer()).then(b=>document.title="got "+b.byteLength)</script>',
      )
      return
    }
    const length = Number(request.url?.slice(1))
    response.setHeader('content-length', length)
    response.end(big.subarray(0, length))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as net.AddressInfo).port
}

async function wireTo(t: test.TestContext, port: number, settings: WireSettings = {}): Promise<Wire> {
  const opened = await wire({ to: port, seed: 7, ...settings })
  t.after(() => opened.close())
  return opened
}

/** What curl gets, hashed; and what it says of it. */
async function download(url: string): Promise<{ bytes: number; hash: string }> {
  const child = spawn('curl', ['-sS', '--fail', url], { stdio: ['ignore', 'pipe', 'inherit'] })
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of child.stdout) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, hash: hash.digest('hex') }
}

test('curl downloads 100 MB over a clean cable, every byte', needs('curl'), async (t) => {
  const { url, fates } = await wireTo(t, await webServer(t))
  assert.deepEqual(await download(`${url}/${100 * MB}`), { bytes: 100 * MB, hash: sha256(big) })
  assert.equal(fates.down.lost + fates.up.lost, 0)
})

test('curl downloads and uploads 5 MB while 5 % are lost each way', needs('curl'), async (t) => {
  const cable = await wireTo(t, await webServer(t), { loss: '5%', delay: '1ms' })
  const bytes = big.subarray(0, 5 * MB)
  assert.deepEqual(await download(`${cable.url}/${5 * MB}`), { bytes: 5 * MB, hash: sha256(bytes) })
  const upload = spawn('curl', ['-sS', '--fail', '--data-binary', '@-', '-H', 'Expect:', cable.url])
  upload.stdin.end(bytes)
  const [told] = await once(upload.stdout, 'data')
  assert.equal(String(told), sha256(bytes))
  assert.ok(cable.fates.down.lost > 100, `${cable.fates.down.lost} frames lost`)
})

test('netcat’s half-close ends an echo, and not before all of it is back', needs('nc'), async (t) => {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => void socket.pipe(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const cable = await wireTo(t, (server.address() as net.AddressInfo).port, { loss: '2%' })
  const child = spawn('nc', ['-N', cable.host, String(cable.port)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const words = Buffer.from(big.subarray(0, 200_000))
  child.stdin.end(words)
  const back: Buffer[] = []
  for await (const chunk of child.stdout) back.push(chunk)
  assert.equal(sha256(Buffer.concat(back)), sha256(words))
})

test('curl is told of a server that is not there, as a reset after its connect', needs('curl'), async (t) => {
  const nobody = net.createServer().listen(0, '127.0.0.1')
  await once(nobody, 'listening')
  const { port } = nobody.address() as net.AddressInfo
  nobody.close()
  const { url } = await wireTo(t, port)
  const failed = await exec('curl', ['-sS', url]).catch((error: { code: number }) => error)
  // 7: couldn't connect, when the reset is there before curl looks; 52 and 56: nothing, or a failure, when it read.
  assert.ok('code' in failed && [7, 52, 56].includes(failed.code), JSON.stringify(failed))
})

const browserMissing = noBrowser()
test('a browser loads a page and what its script asks for over a bad cable', {
  skip: browserMissing ?? false,
  timeout: 60_000,
}, async (t) => {
  const { url } = await wireTo(t, await webServer(t), { preset: 'cafe-wifi', loss: '2%' })
  const browser = await launch()
  t.after(() => browser.close())
  const page = await browser.newPage()
  await page.goto(url)
  await page.waitForFunction('document.title === "got 500000"')
})

/** A lab on its own network. */
async function lab(t: test.TestContext, ...flags: string[]): Promise<Wirelab> {
  const started = await startLab(['--network', 'lab', ...flags])
  t.after(() => started.close())
  return started
}

for (const transport of ['websocket', 'polling'] as const)
  test(`Socket.IO’s client talks to the hub over ${transport} while 5 % are lost`, async (t) => {
    const { ports } = await lab(t, '--loss', '5%', '--seed', '3')
    const socket = io(`http://127.0.0.1:${ports.hub}`, { transports: [transport], forceNew: true })
    t.after(() => socket.disconnect())
    await next(socket, 'connect')
    for (let n = 0; n < 20; n++) {
      const said = `${n} ${'x'.repeat(n * 500)}`
      const answer: unknown = await within(socket.emitWithAck('echo', said), 'the ack', 30_000)
      assert.equal(JSON.stringify(answer).includes(said), true)
    }
  })

test(
  'curl and netcat reach the lab’s services, and the trace shows them as lab hosts',
  needs('nc'),
  async (t) => {
    const { ports, url } = await lab(t)
    const child = spawn('nc', ['127.0.0.1', String(ports['tcp-echo'])], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    t.after(() => child.kill())
    child.stdin.write('hello\n')
    const [echoed] = await within(once(child.stdout, 'data'), 'the echo')
    assert.equal(String(echoed), 'hello\n')
    const { stdout } = await exec('curl', ['-sS', `http://127.0.0.1:${ports.hub}/`])
    assert.ok(stdout.length > 0)
    const filter = encodeURIComponent('ip.src==10.0.0.100 && tcp.len>0')
    const deadline = AbortSignal.timeout(5000)
    for (let total = 0; total < 2; ) {
      const answer = await fetch(`${url}/api/packets?filter=${filter}`, { signal: deadline })
      total = ((await answer.json()) as { total: number }).total
    }
  },
)
