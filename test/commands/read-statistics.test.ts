import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { pcapFile } from '../frames.ts'
import { hasTshark } from '../trace/tshark-verdicts.ts'
import { PAGE, pageFrames, read, saved } from './captures.ts'

const skip = !hasTshark && 'tshark is not installed'

function tap(name: string): string {
  return spawnSync('tshark', ['-n', '-q', '-r', PAGE, '-z', name], { encoding: 'utf8' }).stdout
}

test('--stats flows: a line a conversation, with packets and bytes either way', async () => {
  const { code, lines } = await read(PAGE, '--stats', 'flows')
  assert.equal(code, 0)
  assert.equal(lines[0], 'Conversations: 2')
  assert.match(lines[2] ?? '', /^stream +client +server +protocol +packets → +bytes → /)
  const cells = (lines[3] ?? '').split(/ {2,}/)
  assert.deepEqual(cells.slice(0, 4), ['tcp.0', '10.0.0.100:50000', '10.0.0.1:8080', 'HTTP'])
  const frames = pageFrames().slice(0, -1)
  assert.equal(cells[8], String(frames.length))
  assert.equal(cells[9], String(frames.reduce((sum, { bytes }) => sum + bytes.length, 0)))
  assert.match(lines[4] ?? '', /^udp\.0 /)
})

test('the figures are tshark’s', { skip }, async () => {
  const [, ours = ''] = (await read(PAGE, '-q', '-z', 'conv,tcp')).out.split('\ntcp.0 ')
  const theirs =
    tap('conv,tcp')
      .split('\n')
      .find((line) => line.startsWith('10.0.0.100')) ?? ''
  // tshark: frames and bytes backwards, forwards and together.
  const [, back, backBytes, forth, forthBytes, all, allBytes] =
    /<-> \S+ +(\d+) (\d+) bytes +(\d+) (\d+) bytes +(\d+) (\d+) bytes/.exec(theirs) ?? []
  const figures = ours.trim().split(/ {2,}/).slice(3, 9)
  assert.deepEqual(figures, [forth, forthBytes, back, backBytes, all, allBytes])
  const names = (text: string) =>
    [...text.matchAll(/^( *\S+) +(?:packets|frames):(\d+) bytes:(\d+)/gm)].map(([, ...parts]) =>
      parts.join(' '),
    )
  const hierarchy = names((await read(PAGE, '--stats', 'protocols')).out)
  for (const line of names(tap('io,phs'))) {
    // What rides deeper is told apart by how it was put together there, and by what carries it here.
    if (!/^ {5}/.test(line)) assert.ok(hierarchy.includes(line), `${line} in ${hierarchy.join('; ')}`)
  }
})

test('--stats timing: the handshake, acknowledgements and answers, in milliseconds', async () => {
  const { lines } = await read(PAGE, '--stats', 'timing')
  const row = (name: string) => (lines.find((line) => line.startsWith(name)) ?? '').split(/ {2,}/)
  assert.deepEqual(row('tcp.analysis.initial_rtt').slice(1, 6), ['1', '2.000', '2.000', '2.000', '2.000'])
  assert.equal(row('http.time')[1], '1')
  assert.ok(Number(row('tcp.analysis.ack_rtt')[1]) > 2)
  assert.match(lines.join('\n'), /^socketio\.ack_time +0 +Socket\.IO: event to acknowledgement$/m)
})

test('statistics are of the packets that match, and may stand behind the lines', async () => {
  const { out } = await read(PAGE, '--stats', 'protocols', '-Y', 'udp')
  assert.match(out, /^Protocol hierarchy: 1 packets, 47 bytes\n/)
  const both = await read(PAGE, '-z', 'io,phs', '-Y', 'udp')
  assert.match(both.lines[0] ?? '', /UDP 47 5000 → 4002/)
  assert.match(both.out, /\n\nProtocol hierarchy: 1 packets/)
  assert.match((await read(saved('none.pcap', pcapFile([])), '--stats', 'flows')).out, /^Conversations: 0\n/)
})

test('what of -z is not ours is said, with what is', async () => {
  await assert.rejects(read(PAGE, '-z', 'io,stat,1'), /expected conv,tcp .*--stats flows.*--stats timing/)
  await assert.rejects(read(PAGE, '--stats', 'colours'), /expected flows, protocols, timing/)
})
