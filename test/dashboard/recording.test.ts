import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { PcapngWriter } from '../../server/capture/pcapng-writer.ts'
import type { RecordingNode } from '../../server/dashboard/api-captures.ts'
import { exported } from '../../server/dashboard/export-stream.ts'
import { SessionExport } from '../../server/dashboard/session-export.ts'
import { Trace } from '../../server/trace/trace.ts'
import { readAll } from '../capture/captures.ts'
import { CLIENT, SERVER, TcpConversation, udpFrame, utf8 } from '../frames.ts'
import { testDashboard } from './dashboard.ts'

const limit = { timeout: 30_000 }
const headers = { host: '127.0.0.1:3000' }

function recordingDashboard(t: TestContext, folder = mkdtempSync(join(tmpdir(), 'wirelab-recording-'))) {
  const dashboard = testDashboard({ recordFolder: folder })
  const ask = async (method: 'GET' | 'POST' | 'DELETE', payload?: object) => {
    const response = await dashboard.app.inject({
      method,
      url: '/api/recording',
      headers,
      ...(payload !== undefined && { payload }),
    })
    return { status: response.statusCode, node: response.json<RecordingNode>(), body: response.json() }
  }
  t.after(async () => {
    await ask('DELETE')
    if (existsSync(folder)) rmSync(folder, { recursive: true })
  })
  const until = async (enough: (node: RecordingNode) => boolean) => {
    const end = Date.now() + 10_000
    for (;;) {
      const { node } = await ask('GET')
      if (enough(node)) return node
      assert.ok(Date.now() < end, JSON.stringify(node))
      await pause(10)
    }
  }
  const talk = () => {
    const conversation = new TcpConversation()
    conversation.handshake()
    for (const frame of conversation.frames) dashboard.trace.add(frame)
    return conversation.frames
  }
  return { ...dashboard, folder, ask, until, talk }
}

test('a recording holds what was there and what comes, until it is ended', limit, async (t) => {
  const { ask, until, talk, folder } = recordingDashboard(t)
  assert.equal((await ask('GET')).node.state, 'off')
  const before = talk()
  const begun = await ask('POST', {})
  assert.equal(begun.status, 201)
  assert.equal(begun.node.state, 'running')
  assert.match(begun.node.file ?? '', /^wirelab-\d{4}-\d\d-\d\dT\d{6}-00001\.pcapng$/)
  await until(({ packets }) => packets === before.length)
  const after = talk()
  // Not yet written, and not lost either.
  const ended = (await ask('DELETE')).node
  assert.deepEqual([ended.state, ended.packets, ended.problem, ended.missed], ['off', 6, null, 0])
  const path = join(folder, ended.file ?? '')
  assert.equal(statSync(path).size, ended.bytes)
  assert.deepEqual(readAll([readFileSync(path)]), { frames: [...before, ...after], notes: [], dropped: [] })
})

test(
  'one recording at a time, of one’s own choice of packets, and never of one’s own choice of place',
  limit,
  async (t) => {
    const { ask, until, talk, folder } = recordingDashboard(t)
    talk()
    assert.equal((await ask('POST', { filter: 'tcp.flags.syn == 1' })).status, 201)
    assert.equal((await ask('POST', {})).status, 409)
    await until(({ packets }) => packets === 2)
    const { node } = await ask('DELETE')
    assert.equal(readAll([readFileSync(join(folder, node.file ?? ''))]).frames.length, 2)
    for (const body of [
      { path: '/etc/x' },
      { file: '../x' },
      { filter: 'tcp.' },
      { rotate: 1 },
      { keep: 0 },
    ]) {
      assert.equal((await ask('POST', body)).status, 400, JSON.stringify(body))
    }
    assert.equal((await ask('GET')).node.state, 'off')
  },
)

test('without a folder that can be made, it says so', limit, async (t) => {
  const { ask } = recordingDashboard(t, '/dev/null/recordings')
  const { status, body } = await ask('POST', {})
  assert.equal(status, 500)
  assert.match(body.message, /no recording can begin in \/dev\/null\/recordings: /)
})

test('a full disk ends it with a clear word, and what was written can be read', limit, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wirelab-recording-'))
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status !== 0) {
    rmSync(folder, { recursive: true })
    t.skip('needs root, to mount a small disk')
    return
  }
  t.after(() => {
    spawnSync('umount', [disk])
    rmSync(folder, { recursive: true, force: true })
  })
  const { ask, until, trace } = recordingDashboard(t, join(disk, 'recordings'))
  for (let i = 0; i < 200; i++) trace.add(udpFrame(CLIENT, SERVER, utf8('x'.repeat(997))))
  await ask('POST', {})
  const node = await until(({ state }) => state === 'failed')
  assert.match(node.problem ?? '', /^The disk is full\./)
  const { frames, notes } = readAll([readFileSync(join(disk, 'recordings', node.file ?? ''))])
  assert.ok(frames.length > 20 && frames.length < 66, `${frames.length}`)
  assert.deepEqual([notes, node.packets], [[], frames.length])
})

test('files are rotated by size, and each opens by itself', limit, async (t) => {
  const { ask, until, trace, folder } = recordingDashboard(t)
  for (let i = 0; i < 3500; i++) trace.add(udpFrame(CLIENT, SERVER, utf8('x'.repeat(997))))
  await ask('POST', { rotate: 1_000_000, keep: 3 })
  await until(({ packets, files }) => files === 3 && packets > 2000)
  await ask('DELETE')
  const names = readdirSync(folder).sort()
  assert.deepEqual(
    names.map((name) => /-(\d{5})\.pcapng$/.exec(name)?.[1]),
    ['00002', '00003', '00004'],
  )
  let frames = 0
  for (const name of names) {
    const bytes = readFileSync(join(folder, name))
    assert.ok(bytes.length <= 1_000_000 && existsSync(join(folder, name)))
    const read = readAll([bytes])
    assert.deepEqual(read.notes, [])
    frames += read.frames.length
  }
  assert.ok(frames > 2000 && frames < 3500)
})

test(
  'a reader too slow for what comes misses packets, is told how many, and holds nobody up',
  limit,
  async () => {
    const trace = new Trace({ limitBytes: 64 * 1024 })
    const writer = new PcapngWriter('lo')
    const session = new SessionExport({ trace, writer, log: undefined, filtered: false, change: 0 })
    const enough = new AbortController()
    const progress = { packets: 0, missed: 0 }
    const head = writer.begin()
    const add = () => trace.add(udpFrame(CLIENT, SERVER, utf8('x'.repeat(997))))
    for (let i = 0; i < 40; i++) add()
    const chunks: Uint8Array[] = []
    let first = true
    for await (const chunk of exported({
      trace,
      head,
      session,
      filter: undefined,
      follow: enough.signal,
      progress,
    })) {
      chunks.push(chunk)
      if (first) for (let i = 0; i < 500; i++) add()
      else enough.abort()
      first = false
    }
    const { frames, notes, dropped } = readAll(chunks)
    assert.equal(frames.length + progress.missed, 540)
    assert.ok(progress.missed > 300, `${progress.missed} missed`)
    assert.equal(dropped.at(-1), progress.missed)
    assert.match(notes.join(), /packets were lost while capturing/)
  },
)

test('the newest recorded file can be had from the lab', limit, async (t) => {
  const { app, ask, until, talk, folder } = recordingDashboard(t)
  const get = () => app.inject({ method: 'GET', url: '/api/recording/file', headers })
  assert.equal((await get()).statusCode, 404)
  await ask('POST', {})
  const frames = talk()
  await until(({ packets }) => packets === frames.length)
  const { node } = await ask('DELETE')
  const answer = await get()
  assert.equal(answer.headers['content-type'], 'application/x-pcapng')
  assert.match(String(answer.headers['content-disposition']), new RegExp(`filename="${node.file}"`))
  assert.deepEqual(answer.rawPayload, readFileSync(join(folder, node.file ?? '')))
  rmSync(join(folder, node.file ?? ''))
  assert.equal((await get()).statusCode, 404)
})
