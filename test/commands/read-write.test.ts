import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { PcapngWriter, secretsBlock } from '../../server/capture/pcapng-writer.ts'
import { concat, pcapFile } from '../frames.ts'
import { hasTshark } from '../trace/tshark-verdicts.ts'
import { PAGE, pageFrames, pathOf, read, saved } from './captures.ts'

test('-w writes the packets that match, and prints none', async () => {
  const target = pathOf('http.pcapng')
  const { code, out, talk } = await read(PAGE, '-Y', 'http', '-w', target)
  assert.deepEqual([code, out, talk], [0, '', ''])
  const fields = ['-T', 'fields', '-e', 'frame.time_epoch', '-e', 'frame.len']
  const { out: again } = await read(target, ...fields)
  assert.equal(again, (await read(PAGE, '-Y', 'http', ...fields)).out)
  assert.equal(again.split('\n').length, 3)
  if (hasTshark) {
    const { stdout, status } = spawnSync('tshark', ['-r', target, ...fields], { encoding: 'utf8' })
    assert.deepEqual([status, stdout], [0, again])
  }
})

test('-P prints the lines as well', async () => {
  const { lines } = await read(PAGE, '-Y', 'udp', '-P', '-w', pathOf('udp.pcapng'))
  assert.equal(lines.length, 1)
})

test('comments and secrets go along', async () => {
  const writer = new PcapngWriter('lo')
  const secret = `CLIENT_RANDOM ${'ab'.repeat(32)} ${'cd'.repeat(48)}\n`
  const [first, second] = pageFrames()
  const parts = [
    writer.begin(),
    secretsBlock(secret),
    writer.packet(first!, 'the beginning'),
    writer.packet(second!),
  ]
  const source = saved('commented.pcapng', concat(...parts))
  const target = pathOf('copy.pcapng')
  await read(source, '-w', target, '-Y', 'frame.comment contains "begin"')
  const bytes = readFileSync(target)
  assert.ok(bytes.includes(secret))
  assert.equal((await read(target, '-T', 'fields', '-e', 'frame.comment')).out, 'the beginning\n')
})

test('a capture without a match is a capture too', async () => {
  const target = pathOf('empty.pcapng')
  assert.equal((await read(PAGE, '-Y', 'arp', '-w', target)).code, 0)
  const { code, out, talk } = await read(target)
  assert.deepEqual([code, out, talk], [0, '', ''])
})

test('the file that is read is not written over', async () => {
  const file = saved('own.pcap', readFileSync(PAGE))
  await assert.rejects(read(file, '-w', file), /that is the file that is read/)
  await assert.rejects(read(file, '-w', pathOf('./own.pcap')), /that is the file that is read/)
  assert.equal((await read(file)).lines.length, pageFrames().length)
  await assert.rejects(read(PAGE, '-w', '-'), /expected a file/)
})

test('a file that cannot be written is said, and 1', async () => {
  const { code, talk } = await read(PAGE, '-w', pathOf('no/such/folder.pcapng'))
  assert.equal(code, 1)
  assert.match(talk, /can't be written/)
})

test('-o opens what is encrypted, and verifies checksums', async () => {
  const keys = pathOf('keys.log')
  writeFileSync(keys, `CLIENT_RANDOM ${'ab'.repeat(32)} ${'cd'.repeat(48)}\n`)
  assert.equal((await read(PAGE, '-o', `tls.keylog_file:${keys}`, '-c', '1')).code, 0)
  const frames = pageFrames().slice(0, 1)
  const broken = { ...frames[0]!, bytes: frames[0]!.bytes.slice() }
  broken.bytes[50]! ^= 1
  const file = saved('checksum.pcap', pcapFile([broken]))
  const status = async (...options: string[]) =>
    (await read(file, ...options, '-T', 'fields', '-e', 'tcp.checksum.status')).out.trim()
  assert.equal(await status(), '2')
  assert.equal(await status('-o', 'tcp.check_checksum:TRUE'), '0')
  await assert.rejects(read(PAGE, '-o', 'tcp.desegment:FALSE'), /expected tls\.keylog_file:PATH/)
  await assert.rejects(read(PAGE, '-o', 'tls.keylog_file:/no/such/file'), /no such file/)
})
