import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  announcement,
  chooseInstance,
  type Instance,
  instancesFolder,
  listInstances,
} from '../server/instances.ts'
import { freePort } from '../server/ports.ts'
import { listen } from '../server/services/service.ts'

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'wirelab-instances-'))
  t.after(() => rm(path, { recursive: true }))
  return join(path, 'wirelab')
}

/** Something that answers as a dashboard of this run. */
async function dashboard(t: TestContext, run: string): Promise<Instance> {
  const server = http.createServer((request, response) => {
    const ours = request.url === '/api/status'
    response.writeHead(ours ? 200 : 404).end(JSON.stringify(ours ? { run } : {}))
  })
  const listening = await listen(server, { hosts: ['127.0.0.1'], port: 0 })
  t.after(() => listening.close())
  return { pid: process.pid, run, url: `http://127.0.0.1:${listening.port}`, ports: { 'tcp-echo': 4001 } }
}

test('a lab that runs is listed from its file, which only its user may read, until it is removed', async (t) => {
  const where = await folder(t)
  const instance = await dashboard(t, 'r1')
  const file = announcement(where)
  await file.write(instance)
  const [name = ''] = await readdir(where)
  assert.equal((await stat(join(where, name))).mode & 0o777, 0o600)
  assert.equal((await stat(where)).mode & 0o777, 0o700)
  assert.deepEqual(await listInstances(where), [instance])
  file.remove()
  file.remove()
  assert.deepEqual(await readdir(where), [])
  assert.deepEqual(await listInstances(where), [])
})

test('a file of a dead process, or of a process id that is another program’s now, is swept away', async (t) => {
  const where = await folder(t)
  const dead = announcement(where)
  const { pid } = spawnSync(process.execPath, ['--version'])
  await dead.write({ pid, run: 'r', url: 'http://127.0.0.1:1', ports: {} })
  const reused = announcement(where)
  const port = await freePort(['127.0.0.1'])
  await reused.write({ pid: process.pid, run: 'r', url: `http://127.0.0.1:${port}`, ports: {} })
  assert.deepEqual(await listInstances(where), [])
  assert.deepEqual(await readdir(where), [])
})

test('a lab of another run at the same address is not taken for it', async (t) => {
  const where = await folder(t)
  await announcement(where).write({ ...(await dashboard(t, 'new')), run: 'old' })
  assert.deepEqual(await listInstances(where), [])
})

test('files that are no state files are passed over', async (t) => {
  const where = await folder(t)
  await announcement(where).write(await dashboard(t, 'r1'))
  for (const [i, text] of ['', 'null', '{"pid":"1"}', '[', '{"pid":1,"run":"x","url":"y"}'].entries()) {
    await writeFile(join(where, `${i}.json`), text)
  }
  assert.deepEqual(
    (await listInstances(where)).map(({ run }) => run),
    ['r1'],
  )
})

test('one running lab is chosen by itself, several ask for --url, none is none', async (t) => {
  const where = await folder(t)
  assert.equal(await chooseInstance(undefined, where), undefined)
  const first = await dashboard(t, 'r1')
  await announcement(where).write({ ...first, token: 'secret-enough' })
  assert.equal((await chooseInstance(undefined, where))?.run, 'r1')
  const second = await dashboard(t, 'r2')
  await announcement(where).write(second)
  await assert.rejects(chooseInstance(undefined, where), (error: Error) => {
    assert.equal(error.name, 'UsageError')
    return error.message.includes(`--url ${first.url}`) && error.message.includes(`--url ${second.url}`)
  })
  // A lab that is known by its file brings its token; another address is taken as it is.
  assert.equal((await chooseInstance(`${first.url}/`, where))?.token, 'secret-enough')
  assert.equal((await chooseInstance('127.0.0.1:9', where))?.url, 'http://127.0.0.1:9')
  await assert.rejects(chooseInstance('ftp://x', where), { name: 'UsageError' })
})

test('the folder is in XDG_RUNTIME_DIR, or in the home folder where that is not set', () => {
  assert.equal(instancesFolder({ XDG_RUNTIME_DIR: '/run/user/1' }), join('/run/user/1', 'wirelab'))
  assert.match(instancesFolder({}), /\.local.state.wirelab$/)
})
