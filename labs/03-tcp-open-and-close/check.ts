import { lab, type Truth } from '../kit/lab.ts'
import {
  closed,
  count,
  echoedTwice,
  flag,
  goodbye,
  goodbyeWords,
  idle,
  least,
  offers,
  opening,
  SYN,
  SYN_ACK,
  sinceThen,
  survived,
} from './conversations.ts'

const HELLO = 'tcp.dstport==$TCP && tcp.len==6'
/** Seconds. Long enough to be seen, and for a program of yours that waits ten. */
const CABLE_OUT = 3
const LAB_ALONE = ['lab'] as const

export default lab({
  number: 3,
  title: 'TCP: open and close',
  summary: 'Three segments to open, a FIN from each side to close, RST to abort, and a refusal.',
  minutes: 40,
  networks: ['kernel', 'lab'],
  assumes: [1],
  places: 0,
  bearsLoss: true,
  steps: [
    {
      kind: 'predict',
      id: 'ack-after-hello',
      truth(run): Truth | undefined {
        const [sent] = run.find(HELLO)
        const answer = run.find('tcp.srcport==$TCP && tcp.ack>1').find((p) => p.flow === sent?.flow)
        return (
          answer && {
            value: count(answer, 'tcp.ack'),
            packet: answer.number,
            because: `Packet ${answer.number} says 7: the SYN took number 0, your bytes 1 to 6, so 7 is the next one expected.`,
          }
        )
      },
      replies: {
        '6': (truth) =>
          `The SYN used one number, so your bytes are 1 to 6; the acknowledgement names the next byte. Look at packet ${truth.packet}.`,
        '13': (truth) =>
          `Each direction counts its own bytes: the echo is not in this count. Look at packet ${truth.packet}.`,
        '1': () => '1 acknowledges the SYN alone: that is the third segment of the handshake.',
      },
      hints: ['Which number did the SYN take? And does an acknowledgement name the last byte, or the next?'],
    },
    {
      kind: 'wire',
      id: 'open',
      lookedFor: 'SYN from you, SYN ACK from the server, ACK from you, in one conversation.',
      evidence: [
        SYN,
        `${SYN_ACK} && tcp.ack==1`,
        'tcp.dstport==$TCP && tcp.flags.syn==0 && tcp.seq==1 && tcp.ack==1',
      ],
      otherwise: [
        {
          filter: 'tcp.dstport==$TCP && tcp.flags.syn==1',
          says: (p) => `Packet ${p.number} is your SYN; the other two have not followed.`,
        },
        {
          filter: 'tcp.dstport==$CLOSED && tcp.flags.syn==1',
          says: (p) =>
            `Packet ${p.number} is a SYN of yours to the port where nobody listens; the server's is WIRELAB_TCP_PORT.`,
        },
      ],
      hints: ['net.connect(port, host) with WIRELAB_TCP_PORT, which the lab passes to your program.'],
      look: { view: 'ladder' },
    },
    {
      kind: 'predict',
      id: 'syn-ack',
      truth(run) {
        const open = opening(run)
        if (open === undefined) return undefined
        const { syn, answer } = open
        const first = count(syn, 'tcp.seq_raw')
        return {
          value: count(answer, 'tcp.ack_raw'),
          packet: answer.number,
          because: `Your SYN, packet ${syn.number}, bears ${first}; packet ${answer.number} has SYN and ACK set and acknowledges ${count(answer, 'tcp.ack_raw')}, one more. Those two flags and that number mark it as the answer.`,
        }
      },
      replies: {
        '1': (truth) =>
          `1 is the relative number, counted from your SYN. The bytes of packet ${truth.packet} hold another: tcp.ack_raw.`,
        '0': () =>
          '0 is where relative counting begins. The number that stands in the bytes is asked for: tcp.ack_raw.',
      },
      mistakes(_truth, run): Record<string, string> {
        const open = opening(run)
        if (open === undefined) return {}
        const { syn, answer } = open
        return {
          [count(syn, 'tcp.seq_raw')]:
            `That is the number of your SYN itself, packet ${syn.number}. A SYN takes up one number, and an acknowledgement names the next.`,
          [count(answer, 'tcp.seq_raw')]:
            `That is where the server begins to count its own bytes: the sequence number of packet ${answer.number}, not its acknowledgement.`,
        }
      },
      hints: [
        'Select the second packet of the connection, open TCP, and look for the acknowledgement number (raw).',
      ],
      look: { view: 'inspector', filter: SYN_ACK },
    },
    {
      kind: 'wire',
      id: 'send',
      lookedFor: 'Six bytes from you, and an acknowledgement number of 7 from the server.',
      evidence: [HELLO, 'tcp.srcport==$TCP && tcp.ack==7'],
      otherwise: [
        {
          filter: 'tcp.dstport==$TCP && tcp.len>0',
          says: (p) =>
            `Packet ${p.number} carries ${count(p, 'tcp.len')} bytes; "hello" and a newline are 6.`,
        },
        {
          filter: 'tcp.dstport==$TCP && tcp.flags.syn==1',
          says: (p) => `Packet ${p.number} opened the connection; no byte of data has followed.`,
        },
      ],
      hints: ["polite.write('hello\\n') in the connect handler."],
      look: { view: 'ladder' },
    },
    {
      kind: 'wire',
      id: 'close',
      lookedFor: 'After the data, a FIN from you and a FIN from the server, in the same conversation.',
      evidence: [HELLO, 'tcp.port==$TCP && tcp.flags.fin==1'],
      verify: (run) => closed(run, HELLO),
      otherwise: [
        {
          filter: 'tcp.dstport==$TCP && tcp.flags.reset==1',
          says: (p) =>
            `Packet ${p.number} has RST set: the connection was torn down. end() says goodbye; resetAndDestroy(), or a program that ends with data unread, does not.`,
        },
        {
          filter: HELLO,
          says: (p) =>
            `Packet ${p.number} sent your line; behind it the two sides have not both said goodbye.`,
        },
        {
          filter: 'tcp.dstport==$TCP && tcp.flags.fin==1',
          says: (p) => `Packet ${p.number} closes a connection in which no hello had gone.`,
        },
      ],
      hints: ["polite.on('data', …) is where you know that the echo has come: end() there."],
      look: { view: 'ladder' },
    },
    {
      kind: 'predict',
      id: 'segments-to-close',
      truth(run) {
        const closing = goodbye(run)
        const [first] = closing ?? []
        if (closing === undefined || first === undefined) return undefined
        return { value: closing.length, packet: first.number, because: goodbyeWords(closing, first) }
      },
      replies: {
        '1': (truth) => `Packet ${truth.packet} closes one direction. The other side has a say too.`,
        '2': (truth) =>
          `Two FINs, yes; and who acknowledges the last one? Count from packet ${truth.packet}.`,
        '4': (truth) =>
          `Often it is 4. Here the second FIN carried the acknowledgement: see packet ${truth.packet} and the next.`,
        '3': (truth) =>
          `Often it is 3. Here the acknowledgement and the second FIN came apart: see from packet ${truth.packet} on.`,
      },
      look: { view: 'ladder', filter: 'tcp.port==$TCP && tcp.flags.fin==1' },
    },
    {
      kind: 'wire',
      id: 'abort',
      lookedFor: 'A segment with RST from you, in a connection that was open.',
      evidence: [SYN_ACK, 'tcp.dstport==$TCP && tcp.flags.reset==1'],
      otherwise: [
        {
          filter: 'tcp.dstport==$TCP && tcp.flags.fin==1',
          says: (p) => `Packet ${p.number} has FIN set: that is a goodbye, not an abort.`,
        },
      ],
      hints: [
        "A second connection: write('bye\\n') when it is open, and call resetAndDestroy() on it in its data handler.",
      ],
      look: { view: 'ladder' },
    },
    {
      kind: 'wire',
      id: 'refusal',
      lookedFor: 'Your SYN to the port where nobody listens, and a RST that acknowledges it.',
      evidence: [
        'tcp.dstport==$CLOSED && tcp.flags.syn==1',
        'tcp.srcport==$CLOSED && tcp.flags.reset==1 && tcp.ack==1',
      ],
      otherwise: [
        {
          filter: 'tcp.dstport==$TCP && tcp.flags.syn==1',
          says: (p) =>
            `Packet ${p.number} is your last SYN, and it knocks at the echo server's door. Nobody listens at WIRELAB_CLOSED_PORT.`,
        },
      ],
      hints: ['net.connect(closedPort, host), with an error handler: without one the program ends.'],
      look: { view: 'ladder' },
    },
    {
      kind: 'predict',
      id: 'window',
      truth(run) {
        const smallest = least(offers(run), 'tcp.window_size')
        return (
          smallest && {
            value: count(smallest, 'tcp.window_size'),
            packet: smallest.number,
            because: `${count(smallest, 'tcp.window_size')} bytes, in packet ${smallest.number}${flag(smallest, 'syn') ? ', its SYN ACK: the window of a SYN is never scaled (RFC 7323 §2.2)' : ''}. Each of its segments says how much it has room for.`,
          }
        )
      },
      mistakes(_truth, run): Record<string, string> {
        const later = offers(run).filter((p) => !flag(p, 'syn'))
        const unscaled = least(later, 'tcp.window_size_value')
        const scaled = least(later, 'tcp.window_size')
        return {
          ...(scaled && {
            [count(scaled, 'tcp.window_size')]:
              `Packet ${scaled.number} offers that. One segment of the server's offered less: its first.`,
          }),
          ...(unscaled && {
            [count(unscaled, 'tcp.window_size_value')]:
              `That is what stands in the header of packet ${unscaled.number}. It counts in units of ${count(unscaled, 'tcp.window_size_scalefactor')} bytes, as the SYN ACK had announced, so it means ${count(unscaled, 'tcp.window_size')}: compare windows with their scale (RFC 7323 §2.3).`,
          }),
        }
      },
      hints: [
        'Look at the calculated window (tcp.window_size) of each segment from the server, its first included.',
      ],
      look: { view: 'packets', filter: 'tcp.srcport==$TCP' },
    },
    {
      kind: 'predict',
      id: 'while-out',
      networks: LAB_ALONE,
      truth(run): Truth | undefined {
        const held = run.held('survive').at(-1)
        const verdict = survived(run)
        if (held?.packet == null || !verdict.done) return undefined
        const crossed = sinceThen(run, held).filter((p) => p.time < held.until).length
        return {
          value: crossed,
          packet: verdict.packet,
          because: `None: behind packet ${held.packet.number} the next one of that conversation is packet ${verdict.packet}, your own. Nobody asked whether the other was still there (RFC 9293 §3.8.4), so nobody missed the cable.`,
        }
      },
      replies: {
        '1': (truth) =>
          `1 would be a keep-alive. TCP does not send them unless a program asks for it; the next packet of that conversation is ${truth.packet}, your own.`,
        '2': (truth) =>
          `2 would be a keep-alive and its answer. TCP does not send them unless a program asks for it: see packet ${truth.packet} and the one before it.`,
      },
      hints: ['Who would have a reason to send something, and what would it be?'],
      look: { view: 'ladder', filter: 'tcp.port==$TCP' },
    },
    {
      kind: 'wire',
      id: 'survive',
      networks: LAB_ALONE,
      cable: {
        when: idle,
        cut: ['server'],
        forSeconds: CABLE_OUT,
        words: {
          before:
            'Still in. The lab pulls it when a connection of yours has had its echo and stands idle; it waits for that.',
          during: `The lab has pulled the server’s cable. It plugs it in again after ${CABLE_OUT} seconds: send nothing until then.`,
          after: 'It is in again: now send another line on the connection that was idle.',
        },
      },
      lookedFor:
        'A line of yours on the connection that was idle while the cable was out, and its acknowledgement.',
      evidence: 'tcp.port==$TCP && (tcp.len>0 || link.fate=="cut")',
      verify: survived,
      otherwise: [
        {
          filter: 'tcp.dstport==$TCP && (tcp.flags.fin==1 || tcp.flags.reset==1)',
          says: (p) =>
            `Packet ${p.number} ended your last connection. The lab waits for one that stays open when its echo has come.`,
        },
      ],
      hints: [
        'A third connection: write a line, and do not end it when the echo comes.',
        "In its data handler: setTimeout(() => patient.write('still here\\n'), 10_000), the first time.",
      ],
      look: { view: 'ladder' },
    },
    {
      kind: 'wire',
      id: 'lost',
      networks: LAB_ALONE,
      cable: {
        when: echoedTwice,
        choose: [{ direction: 'up', match: 'data', fate: 'lost' }],
        words: {
          before:
            'It loses nothing yet. The lab waits for a connection of yours that has had a second echo, and is open.',
          during: 'The lab loses the next segment with data that you send, once.',
        },
      },
      lookedFor: 'A segment of yours that was lost, the same bytes again from your TCP, and their echo.',
      evidence: [
        'tcp.dstport==$TCP && tcp.len>0 && link.fate=="lost"',
        'tcp.dstport==$TCP && tcp.analysis.retransmission',
        'tcp.srcport==$TCP && tcp.len>0',
      ],
      otherwise: [
        {
          filter: 'tcp.dstport==$TCP && tcp.analysis.retransmission',
          says: (p) =>
            `Packet ${p.number} carries your bytes for the second time; their echo has not come yet.`,
        },
        {
          filter: 'tcp.dstport==$TCP && tcp.len>0 && link.fate=="lost"',
          says: (p) => `Packet ${p.number} fell off the cable; it has not been sent again yet.`,
        },
        {
          filter: 'tcp.dstport==$TCP && tcp.len>0',
          says: (p) =>
            `Packet ${p.number} was your last data, and it arrived. When a connection has had its second echo, wait two seconds, and send one more line in it.`,
        },
      ],
      hints: [
        "After the second echo: setTimeout(() => patient.write('and again\\n'), 2000). Change nothing else: repeating is TCP's work.",
      ],
      look: { view: 'ladder' },
    },
  ],
  wrongs: [
    { file: 'wrong/elsewhere.mjs', step: 'open', says: 'to the port where nobody listens' },
    { file: 'wrong/no-newline.mjs', step: 'send', says: 'carries 5 bytes' },
    {
      file: 'wrong/tears-down.mjs',
      step: 'close',
      says: 'has RST set: the connection was torn down',
      lesson: 'Closing as the impatient do: what the server gets instead of a FIN.',
    },
    { file: 'wrong/always-polite.mjs', step: 'abort', says: 'a goodbye, not an abort' },
    { file: 'wrong/always-polite.mjs', step: 'refusal', says: "knocks at the echo server's door" },
    { file: 'wrong/always-polite.mjs', step: 'survive', says: 'ended your last connection', network: 'lab' },
    { file: 'wrong/always-polite.mjs', step: 'lost', says: 'and it arrived', network: 'lab' },
    {
      file: 'wrong/chatters.mjs',
      step: 'survive',
      says: 'was sent while the cable was out',
      network: 'lab',
      lesson: 'A connection that has something to say while the cable is out: now its TCP does notice.',
    },
  ],
})
