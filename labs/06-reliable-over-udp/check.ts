import { lab, type RunView, type StepCable, type Truth } from '../kit/lab.ts'
import {
  ACK,
  complete,
  crossed,
  DATA,
  ended,
  FULL_BLOCK,
  goodput,
  inTurn,
  late,
  onThatCable,
  repair,
  repaired,
  SIZE,
  sentBlocks,
} from './transfers.ts'

/** No loss but what a step is about. */
const SURE = { delay: 0, loss: 0 }
const SLOW = { delay: 0.02, loss: 0 }
const LOST = '(udp.port==$LISTEN && link.fate=="lost")'
/** The second of each of the next transfers, should one be over before the lab is ready: with one repair it has six. */
const SECOND_OF_EACH = [2, 8, 14, 20]

/** Seconds, on top of the way: twice as long as the starter's clock takes, for on a busy machine that is late. */
const HELD_BACK = 0.4

/** As far as a measured answer may be off. */
const TOLERANCE = 0.15

const isNear = (answer: number, value: number) => Math.abs(answer - value) <= TOLERANCE * value

function cable(words: string, more: Partial<StepCable> = {}): StepCable {
  return { up: SURE, down: SURE, ...more, words: { during: words } }
}

function nobody(run: RunView): Truth | undefined {
  const found = repair(run, 'data')
  if (found === undefined) return undefined
  const { lost, again } = found
  const waitedMs = Math.round((again.packet.time - lost.packet.time) * 1000)
  return {
    value: 'nobody',
    packet: lost.packet.number,
    because: `Packet ${lost.packet.number} was lost, and nothing came because of it: ${waitedMs} ms later your own clock made you send packet ${again.packet.number}. UDP has no acknowledgements, so a sender can’t know (RFC 768).`,
  }
}

function blocks(run: RunView): Truth | undefined {
  const transfer = complete(run)
  if (transfer?.word === undefined) return undefined
  const last = transfer.word.block
  const datagram = sentBlocks(transfer).findLast(({ block }) => block === last)
  return (
    datagram && {
      value: last,
      packet: datagram.packet.number,
      because: `Packet ${datagram.packet.number} is block ${last}, with ${datagram.rest.length} bytes. A block that is not full is the last (RFC 1350 §6); since ${SIZE} is ${SIZE / FULL_BLOCK} times ${FULL_BLOCK}, one with nothing in it must follow.`,
    }
  )
}

function copies(run: RunView): Truth | undefined {
  const found = repair(run, 'ack')
  if (found === undefined) return undefined
  const { transfer, lost, again } = found
  const came = sentBlocks(transfer).filter((each) => each.block === lost.block && !each.lost)
  return {
    value: came.length,
    packet: again.packet.number,
    because: `${came.length}: packets ${came.map(({ packet }) => packet.number).join(' and ')} bring block ${lost.block}. You could not know that only the acknowledgement, packet ${lost.packet.number}, was lost. The number tells the receiver that it has this block: it acknowledges it again, and takes it only once.`,
  }
}

function rate(run: RunView): Truth | undefined {
  const transfer = onThatCable(run, 'slow', false)
  const kbps = transfer && goodput(transfer)
  const quick = complete(run)
  const quickKbps = quick && goodput(quick)
  if (transfer?.word === undefined || kbps === undefined) return undefined
  return {
    value: Number(kbps.toFixed(1)),
    within: TOLERANCE * kbps,
    packet: transfer.word.packet.number,
    because: `${kbps.toFixed(1)} kbit/s, to packet ${transfer.word.packet.number}${quickKbps && quickKbps > kbps ? `; your first transfer, without the delay, made ${quickKbps.toFixed(0)}` : ''}. A block for each round trip and no more: twice the round trip, half of the goodput, however fast the cable is.`,
  }
}

export default lab({
  number: 6,
  title: 'Reliable over UDP',
  summary: 'Numbers, acknowledgements, a clock and patience: a transfer that survives a cable which loses.',
  minutes: 45,
  networks: ['lab'],
  assumes: [5],
  cast: { program: 'cast', plays: 'server' },
  bearsLoss: true,
  door: 'udp',
  steps: [
    {
      kind: 'predict',
      id: 'who-tells',
      choices: ['the callback of send', 'an error event', 'the receiver, by ICMP', 'nobody'],
      truth: nobody,
      replies: {
        'the callback of send': (t) =>
          `The callback says that your host has taken the datagram, not that anybody got it. Packet ${t.packet} was lost, and it said the same.`,
        'an error event': (t) =>
          `Loss is not an error that somebody raises: who would know? What came to you after packet ${t.packet}?`,
        'the receiver, by icmp': (t) =>
          `The receiver never saw packet ${t.packet}: what should it report? (ICMP says that nobody listens at a port; lab 05.)`,
      },
    },
    {
      kind: 'wire',
      id: 'in-turn',
      lookedFor: 'Block 1 from you, its acknowledgement, and only then block 2 and its acknowledgement.',
      evidence: [
        `${DATA} && udp.payload[2:2]==00:01`,
        `${ACK} && udp.payload[2:2]==00:01`,
        `${DATA} && udp.payload[2:2]==00:02`,
        `${ACK} && udp.payload[2:2]==00:02`,
      ],
      verify: inTurn,
      cable: cable('The cable loses nothing.'),
      hints: ['In `transfer` the loop ends behind block 1. `deliver` waits for the acknowledgement already.'],
      look: { view: 'ladder', filter: 'udp.port==$LISTEN' },
    },
    {
      kind: 'predict',
      id: 'blocks',
      truth: blocks,
      replies: {
        '4': (t) =>
          `Four blocks carry all the bytes. But how would the receiver know that the fourth is the last? See packet ${t.packet}.`,
        '6': (t) => `See packet ${t.packet}: what is in it, and what would be in a sixth?`,
      },
      hints: ['A full block says that more follows.'],
    },
    {
      kind: 'wire',
      id: 'the-end',
      lookedFor: `A block of yours that is not full, and the receiver’s word that it has all ${SIZE} bytes.`,
      evidence: [`${DATA} && udp.length<524`, `${ACK} && udp.length>12`],
      verify: ended,
      cable: cable('The cable loses nothing.'),
      hints: ['(block - 1) * BLOCK <= file.length: with `<` the empty block would not be sent.'],
      look: { view: 'packets' },
    },
    {
      kind: 'wire',
      id: 'data-lost',
      lookedFor: 'A block of yours that is lost, the same block again, and the whole file.',
      evidence: [`${DATA} && link.fate=="lost"`, DATA, `${ACK} && udp.length>12`],
      verify: (run) => repaired(run, 'data-lost', 'data'),
      cable: cable('The lab loses the second block of each of your next transfers, four at most.', {
        choose: SECOND_OF_EACH.map((nth) => ({
          direction: 'up',
          match: 'udp',
          flow: 'any',
          nth,
          fate: 'lost',
        })),
      }),
      hints: [
        'A loop around socket.send and next(socket, TIMEOUT_MS): leave it when a message has come.',
        'Let the program go on: transfer after transfer, with a pause of 400 ms.',
      ],
      look: { view: 'ladder', filter: 'udp.port==$LISTEN' },
    },
    {
      kind: 'predict',
      id: 'copies',
      truth: copies,
      replies: {
        '1': (t) => `You had no acknowledgement, and so you sent it again: packet ${t.packet}. Both came.`,
        '0': (t) => `The block itself was not lost. And then came packet ${t.packet}.`,
        '3': (t) =>
          `Count the datagrams with that block’s number that were not lost: packet ${t.packet} is one.`,
      },
      hints: ['What does your program see, when the acknowledgement is lost? And when the block is lost?'],
    },
    {
      kind: 'wire',
      id: 'ack-lost',
      lookedFor: 'An acknowledgement that is lost, the block again from you, and the whole file.',
      evidence: [`${ACK} && link.fate=="lost"`, DATA, `${ACK} && udp.length>12`],
      verify: (run) => repaired(run, 'ack-lost', 'ack'),
      cable: cable('The lab loses the second acknowledgement of each of your next transfers, four at most.', {
        choose: SECOND_OF_EACH.map((nth) => ({
          direction: 'down',
          match: 'udp',
          flow: 'any',
          nth,
          fate: 'lost',
        })),
      }),
      hints: ['If step 5 is done, there is nothing to change: to your program both losses are the same.'],
      look: { view: 'ladder', filter: 'udp.port==$LISTEN' },
    },
    {
      kind: 'wire',
      id: 'late-ack',
      lookedFor:
        'An acknowledgement that comes after you sent the block again, and each later block sent once, in its turn.',
      evidence: [`${ACK} && link.fate=="delayed"`, DATA, `${ACK} && udp.length>12`],
      verify: (run) => late(run, 'late-ack'),
      cable: cable(
        'The lab holds the second acknowledgement of each of your next transfers back, for longer than you wait; four at most.',
        {
          up: { delay: 0.08, loss: 0 },
          down: { delay: 0.02, loss: 0 },
          choose: SECOND_OF_EACH.map((nth) => ({
            direction: 'down',
            match: 'udp',
            flow: 'any',
            nth,
            fate: 'delayed',
            delay: HELD_BACK,
          })),
        },
      ),
      hints: [
        'message.readUInt16BE(2) is the number that is acknowledged. If it isn’t that of your block, wait on, for what is left of the time.',
      ],
      look: { view: 'ladder', filter: 'udp.port==$LISTEN' },
    },
    {
      kind: 'wire',
      id: 'slow',
      lookedFor: 'A whole transfer with 20 ms on the cable, each way.',
      evidence: [DATA, `${ACK} && udp.length>12`],
      verify: (run) => crossed(run, 'slow', false),
      cable: cable('The cable takes 20 ms each way, and loses nothing.', { up: SLOW, down: SLOW }),
      look: { view: 'ladder', filter: 'udp.port==$LISTEN' },
    },
    {
      kind: 'predict',
      id: 'goodput',
      truth: rate,
      nearly(answer, truth) {
        const kbps = Number(truth.value)
        if (Number.isNaN(answer)) return undefined
        if (isNear(answer, 1000 * kbps)) return 'Bits, it seems: asked are kilobits, a thousandth of that.'
        return isNear(answer, kbps / 8) || isNear(answer, (1000 * kbps) / 8)
          ? `Bytes, it seems: a byte is 8 bits, and rates are given in bits. The last acknowledgement is packet ${truth.packet}.`
          : `Measure it: the last acknowledgement is packet ${truth.packet}. Take its time less that of block 1 of the same transfer, and divide the file's bits by that.`
      },
      hints: [
        `${SIZE} bytes are ${8 * SIZE} bits. The transfer is the one that step 9 names a packet of: its last acknowledgement.`,
      ],
    },
    {
      kind: 'wire',
      id: 'lossy',
      lookedFor: 'A whole transfer of which something was lost by chance.',
      evidence: [LOST, `${ACK} && udp.length>12`],
      verify: (run) => crossed(run, 'lossy', true),
      cable: cable('The cable loses 20 % of the frames, both ways, by chance.', {
        up: { delay: 0, loss: 0.2 },
        down: { delay: 0, loss: 0.2 },
      }),
      hints: ['Let it go on sending: a transfer in ten loses nothing even here.'],
      look: { view: 'ladder', filter: 'udp.port==$LISTEN' },
    },
  ],
  wrongs: [
    { file: 'wrong/all-at-once.mjs', step: 'in-turn', says: 'stop, and wait' },
    { file: 'wrong/four-blocks.mjs', step: 'the-end', says: 'a full block says that more follows' },
    {
      file: 'wrong/no-clock.mjs',
      step: 'data-lost',
      says: 'only your own clock can',
      lesson: 'Wait for each acknowledgement, and never send again',
    },
    { file: 'wrong/four-blocks.mjs', step: 'ack-lost', says: 'steps in their order' },
    {
      file: 'wrong/any-answer.mjs',
      step: 'late-ack',
      says: 'not acknowledged yet',
      lesson: 'Take any acknowledgement for the one that is awaited',
    },
    { file: 'wrong/four-blocks.mjs', step: 'slow', says: 'steps in their order' },
    { file: 'wrong/four-blocks.mjs', step: 'lossy', says: 'steps in their order' },
  ],
})
