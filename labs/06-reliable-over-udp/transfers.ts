/** The learner's transfers, datagram by datagram. */
import type { RunView, Sighting, Verdict } from '../kit/lab.ts'

/** The size of the file, bytes, and of a full block. */
export const SIZE = 2048
export const FULL_BLOCK = 512
const COMPLETE = `got ${SIZE} bytes`

const DATA_CODE = 3
const ACK_CODE = 4
const HEADER = 4

export const DATA = 'udp.dstport==$LISTEN && udp.payload[0:2]==00:03'
export const ACK = 'udp.srcport==$LISTEN && udp.payload[0:2]==00:04'

const IN_ORDER =
  'The lab has not changed the cable for this yet: it takes the steps in their order, and each needs a transfer of its own. Go on sending.'

export interface Datagram {
  readonly packet: Sighting
  readonly kind: 'data' | 'ack'
  readonly block: number
  /** Bytes behind the header: of the file, or the receiver's word. */
  readonly rest: Buffer
  readonly lost: boolean
  /** Held back on the cable. */
  readonly delayed: boolean
}

/** One transfer, from its block 1 on. */
export interface Transfer {
  readonly datagrams: readonly Datagram[]
  /** The acknowledgement in which the receiver says that it has all of the file. */
  readonly word: Datagram | undefined
}

function datagram(packet: Sighting): Datagram | undefined {
  const payload = Buffer.from(String(packet.values('udp.payload')[0] ?? ''), 'hex')
  if (payload.length < HEADER) return undefined
  const code = payload.readUInt16BE(0)
  if (code !== DATA_CODE && code !== ACK_CODE) return undefined
  const fates = packet.values('link.fate')
  return {
    packet,
    kind: code === DATA_CODE ? 'data' : 'ack',
    block: payload.readUInt16BE(2),
    rest: payload.subarray(HEADER),
    lost: fates.some((fate) => fate === 'lost' || fate === 'cut' || fate === 'queue full'),
    delayed: fates.includes('delayed'),
  }
}

const isWord = ({ kind, rest }: Datagram) => kind === 'ack' && rest.toString().startsWith(COMPLETE)

/** In the order in which they began. One socket may have been used for several. */
export function transfers(run: RunView): readonly Transfer[] {
  const open = new Map<string, Datagram[]>()
  const all: Datagram[][] = []
  for (const packet of run.find('udp.port==$LISTEN && udp.length>=12')) {
    const each = datagram(packet)
    if (each === undefined) continue
    const flow = packet.flow ?? ''
    let current = open.get(flow)
    const begins = each.kind === 'data' && each.block === 1 && current?.some(isWord)
    if (current === undefined || begins) {
      current = []
      open.set(flow, current)
      all.push(current)
    }
    current.push(each)
  }
  return all.map((datagrams) => ({ datagrams, word: datagrams.find((each) => isWord(each) && !each.lost) }))
}

export const sentBlocks = ({ datagrams }: Transfer) => datagrams.filter(({ kind }) => kind === 'data')
const acks = ({ datagrams }: Transfer) => datagrams.filter(({ kind }) => kind === 'ack')

/** Each block was sent only after the one before it had been acknowledged. */
export function inTurn(run: RunView): Verdict {
  let best: Verdict = { done: false }
  for (const transfer of transfers(run)) {
    const second = firstOf(transfer, 'ack', 2)
    const early = tooEarly(transfer)
    if (second && !early) return { done: true, packet: second.packet.number }
    const last = sentBlocks(transfer).at(-1)
    if (early) best = early
    else if (last) {
      best = {
        done: false,
        seen: `Packet ${last.packet.number} brings block ${last.block}; blocks 1 and 2 are looked for, and an acknowledgement of each.`,
        packet: last.packet.number,
      }
    }
  }
  return best
}

function tooEarly(transfer: Transfer): Verdict | undefined {
  for (const { packet, block } of sentBlocks(transfer)) {
    if (block < 2) continue
    const ack = firstOf(transfer, 'ack', block - 1)
    if (ack && ack.packet.number < packet.number) continue
    return {
      done: false,
      seen: `Packet ${packet.number} brings block ${block}, and block ${block - 1} was not acknowledged yet: stop, and wait.`,
      packet: packet.number,
    }
  }
  return undefined
}

const firstOf = ({ datagrams }: Transfer, kind: Datagram['kind'], block: number) =>
  datagrams.find((each) => each.kind === kind && each.block === block)

export const complete = (run: RunView) => transfers(run).find(({ word }) => word !== undefined)

/** The receiver knows that it has all. */
export function ended(run: RunView): Verdict {
  const word = complete(run)?.word
  if (word) return { done: true, packet: word.packet.number }
  const last = transfers(run).flatMap(sentBlocks).at(-1)
  if (last === undefined) return { done: false }
  const { packet, block, rest } = last
  return {
    done: false,
    seen:
      rest.length === FULL_BLOCK
        ? `Packet ${packet.number} brings block ${block}, your last so far, and it is full: a full block says that more follows.`
        : `Packet ${packet.number} brings block ${block} with ${rest.length} bytes, so it is the last; and the receiver does not say that it has ${SIZE} bytes.`,
    packet: packet.number,
  }
}

/** A datagram that was lost, and the DATA that repaired it. */
export interface Repair {
  readonly transfer: Transfer
  readonly lost: Datagram
  readonly again: Datagram
}

/** The same block once more after a loss, in a transfer that is complete. */
export function repair(run: RunView, kind: Datagram['kind']): Repair | undefined {
  for (const transfer of transfers(run)) {
    if (transfer.word === undefined) continue
    for (const lost of transfer.datagrams) {
      if (!lost.lost || lost.kind !== kind) continue
      const again = resent(transfer, lost)
      if (again) return { transfer, lost, again }
    }
  }
  return undefined
}

const resent = (transfer: Transfer, lost: Datagram) =>
  sentBlocks(transfer).find((each) => each.block === lost.block && each.packet.number > lost.packet.number)

export function repaired(run: RunView, step: string, kind: Datagram['kind']): Verdict {
  const found = repair(run, kind)
  if (found) return { done: true, packet: found.again.packet.number }
  if (run.held(step).length === 0) return { done: false, seen: IN_ORDER }
  const transfer = transfers(run).findLast((each) => each.datagrams.some((d) => d.lost && d.kind === kind))
  const lost = transfer?.datagrams.findLast((each) => each.lost && each.kind === kind)
  if (transfer === undefined || lost === undefined) return nothingYet(run)
  const { packet, block } = lost
  const what = kind === 'data' ? `block ${block}` : `the acknowledgement of block ${block}`
  const again = resent(transfer, lost)
  return {
    done: false,
    seen: again
      ? `Packet ${packet.number}, ${what}, was lost, and packet ${again.packet.number} brought the block again; but the transfer has not come to its end.`
      : `Packet ${packet.number}, ${what}, was lost, and the block has not been sent again. Nobody will tell you: only your own clock can.`,
    packet: packet.number,
  }
}

/** An acknowledgement that came after its block had been sent again, and changed nothing. */
export function late(run: RunView, step: string): Verdict {
  if (run.held(step).length === 0) return { done: false, seen: IN_ORDER }
  let best: Verdict = nothingYet(run)
  for (const transfer of transfers(run)) {
    const ack = acks(transfer).find(({ packet, block, delayed }) => {
      const again = sentBlocks(transfer).filter((each) => each.block === block)[1]
      return delayed && again !== undefined && again.packet.number < packet.number
    })
    if (ack === undefined) continue
    const twice = sentBlocks(transfer).find((each) => each.block > ack.block && sentTwice(transfer, each))
    const early = tooEarly(transfer)
    if (early) best = early
    else if (twice) {
      best = {
        done: false,
        seen: `Packet ${twice.packet.number} brings block ${twice.block}, and so does another soon after, though none was lost: block ${ack.block} was acknowledged twice, and each time you sent the next.`,
        packet: twice.packet.number,
      }
    } else if (transfer.word) return { done: true, packet: ack.packet.number }
    else {
      best = {
        done: false,
        seen: `Packet ${ack.packet.number}, an acknowledgement, came late, and the transfer has not come to its end.`,
        packet: ack.packet.number,
      }
    }
  }
  return best
}

/** Sooner than a timer would; seconds. */
const TOO_SOON = 0.2

function sentTwice({ datagrams }: Transfer, { block }: Datagram): boolean {
  const about = datagrams.filter((each) => each.block === block)
  const [first, second] = about.filter(({ kind }) => kind === 'data')
  if (first === undefined || second === undefined || about.some(({ lost }) => lost)) return false
  return second.packet.time - first.packet.time < TOO_SOON
}

/** The first whole transfer that began after the lab had changed the cable for that step; with a loss, if that is wanted. */
export function onThatCable(run: RunView, step: string, withLoss: boolean): Transfer | undefined {
  const [held] = run.held(step)
  if (held === undefined) return undefined
  return transfers(run).find(({ datagrams, word }) => {
    const [first] = datagrams
    if (word === undefined || first === undefined || first.packet.time < held.since) return false
    return !withLoss || datagrams.some(({ lost }) => lost)
  })
}

export function crossed(run: RunView, step: string, withLoss: boolean): Verdict {
  const word = onThatCable(run, step, withLoss)?.word
  if (word) return { done: true, packet: word.packet.number }
  return run.held(step).length === 0 ? { done: false, seen: IN_ORDER } : nothingYet(run)
}

/** The lab is ready, and no transfer has met it. */
function nothingYet(run: RunView): Verdict {
  const first = transfers(run).at(-1)?.datagrams[0]
  return first
    ? {
        done: false,
        seen: `Packet ${first.packet.number} began your last transfer, and what is looked for did not happen in it. Send the file once more.`,
        packet: first.packet.number,
      }
    : { done: false }
}

/** Kilobits of the file in a second, from its first block to its last acknowledgement. */
export function goodput({ datagrams, word }: Transfer): number | undefined {
  const [first] = datagrams
  return first && word && (8 * SIZE) / (word.packet.time - first.packet.time) / 1000
}
