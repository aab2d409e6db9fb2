import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { findProgram } from '../../server/capture/find-program.ts'
import { captureInterface } from '../../server/capture/kernel.ts'
import { checkCapture } from '../../server/capture/permission.ts'

const onLinux = { skip: os.platform() !== 'linux' && 'needs Linux' }
const asRoot = {
  skip: (os.platform() !== 'linux' || os.userInfo().uid !== 0) && 'needs root, to become somebody else',
}

/** A folder with a program of that name, put before all others. */
async function withProgram(t: TestContext, name: string, script: string, mode = 0o755) {
  const folder = await mkdtemp(join(os.tmpdir(), 'wirelab-test-'))
  t.after(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`)
  await chmod(join(folder, name), mode)
  return { env: { PATH: `${folder}:/usr/bin:/bin` }, path: join(folder, name) }
}

test('a tool that can open the interface is chosen, and there is nothing to mend', onLinux, async (t) => {
  const { env, path } = await withProgram(t, 'dumpcap', 'test "$*" = "-i lo -L"')
  const found = await checkCapture({ interface: 'lo', env })
  assert.deepEqual(found.choice, { name: 'dumpcap', path })
  assert.deepEqual(found.remedy, [])
})

test('tcpdump is chosen where dumpcap is refused', onLinux, async (t) => {
  const dumpcap = await withProgram(t, 'dumpcap', 'echo "Operation not permitted" >&2; exit 2')
  const tcpdump = await withProgram(t, 'tcpdump', 'exit 0')
  const env = { PATH: `${dirname(tcpdump.path)}:${dumpcap.env.PATH}` }
  const found = await checkCapture({ interface: 'lo', env })
  assert.deepEqual(found.choice, { name: 'tcpdump', path: tcpdump.path })
  assert.equal(found.tools[0]?.problem, 'may not open a capture')
})

test('only the tool that was asked for is tried', onLinux, async (t) => {
  const { env } = await withProgram(t, 'dumpcap', 'exit 0')
  const found = await checkCapture({ tool: 'tcpdump', interface: 'lo', env })
  assert.deepEqual(
    found.tools.map((tool) => tool.name),
    ['tcpdump'],
  )
})

test('a tool that says something else says it to the user', onLinux, async (t) => {
  const { env, path } = await withProgram(t, 'dumpcap', 'echo "dumpcap: no such device." >&2; exit 1')
  const found = await checkCapture({ tool: 'dumpcap', interface: 'lo', env })
  assert.equal(found.choice, undefined)
  assert.equal(found.message, `There is no capture: ${path} says: no such device.`)
  assert.deepEqual(found.remedy, [])
})

test('a tool that does not answer is given up', { ...onLinux, timeout: 10_000 }, async (t) => {
  const { env } = await withProgram(t, 'dumpcap', 'exec sleep 60')
  const found = await checkCapture({ tool: 'dumpcap', interface: 'lo', env })
  assert.equal(found.choice, undefined)
})

test('a program that may not be run is found, after those that may', onLinux, async (t) => {
  const first = await withProgram(t, 'wirelab-test-program', 'exit 0', 0o644)
  assert.deepEqual(await findProgram('wirelab-test-program', first.env), {
    path: first.path,
    executable: false,
  })
  const second = await withProgram(t, 'wirelab-test-program', 'exit 0')
  const env = { PATH: `${first.env.PATH}:${second.env.PATH}` }
  assert.deepEqual(await findProgram('wirelab-test-program', env), { path: second.path, executable: true })
  assert.equal(await findProgram('wirelab-no-such-program', env), undefined)
})

test('a user without permission is told the commands', asRoot, async (t) => {
  const { path } = await withProgram(t, 'tcpdump', 'exit 0')
  if (spawnSync('/usr/bin/tcpdump', ['--version']).error !== undefined) {
    t.skip('tcpdump is not installed')
    return
  }
  await rm(path)
  const found = asNobody(dirname(path), 'tcpdump')
  assert.equal(found.choice, undefined)
  assert.match(found.message, /not permitted to/)
  assert.ok(found.remedy.some((line) => line.includes('setcap cap_net_raw,cap_net_admin=eip')))
})

test('the check takes less than 300 ms with the tools that are here', onLinux, async () => {
  const began = performance.now()
  await checkCapture({ interface: 'lo', env: process.env })
  const took = performance.now() - began
  // Twice the promise, since the machine may be busy with other tests.
  assert.ok(took < 600, `${took} ms`)
})

test('the interface of loopback traffic, and of all', () => {
  assert.equal(captureInterface(false, 'linux'), 'lo')
  assert.equal(captureInterface(true, 'linux'), 'any')
  assert.equal(captureInterface(false, 'darwin'), 'lo0')
})

/** The answer that another user gets, in a process of their own. */
function asNobody(folder: string, tool = 'dumpcap') {
  const module = pathToFileURL(join(import.meta.dirname, '../../server/capture/permission.ts'))
  const script = `import(${JSON.stringify(module.href)}).then(async ({ checkCapture }) => {
    process.setgroups([]); process.setgid(65534); process.setuid(65534)
    const env = { PATH: ${JSON.stringify(folder)} }
    console.log(JSON.stringify(await checkCapture({ tool: ${JSON.stringify(tool)}, interface: 'lo', env })))
  })`
  const done = spawnSync(process.execPath, ['--import', 'tsx', '-e', script], { encoding: 'utf8' })
  assert.equal(done.status, 0, done.stderr)
  return JSON.parse(done.stdout) as Awaited<ReturnType<typeof checkCapture>>
}
