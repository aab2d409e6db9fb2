/** A capture of the hub's real traffic under the mixed load, made anew for each bench: so many packets, in order. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { firstJson, startScript, stop } from './processes.ts'

const ROUNDS = 20
const SECONDS_A_ROUND = 15
const CLIENTS = 24
/** Milliseconds: often enough for heartbeats to be in the capture beside so much else. */
const PING_INTERVAL = 400

/** Rejects where this user may not capture, and where the load did not make enough packets. */
export async function recordHub(file: string, packets: number): Promise<void> {
  const hub = startScript('hub-process.ts', ['plain', String(PING_INTERVAL)])
  const { hub: port } = await firstJson<{ hub: number }>(hub)
  const flags = ['-q', '-i', 'lo', '-f', `tcp port ${port}`, '-B', '64', '-c', String(packets), '-w', file]
  const dumpcap = spawn('dumpcap', flags, { stdio: ['ignore', 'ignore', 'pipe'] })
  const said = once(dumpcap.stderr, 'data')
  const ended = once(dumpcap, 'exit')
  await Promise.race([said, ended.then(() => Promise.reject(new Error('dumpcap ended at once')))])
  dumpcap.stderr.resume()
  try {
    for (let round = 0; round < ROUNDS && dumpcap.exitCode === null; round++) {
      const load = startScript('mixed-load.ts', [String(port), String(SECONDS_A_ROUND), String(CLIENTS)])
      // What the load would still say is not in the capture.
      await Promise.race([firstJson(load), ended])
      await stop(load)
    }
    if (dumpcap.exitCode === null)
      throw new Error(`fewer than ${packets} packets after ${ROUNDS} rounds of load`)
  } finally {
    await Promise.all([stop(dumpcap), stop(hub)])
  }
  if ((await stat(file)).size === 0) throw new Error('dumpcap wrote nothing')
}
