import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { Progress } from '../../server/commands/read-progress.ts'
import { hasTshark } from '../trace/tshark-verdicts.ts'
import { PAGE, pageFrames, read } from './captures.ts'
import { TestIo } from './command-io.ts'

const skip = !hasTshark && 'tshark is not installed'

function tshark(...argv: string[]): string[] {
  const { stdout } = spawnSync('tshark', ['-n', '-r', PAGE, ...argv], { encoding: 'utf8' })
  return stdout.split('\n').slice(0, -1)
}

for (const format of ['r', 'd', 'dd', 'e', 'a', 'ad', 'adoy', 'u', 'ud', 'udoy']) {
  test(`-t ${format} begins the lines as tshark does`, { skip }, async () => {
    const options = ['-t', format, '-Y', 'tcp.len > 0 or udp']
    const begin = (line: string) => line.replace(/ → .*/, '')
    assert.deepEqual((await read(PAGE, ...options)).lines.map(begin), tshark(...options).map(begin))
  })
}

test('-t of a format that is none is bad usage', async () => {
  await assert.rejects(read(PAGE, '-t', 'x'), /-t x: expected r \(since the first packet\)/)
})

test('-x prints the bytes as tshark does, and -P the line before them', { skip }, async () => {
  // tshark shows also what it put together of several packets: only those without are compared.
  const options = ['-x', '-c', '6']
  assert.deepEqual((await read(PAGE, ...options)).lines, tshark(...options))
  const { lines } = await read(PAGE, '-P', '-x', '-c', '1')
  assert.match(lines[0] ?? '', /^ {4}1 .* \[SYN\]/)
  assert.match(lines[1] ?? '', /^0000 {2}00 00 /)
})

test('-V -x prints the tree and then the bytes', async () => {
  const { out } = await read(PAGE, '-V', '-x', '-c', '1')
  assert.match(out, /^Frame 1: [\s\S]*\nTransmission Control Protocol\n[\s\S]*\n\n0000 {2}00 00 /)
})

test('-q prints nothing', async () => {
  const { code, out } = await read(PAGE, '-q')
  assert.deepEqual([code, out], [0, ''])
})

test('-V and -x are of text', async () => {
  await assert.rejects(read(PAGE, '-T', 'json', '-V'), /-V and -x go with -T text/)
  await assert.rejects(read(PAGE, '-T', 'fields', '-e', 'ip.src', '-x'), /-V and -x go with -T text/)
})

test('several ports may be of one protocol', async () => {
  const { out } = await read(
    PAGE,
    '-d',
    'udp.port==4000-4010,echo',
    '-Y',
    'echo',
    '-T',
    'fields',
    '-e',
    'frame.number',
  )
  assert.equal(out, `${pageFrames().length}\n`)
})

/** A terminal that keeps what is written on it. */
function terminal(): { io: TestIo; written: () => string } {
  const io = new TestIo()
  Object.assign(io.stderr, { isTTY: true })
  return { io, written: () => io.talk }
}

test('a long read says how far it has come, and wipes that out at its end', () => {
  const { io, written } = terminal()
  let now = 0
  const progress = new Progress(io, 1000, () => now)
  progress.at(100, 10)
  assert.equal(written(), '')
  now = 1500
  progress.at(450, 12_345)
  progress.at(460, 12_400)
  assert.equal(written(), '\r\u001b[K45 %, 12,345 packets')
  progress.end()
  assert.equal(written(), '\r\u001b[K45 %, 12,345 packets\r\u001b[K')
})

test('nothing is said where nobody looks, and where lines scroll by', () => {
  const quiet = new TestIo()
  const { io } = terminal()
  Object.assign(io.stdout, { isTTY: true })
  for (const each of [quiet, io]) {
    let now = 0
    const progress = new Progress(each, 0, () => now)
    now = 5000
    progress.at(1, 1)
    progress.end()
    assert.equal(each.talk, '')
  }
})
