/** Traffic of real programs, recorded between them, read by us and by tshark: the same fields with the same values. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, createServer, type RequestOptions, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { WebSocket, WebSocketServer } from 'ws'
import { Words } from '../capture/captures.ts'
import { concat } from '../frames.ts'
import { TYPESCRIPT } from '../programs.ts'
import { Relay } from './recorded-session.ts'
import type { Wire } from './wire.ts'

const HOME = fileURLToPath(new URL('../..', import.meta.url))
const CHECK = join(HOME, 'scripts/check-tshark.ts')
const PROTOCOLS = 'http,json,websocket,data-text-lines,media,urlencoded-form'
const missing = spawnSync('tshark', ['-v']).error !== undefined && 'tshark is not installed'

const folder = mkdtempSync(join(tmpdir(), 'wirelab-http-'))
after(() => rmSync(folder, { recursive: true }))

/** A capture file of what was said, with its times in nanoseconds. */
function captured(wire: Wire, name: string): string {
  const words = new Words(true)
  const records = wire.frames.map(({ time, bytes }) =>
    words.pcapRecord(Number(time / 1_000_000_000n), Number(time % 1_000_000_000n), bytes),
  )
  const file = join(folder, `${name}.pcap`)
  writeFileSync(file, concat(words.pcapHeader(0xa1b23c4d), ...records))
  return file
}

const recorded = new Map<string, string>()

/** Keeps it for the comparison, at which tshark is asked about all at once. */
function keep(wire: Wire, name: string): void {
  recorded.set(name, captured(wire, name))
}

async function agree(files: Iterable<string>, ...pass: readonly string[]): Promise<void> {
  const args = [...TYPESCRIPT, CHECK, ...files, '--protocols', PROTOCOLS, ...pass]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    cwd: HOME,
    timeout: 120_000,
  })
  assert.match(stdout, / 0 different; /, stdout)
  assert.doesNotMatch(stdout + stderr, /left out/)
}

const LIST = JSON.stringify({ name: 'lab', list: [1, 'two', true, null, { deep: [{}, []] }], 'a/b': -1.5e3 })

/** By path, what the server answers. */
const ANSWERS: Readonly<Record<string, readonly [Record<string, string>, string | Buffer]>> = {
  '/': [{ 'Content-Type': 'text/html; charset=utf-8' }, '<p>\n hello\r\n</p>\n'],
  '/json': [{ 'Content-Type': 'application/json' }, LIST],
  '/lines': [{ 'Content-Type': 'application/x-ndjson' }, '{"a":1}\n{"b":[2,"x"]}\n'],
  '/gzip': [{ 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }, gzipSync(LIST)],
  '/deflate': [{ 'Content-Type': 'text/plain', 'Content-Encoding': 'deflate' }, deflateSync('deflated')],
  '/bare': [{ 'Content-Type': 'text/css', 'Content-Encoding': 'deflate' }, deflateRawSync('a{} '.repeat(20))],
  '/br': [
    { 'Content-Type': 'text/plain', 'Content-Encoding': 'br' },
    brotliCompressSync('brotli '.repeat(9)),
  ],
  '/broken': [{ 'Content-Type': 'text/plain', 'Content-Encoding': 'gzip' }, 'this is no gzip'],
  '/bytes': [{ 'Content-Type': 'application/octet-stream' }, Buffer.from([7, 0, 2, 0xfe, 0xff])],
  '/picture': [{ 'Content-Type': 'image/webp' }, Buffer.from('RIFF\x00\x01 no picture', 'latin1')],
  '/csv': [{ 'Content-Type': 'text/csv; charset=ISO-8859-1' }, Buffer.from('a;\xe9\r\n', 'latin1')],
  '/utf8': [{ 'Content-Type': 'text/plain', 'Set-Cookie': 'a=1; Path=/', ETag: '"1"' }, 'grüße ♥'],
  '/empty': [{ 'Content-Length': '0', Location: '/elsewhere' }, ''],
}

const CALLS: readonly (RequestOptions & { body?: string; chunks?: readonly string[] })[] = [
  ...Object.keys(ANSWERS).map((path) => ({ path })),
  { path: '/?x=1&y=%20z&&flag', headers: { Cookie: 'a=1; b=2', Authorization: 'Basic dXNlcjpwYXNz' } },
  { path: '/none', headers: { Referer: 'http://a/', 'X-Own': ' spaced ', 'X-Forwarded-For': '10.0.0.1' } },
  { path: '/json', method: 'HEAD' },
  { path: '/204', method: 'DELETE' },
  { path: '/304', headers: { 'If-None-Match': '"1"', 'If-Modified-Since': 'Thu, 01 Jan 1970 00:00:00 GMT' } },
  {
    path: '/form',
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: 'name=a+b&mail=x%40y.z&empty=&bare',
  },
  { path: '/json', method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: '[1,[2,["x"]]]' },
  {
    path: '/chunks',
    method: 'POST',
    headers: { 'Content-Type': 'text/plain' },
    chunks: ['one\n', 'two', '\nthree'],
  },
  { path: '/long', method: 'POST', body: 'long '.repeat(40_000), headers: { 'Content-Type': 'text/plain' } },
]

async function call(
  port: number,
  agent: Agent,
  { body, chunks, ...options }: (typeof CALLS)[number],
): Promise<void> {
  const asked = request({ host: '127.0.0.1', port, agent, ...options })
  for (const chunk of chunks ?? []) asked.write(chunk)
  asked.end(body)
  const [response] = await once(asked, 'response', { signal: AbortSignal.timeout(10_000) })
  response.resume()
  await once(response, 'end')
}

describe('against tshark', { skip: missing }, () => {
  const server = createServer((asked, response) => {
    asked.resume()
    asked.on('end', () => {
      const path = asked.url?.split('?')[0] ?? ''
      const found = ANSWERS[path]
      if (found !== undefined) {
        const [headers, body] = found
        response.writeHead(200, 'Fine', { 'Content-Length': Buffer.byteLength(body), ...headers }).end(body)
      } else if (path === '/chunks') {
        response.writeHead(200, { 'Content-Type': 'application/json', Trailer: 'X-Sum' })
        for (const part of [LIST.slice(0, 9), LIST.slice(9)]) response.write(part)
        response.addTrailers({ 'X-Sum': '1', 'X-More': '2' })
        response.end()
      } else if (/^\/\d{3}$/.test(path)) response.writeHead(Number(path.slice(1))).end()
      else response.writeHead(404).end('nothing there')
    })
  })
  let port = 0
  before(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  })
  after(() => server.close())

  test('node:http, on connections that are kept and on ones that are not', async () => {
    const relay = new Relay(port)
    const door = await relay.listen()
    const kept = new Agent({ keepAlive: true, maxSockets: 1 })
    try {
      for (const each of CALLS) await call(door, kept, each)
      for (const each of CALLS.slice(0, 4)) await call(door, new Agent({ keepAlive: false }), each)
    } finally {
      kept.destroy()
      relay.close()
    }
    keep(relay.wire, 'node-http')
  })

  test('HTTP/1.0, whose body ends with the connection', async () => {
    const plain = createServer((_, response) => {
      response.useChunkedEncodingByDefault = false
      response.writeHead(200, { 'Content-Type': 'text/plain' }).end('until the end')
    })
    plain.listen(0, '127.0.0.1')
    await once(plain, 'listening')
    const relay = new Relay((plain.address() as AddressInfo).port)
    try {
      const socket = connect(await relay.listen(), '127.0.0.1')
      socket.write('GET /old HTTP/1.0\r\n\r\n')
      socket.resume()
      await once(socket, 'close', { signal: AbortSignal.timeout(10_000) })
    } finally {
      relay.close()
      plain.close()
    }
    keep(relay.wire, 'http-1.0')
  })

  for (const takeover of [true, false]) {
    test(`ws, compressed, ${takeover ? 'with' : 'without'} context takeover`, async () => {
      const peer = new WebSocketServer({
        port: 0,
        host: '127.0.0.1',
        perMessageDeflate: {
          threshold: 20,
          serverNoContextTakeover: !takeover,
          clientNoContextTakeover: !takeover,
        },
      })
      await once(peer, 'listening')
      const relay = new Relay((peer.address() as AddressInfo).port)
      peer.on('connection', (other) =>
        other.on('message', (bytes, binary) => {
          other.ping('p')
          other.send(bytes, { binary })
        }),
      )
      try {
        const socket = new WebSocket(`ws://127.0.0.1:${await relay.listen()}/chat`, {
          perMessageDeflate: { threshold: 20 },
        })
        await once(socket, 'open')
        for (const said of [
          'short',
          LIST,
          LIST,
          Buffer.from([1, 2, 0, 3]),
          'ä'.repeat(300),
          'x'.repeat(70_000),
        ]) {
          socket.send(said)
          await once(socket, 'message', { signal: AbortSignal.timeout(10_000) })
        }
        socket.send(Buffer.from('in '), { fin: false, binary: false, compress: false })
        socket.send(Buffer.from('three '), { fin: false, compress: false })
        socket.send(Buffer.from('parts'), { fin: true, compress: false })
        await once(socket, 'message', { signal: AbortSignal.timeout(10_000) })
        socket.close(4001, 'grüße')
        await once(socket, 'close', { signal: AbortSignal.timeout(10_000) })
      } finally {
        relay.close()
        peer.close()
      }
      keep(relay.wire, `ws-${takeover}`)
    })
  }

  test('all of it is read as tshark reads it', async () => {
    assert.equal(recorded.size, 4)
    await agree(recorded.values())
  })

  test('what is known of a packet once all were read is what tshark knows then', () =>
    agree([recorded.get('node-http')!], '--two-pass'))
})
