import { lab, type RunView, type Sighting, type Truth } from '../kit/lab.ts'

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
      hints: ['A second connection: on connect, call resetAndDestroy() on it.'],
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
  ],
})
