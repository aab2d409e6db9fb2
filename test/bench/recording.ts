/** A capture of the hub's real traffic, made anew for each bench: at least so many packets of acked echoes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { FrameReader } from '../../server/capture/frame-reader.ts'
import { firstJson, startScript, stop } from './processes.ts'

const ROUNDS = 12
const ECHOES_A_ROUND = 40_000

/** Returns how many packets the file holds. Rejects where this user may not capture. */
export async function recordHub(file: string, atLeast: number): Promise<number> {
  const hub = startScript('hub-process.ts')
  const { hub: port } = await firstJson<{ hub: number }>(hub)
  const dumpcap = spawn('dumpcap', ['-q', '-i', 'lo', '-f', `tcp port ${port}`, '-B', '64', '-w', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said = once(dumpcap.stderr, 'data')
  await Promise.race([
    said,
    once(dumpcap, 'exit').then(() => Promise.reject(new Error('dumpcap ended at once'))),
  ])
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const load = startScript('echo-load.ts', [String(port), '0', String(ECHOES_A_ROUND), '8'])
      await firstJson(load)
      if ((await countPackets(file)) >= atLeast) break
    }
  } finally {
    await Promise.all([stop(dumpcap), stop(hub)])
  }
  return countPackets(file)
}

async function countPackets(file: string): Promise<number> {
  let packets = 0
  const reader = new FrameReader(() => {
    packets++
  })
  for await (const chunk of createReadStream(file)) reader.push(chunk)
  reader.end()
  return packets
}
