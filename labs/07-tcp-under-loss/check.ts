import { lab, type RunView, type StepCable, type Truth } from '../kit/lab.ts'
import {
  ANSWER,
  acknowledged,
  acksLost,
  BY_TIMER,
  clean,
  cleanTransfer,
  DATA,
  DUPLICATE,
  FAST,
  FULL,
  fastRepair,
  goodput,
  LOST_ACKS,
  LOST_DATA,
  length,
  lossy,
  lossyTransfer,
  repaired,
  repairOf,
  SEGMENTS,
  SIZE,
  sequence,
  tailRepair,
  within,
} from './transfers.ts'

/** Each way, so that a round trip can be seen; and no loss but what a step is about. */
const SLOW = { delay: 0.02, loss: 0 }
/** Where it is about the order of things, not about time. */
const QUICK = { delay: 0, loss: 0 }
const LEAST_ACKS = 8

/** `nth` of each of the next transfers, should one be over before the lab is ready. */
const ofEach = (nth: number) => Array.from({ length: 12 }, (_, transfer) => nth + transfer * SEGMENTS)

function cable(words: string, more: Partial<StepCable> = {}): StepCable {
  return { up: SLOW, down: SLOW, ...more, words: { during: words } }
}

/** As far as a measured answer may be off. */
const TOLERANCE = 0.15

const isNear = (answer: number, value: number) => Math.abs(answer - value) <= TOLERANCE * value

function missing(run: RunView): Truth | undefined {
  const transfer = lossyTransfer(run, 'five-percent')
  if (transfer === undefined) return undefined
  const lost = within(run, LOST_DATA, transfer)
  const [first] = lost
  const again = first && repairOf(run, first)
  return {
    value: 0,
    packet: transfer.answer.number,
    because: `Packet ${transfer.answer.number} says that all ${SIZE} bytes came, although ${lost.length} segments were lost. What is lost is missing on the cable, not in the file: TCP sent it again (packet ${first?.number} was lost, and packet ${again?.number} brought its bytes). What you pay with is time.`,
  }
}

function firstFlight(run: RunView): Truth | undefined {
  const transfer = cleanTransfer(run)
  if (transfer === undefined) return undefined
  const [ack] = within(run, 'tcp.srcport==$LISTEN && tcp.ack>1', transfer)
  if (ack === undefined) return undefined
  const sent = within(run, DATA, transfer).filter((p) => p.number < ack.number)
  const [first] = sent
  const cwnd = run.samples(transfer.flow).client.find(({ state }) => state === 'ESTABLISHED')?.cwnd
  return (
    first && {
      value: sent.length,
      packet: first.number,
      because: `${sent.length}, from packet ${first.number} on, before packet ${ack.number} came back.${cwnd === undefined ? '' : ` The congestion window began with ${cwnd} bytes, ${Math.round(cwnd / FULL)} full segments (RFC 6928).`}`,
    }
  )
}

function ackCovers(run: RunView): Truth | undefined {
  const transfer = cleanTransfer(run)
  if (transfer === undefined) return undefined
  const acks = within(run, 'tcp.srcport==$LISTEN && tcp.len==0 && tcp.ack>0', transfer)
  const counts = new Map<number, number>()
  for (const [index, ack] of acks.entries()) {
    const before = acks[index - 1]
    const covers = before ? acknowledged(ack) - acknowledged(before) : 0
    if (covers > 0) counts.set(covers, (counts.get(covers) ?? 0) + 1)
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a)
  if (most === undefined) return undefined
  const [value, times] = most
  const example = acks.find(
    (ack, index) => acknowledged(ack) - acknowledged(acks[index - 1] ?? ack) === value,
  )
  return (
    example && {
      value,
      packet: example.number,
      because: `${value}: ${times} of the acknowledgements covered so many, packet ${example.number} was the first. A receiver must acknowledge at least every second full segment (RFC 5681 §4.2).`,
    }
  )
}

function throughput(run: RunView): Truth | undefined {
  const transfer = cleanTransfer(run)
  const found = transfer && goodput(run, transfer)
  if (found === undefined) return undefined
  const { mbps, last } = found
  return {
    value: Number(mbps.toFixed(1)),
    within: TOLERANCE * mbps,
    packet: last.number,
    because: `${mbps.toFixed(1)} Mbit/s: ${SIZE} bytes are ${(8 * SIZE) / 1_000_000} Mbit, and they took ${((8 * SIZE) / mbps / 1000).toFixed(0)} ms, to packet ${last.number}.`,
  }
}

function identicalAcks(run: RunView): Truth | undefined {
  const repair = fastRepair(run)
  if (repair === undefined) return undefined
  const { transfer, again } = repair
  const hole = sequence(again)
  const acks = within(run, `tcp.srcport==$LISTEN && tcp.ack==${hole}`, transfer)
  const come = acks.filter((p) => p.number < again.number)
  const [first] = come
  return (
    first && {
      value: come.length,
      packet: first.number,
      because: `${come.length} had come when packet ${again.number} left: packets ${come.length > 8 ? `${first.number} to ${come.at(-1)?.number}` : come.map((p) => p.number).join(', ')}. The first of them is no duplicate, it acknowledges something new; ${come.length > 8 ? 'three more would have been enough (RFC 5681 §3.2): the rest came in one burst, before your computer had sent the repair.' : 'with SACK two or three more may be enough (RFC 6675, RFC 8985).'}`,
    }
  )
}

const CHANGES = ['it stays', 'to about half', 'to one segment'] as const

function afterLoss(run: RunView): Truth | undefined {
  const repair = fastRepair(run)
  if (repair === undefined) return undefined
  const { client } = run.samples(repair.transfer.flow)
  const at = client.findIndex(({ recovery }) => recovery === 'fast recovery')
  const before = client[at - 1]
  const after = client[at]
  if (before === undefined || after === undefined) return undefined
  const stays = after.cwnd > 0.9 * before.cwnd
  const value = stays ? CHANGES[0] : after.cwnd <= FULL ? CHANGES[2] : CHANGES[1]
  return {
    value,
    packet: repair.again.number,
    because: `Before packet ${repair.again.number} it was ${before.cwnd} bytes, then ${Math.round(after.cwnd)}: half of what was on the way (RFC 5681 §3.2). No packet says so; the sender knows it, and Over time shows it.`,
  }
}

const SHARES = ['95 %', 'three quarters', 'half', 'a quarter or less'] as const

function fivePercent(run: RunView): Truth | undefined {
  const whole = cleanTransfer(run)
  const lossyOne = lossyTransfer(run, 'five-percent')
  const before = whole && goodput(run, whole)
  const after = lossyOne && goodput(run, lossyOne)
  const one = lossyTransfer(run, 'one-percent')
  const between = one && goodput(run, one)
  if (before === undefined || after === undefined) return undefined
  const share = after.mbps / before.mbps
  const value = share > 0.85 ? SHARES[0] : share > 0.6 ? SHARES[1] : share > 0.35 ? SHARES[2] : SHARES[3]
  return {
    value,
    packet: after.last.number,
    because: `${before.mbps.toFixed(1)} Mbit/s without loss, ${between ? `${between.mbps.toFixed(1)} with 1 %, ` : ''}${after.mbps.toFixed(1)} with 5 % (until packet ${after.last.number}): ${Math.round(100 * share)} %. Each loss halves what may be on the way, and a round trip must pass for each segment that it grows by.`,
  }
}

export default lab({
  number: 7,
  title: 'TCP under loss',
  summary: 'One file, sent over a cable that loses some of it: what TCP notices, repairs, and pays.',
  minutes: 45,
  networks: ['lab'],
  assumes: [3, 4],
  cast: { program: 'cast', plays: 'server' },
  bearsLoss: true,
  door: 'tcp',
  steps: [
    {
      kind: 'predict',
      id: 'missing',
      truth: missing,
      replies: {
        '5000': (t) =>
          `5 % of the segments, yes; but from the cable, not from the file. Look at packet ${t.packet}.`,
        '14600': (t) =>
          `That would be ten segments, missing from the cable and not from the file. Look at packet ${t.packet}.`,
      },
      mistakes(_truth, run) {
        const transfer = lossyTransfer(run, 'five-percent')
        const lost = transfer ? within(run, LOST_DATA, transfer) : []
        const bytes = lost.reduce((sum, packet) => sum + length(packet), 0)
        return {
          [String(bytes)]:
            `So many were lost from the cable, in ${lost.length} segments; none is missing from the file. Find the pause before packet ${lost[0]?.number} was repaired.`,
        }
      },
      hints: ['What does “reliable” mean, when a cable is not?'],
    },
    {
      kind: 'predict',
      id: 'first-flight',
      truth: firstFlight,
      replies: {
        '1': (t) => `So it was at first (RFC 2001, 1997). Count from packet ${t.packet} on.`,
        '2': (t) => `RFC 2581 (1999) allowed two. Count from packet ${t.packet} on.`,
        '4': (t) => `RFC 3390 (2002) allowed up to four. Count from packet ${t.packet} on.`,
        '10': (t) =>
          `Usually it is 10 (RFC 6928). Count from packet ${t.packet} on: the first acknowledgement came early or late.`,
        '70': (t) =>
          `All of it at once might be too much for the path, which nobody knows yet. Count from packet ${t.packet} on.`,
      },
      hints: ['A sender that knows nothing of the path begins with what is called the initial window.'],
      look: { view: 'flow', filter: DATA },
    },
    {
      kind: 'wire',
      id: 'clean',
      lookedFor: `All ${SIZE} bytes from you, none of them sent twice, and the receiver’s word on it.`,
      evidence: [DATA, ANSWER],
      verify: clean,
      cable: cable('The cable loses nothing, and takes 20 ms each way.'),
      hints: ['socket.end(file) writes the file and then ends: the receiver answers when it has your FIN.'],
      look: { view: 'flow', filter: DATA },
    },
    {
      kind: 'predict',
      id: 'ack-covers',
      truth: ackCovers,
      replies: {
        '1448': (t) =>
          `That is one full segment. Compare the acknowledgement of packet ${t.packet} with the one before it.`,
        '1460': (t) =>
          `1460 is the MSS; a timestamp takes 12 of these in each segment. And compare packet ${t.packet} with the acknowledgement before it.`,
        '2920': (t) =>
          `Twice the MSS would be it, if each segment had no timestamp of 12 bytes: see packet ${t.packet}.`,
        '2896': (t) => `Usually it is two full segments, 2896 bytes. Not this time: see packet ${t.packet}.`,
        '1': (t) => `An acknowledgement counts bytes, not segments: see packet ${t.packet}.`,
        '2': (t) => `Two segments, perhaps; in bytes? See packet ${t.packet}.`,
      },
      hints: ['Filter for tcp.srcport == the receiver’s port, and compare the Ack numbers of neighbours.'],
      look: { view: 'packets', filter: 'tcp.srcport==$LISTEN' },
    },
    {
      kind: 'predict',
      id: 'throughput',
      truth: throughput,
      nearly(answer, truth) {
        const mbps = Number(truth.value)
        if (Number.isNaN(answer)) return undefined
        if (isNear(answer, 1000 * mbps))
          return 'Kilobits, it seems: asked are megabits, a thousandth of that.'
        return isNear(answer, mbps / 8) || isNear(answer, (1000 * mbps) / 8)
          ? `Bytes, it seems: a byte is 8 bits, and rates of lines are given in bits. The last byte’s acknowledgement is packet ${truth.packet}.`
          : `Open your first data segment and packet ${truth.packet}, the last byte’s acknowledgement: the Inspector says when each was there. Your program’s own clock runs longer: it counts opening and closing as well.`
      },
      hints: [
        'Bits are 8 times the bytes of the file. Time is the last acknowledgement’s less the first data segment’s, in seconds.',
      ],
      look: { view: 'inspector', filter: 'tcp.port==$LISTEN' },
    },
    {
      kind: 'wire',
      id: 'lose-40',
      lookedFor:
        'A data segment that is lost, duplicate acknowledgements with SACK, the same bytes again at once, and the whole file.',
      evidence: [LOST_DATA, DUPLICATE, FAST, ANSWER],
      verify: (run) => repaired(run, 'lose-40', fastRepair(run)),
      cable: cable('The lab loses the 40th data segment of your next transfer.', {
        up: QUICK,
        down: QUICK,
        choose: ofEach(40).map((nth) => ({ direction: 'up', match: 'data', flow: 'any', nth, fate: 'lost' })),
      }),
      hints: ['The same transfer once more, half a second after the one before: in a loop.'],
      look: { view: 'ladder', filter: 'tcp.port==$LISTEN' },
    },
    {
      kind: 'predict',
      id: 'identical-acks',
      truth: identicalAcks,
      replies: {
        '3': (t) =>
          `Three duplicates; but the first of them all, packet ${t.packet}, isn’t a duplicate: it acknowledged something new.`,
        '1': (t) =>
          `One alone may mean that segments overtook each other, and nothing is lost. Count from packet ${t.packet} on.`,
        '4': (t) =>
          `Four is what RFC 5681 §3.2 says. Here another number had come before your host sent the repair: count from packet ${t.packet} on.`,
        '2': (t) =>
          `One repetition is not enough to tell loss from disorder. Count from packet ${t.packet} on.`,
      },
      nearly(answer, truth, run) {
        const again = fastRepair(run)?.again
        if (again === undefined || Number.isNaN(answer)) return undefined
        return `Packet ${again.number} is the repair. Filter for tcp.ack==${sequence(again)}, and count from packet ${truth.packet} on those that stand before the repair.`
      },
      hints: [
        'The list shows what had come to your host before it sent the repair: filter for tcp.ack == the repair’s Seq.',
      ],
      look: { view: 'ladder', filter: 'tcp.port==$LISTEN' },
    },
    {
      kind: 'predict',
      id: 'after-loss',
      choices: CHANGES,
      truth: afterLoss,
      replies: {
        'it stays': (t) =>
          `A loss is how a path says that it is too much. Look at cwnd in Over time, at packet ${t.packet}.`,
        'to about half': (t) =>
          `That is the rule; here it was otherwise. Look at cwnd in Over time, at packet ${t.packet}.`,
        'to one segment': (t) =>
          `That is for a timeout, when nothing comes back any more. Here acknowledgements came all the time: packet ${t.packet}.`,
      },
      look: { view: 'flow' },
    },
    {
      kind: 'wire',
      id: 'last-lost',
      lookedFor: 'The segment with the last byte of the file lost, and sent again when a timer has run out.',
      evidence: [LOST_DATA, BY_TIMER, ANSWER],
      verify: (run) => repaired(run, 'last-lost', tailRepair(run)),
      cable: cable('The lab loses the last data segment of your next transfer.', {
        choose: [{ direction: 'up', match: 'last', flow: 'any', nth: 1, count: 4, fate: 'lost' }],
      }),
      hints: ['Nothing new in your program: it sends the file once more.'],
      look: { view: 'ladder', filter: 'tcp.port==$LISTEN' },
    },
    {
      kind: 'wire',
      id: 'acks-lost',
      lookedFor: `${LEAST_ACKS} acknowledgements lost or more, and fewer segments sent again than that.`,
      evidence: [LOST_ACKS, ANSWER],
      verify: (run) => acksLost(run, 'acks-lost', LEAST_ACKS),
      cable: cable('The lab loses every third acknowledgement of your next transfer, and no data.', {
        choose: Array.from({ length: 40 }, (_, n) => ({
          direction: 'down',
          match: 'ack',
          flow: 'any',
          nth: 5 + 3 * n,
          fate: 'lost',
        })),
      }),
      hints: ['What does the next acknowledgement say that the lost one would have said?'],
      look: { view: 'ladder', filter: 'tcp.port==$LISTEN' },
    },
    {
      kind: 'wire',
      id: 'one-percent',
      lookedFor: 'A transfer that began on the worse cable, lost a segment, and came to its end.',
      evidence: [LOST_DATA, ANSWER],
      verify: (run) => lossy(run, 'one-percent'),
      cable: cable('The lab’s cable loses 1 % of your frames, by chance.', { up: { ...SLOW, loss: 0.01 } }),
      hints: ['Half of the transfers meet no loss at 1 %: then it takes one more.'],
      look: { view: 'flow' },
    },
    {
      kind: 'predict',
      id: 'five-left',
      choices: SHARES,
      truth: fivePercent,
      replies: {
        '95 %': (t) =>
          `5 % of the segments, but each one costs more than itself: time until it is noticed, and half of the window. See packet ${t.packet}.`,
        'three quarters': (t) =>
          `Compare the times of both transfers, this one ends with packet ${t.packet}.`,
        half: (t) =>
          `Each of several losses halved the window. Compare the times of both transfers, this one ends with packet ${t.packet}.`,
        'a quarter or less': (t) =>
          `That is usual; this time chance was kind. Compare the times of both transfers, this one ends with packet ${t.packet}.`,
      },
      look: { view: 'flow' },
    },
    {
      kind: 'wire',
      id: 'five-percent',
      lookedFor: 'A transfer that began on the still worse cable, lost segments, and came to its end.',
      evidence: [LOST_DATA, ANSWER],
      verify: (run) => lossy(run, 'five-percent'),
      cable: cable('The lab’s cable loses 5 % of your frames, by chance.', { up: { ...SLOW, loss: 0.05 } }),
      hints: ['Your program must still be sending: let it go on, forty transfers or so.'],
      look: { view: 'flow' },
    },
  ],
  wrongs: [
    { file: 'wrong/a-piece.mjs', step: 'clean', says: 'got 2000 bytes' },
    {
      file: 'wrong/never-ends.mjs',
      step: 'clean',
      says: 'you have not ended',
      lesson: 'Write all of the file, and never end',
    },
    { file: 'wrong/once.mjs', step: 'lose-40', says: 'Send the file once more' },
    { file: 'wrong/a-piece.mjs', step: 'last-lost', says: 'steps in their order' },
    { file: 'wrong/a-piece.mjs', step: 'acks-lost', says: 'steps in their order' },
    { file: 'wrong/a-piece.mjs', step: 'one-percent', says: 'steps in their order' },
    { file: 'wrong/a-piece.mjs', step: 'five-percent', says: 'steps in their order' },
  ],
})
