/**
 * The hub's latency for its clients with ten dashboards open beside none, in turn: `/live` as a page watches it, on one
 * socket each in a process of their own. No browsers: ten of those would take the processors themselves.
 */
import { startLab } from './hub-load.ts'
import { firstJson, median, startScript, stop } from './processes.ts'

const ROUNDS = 5
const SECONDS = 4
const ECHOES = 1_000
const DASHBOARDS = 10

interface Paced {
  medianMs: number
  p95Ms: number
}

export async function tenDashboards(): Promise<string[]> {
  const lab = await startLab(['--network', 'kernel'])
  const paced = () =>
    firstJson<Paced>(
      startScript('paced-load.ts', [String(lab.ports.hub), String(SECONDS), String(ECHOES), '8']),
    )
  const rounds: { none: Paced; ten: Paced }[] = []
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const none = await paced()
      const watching = startScript('dashboards-process.ts', [lab.url, String(DASHBOARDS)])
      await firstJson(watching)
      rounds.push({ none, ten: await paced() })
      await stop(watching)
    }
  } finally {
    await lab.end()
  }
  const of = (pick: (round: (typeof rounds)[number]) => number) => median(rounds.map(pick)).toFixed(2)
  const ratios = rounds.map(({ none, ten }) => ten.medianMs / none.medianMs)
  return [
    `hub at ${ECHOES} echoes/s: median ${of((r) => r.ten.medianMs)} ms (p95 ${of((r) => r.ten.p95Ms)}) with ${DASHBOARDS} dashboards, ` +
      `${of((r) => r.none.medianMs)} ms (p95 ${of((r) => r.none.p95Ms)}) with none, ratio ${median(ratios).toFixed(2)} ` +
      `(rounds: ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')})`,
  ]
}
