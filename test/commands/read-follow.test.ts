import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { concat, hex, pcapFile, TcpConversation, utf8 } from '../frames.ts'
import { hasTshark } from '../trace/tshark-verdicts.ts'
import { PAGE, read, saved } from './captures.ts'

const skip = !hasTshark && 'tshark is not installed'

function tshark(...argv: string[]): string {
  return spawnSync('tshark', ['-n', '-q', ...argv], { encoding: 'utf8' }).stdout
}

test('what both ends said, each from its own margin', async () => {
  const { code, out, talk } = await read(PAGE, '--follow', 'tcp.0')
  assert.deepEqual([code, talk], [0, ''])
  assert.match(out, /^={67}\nFollow: tcp,ascii\nFilter: tcp\.stream eq 0\nNode 0: 10\.0\.0\.100:50000\n/)
  assert.match(out, /\n42\nGET \/hello HTTP\/1\.1\nHost: lab\.example\n\n\n\t40\nHTTP\/1\.1 200 OK\n/)
  assert.ok(out.includes('Hello,\nworld!\n'))
})

for (const manner of ['hex', 'raw']) {
  test(`--follow-as ${manner} writes what tshark writes`, { skip }, async () => {
    for (const stream of ['tcp', 'udp']) {
      const { out } = await read(PAGE, '--follow', `${stream}.0`, '--follow-as', manner)
      // tshark begins with an empty line.
      assert.equal(`\n${out}`, tshark('-r', PAGE, '-z', `follow,${stream},${manner},0`))
      assert.equal((await read(PAGE, '-q', '-z', `follow,${stream},${manner},0`)).out, out)
    }
  })
}

test('segments out of order, twice and lost are put together as tshark puts them', { skip }, async () => {
  const talk = new TcpConversation({ server: { address: '10.0.0.1', port: 9999 } })
  talk.handshake()
  talk.send('client', 'one two three four five six', 4)
  const [one, two, three, four, ...rest] = talk.frames.slice(3)
  const frames = [...talk.frames.slice(0, 3), one!, three!, two!, three!, ...rest, talk.ack('server')]
  assert.ok(four !== undefined)
  const file = saved('jumbled.pcap', pcapFile(frames))
  const { out } = await read(file, '--follow', 'tcp.0', '--follow-as', 'raw')
  // tshark ends its note on what is missing with a NUL.
  assert.equal(`\n${out}`, tshark('-r', file, '-z', 'follow,tcp,raw,0').replace('5d00\n', '5d\n'))
  const missing = Buffer.from('[4 bytes missing in capture file]').toString('hex')
  assert.ok(out.includes(`74687265\n${missing}\n75722066\n`), out)
})

test('--follow http.N shows bodies put together and inflated', async () => {
  const page = new TcpConversation({ server: { address: '10.0.0.1', port: 8080 } })
  page.handshake()
  page.send('client', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  const body = gzipSync('Hello, compressed world!')
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`
  page.send('server', concat(utf8(head), new Uint8Array(body)), 60)
  const { out } = await read(saved('gzip.pcap', pcapFile(page.frames)), '--follow', 'http.0')
  assert.match(out, /^={67}\nFollow: http,ascii\n/)
  assert.ok(out.includes('GET / HTTP/1.1\nHost: x\n'))
  assert.ok(out.includes('Hello, compressed world!'), out)
})

test('what is followed does not write on the terminal', async () => {
  const talk = new TcpConversation({ server: { address: '10.0.0.1', port: 9999 } })
  talk.handshake()
  talk.send('client', hex('1b 5d 30 3b 6f 0d 07'))
  const { out } = await read(saved('escapes.pcap', pcapFile(talk.frames)), '--follow', 'tcp.0')
  assert.ok(out.includes('\\x1b]0;o\\r\\x07'), out)
})

test('a stream that is not there, and one that cannot be, are bad usage', async () => {
  await assert.rejects(read(PAGE, '--follow', 'tcp.7'), /there is no stream tcp\.7/)
  await assert.rejects(read(PAGE, '--follow', 'quic.0'), /expected a stream such as tcp\.0/)
  await assert.rejects(read(PAGE, '--follow', 'tcp.0', '--follow-as', 'yaml'), /expected text, hex or raw/)
  await assert.rejects(read(PAGE, '--follow-as', 'hex'), /--follow-as needs --follow/)
})
