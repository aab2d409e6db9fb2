/**
 * The lab network with its observer, but no services and no lab going on: what a program behind it costs, and nothing
 * else. Prints `{pid, listen, door, url}`: a server at `listen` is reached by `door`, over the cable; `url` is the
 * dashboard's.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import type { BenchRequests } from '../../server/control.ts'
import { LabSite } from '../../server/lab-site.ts'
import { ObserverThread } from '../../server/observer-thread.ts'
import { freePort } from '../../server/ports.ts'

const LIMIT_BYTES = 256 * 2 ** 20
const HOSTS = ['127.0.0.1']

const folder = mkdtempSync(join(tmpdir(), 'wirelab-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
process.on('SIGTERM', () => process.exit(0))

const site = new LabSite({
  topology: 'switch',
  seed: 1,
  settings: {},
  changed: () => undefined,
  isLabPort: () => false,
})
const { LISTEN: listen = 0, DOOR: door = 0 } = (await site.runPorts(HOSTS, 1)).ports

const refuse = () => Promise.reject(new Error('not in the bench'))
const bench: BenchRequests = {
  openRun: refuse,
  closeRun: refuse,
  runProgram: refuse,
  holdCable: refuse,
  exchange: refuse,
  setHeartbeat: refuse,
  retryCapture: refuse,
  network: async () => site.describe(),
  patchNetwork: async (patch) => site.patch(patch),
}
const observer = new ObserverThread({
  bench,
  begin: () => ({
    framesPath: join(folder, 'frames'),
    dashboard: { hosts: HOSTS, names: HOSTS, port: dashboardPort, token: null },
    network: 'lab',
    labFrames: site.observe(),
    keyLog: new MessageChannel().port1,
    limitBytes: LIMIT_BYTES,
    recordFolder: '',
    labsFolder: null,
    learnersFolder: null,
    version: '0',
    startedAt: '0',
    services: [],
    heartbeat: { pingInterval: 25_000, pingTimeout: 20_000 },
  }),
  onReady: () => undefined,
  onDeath: (cause) => console.error(`the observer died: ${cause}`),
})
const dashboardPort = await freePort(HOSTS)
const { port } = await observer.start()
process.stdout.write(
  `${JSON.stringify({ pid: process.pid, listen, door, url: `http://127.0.0.1:${port}` })}\n`,
)
