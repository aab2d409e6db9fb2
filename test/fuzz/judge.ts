/**
 * What must hold of any capture, however broken: it is read without a throw, every span lies inside its buffer, and who
 * skims it knows what he knows who dissects it.
 */
import { FrameReader } from '../../server/capture/frame-reader.ts'
import { unpacked } from '../../server/capture/gunzip.ts'
import { CaptureError } from '../../server/errors.ts'
import type { Span } from '../../server/protocols/cursor.ts'
import type { Frame, Packet } from '../../server/protocols/packet.ts'
import { TlsSecrets } from '../../server/trace/secrets.ts'
import { Trace } from '../../server/trace/trace.ts'
import { assertAlike } from '../trace/skimmed.ts'

/** Packets of a capture that are looked at in full; all are read in order. */
const LOOKED_AT = 400
/** Packets from the beginning that are both skimmed and dissected. */
const COMPARED = 150

export interface Judgement {
  readonly packets: number
  /** What did not hold; none for a capture that is read as it should be. */
  readonly faults: readonly string[]
}

/** Reads a capture file's bytes in chunks of `chunk` and looks at its packets from the last to the first. */
export async function judge(file: Uint8Array, chunk = 64 * 1024): Promise<Judgement> {
  const trace = new Trace({ limitBytes: 16 << 20, limitFlows: 500 })
  const faults: string[] = []
  const compared: Frame[] = []
  let secrets = ''
  try {
    const reader = new FrameReader({
      frame: (frame) => {
        if (compared.length < COMPARED) compared.push({ ...frame, bytes: frame.bytes.slice() })
        trace.add(frame)
      },
      secrets: (text) => {
        secrets += `${text}\n`
        trace.secrets.add(text)
      },
    })
    for await (const part of unpacked(chunksOf(file, chunk))) reader.push(part)
    reader.end()
  } catch (error) {
    if (!(error instanceof CaptureError)) faults.push(`reading: ${stackOf(error)}`)
  }
  try {
    assertAlike(compared, { secrets: secrets === '' ? undefined : secretsOf(secrets) })
  } catch (error) {
    faults.push(`a skim and a dissection part: ${stackOf(error)}`)
  }
  const until = Math.max(1, trace.first, trace.last - LOOKED_AT)
  for (let number = trace.last; number >= until && number > 0 && faults.length < 5; number--) {
    try {
      faults.push(...faultsOf(trace, number))
    } catch (error) {
      faults.push(`packet ${number}: ${stackOf(error)}`)
    }
  }
  try {
    JSON.stringify([trace.flows.list(), trace.sessions(), trace.events.list()])
  } catch (error) {
    faults.push(`flows: ${stackOf(error)}`)
  }
  return { packets: trace.total, faults }
}

async function* chunksOf(file: Uint8Array, chunk: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += chunk) yield file.subarray(at, at + chunk)
}

function secretsOf(text: string): TlsSecrets {
  const secrets = new TlsSecrets()
  secrets.add(text)
  return secrets
}

function faultsOf(trace: Trace, number: number): string[] {
  const packet = trace.packet(number)
  if (typeof packet === 'string') return []
  const faults: string[] = []
  const fault = (what: string) => faults.push(`packet ${number}: ${what}`)
  for (const { protocol, buffer, start, end, fields } of packet.layers) {
    if (!lies(packet, buffer, start, end))
      fault(`layer ${protocol.id} lies outside its buffer: ${start} to ${end}`)
    for (const span of outside(packet, fields))
      fault(`${span.field.name} lies outside its buffer: ${span.start} to ${span.end}`)
    for (const { field, value } of fields) {
      if (field.name === '_ws.malformed.message' && String(value).includes('defect in the'))
        fault(String(value))
    }
  }
  if (typeof trace.detail(number) === 'string') fault('no detail')
  if (trace.row(number) === undefined) fault('no row')
  return faults
}

function outside(packet: Packet, spans: readonly Span[]): Span[] {
  return spans.flatMap((span) => [
    ...(lies(packet, span.buffer, span.start, span.end) ? [] : [span]),
    ...outside(packet, span.children ?? []),
  ])
}

function lies(packet: Packet, buffer: number, start: number, end: number): boolean {
  return start >= 0 && start <= end && end <= (packet.buffers[buffer]?.bytes.length ?? -1)
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
