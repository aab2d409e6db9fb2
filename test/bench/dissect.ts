/** Packets a second through the dissectors, beside tshark on the same file. */
import { createReadStream } from 'node:fs'
import { FrameReader } from '../../server/capture/frame-reader.ts'
import { Samples } from '../../server/trace/samples.ts'
import { Trace } from '../../server/trace/trace.ts'
import { TwoEnds } from '../../server/trace/two-ends.ts'
import { mainProgram, median, timed } from './processes.ts'

const RUNS = 3

/** Whole processes, in turn: A B A B …, so that both meet the same machine. */
export async function readBesideTshark(file: string, packets: number, hasTshark: boolean): Promise<string[]> {
  const kinds: [string, string[]][] = [
    ['summary lines', []],
    ['full trees (-V)', ['-V']],
  ]
  const lines: string[] = []
  for (const [name, flags] of kinds) {
    const ours: number[] = []
    const theirs: number[] = []
    for (let run = 0; run < RUNS; run++) {
      ours.push(await timed(process.execPath, [mainProgram, 'read', file, ...flags]))
      if (hasTshark) theirs.push(await timed('tshark', ['-r', file, ...flags]))
    }
    const rate = (seconds: number) => `${Math.round(packets / seconds).toLocaleString('en')} packets/s`
    const ratios = ours.map((seconds, run) => (theirs[run] ?? Number.NaN) / seconds)
    const beside = hasTshark
      ? `; tshark ${rate(median(theirs))}; ours is ${median(ratios).toFixed(2)} x as fast (runs: ${ratios.map((r) => r.toFixed(2)).join(', ')})`
      : '; tshark is not installed'
    lines.push(`wirelab read, ${name}: ${rate(median(ours))}${beside}`)
  }
  return lines
}

/** Inside one process: the first pass that every live packet takes, and the full tree that is made on demand. */
export async function inProcess(file: string): Promise<string[]> {
  const frames: Parameters<Trace['add']>[0][] = []
  const reader = new FrameReader((frame) => frames.push({ ...frame, bytes: frame.bytes.slice() }))
  for await (const chunk of createReadStream(file)) reader.push(chunk)
  reader.end()

  const trace = new Trace({ limitBytes: 1024 * 1024 * 1024 })
  const first = rateOf(frames.length, () => {
    for (const frame of frames) trace.add(frame)
  })
  const rows = rateOf(trace.last, () => {
    for (let n = trace.first; n <= trace.last; n++) trace.row(n)
  })
  const trees = rateOf(trace.last, () => {
    for (let n = trace.first; n <= trace.last; n++) trace.packet(n)
  })
  const lab = rateOf(frames.length, () => asLabFrames(frames))
  return [
    `in one process: first pass ${first} (as frames of the lab network ${lab}), rows ${rows}, full trees ${trees}`,
  ]
}

/** The same frames as if they had come over an ideal cable: fates are kept, and every checksum is verified. */
function asLabFrames(frames: readonly Parameters<Trace['add']>[0][]): void {
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
