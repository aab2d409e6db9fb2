/** The learner's transfers, and what became of their segments. */
import type { RunView, Sighting, Verdict } from '../kit/lab.ts'

/** The size of the file, bytes; and how the receiver says that it has all of it. */
export const SIZE = 100_000
const COMPLETE = `got ${SIZE} bytes`
/** Bytes of a full segment: 1500, less the headers and the timestamps option. */
export const FULL = 1448
/** Of one transfer. */
export const SEGMENTS = Math.ceil(SIZE / FULL)

export const OPENED = 'tcp.dstport==$LISTEN && tcp.flags.syn==1'
export const DATA = 'tcp.dstport==$LISTEN && tcp.len>0'
export const ANSWER = 'tcp.srcport==$LISTEN && tcp.len>0'
export const LOST_DATA = `${DATA} && link.fate=="lost"`
export const LOST_ACKS = 'tcp.srcport==$LISTEN && tcp.len==0 && link.fate=="lost"'
export const AGAIN = `${DATA} && tcp.analysis.retransmission`
export const BY_TIMER = `${DATA} && tcp.analysis.rto`
export const DUPLICATE = 'tcp.srcport==$LISTEN && tcp.analysis.duplicate_ack && tcp.options.sack.count>=1'
export const FAST = `${DATA} && tcp.analysis.fast_retransmission`

/** The lab's words on the steps that change the cable. */
const IN_ORDER =
  'The lab has not changed the cable for this yet: it takes the steps in their order, and each needs a transfer of its own. Send the file once more.'

/** A transfer of all the file. */
export interface Transfer {
  readonly flow: string
  /** The receiver's word on it. */
  readonly answer: Sighting
}

const number = (packet: Sighting, field: string) => Number(packet.values(field)[0])
export const sequence = (packet: Sighting) => number(packet, 'tcp.seq')
export const length = (packet: Sighting) => number(packet, 'tcp.len')
export const acknowledged = (packet: Sighting) => number(packet, 'tcp.ack')
/** Those packets of a filter that belong to a transfer. */
export function within(run: RunView, filter: string, { flow }: Transfer): readonly Sighting[] {
  return run.find(filter).filter((packet) => packet.flow === flow)
}

const saidBy = (answer: Sighting) =>
  Buffer.from(String(answer.values('tcp.payload')[0] ?? ''), 'hex').toString()

/** In the order in which they were complete. */
export function transfers(run: RunView): readonly Transfer[] {
  const complete = new Map<string, Transfer>()
  for (const answer of run.find(ANSWER)) {
    const flow = answer.flow ?? ''
    if (!complete.has(flow) && saidBy(answer).startsWith(COMPLETE)) complete.set(flow, { flow, answer })
  }
  return [...complete.values()]
}

/** The first without a loss, and without a segment that was sent again. */
export function cleanTransfer(run: RunView): Transfer | undefined {
  return transfers(run).find(
    (each) => within(run, LOST_DATA, each).length === 0 && within(run, AGAIN, each).length === 0,
  )
}

export function clean(run: RunView): Verdict {
  const found = cleanTransfer(run)
  if (found) return { done: true, packet: found.answer.number }
  const [again] = run.find(AGAIN)
  const answer = run.find(ANSWER).at(-1)
  if (again && transfers(run).length > 0) {
    return {
      done: false,
      seen: `Packet ${again.number} brings bytes for the second time: that transfer was not clean. Send the file once more.`,
      packet: again.number,
    }
  }
  if (answer) {
    return {
      done: false,
      seen: `Packet ${answer.number} is the receiver’s word: ${saidBy(answer).trim()}. The whole file has ${SIZE} bytes.`,
      packet: answer.number,
    }
  }
  const last = run.find(DATA).at(-1)
  if (last === undefined) return { done: false }
  return {
    done: false,
    seen: `Packet ${last.number} brings your bytes up to ${sequence(last) + length(last) - 1}, and you have not ended: the receiver answers when your FIN has come.`,
    packet: last.number,
  }
}

export interface Repair {
  readonly transfer: Transfer
  readonly lost: Sighting
  readonly again: Sighting
}

/** A lost segment that duplicate acknowledgements brought back. */
export function fastRepair(run: RunView): Repair | undefined {
  for (const transfer of transfers(run)) {
    for (const lost of within(run, LOST_DATA, transfer)) {
      const again = within(run, FAST, transfer).find(
        (p) => p.number > lost.number && sequence(p) === sequence(lost),
      )
      const told = within(run, DUPLICATE, transfer).some(
        (p) => p.number > lost.number && acknowledged(p) === sequence(lost),
      )
      if (again && told) return { transfer, lost, again }
    }
  }
  return undefined
}

/** The last segment of a file, lost, and sent again when a timer had run out. */
export function tailRepair(run: RunView): Repair | undefined {
  for (const transfer of transfers(run)) {
    for (const lost of within(run, LOST_DATA, transfer)) {
      if (!endsFile(lost)) continue
      const again = within(run, BY_TIMER, transfer).find((p) => p.number > lost.number && endsFile(p))
      if (again) return { transfer, lost, again }
    }
  }
  return undefined
}

const endsFile = (packet: Sighting) => sequence(packet) + length(packet) - 1 === SIZE

/** The same bytes once more, whatever made the sender do it. */
export function repairOf(run: RunView, lost: Sighting): Sighting | undefined {
  return run
    .find(DATA)
    .find((p) => p.flow === lost.flow && p.number > lost.number && sequence(p) === sequence(lost))
}

/** `again` is judged a repair by `found`; else what became of the segment that was lost. */
export function repaired(run: RunView, step: string, found: Repair | undefined): Verdict {
  if (found) return { done: true, packet: found.again.number }
  const [held] = run.held(step)
  if (held === undefined) return { done: false, seen: IN_ORDER }
  const lost = run.find(LOST_DATA).findLast((p) => p.time >= held.since)
  if (lost === undefined) return nothingYet(run)
  const again = repairOf(run, lost)
  return {
    done: false,
    seen: again
      ? `Packet ${lost.number} was lost, and packet ${again.number} brought its bytes again, but not in the way that is looked for. The lab does it once more in your next transfer.`
      : `Packet ${lost.number} was lost; its bytes have not been sent again yet.`,
    packet: lost.number,
  }
}

export function acksLost(run: RunView, step: string, least: number): Verdict {
  if (run.held(step).length === 0) return { done: false, seen: IN_ORDER }
  let best: Verdict = nothingYet(run)
  for (const transfer of transfers(run)) {
    const lost = within(run, LOST_ACKS, transfer)
    const again = within(run, AGAIN, transfer)
    const last = lost.at(-1)
    if (last === undefined) continue
    if (lost.length >= least && again.length < lost.length) return { done: true, packet: last.number }
    best = {
      done: false,
      seen: `${lost.length} acknowledgements of one transfer were lost (packet ${last.number} was the last of them), and ${again.length} segments were sent again: ${least} or more are to be lost, and fewer sent again.`,
      packet: last.number,
    }
  }
  return best
}

/** The first whole transfer that began after the lab had changed the cable for that step, and lost something. */
export function lossyTransfer(run: RunView, step: string): Transfer | undefined {
  const [held] = run.held(step)
  if (held === undefined) return undefined
  return transfers(run).find((each) => {
    const [opened] = within(run, OPENED, each)
    return opened && opened.time >= held.since && within(run, LOST_DATA, each).length > 0
  })
}

export function lossy(run: RunView, step: string): Verdict {
  const found = lossyTransfer(run, step)
  if (found) return { done: true, packet: found.answer.number }
  return run.held(step).length === 0 ? { done: false, seen: IN_ORDER } : nothingYet(run)
}

/** The lab is ready, and no transfer has met it. */
function nothingYet(run: RunView): Verdict {
  const last = run.find(OPENED).at(-1)
  return last
    ? {
        done: false,
        seen: `Packet ${last.number} opened your last transfer; nothing that is looked for befell it. Send the file once more.`,
        packet: last.number,
      }
    : { done: false }
}

/** Megabits of the file in a second, from its first segment to the acknowledgement of its last byte. */
export function goodput(run: RunView, transfer: Transfer): { mbps: number; last: Sighting } | undefined {
  const [first] = within(run, `${DATA} && tcp.seq==1`, transfer)
  const [last] = within(run, `tcp.srcport==$LISTEN && tcp.ack>${SIZE}`, transfer)
  if (first === undefined || last === undefined) return undefined
  return { mbps: (8 * SIZE) / (last.time - first.time) / 1_000_000, last }
}
