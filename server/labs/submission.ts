/**
 * A lab run as it is handed in: one pcapng file that holds the run's packets and, beside them, what has to be known to
 * judge them again: ports, answers, what the lab did to the cable. Nothing in it says what was passed.
 */
import type { Readable } from 'node:stream'
import { FrameReader } from '../capture/frame-reader.ts'
import { unpacked } from '../capture/gunzip.ts'
import type { SessionSubmission } from '../capture/session-item.ts'
import { OpenedFile } from '../dashboard/opened-file.ts'
import { LabError } from '../errors.ts'
import { Trace } from '../trace/trace.ts'
import { LabRun } from './run.ts'

/** What is said on the wire when a run begins that is to be handed in; `random` is nobody else's. */
export function nonceText(lab: string, learner: string, random: string): string {
  return `wirelab submission of ${lab} by ${learner}: ${random}`
}

/** The name of the file in which it is handed in. `lab`: its folder's name, such as `03-tcp-open-and-close`. */
export function submissionName(lab: string, learner: string): string {
  return `lab-${lab.slice(0, 2)}-${learner.replace(/[^\p{L}\p{N}.-]+/gu, '-')}.pcapng`
}

const RANDOM = /^[0-9a-f]{32}$/

/** A run that was read from a file: judged as if it were going on. */
export interface ReadSubmission {
  readonly said: SessionSubmission
  readonly run: LabRun
  readonly trace: Trace
  /** Why the file can't be what it says; empty where nothing speaks against it. */
  readonly doubts: readonly string[]
}

/** Rejects with a LabError when it is no submission, and with a CaptureError when it is no capture file. */
export async function readSubmission(file: Readable): Promise<ReadSubmission> {
  const trace = new Trace({ provenance: 'captured' })
  const opened = new OpenedFile(trace)
  const reader = new FrameReader(opened.handlers())
  for await (const chunk of unpacked(file, () => undefined)) reader.push(chunk)
  reader.end()
  if (trace.secrets.late) await trace.readAgain()
  const said = opened.submission
  if (said === undefined) {
    throw new LabError(
      'expected a file that wirelab lab N --submit wrote, found a capture without a submission',
    )
  }
  const run = new LabRun({
    id: 'submitted',
    startedAt: BigInt(said.startedAt.replace('.', '')),
    trace,
    network: said.network,
    ports: said.ports,
    samples: opened.samples,
    after: 0,
  })
  run.addOurs([said.nonce.client])
  run.addStrangers(said.strangers)
  run.setHosts(said.hosts.map((address) => ({ run: 'submitted', address })))
  run.advance()
  const all = run.byHand.find('frame')
  for (const { step, packet, since, until } of said.held) {
    const sighting = packet === null ? null : (all.find(({ number }) => number === packet) ?? null)
    run.addHeld(step, { packet: sighting, since, until: until ?? Number.POSITIVE_INFINITY })
  }
  return { said, run, trace, doubts: doubtsOf(said, trace) }
}

function doubtsOf({ lab, learner, nonce, startedAt, endedAt }: SessionSubmission, trace: Trace): string[] {
  const random = nonce.text.slice(nonce.text.lastIndexOf(' ') + 1)
  if (nonce.text !== nonceText(lab, learner, random) || !RANDOM.test(random)) {
    return [`what was said at its beginning is not of lab ${lab} by ${learner}`]
  }
  const doubts: string[] = []
  if (!isOnTheWire(nonce, trace)) doubts.push('what was said at its beginning is not on the wire')
  const [from, to] = [Number(startedAt) - 1, Number(endedAt) + 1]
  for (let number = trace.first; number > 0 && number <= trace.last; number++) {
    const time = Number(trace.frame(number)?.time ?? 0n) / 1e9
    if (time >= from && time <= to) continue
    doubts.push(`packet ${number} is not from the time of the run`)
    break
  }
  return doubts
}

/** Its number on the wire is the same as in what the file says, sent by the same client. */
function isOnTheWire({ text, client }: SessionSubmission['nonce'], trace: Trace): boolean {
  for (let number = trace.first; number > 0 && number <= trace.last; number++) {
    const flow = trace.flowOf(number)
    if (
      flow?.transport !== 'udp' ||
      flow.client.port !== client.port ||
      flow.client.address !== client.address
    )
      continue
    const packet = trace.packet(number)
    if (typeof packet === 'string' || packet.fromClient !== true) continue
    if (Buffer.from(trace.frame(number)?.bytes ?? []).includes(text)) return true
  }
  return false
}
