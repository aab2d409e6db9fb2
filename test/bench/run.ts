/** `npm run bench [PART…]`: measures, prints ratios, never passes or fails. Parts: dashboards, dissect, hub, latency, live, network, page, theory. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { breakdown } from './breakdown.ts'
import { tenDashboards } from './dashboards.ts'
import { inProcess, readBesideTshark, withOneCore } from './dissect.ts'
import { hubUnderLoad } from './hub-load.ts'
import { packetToPage } from './latency.ts'
import { latencyWhileObserved } from './live.ts'
import { network } from './network.ts'
import { pageInBrowser } from './page.ts'
import { recordHub } from './recording.ts'
import { theory } from './theory.ts'

const PACKETS = 500_000
const has = (command: string) => spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined

const parts: Record<string, () => Promise<string[]>> = {
  async dissect() {
    const folder = await mkdtemp(join(tmpdir(), 'wirelab-bench-'))
    try {
      const file = join(folder, 'hub.pcapng')
      await recordHub(file, PACKETS)
      return [
        `recorded ${PACKETS.toLocaleString('en')} packets of the hub's traffic`,
        ...(await readBesideTshark(file, PACKETS, has('tshark'))),
        ...(await withOneCore(file, has('taskset'))),
        ...(await inProcess(file)),
        ...(await breakdown(file)),
      ]
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
  dashboards: tenDashboards,
  hub: hubUnderLoad,
  async latency() {
    const lab = await packetToPage(['--network', 'lab'], 'lab network')
    const by = (tool: string) => packetToPage(['--network', 'kernel', '--capture', tool], tool)
    return [...lab, ...(await by('dumpcap')), ...(has('tcpdump') ? await by('tcpdump') : [])]
  },
  live: latencyWhileObserved,
  network,
  page: pageInBrowser,
  theory,
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in parts))
if (unknown.length > 0) {
  console.error(`bench: expected parts of ${Object.keys(parts).join(', ')}; found ${unknown.join(', ')}`)
  process.exit(2)
}
console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`)
for (const [name, measure] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  console.log(`\n${name}`)
  for (const line of await measure()) console.log(`  ${line}`)
}
