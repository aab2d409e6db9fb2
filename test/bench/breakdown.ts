/** Where the time of `wirelab read` goes: its lines made under V8's sampling profiler, the samples added up by what they served. */
import { createReadStream } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { FrameReader } from '../../server/capture/frame-reader.ts'
import { writeLine } from '../../server/commands/read-line.ts'
import { parseTimes } from '../../server/commands/read-times.ts'
import { Ink } from '../../server/protocols/ink.ts'
import { Trace } from '../../server/trace/trace.ts'

const MICROSECONDS_A_SAMPLE = 500

/** By the file in which a function stands; the first that fits. */
const PARTS: readonly [part: string, files: RegExp][] = [
  ['reading the file', /\/capture\/|placed-frame/],
  ['output lines', /read-line|read-times|\/ink\./],
  [
    'Ethernet, IP and TCP headers',
    /\/protocols\/(skim|ethernet[\w-]*|ipv[46]|tcp[\w-]*|big-endian|checksum)\.\w+$/,
  ],
  [
    'conversation and TCP analysis',
    /\/trace\/(flows|sockets|tcp-[\w-]+|direction|unacknowledged|window-scale|seen-segment|sequence|completeness)\./,
  ],
  ['cutting messages out of the stream', /\/trace\/(message-cutter|byte-stream|pending-message)\./],
  ['HTTP', /\/protocols\/http/],
  ['WebSocket, Engine.IO, Socket.IO', /\/protocols\/(websocket|engine|socket|json)/],
  ['other dissection', /\/protocols\//],
  ['the trace: frames, columns, sessions', /\/trace\//],
]

interface Profile {
  readonly nodes: readonly { id: number; callFrame: { functionName: string; url: string } }[]
  readonly samples?: readonly number[] | undefined
  readonly timeDeltas?: readonly number[] | undefined
}

export async function breakdown(file: string): Promise<string[]> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: MICROSECONDS_A_SAMPLE })
  await session.post('Profiler.start')
  const packets = await lines(file)
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  const { parts, total } = addedUp(profile)
  const shares = [...parts].sort((a, b) => b[1] - a[1])
  return [
    `where the time of the lines goes (${(total / packets).toFixed(2)} µs a packet under the profiler):`,
    ...shares.map(([part, time]) => `  ${((100 * time) / total).toFixed(1).padStart(5)} %  ${part}`),
  ]
}

/** As `wirelab read` makes them, without writing them. */
async function lines(file: string): Promise<number> {
  const trace = new Trace({ limitBytes: 64 * 1024 * 1024 })
  const ink = new Ink(1 << 20)
  const times = parseTimes()
  const line = (frame: Parameters<Trace['summarise']>[0]) => writeLine(ink, trace.summarise(frame), times)
  const reader = new FrameReader({ frame: line, placed: line })
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    reader.push(chunk)
    ink.at = 0
  }
  reader.end()
  return trace.last
}

function addedUp({ nodes, samples = [], timeDeltas = [] }: Profile): {
  parts: Map<string, number>
  total: number
} {
  const partOf = new Map(
    nodes.map(({ id, callFrame }) => [id, nameOf(callFrame.functionName, callFrame.url)]),
  )
  const parts = new Map<string, number>()
  let total = 0
  samples.forEach((id, i) => {
    const time = timeDeltas[i] ?? 0
    const part = partOf.get(id) ?? ''
    if (part === '(idle)') return
    total += time
    parts.set(part, (parts.get(part) ?? 0) + time)
  })
  return { parts, total }
}

function nameOf(functionName: string, url: string): string {
  if (functionName === '(garbage collector)') return 'garbage collection'
  if (functionName === '(idle)') return functionName
  return PARTS.find(([, files]) => files.test(url))?.[0] ?? 'Node and V8'
}
