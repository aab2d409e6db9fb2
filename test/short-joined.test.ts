/** Programs that join the lab network for a lab's run, and are gone again at once. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import type { HostNode } from '../server/dashboard/api-network.ts'
import { LabSite } from '../server/lab-site.ts'
import { control, JOIN_VERSION } from '../server/network/socket/join-messages.ts'
import { within } from './services/waiting.ts'

test('a host of a lab’s run is told of, however short its stay', async (t) => {
  const told: HostNode[] = []
  const site = new LabSite({
    topology: 'switch',
    seed: 1,
    settings: {},
    changed: () => told.push(...site.describe().hosts),
    isLabPort: () => false,
  })
  const folder = await mkdtemp(join(tmpdir(), 'wirelab-join-'))
  t.after(async () => {
    await site.close()
    await rm(folder, { recursive: true, force: true })
  })
  const path = join(folder, 'join')
  await site.openJoinDoor(path)

  const socket = net.connect(path)
  socket.write(
    control({
      type: 'hello',
      version: JOIN_VERSION,
      role: 'client',
      name: 'short',
      pid: process.pid,
      run: '02-a-1',
    }),
  )
  await within(once(socket, 'data'))
  socket.destroy()
  assert.ok(told.some(({ name, run }) => name === 'short' && run === '02-a-1'))
})
