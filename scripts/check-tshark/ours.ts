/** Our side: the same capture through our own reader, printed as `wirelab read -T fields` prints it. */
import { createReadStream } from 'node:fs'
import { FrameReader } from '../../server/capture/frame-reader.ts'
import { fieldText } from '../../server/commands/field-text.ts'
import { CaptureError } from '../../server/errors.ts'
import type { Flow } from '../../server/protocols/conversation.ts'
import type { Span } from '../../server/protocols/cursor.ts'
import type { Frame, Packet } from '../../server/protocols/packet.ts'
import type { DecodeAs } from '../../server/protocols/stack.ts'
import type { TlsSecrets } from '../../server/trace/secrets.ts'
import { Trace } from '../../server/trace/trace.ts'
import type { ReadPacket } from './read-packet.ts'

const LIMIT_BYTES = 64 * 1024 * 1024

export interface OurRequest {
  readonly file: string
  readonly decodeAs: readonly DecodeAs[]
  /** Checksums are verified, as with tshark's `-o tcp.check_checksum:TRUE`. */
  readonly verify: boolean
  /** What lies behind a packet may show in it, as with tshark's `-2`. */
  readonly twoPass: boolean
  readonly limit: number
}

/** Our packets in order. A damaged capture ends where the damage begins. */
export async function* ourPackets(
  request: OurRequest,
  fields: ReadonlySet<string>,
): AsyncGenerator<ReadPacket> {
  const { decodeAs, verify, twoPass, limit } = request
  if (!twoPass) {
    const trace = new Trace({ limitBytes: LIMIT_BYTES, decodeAs, verify })
    for await (const frame of frames(request.file, trace.secrets)) {
      yield printed(trace.addRecorded(frame), fields)
      if (trace.total >= limit) return
    }
    return
  }
  const trace = await traceOf(request)
  for (let number = 1; number <= trace.total; number++) {
    const packet = trace.packet(number)
    if (typeof packet !== 'string') yield printed(packet, fields)
  }
}

/** The whole capture as a trace, or as much as `limit` asks for. */
async function traceOf({ file, decodeAs, verify, limit }: OurRequest): Promise<Trace> {
  const trace = new Trace({ decodeAs, verify })
  for await (const frame of frames(file, trace.secrets)) {
    trace.add(frame)
    if (trace.total >= limit) break
  }
  return trace
}

/**
 * Ports of flows that our reader recognised by their bytes, with the protocol's name in tshark's `-d`. `taken` are the
 * ports for which tshark has a protocol of its own: there it begins with that, and goes on by the bytes.
 */
export async function recognisedPorts(
  request: OurRequest,
  taken: ReadonlyMap<number, string>,
): Promise<string[]> {
  const trace = new Trace({ limitBytes: LIMIT_BYTES, decodeAs: request.decodeAs })
  const flows = new Set<Flow>()
  for await (const frame of frames(request.file, trace.secrets)) {
    const flow = trace.flowOf(trace.add(frame))
    if (flow?.transport === 'tcp') flows.add(flow)
    if (trace.total >= request.limit) break
  }
  const byPort = new Map<number, Set<string>>()
  for (const { application, server, completeness = 0 } of flows) {
    // Data that nobody recognised speaks against a rule for its port as well.
    const name = application === undefined ? undefined : TSHARK_NAMES[application.id]
    if (name !== undefined || completeness & WITH_DATA)
      byPort.set(server.port, (byPort.get(server.port) ?? new Set()).add(name ?? ''))
  }
  const ports: string[] = []
  for (const [port, names] of byPort) {
    // Two protocols on one port: tshark's own habits judge better than a rule for all of them.
    const [name] = names
    if (names.size === 1 && name && !taken.has(port)) ports.push(`tcp.port==${port},${name}`)
  }
  return ports
}

/** `tcp.completeness` of a conversation in which there was data. */
const WITH_DATA = 8
const TSHARK_NAMES: Readonly<Record<string, string>> = { http: 'http', websocket: 'http', tls: 'tls' }

async function* frames(file: string, secrets: TlsSecrets): AsyncGenerator<Frame> {
  const waiting: Frame[] = []
  const reader = new FrameReader({
    frame: (frame) => void waiting.push(frame),
    secrets: (keyLog) => secrets.add(keyLog),
  })
  try {
    for await (const chunk of createReadStream(file)) {
      const damage = failureOf(() => reader.push(chunk as Uint8Array))
      yield* waiting.splice(0)
      if (damage) return
    }
    failureOf(() => reader.end())
    yield* waiting.splice(0)
  } finally {
    waiting.length = 0
  }
}

function failureOf(work: () => void): boolean {
  try {
    work()
    return false
  } catch (error) {
    if (error instanceof CaptureError) return true
    throw error
  }
}

/** Protocols that tshark has not: what rides in them it may read as what it looks like, or not at all. */
const OURS_ALONE: ReadonlySet<string> = new Set(['echo', 'engineio', 'socketio'])

function printed(packet: Packet, fields: ReadonlySet<string>): ReadPacket {
  const values = new Map<string, string[]>()
  const inside = new Map<string, string[]>()
  const add = (to: Map<string, string[]>, name: string, text: string) => {
    if (!fields.has(name)) return
    const known = to.get(name)
    if (known === undefined) to.set(name, [text])
    else known.push(text)
  }
  const collect = (to: Map<string, string[]>, spans: readonly Span[]) => {
    for (const span of spans) {
      const { name, aliases } = span.field
      const text = fieldText(span)
      add(to, name, text)
      if (aliases !== undefined) for (const alias of aliases) add(to, alias, text)
      if (span.children !== undefined) collect(to, span.children)
    }
  }
  const beyond = new Set<number>()
  for (const [at, layer] of packet.layers.entries()) {
    const hidden = OURS_ALONE.has(layer.protocol.id) || beyond.has(layer.parent)
    if (hidden) beyond.add(at)
    collect(hidden ? inside : values, layer.fields)
  }
  return { number: packet.number, protocols: '', values, inside }
}
