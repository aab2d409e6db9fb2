/** Packets a second through the dissectors, beside tshark on the same file. */
import { createReadStream } from 'node:fs'
import { FrameReader } from '../../server/capture/frame-reader.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { Samples } from '../../server/trace/samples.ts'
import { Trace } from '../../server/trace/trace.ts'
import { TwoEnds } from '../../server/trace/two-ends.ts'
import { accounted, type Cost, mainProgram, median } from './processes.ts'

const RUNS = 5
const TREES = 20
const FIELDS = [
  'frame.number',
  'frame.time_relative',
  'ip.src',
  'ip.dst',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.seq',
  'tcp.len',
  'tcp.flags',
  'websocket.opcode',
]
const KINDS: readonly [name: string, flags: readonly string[]][] = [
  ['summary lines', []],
  ["-Y 'websocket.opcode == 1'", ['-Y', 'websocket.opcode == 1']],
  ['-T fields, ten of them', ['-T', 'fields', ...FIELDS.flatMap((name) => ['-e', name])]],
]

const ours = (file: string, flags: readonly string[]) =>
  accounted(process.execPath, [mainProgram, 'read', file, ...flags])

/** Whole processes, in turn: A B A B …, so that both meet the same machine. */
export async function readBesideTshark(file: string, packets: number, hasTshark: boolean): Promise<string[]> {
  const lines: string[] = []
  for (const [name, flags] of KINDS) {
    const own: Cost[] = []
    const theirs: Cost[] = []
    for (let run = 0; run < RUNS; run++) {
      own.push(await ours(file, flags))
      if (hasTshark) theirs.push(await accounted('tshark', ['-r', file, ...flags]))
    }
    lines.push(`wirelab read, ${name}: ${rate(packets, own)}`)
    if (!hasTshark) lines.push('  tshark is not installed')
    else {
      lines.push(`  tshark: ${rate(packets, theirs)}`)
      lines.push(`  ours is ${ratios(own, theirs, ({ wall }) => wall)} x as fast by the clock`)
      lines.push(`  ${ratios(own, theirs, ({ cpu }) => cpu)} x by the processor's time over all threads`)
    }
  }
  return lines
}

/** What the second core gives today: the same read with one and with all. */
export async function withOneCore(file: string, hasTaskset: boolean): Promise<string[]> {
  if (!hasTaskset) return ['one core: taskset is not installed']
  const [one, all]: [Cost[], Cost[]] = [[], []]
  for (let run = 0; run < RUNS; run++) {
    all.push(await ours(file, []))
    one.push(await accounted('taskset', ['-c', '0', process.execPath, mainProgram, 'read', file]))
  }
  return [`summary lines with all cores are ${ratios(all, one, ({ wall }) => wall)} x as fast as with one`]
}

function rate(packets: number, costs: readonly Cost[]): string {
  const wall = median(costs.map((cost) => cost.wall))
  const memory = Math.round(median(costs.map((cost) => cost.memory)))
  return `${Math.round(packets / wall).toLocaleString('en')} packets/s (${wall.toFixed(2)} s), at most ${memory} MB`
}

/** Theirs by ours, pair by pair. */
function ratios(own: readonly Cost[], theirs: readonly Cost[], of: (cost: Cost) => number): string {
  const each = own.map((cost, run) => {
    const other = theirs[run]
    return other === undefined ? Number.NaN : of(other) / of(cost)
  })
  return `${median(each).toFixed(2)} (runs: ${each.map((ratio) => ratio.toFixed(2)).join(', ')})`
}

/** Inside one process: the first pass that every live packet takes, and the full tree that is made on demand. */
export async function inProcess(file: string): Promise<string[]> {
  const frames: Frame[] = []
  const reader = new FrameReader({
    frame: (frame) => void frames.push({ ...frame, bytes: frame.bytes.slice() }),
  })
  for await (const chunk of createReadStream(file)) reader.push(chunk)
  reader.end()

  const trace = new Trace({ limitBytes: 1024 * 1024 * 1024 })
  const first = rateOf(frames.length, () => {
    for (const frame of frames) trace.add(frame)
  })
  const times = randomTrees(trace)
  const some = Math.min(trace.last, 50_000)
  const rows = rateOf(some, () => {
    for (let n = trace.first; n < trace.first + some; n++) trace.row(n)
  })
  const lab = rateOf(frames.length, () => asLabFrames(frames))
  return [
    `in one process: first pass ${first} (as frames of the lab network ${lab}), rows on demand ${rows}`,
    `the tree of one packet, at ${TREES} random places: ${median(times).toFixed(2)} ms, at most ${Math.max(...times).toFixed(2)} ms`,
  ]
}

/** After one that nobody measures: it is the first to record, and its code is not compiled yet. */
function randomTrees(trace: Trace): number[] {
  trace.detail(trace.last)
  return Array.from({ length: TREES }, () => {
    const number = 1 + Math.floor(Math.random() * trace.last)
    const began = performance.now()
    trace.detail(number)
    return performance.now() - began
  })
}

/** The same frames as if they had come over an ideal cable: fates are kept, and every checksum is verified. */
function asLabFrames(frames: readonly Frame[]): void {
  const ends = new TwoEnds({ client: new Trace({ limitBytes: 1024 ** 3 }), samples: new Samples() })
  const way = { cable: 'server', direction: 'up', fates: ['delivered'], queue: 0, delay: 0, rate: 0 } as const
  for (const [id, { time, bytes }] of frames.entries()) {
    ends.departed({ ...way, id, time, bytes })
    ends.arrived(id, time, undefined)
  }
}

function rateOf(count: number, work: () => void): string {
  const began = performance.now()
  work()
  return `${Math.round((count / (performance.now() - began)) * 1000).toLocaleString('en')} packets/s`
}
