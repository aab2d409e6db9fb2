import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { CaptureNode, RecordingNode } from '../../server/dashboard/api-captures.ts'
import {
  captureWords,
  isKeyLog,
  openProblem,
  originWords,
  recordedWords,
  runningFor,
  secretsWords,
} from '../../web/lib/capture-words.ts'
import { middleCut } from '../../web/lib/format.ts'

const recording: RecordingNode = {
  state: 'off',
  folder: '/tmp',
  file: 'lab.pcapng',
  files: 1,
  bytes: 123_456,
  packets: 130,
  missed: 0,
  startedAt: '1000.000000000',
  endedAt: '1010.900000000',
  problem: null,
}

test('a name that is too long keeps its beginning and its end', () => {
  assert.equal(middleCut('short.pcap', 60), 'short.pcap')
  assert.equal(middleCut('wirelab-2026-11-21T150256-00001.pcapng', 20), 'wirelab-2026….pcapng')
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 3, max: 80 }), (text, most) => {
      assert.ok(middleCut(text, most).length <= most)
    }),
  )
})

test('a file that does not open is said with what to do', () => {
  const not = { code: 'bad-capture', message: 'not a pcap or pcapng capture: it begins with 89504e47' }
  assert.match(openProblem('a.png', not), /^a\.png was not opened: .*89504e47\. Choose a \.pcapng/)
  const full = { code: 'too-many-captures', message: '3 capture files are open already' }
  assert.match(openProblem('a.pcap', full), /close one of the files below/)
})

test('a key log is known by its first line, and no capture is taken for one', () => {
  const random = '5d'.repeat(32)
  assert.ok(isKeyLog(`CLIENT_RANDOM ${random} ${'8c'.repeat(48)}\n`))
  assert.ok(isKeyLog(`\n# SSL/TLS secrets log file\nSERVER_TRAFFIC_SECRET_0 ${random} aa\n`))
  assert.ok(!isKeyLog('\u{a}\u{d}\u{d}\u{a}\u{1c}\0\0\0M<+\u{1a}'))
  assert.ok(!isKeyLog('\ufffd\ufffd\ufffd\ufffd'))
  assert.ok(!isKeyLog('CLIENT_RANDOM and something else'))
})

test('a key log is answered by what it opened, or by what would open something', () => {
  const taken = { added: 4, malformed: 0, again: true }
  assert.equal(
    secretsWords('k.txt', taken),
    '4 secrets taken from k.txt: the capture was read again with them.',
  )
  assert.match(
    secretsWords('k.txt', { ...taken, again: false }),
    /^4 secrets were taken .* but none .* Give the key log/,
  )
  assert.match(secretsWords('k.txt', { added: 0, malformed: 3, again: false }), /^k\.txt is no key log/)
  assert.match(secretsWords('k.txt', { added: 0, malformed: 0, again: false }), /known already\.$/)
})

test('a recording that ended is told by what is in it', () => {
  assert.equal(recordedWords(recording), '130 packets, 123 kB in 10.9 s')
  assert.equal(recordedWords({ ...recording, files: 3 }), '130 packets, 123 kB, 3 files in 10.9 s')
  assert.equal(runningFor('1000.5', 1071.9), '1:11')
  assert.equal(runningFor('1000.5', 1000), '0:00')
})

test('a file tells where it is from, or that nobody knows', () => {
  const node = { packets: 1, session: null, state: 'ready' } as CaptureNode
  assert.equal(captureWords(node), '1 packet')
  assert.equal(captureWords({ ...node, state: 'reading' }), 'being read…')
  assert.match(originWords(null), /^Not from a lab/)
  const session = {
    version: '0.1.0',
    run: 'r',
    startedAt: '1767225600.000000000',
    network: 'lab' as const,
    at: 'server' as const,
    filtered: true,
    services: [],
    heartbeat: { pingInterval: 1, pingTimeout: 1 },
  }
  assert.match(originWords(session), /^From the lab of \d+ \w+ \d{4}, .*servers’ end.*Only what a filter/)
  assert.match(captureWords({ ...node, session }), /from a lab$/)
})
