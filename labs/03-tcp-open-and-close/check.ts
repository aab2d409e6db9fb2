import { type Held, lab, type RunView, type Sighting, type Truth, type Verdict } from '../kit/lab.ts'

const HELLO = 'tcp.dstport==$TCP && tcp.len==6'

/** From the first FIN to the last acknowledgement of a close in good order. */
function goodbye(run: RunView): readonly Sighting[] | undefined {
  for (const first of run.find('tcp.flags.fin==1')) {
    const rest = run.find('tcp').filter((p) => p.flow === first.flow && p.number >= first.number)
    const closers = rest.filter((p) => p.values('tcp.flags.fin')[0] === true)
    const aborted = rest.some((p) => p.values('tcp.flags.reset')[0] === true)
    const settled = rest.at(-1)?.values('tcp.flags.fin')[0] === false
    if (!aborted && settled && new Set(closers.map((p) => p.fromClient)).size === 2) return rest
  }
  return undefined
}

/** Seconds. Long enough to be seen, and for a program of yours that waits ten. */
const CABLE_OUT = 3
const LAB_ALONE = ['lab'] as const

const flag = (packet: Sighting, name: string) => packet.values(`tcp.flags.${name}`)[0] === true
const length = (packet: Sighting) => Number(packet.values('tcp.len')[0])
const time = (packet: Sighting) => Number(packet.values('frame.time_epoch')[0])
const isCut = (packet: Sighting) => packet.values('link.fate').includes('cut')

/** The last acknowledgement of a conversation that is open, has been answered, and has nothing left to say. */
function idle(run: RunView): Sighting | undefined {
  for (const echo of run.find('tcp.srcport==$TCP && tcp.len>0').toReversed()) {
    const rest = run.find('tcp').filter((p) => p.flow === echo.flow && p.number >= echo.number)
    const last = rest.at(-1)
    const over = rest.some((p) => flag(p, 'fin') || flag(p, 'reset'))
    if (!over && last?.fromClient && length(last) === 0) return last
  }
  return undefined
}

/** What came in an idle conversation after its cable was pulled. */
function sinceThen(run: RunView, { packet }: Held): readonly Sighting[] {
  return run.find('tcp').filter((p) => p.flow === packet?.flow && p.number > (packet?.number ?? 0))
}

/** Data after the cable was out and in, in the conversation that was idle meanwhile, and its acknowledgement. */
function survived(run: RunView): Verdict {
  let best: Verdict = { done: false }
  for (const held of run.held('survive')) {
    const n = held.packet?.number ?? 0
    const later = sinceThen(run, held)
    const sent = later.find((p) => p.fromClient && length(p) > 0)
    const early = later.find((p) => isCut(p) || time(p) < held.until)
    if (early !== undefined) {
      best = {
        done: false,
        seen: `Packet ${early.number} was sent while the cable was out${isCut(early) ? ', and fell out of it' : ''}: so your connection was not idle. Wait until the lab says that the cable is in again.`,
        packet: early.number,
      }
      continue
    }
    const answer = later.find((p) => !p.fromClient && sent !== undefined && p.number > sent.number)
    if (sent !== undefined && answer !== undefined) return { done: true, packet: sent.number }
    const gone = later.find((p) => flag(p, 'fin') || flag(p, 'reset'))
    best = {
      done: false,
      seen:
        gone === undefined
          ? `The cable was pulled behind packet ${n}; nothing has come in that conversation since.`
          : `The cable was pulled behind packet ${n}, and packet ${gone.number} ended that conversation: send in it, before you end it.`,
      packet: gone?.number ?? n,
    }
  }
  return best
}

export default lab({
  number: 3,
  title: 'TCP: open and close',
  summary: 'Three segments to open, a FIN from each side to close, RST to abort, and a refusal.',
  minutes: 30,
  networks: ['kernel', 'lab'],
  steps: [
    {
      kind: 'predict',
      id: 'ack-after-hello',
      truth(run): Truth | undefined {
        const [sent] = run.find(HELLO)
        const answer = run.find('tcp.srcport==$TCP && tcp.ack>1').find((p) => p.flow === sent?.flow)
        return (
          answer && {
            value: Number(answer.values('tcp.ack')[0]),
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
        'tcp.dstport==$TCP && tcp.flags.syn==1 && tcp.flags.ack==0',
        'tcp.srcport==$TCP && tcp.flags.syn==1 && tcp.flags.ack==1 && tcp.ack==1',
        'tcp.dstport==$TCP && tcp.flags.syn==0 && tcp.seq==1 && tcp.ack==1',
      ],
      otherwise: [
        {
          filter: 'tcp.dstport==$TCP && tcp.flags.syn==1',
          says: (p) => `Packet ${p.number} is your SYN; the other two have not followed.`,
        },
      ],
      hints: ['net.connect(port, host) with WIRELAB_TCP_PORT, which the lab passes to your program.'],
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
            `Packet ${p.number} carries ${p.values('tcp.len')[0]} bytes; "hello" and a newline are 6.`,
        },
        {
          filter: 'tcp.dstport==$TCP && tcp.flags.syn==1',
          says: (p) => `Packet ${p.number} opened the connection; no byte of data has followed.`,
        },
      ],
      hints: ["polite.write('hello\\n') in the connect handler."],
    },
    {
      kind: 'wire',
      id: 'close',
      lookedFor: 'After the data, a FIN from you and a FIN from the server, in the same conversation.',
      evidence: [
        HELLO,
        'tcp.flags.fin==1 && (tcp.dstport==$TCP || tcp.srcport==$TCP)',
        'tcp.flags.fin==1 && (tcp.dstport==$TCP || tcp.srcport==$TCP)',
      ],
      otherwise: [
        {
          filter: 'tcp.dstport==$TCP && tcp.flags.reset==1',
          says: (p) =>
            `Packet ${p.number} has RST set: the connection was torn down. destroy() with unread data aborts; end() says goodbye.`,
        },
        {
          filter: 'tcp.flags.fin==1',
          says: (p) =>
            `Packet ${p.number} closes one direction; the other is still open, or no data went before.`,
        },
        { filter: HELLO, says: (p) => `Packet ${p.number} sent your line; the connection is still open.` },
      ],
      hints: ["polite.on('data', …) is where you know that the echo has come: end() there."],
    },
    {
      kind: 'predict',
      id: 'segments-to-close',
      truth(run) {
        const closing = goodbye(run)
        const first = closing?.[0]
        if (closing === undefined || first === undefined) return undefined
        return {
          value: closing.length,
          packet: first.number,
          because:
            closing.length === 3
              ? `Three, from packet ${first.number} on: the second FIN carried the acknowledgement of the first.`
              : `${closing.length}, from packet ${first.number} on: a FIN and its acknowledgement for each direction.`,
        }
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
    },
    {
      kind: 'wire',
      id: 'abort',
      lookedFor: 'A segment with RST from you, in a connection that was open.',
      evidence: ['tcp.srcport==$TCP && tcp.flags.syn==1', 'tcp.dstport==$TCP && tcp.flags.reset==1'],
      otherwise: [
        {
          filter: 'tcp.dstport==$TCP && tcp.flags.fin==1',
          says: (p) => `Packet ${p.number} has FIN set: that is a goodbye, not an abort.`,
        },
      ],
      hints: [
        "A second connection: write('bye\\n') when it is open, and call resetAndDestroy() on it in its data handler.",
      ],
    },
    {
      kind: 'wire',
      id: 'refusal',
      lookedFor: 'Your SYN to the port where nobody listens, and a RST that acknowledges it.',
      evidence: [
        'tcp.dstport==$CLOSED && tcp.flags.syn==1',
        'tcp.srcport==$CLOSED && tcp.flags.reset==1 && tcp.ack==1',
      ],
      hints: ['net.connect(closedPort, host), with an error handler: without one the program ends.'],
    },
    {
      kind: 'predict',
      id: 'refusing-flag',
      choices: ['FIN', 'SYN', 'RST', 'PSH'],
      truth(run) {
        const [refusal] = run.find('tcp.srcport==$CLOSED && tcp.flags.reset==1')
        return (
          refusal && {
            value: 'RST',
            packet: refusal.number,
            because: `Packet ${refusal.number} has RST set: nothing listens on port ${run.ports.CLOSED}.`,
          }
        )
      },
      replies: {
        fin: () => 'FIN ends a connection that was open; this one never was.',
        syn: () => 'SYN with ACK would have been a welcome.',
      },
    },
    {
      kind: 'predict',
      id: 'while-out',
      networks: LAB_ALONE,
      truth(run): Truth | undefined {
        const held = run.held('survive').at(-1)
        const verdict = survived(run)
        if (held?.packet == null || !verdict.done) return undefined
        const crossed = sinceThen(run, held).filter((p) => time(p) < held.until).length
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
    },
    {
      kind: 'wire',
      id: 'lost',
      networks: LAB_ALONE,
      cable: {
        choose: [{ direction: 'up', match: 'data', fate: 'lost' }],
        words: { during: 'The lab loses the next segment with data that you send, once.' },
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
            `Packet ${p.number} was your last data, and it arrived: the lab was not ready yet. Send one more line, two seconds after the echo.`,
        },
      ],
      hints: [
        "After the second echo: setTimeout(() => patient.write('and again\\n'), 2000). Change nothing else: repeating is TCP's work.",
      ],
    },
  ],
})
