import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { run } from '../../server/commands/record.ts'
import { readAll } from '../capture/captures.ts'
import { listeningDashboard } from '../dashboard/dashboard.ts'
import { CLIENT, frameOf, SERVER, TcpConversation, udpFrame, utf8 } from '../frames.ts'
import { TestIo } from './command-io.ts'

const limit = { timeout: 20_000 }

/** A lab that has seen one conversation, a folder of one's own, and `record` in it. */
async function recording(t: TestContext, token?: string) {
  const lab = await listeningDashboard(token === undefined ? {} : { token })
  const conversation = new TcpConversation()
  conversation.handshake()
  for (const frame of conversation.frames) lab.trace.add(frame)
  const folder = mkdtempSync(join(os.tmpdir(), 'wirelab-test-'))
  const io = new TestIo()
  io.cwd = folder
  io.env = { XDG_RUNTIME_DIR: folder }
  const news = new EventEmitter()
  io.onTalk = () => news.emit('news')
  t.after(async () => {
    io.ending.abort()
    await lab.close()
    rmSync(folder, { recursive: true })
  })
  const said = async (pattern: RegExp) => {
    while (!pattern.test(io.talk)) await once(news, 'news', { signal: AbortSignal.timeout(10_000) })
  }
  const record = (...argv: string[]) => run([...argv, '--url', lab.url], io)
  return { lab, conversation, folder, io, said, record }
}

/** Waits until the file is there and holds so many packets. */
async function untilPackets(path: string, count: number): Promise<void> {
  const end = Date.now() + 10_000
  for (;;) {
    const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
    const held = bytes.length === 0 ? 0 : readAll([bytes]).frames.length
    if (held >= count) return
    assert.ok(Date.now() < end, `only ${held} packets in ${path}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test(
  'what was seen and what comes goes to the file, which is whole when Ctrl-C ends it',
  limit,
  async (t) => {
    const { lab, conversation, folder, io, said, record } = await recording(t)
    const done = record('-w', 'out.pcapng')
    const path = join(folder, 'out.pcapng')
    await said(/writing to .*out\.pcapng, until Ctrl-C/)
    await untilPackets(path, 3)
    const live = conversation.send('client', 'hello\n')
    for (const frame of live) lab.trace.add(frame)
    await untilPackets(path, 4)
    io.ending.abort()
    assert.equal(await done, 0)
    const { frames, notes } = readAll([readFileSync(path)])
    assert.deepEqual(frames, conversation.frames)
    assert.deepEqual(notes, [])
    assert.match(io.talk, /4 packets, [\d,]+ bytes are in .*out\.pcapng\n$/)
    assert.equal(io.out, '')
  },
)

test('without -w the file is named after the date, and lies where one is', limit, async (t) => {
  const { folder, io, said, record } = await recording(t)
  const done = record()
  await said(/writing to/)
  io.ending.abort()
  assert.equal(await done, 0)
  assert.match(readdirSync(folder).join(), /^wirelab-\d{4}-\d\d-\d\dT\d{6}\.pcapng$/)
})

test('-Y keeps only what matches', limit, async (t) => {
  const { folder, io, record } = await recording(t)
  const done = record('-w', 'syn.pcapng', '-Y', 'tcp.flags.syn == 1')
  await untilPackets(join(folder, 'syn.pcapng'), 2)
  io.ending.abort()
  await done
  assert.equal(readAll([readFileSync(join(folder, 'syn.pcapng'))]).frames.length, 2)
})

test('a file that is there is left alone, unless -f says otherwise', limit, async (t) => {
  const { folder, io, said, record } = await recording(t)
  const path = join(folder, 'precious.pcapng')
  writeFileSync(path, 'precious')
  await assert.rejects(record('-w', path), /precious\.pcapng is there already; -f overwrites it/)
  assert.equal(readFileSync(path, 'utf8'), 'precious')
  const done = record('-w', path, '-f')
  await said(/writing to/)
  await untilPackets(path, 3)
  io.ending.abort()
  assert.equal(await done, 0)
})

test('a bad filter is bad usage, and makes no file', limit, async (t) => {
  const { folder, record } = await recording(t)
  await assert.rejects(
    record('-w', 'x.pcapng', '-Y', 'tcp.port =='),
    /the filter: .*\n {4}tcp\.port ==\n +\^/,
  )
  assert.deepEqual(readdirSync(folder), [])
})

test('an end that is neither is bad usage, and makes no file', limit, async (t) => {
  const { folder, record } = await recording(t)
  await assert.rejects(
    record('-w', 'x.pcapng', '--at', 'router'),
    /--at: expected client or server; found router/,
  )
  assert.deepEqual(readdirSync(folder), [])
})

test('standard output is refused, not taken for a file’s name', limit, async (t) => {
  const { folder, record } = await recording(t)
  await assert.rejects(record('-w', '-'), /-w -: expected a file/)
  assert.deepEqual(readdirSync(folder), [])
})

test('a file that can’t be made is said, and 1', limit, async (t) => {
  const { io, record } = await recording(t)
  assert.equal(await record('-w', 'no-such-folder/x.pcapng'), 1)
  assert.match(io.talk, /no-such-folder\/x\.pcapng can't be written: .*ENOENT/)
})

test('a lab that ends leaves a whole file', limit, async (t) => {
  const { lab, folder, io, said, record } = await recording(t)
  const done = record('-w', 'out.pcapng')
  await said(/writing to/)
  await untilPackets(join(folder, 'out.pcapng'), 3)
  lab.app.server.closeAllConnections()
  assert.equal(await done, 0)
  assert.match(io.talk, /the lab has ended/)
  assert.match(io.talk, /3 packets, [\d,]+ bytes are in/)
  assert.deepEqual(readAll([readFileSync(join(folder, 'out.pcapng'))]).notes, [])
})

test('a token is asked for and sent', limit, async (t) => {
  const { folder, io, said, record } = await recording(t, 'a-secret-token')
  assert.equal(await record('-w', 'x.pcapng'), 1)
  assert.match(io.talk, /refuses \(401\)/)
  assert.deepEqual(readdirSync(folder), [])
  const done = record('-w', 'x.pcapng', '--token', 'a-secret-token')
  await said(/writing to/)
  io.ending.abort()
  assert.equal(await done, 0)
})

test('no lab at all, and none at that address', limit, async (t) => {
  const folder = mkdtempSync(join(os.tmpdir(), 'wirelab-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const io = new TestIo()
  io.env = { XDG_RUNTIME_DIR: folder }
  assert.equal(await run([], io), 1)
  assert.match(io.talk, /no lab is running; start one with: npm start/)
  assert.equal(await run(['--url', 'http://127.0.0.1:1'], io), 1)
  assert.match(io.talk, /no lab answers at http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/)
})

test('--help says what it takes', async () => {
  const io = new TestIo()
  assert.equal(await run(['--help'], io), 0)
  assert.match(io.out, /-w FILE/)
})

test('a device that takes nothing is a full disk', {
  ...limit,
  skip: os.platform() !== 'linux',
}, async (t) => {
  const { io, record } = await recording(t)
  assert.equal(await record('-f', '-w', '/dev/full'), 1)
  assert.match(
    io.talk,
    /the disk is full, so \/dev\/full takes no more; 0 packets, 0 bytes are in \/dev\/full/,
  )
})

test('a full disk keeps the whole packets that it took', limit, async (t) => {
  const { lab, folder, io, record } = await recording(t)
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk])
  if (mounted.status !== 0) {
    t.skip('needs root, to mount a small disk')
    return
  }
  try {
    for (let i = 0; i < 200; i++) lab.trace.add(udpFrame(CLIENT, SERVER, utf8('x'.repeat(997))))
    assert.equal(await record('-w', join(disk, 'out.pcapng')), 1)
    const { frames, notes } = readAll([readFileSync(join(disk, 'out.pcapng'))])
    assert.ok(frames.length > 30 && frames.length < 66, `${frames.length} packets`)
    assert.deepEqual(notes, [])
    assert.match(io.talk, new RegExp(`the disk is full.*; ${frames.length} packets, [\\d,]+ bytes are in`))
  } finally {
    spawnSync('umount', [disk])
  }
})

test('packets of every link type are kept apart', limit, async (t) => {
  const { lab, folder, io, record } = await recording(t)
  const raw = frameOf(udpFrame(CLIENT, SERVER, utf8('x')).bytes.slice(14), 1_700_000_001_000_000_000n, 101)
  lab.trace.add(raw)
  const done = record('-w', 'out.pcapng')
  await untilPackets(join(folder, 'out.pcapng'), 4)
  io.ending.abort()
  await done
  assert.deepEqual(readAll([readFileSync(join(folder, 'out.pcapng'))]).frames.at(-1), raw)
})
