import { lab, type Truth } from '../kit/lab.ts'
import { conversations } from '../kit/stream.ts'
import { answered, cutByLength, cutByNul, shown, type Task } from './framing.ts'
import {
  CLOSED_WINDOW,
  delayed,
  ECHO,
  hurried,
  length,
  longMessages,
  MESSAGES,
  milliseconds,
  OPEN_WINDOW,
  reopened,
  segments,
  sequence,
  threeWrites,
  waited,
} from './segments.ts'

const LAB_ALONE = ['lab'] as const
/** The last of the NUL-ended messages has a NUL in itself, so a reader finds one more. */
const NUL_ENDED: Task = { port: '$LISTEN', cut: cutByNul, messages: 8 }
const LARGEST = 1_000_000
const BY_LENGTH: Task = {
  port: '$LISTEN2',
  cut: cutByLength,
  messages: 6,
  suspect(rest, packet) {
    const length = rest.length >= 4 ? rest.readUInt32BE() : 0
    if (length <= LARGEST) return undefined
    return `Packet ${packet} begins an answer with the bytes ${rest.subarray(0, 4).toString('hex')}: as a length, the most significant byte first, that is ${length}.`
  },
}
/** Longer, and something was lost. */
const SHORT_WAIT_MS = 150

export default lab({
  number: 4,
  title: 'Streams and buffers',
  summary: 'Writes are not chunks: messages framed by NUL and by length, Nagle, and a window that closes.',
  minutes: 45,
  networks: ['kernel', 'lab'],
  assumes: [3],
  cast: { program: 'cast', plays: 'server' },
  places: 3,
  bearsLoss: true,
  door: 'tcp',
  steps: [
    {
      kind: 'predict',
      id: 'segments-of-three',
      truth(run): Truth | undefined {
        const done = threeWrites(run)
        if (!done.done) return undefined
        const flow = run.find('tcp.srcport==$TCP').find((p) => p.number === done.packet)?.flow ?? null
        const sent = segments(run, flow, MESSAGES.length)
        const [first] = sent
        if (first === undefined) return undefined
        return {
          value: sent.length,
          packet: first.number,
          because: `${sent.map((p) => `Packet ${p.number} carries ${length(p)} bytes`).join('. ')}. ${sent.length === 3 ? 'This time it is one for each write; nothing promises that.' : 'Three writes, and TCP cut them as it liked.'}`,
        }
      },
      replies: {
        '1': (t) => `They did not all fit together in time: look from packet ${t.packet} on.`,
        '2': (t) => `That may happen; not this time. Look at packet ${t.packet}.`,
        '3': (t) =>
          `One segment for each write is what many expect. A write only puts bytes into the send buffer; look how many packet ${t.packet} carries.`,
        '11': (t) => `A segment for each byte? Packet ${t.packet} carries more than one.`,
      },
      hints: ['Does write() send, or does it hand over to something that sends?'],
      look: { view: 'ladder', filter: 'tcp.port==$TCP' },
    },
    {
      kind: 'wire',
      id: 'three-writes',
      lookedFor: 'The eleven bytes of "one", "two" and "three" from you in one conversation, and their echo.',
      evidence: ['tcp.dstport==$TCP && tcp.len>0 && tcp.seq==1', 'tcp.srcport==$TCP && tcp.ack==12'],
      verify: threeWrites,
      otherwise: [
        {
          filter: 'tcp.dstport==$TCP && tcp.len>0',
          says: (p) =>
            `Packet ${p.number} carries ${length(p)} bytes: the eleven of "one", "two" and "three" are looked for, in a conversation of their own.`,
        },
        {
          filter: 'tcp.dstport==$TCP && tcp.flags.syn==1',
          says: (p) => `Packet ${p.number} opened a connection to TCP echo; no byte has followed.`,
        },
      ],
      hints: ["three.write('one'), then 'two', then 'three': right behind net.connect, without waiting."],
      look: { view: 'flow', filter: 'tcp.port==$TCP && tcp.len>0 && tcp.seq<=11' },
    },
    {
      kind: 'wire',
      id: 'nul-ended',
      lookedFor: 'Each message of the dictating server, backwards and with a NUL behind it, from you.',
      evidence: 'tcp.port==$LISTEN && tcp.len>0',
      verify: (run) => answered(run, NUL_ENDED),
      hints: [
        'Keep what has come and is not complete: kept = Buffer.concat([kept, chunk]).',
        'kept.indexOf(0) is where the first message ends; there may be more than one in a chunk, so look again until it is -1.',
      ],
      look: { view: 'packets' },
    },
    {
      kind: 'predict',
      id: 'nul-inside',
      truth(run): Truth | undefined {
        for (const { client, server } of conversations(run, '$LISTEN')) {
          const asked = cutByNul(server.bytes)
          const [first] = asked.slice(-2)
          const given = cutByNul(client.bytes)
          const packet = given[6] && client.packetAt(given[6].from)
          if (asked.length < NUL_ENDED.messages || given.length < asked.length || !first || !packet) continue
          return {
            value: given.length - 6,
            packet: packet.number,
            because: `${given.length - 6}: packet ${packet.number} answers ${shown(given[6]?.bytes ?? Buffer.alloc(0))}. A NUL ends a message, whatever the sender meant by it: data that may hold any byte needs another frame.`,
          }
        }
        return undefined
      },
      replies: {
        '1': (t) => `It was one message to its sender. Your reader knows only NULs: see packet ${t.packet}.`,
        '0': (t) => `Nothing is lost, it is only cut in the wrong place: see packet ${t.packet}.`,
        '5': () => 'A byte is not a message. How many bytes of value 0 come, with the one at the end?',
      },
      hints: ['Where does your own indexOf(0) find its first NUL in these six bytes?'],
    },
    {
      kind: 'wire',
      id: 'by-length',
      lookedFor: 'Each message of the second dictating server, backwards and behind its length, from you.',
      evidence: 'tcp.port==$LISTEN2 && tcp.len>0',
      verify: (run) => answered(run, BY_LENGTH),
      hints: [
        'Two things must be there: four bytes, before the length can be read, and then as many as it says.',
        'length.writeUInt32BE(message.length) writes the most significant byte first (RFC 1700 calls it network order).',
        'A message of length 0 is a message: answer it with four bytes of 0.',
      ],
      look: { view: 'packets' },
    },
    {
      kind: 'predict',
      id: 'how-long',
      networks: LAB_ALONE,
      choices: ['5 ms', 'about 40 ms', 'about 200 ms', 'a second'],
      truth(run): Truth | undefined {
        const found = delayed(run)
        if (found?.ack === undefined) return undefined
        const { head, body, ack } = found
        const waitMs = milliseconds(head, body)
        return {
          value: waitMs < SHORT_WAIT_MS ? 'about 40 ms' : 'about 200 ms',
          packet: body.number,
          because: `Packet ${body.number} left ${waitMs} ms after packet ${head.number}. Nagle’s algorithm held it until the head was acknowledged, and packet ${ack.number} came late because the server’s TCP had nothing to send that could carry it.`,
        }
      },
      replies: {
        '5 ms': (t) =>
          `That is when you wrote it. It left with packet ${t.packet}: a small segment waits as long as an earlier one is not acknowledged.`,
        'about 200 ms': (t) =>
          `Some systems delay an acknowledgement for so long (up to half a second is allowed, RFC 9293 §3.8.6.3). Measure to packet ${t.packet}.`,
        'about 40 ms': (t) =>
          `It is usually that; this time a loss made it longer. Measure to packet ${t.packet}.`,
        'a second': (t) =>
          `An acknowledgement may be delayed by half a second at most. Measure to packet ${t.packet}.`,
      },
      hints: ['For what does the body wait, and who has no reason to hurry?'],
    },
    {
      kind: 'wire',
      id: 'nagle',
      networks: LAB_ALONE,
      beyondPython: true,
      lookedFor:
        'A head of four bytes from you, its acknowledgement at least 20 ms later, and only then the body.',
      evidence: [
        'tcp.dstport==$LISTEN3 && tcp.len==4',
        'tcp.srcport==$LISTEN3 && tcp.len==0',
        'tcp.dstport==$LISTEN3 && tcp.len>4',
      ],
      verify: waited,
      hints: [
        "const { default: cable } = await import('wirelab/net'), and cable.connect(answerPort, host).",
        'First a whole message in one write, and wait for its answer. Then the head of the second, and its body 5 ms later.',
      ],
      look: { view: 'ladder', filter: 'tcp.port==$LISTEN3' },
    },
    {
      kind: 'wire',
      id: 'no-delay',
      networks: LAB_ALONE,
      beyondPython: true,
      lookedFor: 'A head of four bytes from you, and its body before any acknowledgement of the head.',
      evidence: ['tcp.dstport==$LISTEN3 && tcp.len==4', 'tcp.dstport==$LISTEN3 && tcp.len>4'],
      verify: hurried,
      hints: ['A second connection, with setNoDelay(true) as its first line; the rest stays the same.'],
      look: { view: 'ladder', filter: 'tcp.port==$LISTEN3' },
    },
    {
      kind: 'predict',
      id: 'boundaries',
      networks: LAB_ALONE,
      truth(run): Truth | undefined {
        const sent = longMessages(run)
        const [first] = sent ?? []
        if (sent === undefined || first === undefined) return undefined
        return {
          value: sent.length,
          packet: first.number,
          because: `${sent.length}, with ${sent.map(length).join(', ')} bytes. A segment takes at most what the peer’s MSS allows, and setNoDelay says only: don’t wait. It draws no line between messages.`,
        }
      },
      replies: {
        '3': (t) =>
          `setNoDelay keeps no boundaries, and 2000 bytes don’t fit into a segment: packet ${t.packet} carries a part of your first message.`,
        '6': (t) =>
          `Two for each message would mean that each begins a segment of its own. Look from packet ${t.packet} on: which one holds the end of one message and the beginning of the next?`,
        '1': (t) => `A segment on this cable carries 1448 bytes at most: see packet ${t.packet}.`,
        '4': (t) => `Do 6000 bytes fit into four times 1448? Count from packet ${t.packet} on.`,
        '5': (t) =>
          `It would be that if they stood in the send buffer all together. Count from packet ${t.packet} on.`,
      },
      hints: ['The SYN says MSS=1460, and 12 of these go to a timestamp in each segment: 1448 are left.'],
    },
    {
      kind: 'wire',
      id: 'long-messages',
      networks: LAB_ALONE,
      beyondPython: true,
      lookedFor: 'Three messages of 2000 bytes from you to TCP echo, 6000 in all, in one conversation.',
      evidence: ['tcp.dstport==$TCP && tcp.seq==1 && tcp.len>1000', 'tcp.srcport==$TCP && tcp.ack==6001'],
      otherwise: [
        {
          filter: 'tcp.dstport==$TCP && tcp.len>=100',
          says: (p) =>
            `Packet ${p.number} brings your bytes ${sequence(p)} to ${sequence(p) + length(p) - 1}; three messages of 2000 are 6000.`,
        },
      ],
      hints: ["long.setNoDelay(true), then long.write('a'.repeat(2000)), and the same with b and c."],
      look: { view: 'flow', filter: 'tcp.port==$TCP && tcp.len>0 && tcp.seq<=6000' },
    },
    {
      kind: 'predict',
      id: 'unread',
      choices: ['they are lost', 'the sender must wait', 'the network stores them', 'the connection breaks'],
      truth(run): Truth | undefined {
        const [full] = run.find(CLOSED_WINDOW)
        return (
          full && {
            value: 'the sender must wait',
            packet: full.number,
            because: `Packet ${full.number} is from your side, and says: window 0. Whoever gets that may send nothing but a byte now and then, to ask whether there is room again (RFC 9293 §3.8.6.1).`,
          }
        )
      },
      replies: {
        'they are lost': (t) =>
          `TCP loses nothing that it has accepted. What does packet ${t.packet} tell the sender?`,
        'the network stores them': (t) =>
          `A network forwards, it keeps nothing. See what packet ${t.packet} tells the sender.`,
        'the connection breaks': (t) =>
          `A receiver may keep its window closed as long as it likes (RFC 9293 §3.8.6.1). See packet ${t.packet}, and what came after it.`,
      },
    },
    {
      kind: 'wire',
      id: 'zero-window',
      beyondPython: true,
      lookedFor:
        'A window of 0 from you for 0.3 seconds or longer, then one that is open again, and more of the echo.',
      evidence: [CLOSED_WINDOW, OPEN_WINDOW, ECHO],
      verify: reopened,
      otherwise: [
        {
          filter: CLOSED_WINDOW,
          says: (p) =>
            `Packet ${p.number} says that you have no room at all; nothing was read since. resume() goes on reading.`,
        },
        {
          filter: OPEN_WINDOW,
          says: (p) =>
            `Packet ${p.number} says that you have room for ${p.values('tcp.window_size')[0]} bytes more. Read nothing while you write: flood.pause() before the first write.`,
        },
        {
          filter: 'tcp.dstport==$TCP && tcp.len>0',
          says: (p) =>
            `Packet ${p.number} brings ${length(p)} bytes: the echo of so few fits into any window.`,
        },
      ],
      hints: [
        'flood.pause() at once. A timer resumes: `later.refresh()` begins it anew with each write.',
        "2.5 MB are enough: in pieces of 64 KiB, waiting for 'drain' whenever write() returns false.",
      ],
      look: { view: 'flow', filter: 'tcp.analysis.zero_window || tcp.analysis.window_update' },
    },
  ],
  wrongs: [
    { file: 'wrong/one-string.mjs', step: 'three-writes', says: 'you sent "one"' },
    {
      file: 'wrong/chunk-is-message.mjs',
      step: 'nul-ended',
      says: 'Its bytes came in pieces',
      lesson: 'Take each chunk for a message',
    },
    { file: 'wrong/little-end-first.mjs', step: 'by-length', says: 'the most significant byte first' },
    { file: 'wrong/empty-is-nothing.mjs', step: 'by-length', says: 'was nothing (0 bytes)' },
    { file: 'wrong/in-one-go.mjs', step: 'nagle', says: 'no segment of yours had the four bytes' },
    { file: 'wrong/first-of-all.mjs', step: 'nagle', says: 'without delay' },
    {
      file: 'wrong/nagle-stays.mjs',
      step: 'no-delay',
      says: 'Nagle’s algorithm is on',
      lesson: 'Write a message in two pieces, and leave Nagle’s algorithm on',
    },
    { file: 'wrong/short-messages.mjs', step: 'long-messages', says: 'three messages of 2000 are 6000' },
    {
      file: 'wrong/reads-along.mjs',
      step: 'zero-window',
      says: 'Read nothing',
      lesson: 'Write as much, and read it as it comes back',
    },
  ],
})
