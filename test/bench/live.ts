/** The hub's latency while everything is observed, beside the bare hub's, at rates below what it can bear. */
import type { Status } from '../../server/dashboard/api.ts'
import { hubAlone, startLab } from './hub-load.ts'
import { firstJson, median, startScript } from './processes.ts'

const ROUNDS = 3
const SECONDS = 4
/** Acked echoes a second; on the loopback each is about two packets. */
const RATES = [1_000, 5_000, 23_000]

interface Paced {
  sent: number
  acked: number
  medianMs: number
  p95Ms: number
}

interface Round {
  readonly bare: Paced
  readonly observed: Paced
  readonly packetsPerSecond: number
  readonly dropped: number
}

export async function latencyWhileObserved(): Promise<string[]> {
  const lines: string[] = []
  for (const rate of RATES) {
    const rounds: Round[] = []
    for (let round = 0; round < ROUNDS; round++) rounds.push(await compared(rate))
    lines.push(lineOf(rate, rounds))
  }
  return lines
}

async function compared(rate: number): Promise<Round> {
  const alone = await hubAlone('plain')
  const bare = await paced(alone.port, rate)
  await alone.end()
  const lab = await startLab(['--network', 'kernel'])
  const before = await statusOf(lab.url)
  const began = performance.now()
  const observed = await paced(lab.ports.hub ?? 0, rate)
  const seconds = (performance.now() - began) / 1000
  const after = await statusOf(lab.url)
  await lab.end()
  const packetsPerSecond = (after.packets - before.packets) / seconds
  return { bare, observed, packetsPerSecond, dropped: after.dropped - before.dropped }
}

function paced(port: number, rate: number): Promise<Paced> {
  return firstJson<Paced>(startScript('paced-load.ts', [String(port), String(SECONDS), String(rate), '8']))
}

async function statusOf(url: string): Promise<{ packets: number; dropped: number }> {
  const { trace, capture } = (await (await fetch(`${url}/api/status`)).json()) as Status
  return { packets: trace.total, dropped: capture.droppedByKernel + capture.droppedByUs }
}

function lineOf(rate: number, rounds: readonly Round[]): string {
  const ratios = rounds.map(({ bare, observed }) => observed.medianMs / bare.medianMs)
  const of = (pick: (round: Round) => number) => median(rounds.map(pick))
  const lost = rounds.reduce((sum, { dropped }) => sum + dropped, 0)
  const unacked = rounds.reduce((sum, { observed }) => sum + observed.sent - observed.acked, 0)
  return (
    `hub, ${rate.toLocaleString('en')} echoes/s (${Math.round(of((r) => r.packetsPerSecond)).toLocaleString('en')} packets/s), ` +
    `observed: median ${of((r) => r.observed.medianMs).toFixed(2)} ms (p95 ${of((r) => r.observed.p95Ms).toFixed(2)}), ` +
    `bare ${of((r) => r.bare.medianMs).toFixed(2)} ms (p95 ${of((r) => r.bare.p95Ms).toFixed(2)}), ` +
    `ratio ${median(ratios).toFixed(2)} (rounds: ${ratios.map((r) => r.toFixed(2)).join(', ')}), ` +
    `${lost} packets dropped, ${unacked} echoes not acked`
  )
}
