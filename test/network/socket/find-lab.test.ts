import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { announcement, instancesFolder } from '../../../server/instances.ts'
import { findLab, nameOf, roleOf } from '../../../server/network/socket/find-lab.ts'

async function machine(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'wirelab-find-'))
  const env = { XDG_RUNTIME_DIR: folder }
  const dashboard = http
    .createServer((_request, response) => response.end('{"run":"r"}'))
    .listen(0, '127.0.0.1')
  await once(dashboard, 'listening')
  t.after(async () => {
    dashboard.close()
    await rm(folder, { recursive: true })
  })
  const url = `http://127.0.0.1:${(dashboard.address() as AddressInfo).port}`
  const announce = (join?: string) => {
    const instance = { pid: process.pid, run: 'r', url, ports: {}, ...(join !== undefined && { join }) }
    return announcement(instancesFolder(env)).write(instance)
  }
  return { env, url, announce }
}

test('the environment’s word comes first', async (t) => {
  const { env } = await machine(t)
  assert.equal(await findLab({ ...env, WIRELAB_JOIN: '/x' }), '/x')
})

test('without a lab the error says how to start one', async (t) => {
  const { env } = await machine(t)
  await assert.rejects(findLab(env), {
    code: 'ENETDOWN',
    message: /no lab is running: start one with "npm start"/,
  })
})

test('the one lab that runs is joined; one on the kernel’s network can not be', async (t) => {
  const { env, url, announce } = await machine(t)
  await announce()
  await assert.rejects(findLab(env), {
    message: new RegExp(`${url} has no lab network: start it with --network lab`),
  })
  await announce('/run/join')
  assert.equal(await findLab(env), '/run/join')
  await announce('/run/other')
  await assert.rejects(findLab(env), { message: /several labs .*\n {2}WIRELAB_JOIN=\/run\/join .*\n.*other/ })
})

test('role and name are the environment’s, or what the program does and is called', () => {
  assert.equal(roleOf({}, 'client'), 'client')
  assert.equal(roleOf({ WIRELAB_ROLE: 'server' }, 'client'), 'server')
  assert.throws(() => roleOf({ WIRELAB_ROLE: 'king' }, 'client'), {
    message: /expected client or server, found "king"/,
  })
  assert.equal(nameOf({}, '/a/b.mjs'), 'b.mjs')
  assert.equal(nameOf({}, undefined), 'node')
  assert.equal(nameOf({ WIRELAB_NAME: 'me' }, '/a/b.mjs'), 'me')
})
