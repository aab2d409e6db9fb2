import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import os from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Check, run } from '../../server/commands/doctor.ts'
import { TestIo } from './command-io.ts'

const onLinux = { skip: os.platform() !== 'linux' && 'needs Linux' }
/** Ports that are free, whatever runs on this machine. */
const FREE = {
  WIRELAB_PORT: '0',
  WIRELAB_HUB_PORT: '0',
  WIRELAB_TCP_PORT: '0',
  WIRELAB_UDP_PORT: '0',
  WIRELAB_WS_PORT: '0',
}

/** The doctor's findings where dumpcap is this script. */
async function examine(t: TestContext, dumpcap: string, env: NodeJS.ProcessEnv = {}) {
  const folder = mkdtempSync(join(os.tmpdir(), 'wirelab-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const name of ['dumpcap', 'tcpdump']) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${dumpcap}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  const io = new TestIo()
  io.env = { PATH: `${folder}:/usr/bin:/bin`, XDG_RUNTIME_DIR: folder, ...FREE, ...env }
  const code = await run(['--json'], io)
  const { ok, checks } = JSON.parse(io.out) as { ok: boolean; checks: Check[] }
  return { code, ok, checks, find: (id: string) => checks.find((check) => check.id === id) }
}

test('where the lab can run, the answer is 0', onLinux, async (t) => {
  const { code, ok, checks, find } = await examine(t, 'exit 0')
  assert.deepEqual([code, ok], [0, true])
  assert.equal(find('capture')?.state, 'ok')
  assert.match(find('network')?.message ?? '', /no permission is needed/)
  assert.equal(find('node')?.message, `Node ${process.versions.node}`)
  for (const id of ['::1', 'nc', 'tshark', 'chromium']) assert.ok(find(id) !== undefined, id)
  assert.equal(checks.filter((check) => check.id.startsWith('port ')).length, 6)
})

const FORBIDDEN = 'echo "Operation not permitted" >&2; exit 2'

test('where capture is not permitted, the lab network needs none', onLinux, async (t) => {
  const { code, ok, find } = await examine(t, FORBIDDEN)
  assert.deepEqual([code, ok], [0, true])
  assert.equal(find('capture')?.state, 'note')
  assert.match(find('capture')?.message ?? '', /^only for --network kernel/)
  assert.ok((find('capture')?.remedy.length ?? 0) > 0)
})

test('on the kernel’s network it is missing, with the commands that mend it', onLinux, async (t) => {
  const { code, ok, find } = await examine(t, FORBIDDEN, { WIRELAB_NETWORK: 'kernel' })
  assert.deepEqual([code, ok], [1, false])
  assert.equal(find('capture')?.state, 'missing')
  assert.ok((find('capture')?.remedy.length ?? 0) > 0)
})

test('a busy port is named with its owner, and is no reason to fail', onLinux, async (t) => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const { code, find } = await examine(t, 'exit 0', { WIRELAB_TCP_PORT: String(port) })
  const check = find(`port ${port}/tcp`)
  assert.equal(code, 0)
  assert.equal(check?.state, 'note')
  assert.match(check?.message ?? '', new RegExp(`^in use by process ${process.pid}: .*TCP echo`))
  assert.deepEqual(check?.remedy, ['npm start -- --tcp-port 0'])
})

test('wrong settings in the environment are named', onLinux, async (t) => {
  const { code, find } = await examine(t, 'exit 0', { WIRELAB_TCP_PORT: 'many' })
  assert.equal(code, 1)
  assert.match(find('settings')?.message ?? '', /WIRELAB_TCP_PORT/)
})

test('without --json it is for people', async () => {
  const io = new TestIo()
  io.env = { ...process.env, ...FREE }
  const code = await run([], io)
  assert.match(io.out, /Node \d+\.\d+/)
  assert.match(io.lines.at(-1) ?? '', code === 0 ? /The lab can run here/ : /Something is missing/)
})

test('--help says what it takes', async () => {
  const io = new TestIo()
  assert.equal(await run(['--help'], io), 0)
  assert.match(io.out, /--json/)
})
