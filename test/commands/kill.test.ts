/** What is left of a recording when its process is killed, as `kill -9` does it: everything but the last second. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { FrameReader } from '../../server/capture/frame-reader.ts'
import type { PacketPage } from '../../server/dashboard/api.ts'
import { connectTo } from '../services/waiting.ts'
import { ownState, startLab, wirelab } from './process.ts'

const limit = { timeout: 90_000 }
const tshark = spawnSync('tshark', ['--version']).error === undefined

/** A lab, and a client that goes on talking to it. */
async function busyLab(t: TestContext) {
  const env = await ownState(t)
  const folder = mkdtempSync(join(tmpdir(), 'wirelab-kill-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const lab = startLab(t, ['--record-dir', join(folder, 'recordings'), '--delay', '2ms', '--loss', '2%'], env)
  const state = join(env.XDG_RUNTIME_DIR ?? '', 'wirelab')
  const found = async () => {
    const end = Date.now() + 30_000
    for (;;) {
      const name = existsSync(state) ? readdirSync(state).find((each) => each.endsWith('.json')) : undefined
      if (name !== undefined) return JSON.parse(readFileSync(join(state, name), 'utf8'))
      assert.ok(Date.now() < end, lab.stderr())
      await pause(50)
    }
  }
  const { url, ports } = (await found()) as { url: string; ports: Record<string, number> }
  const socket = await connectTo(ports['tcp-echo'] ?? 0)
  socket.on('error', () => undefined)
  const timer = setInterval(() => socket.write('tick tock\n'), 20)
  t.after(() => {
    clearInterval(timer)
    socket.destroy()
  })
  const seen = async () => ((await (await fetch(`${url}/api/packets?limit=1`)).json()) as PacketPage).last
  const until = async (packets: number) => {
    const end = Date.now() + 30_000
    while ((await seen()) < packets) {
      assert.ok(Date.now() < end)
      await pause(50)
    }
  }
  return { env, folder, lab, url, seen, until }
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** Packets and what Wirelab told, of a file that must be whole. */
function whole(path: string): { packets: number; kinds: Set<string>; lastTime: bigint } {
  const kinds = new Set<string>()
  const notes: string[] = []
  let packets = 0
  let lastTime = 0n
  const reader = new FrameReader({
    frame: ({ time }) => {
      packets++
      lastTime = time
    },
    note: ({ message }) => void notes.push(message),
    session: ({ kind }) => void kinds.add(kind),
  })
  reader.push(readFileSync(path))
  reader.end()
  assert.deepEqual(notes, [])
  if (tshark) {
    const run = spawnSync('tshark', ['-n', '-r', path, '-T', 'fields', '-e', 'frame.number'], {
      encoding: 'utf8',
    })
    assert.equal(run.status, 0, run.stderr)
    assert.equal(run.stdout.trimEnd().split('\n').length, packets)
    assert.equal(run.stderr.replace(/^Running as user "root".*\n/, ''), '')
  }
  return { packets, kinds, lastTime }
}

const lag = (since: bigint, last: bigint) => Number(since - last) / 1e9

test('record, killed: the file opens, and lacks no more than the last second', limit, async (t) => {
  const { env, folder, url, seen, until } = await busyLab(t)
  const path = join(folder, 'out.pcapng')
  const record = wirelab(t, ['record', '-w', path, '--url', url], env)
  await record.says(/writing to/)
  await until((await seen()) + 200)
  const at = BigInt(Date.now()) * 1_000_000n
  await killed(record.child)
  const { packets, kinds, lastTime } = whole(path)
  assert.ok(packets > 100, `${packets} packets`)
  assert.ok(lag(at, lastTime) < 1, `${lag(at, lastTime)} s are missing`)
  for (const kind of ['session', 'services', 'network', 'samples']) assert.ok(kinds.has(kind), kind)
})

test(
  'the lab, killed while it records: the files open, and lack no more than the last second',
  limit,
  async (t) => {
    const { folder, lab, url, seen, until } = await busyLab(t)
    const headers = { 'content-type': 'application/json' }
    const begun = await fetch(`${url}/api/recording`, { method: 'POST', headers, body: '{}' })
    assert.equal(begun.status, 201)
    await until((await seen()) + 200)
    const at = BigInt(Date.now()) * 1_000_000n
    await killed(lab.child)
    const [name] = readdirSync(join(folder, 'recordings'))
    const { packets, lastTime } = whole(join(folder, 'recordings', name ?? ''))
    assert.ok(packets > 100, `${packets} packets`)
    assert.ok(lag(at, lastTime) < 1, `${lag(at, lastTime)} s are missing`)
  },
)

test('files of record --rotate open by themselves, with the lab they are from', limit, async (t) => {
  const { env, folder, url, seen, until } = await busyLab(t)
  const argv = ['record', '-w', join(folder, 'lab.pcapng'), '--rotate', '60kb', '--keep', '2', '--url', url]
  const record = wirelab(t, argv, env)
  await record.says(/writing to .*lab-00001\.pcapng/)
  const end = Date.now() + 40_000
  const files = () =>
    readdirSync(folder)
      .filter((name) => name.startsWith('lab-'))
      .sort()
  while (!files().includes('lab-00003.pcapng')) {
    await until((await seen()) + 20)
    assert.ok(Date.now() < end, files().join())
  }
  record.child.kill('SIGINT')
  const { code, stderr } = await record.ended
  assert.equal(code, 0, stderr)
  assert.match(stderr, /are in .*lab-0000\d\.pcapng and the next/)
  assert.equal(files().length, 2)
  for (const name of files()) {
    const { packets, kinds } = whole(join(folder, name))
    assert.ok(packets > 0)
    for (const kind of ['session', 'services', 'network']) assert.ok(kinds.has(kind), `${kind} in ${name}`)
  }
})
