import { lab, type RunView, type Sighting, type Truth } from '../kit/lab.ts'

/** The packet with the learner's line on its way to the server. */
const LINE = 'tcp.dstport==$TCP && tcp.len==6'

function line(run: RunView): Sighting | undefined {
  return run.find(LINE)[0]
}

/** All packets of the line's connection, once both sides have closed it. */
function conversation(run: RunView): readonly Sighting[] | undefined {
  const sent = line(run)
  if (sent === undefined) return undefined
  const mine = run.find('tcp').filter((packet) => packet.flow === sent.flow)
  const fins = mine.filter((packet) => packet.values('tcp.flags.fin')[0] === true)
  const closedBy = new Set(fins.map((packet) => packet.fromClient))
  const last = mine.at(-1)
  const settled = closedBy.size === 2 && last?.values('tcp.flags.fin')[0] === false
  return settled ? mine : undefined
}

const MINE = 6

export default lab({
  number: 1,
  title: 'Layers',
  summary: 'Send one line, open one frame: what each layer added, and whose bytes are whose.',
  minutes: 20,
  networks: ['kernel', 'lab'],
  steps: [
    {
      kind: 'predict',
      id: 'count',
      truth(run): Truth | undefined {
        const all = conversation(run)
        const [first] = all ?? []
        if (all === undefined || first === undefined) return undefined
        const carrying = all.filter((packet) => Number(packet.values('tcp.len')[0]) > 0).length
        return {
          value: all.length,
          packet: first.number,
          because: `${all.length}, from packet ${first.number} on: three to meet, ${carrying} with your line in them, there and back, and the rest to acknowledge and to part.`,
        }
      },
      replies: {
        '1': (truth) =>
          `1 would be the line alone. Before it, three packets opened the connection (from packet ${truth.packet} on), and TCP acknowledges and closes too.`,
        '2': (truth) =>
          `2 would be the line and its echo. TCP also opens, acknowledges and closes: count from packet ${truth.packet} on.`,
      },
      hints: ['Before any data there is a handshake. After it, each side closes for itself.'],
    },
    {
      kind: 'wire',
      id: 'send',
      lookedFor: 'A segment with six bytes of data to the echo server: hello and a newline.',
      evidence: LINE,
      otherwise: [
        {
          filter: 'tcp.dstport==$TCP && tcp.len>0',
          says: (packet) =>
            `Packet ${packet.number} carries ${packet.values('tcp.len')[0]} bytes; "hello" and a newline are 6.`,
        },
        {
          filter: 'tcp.dstport==$TCP && tcp.flags.fin==1',
          says: (packet) =>
            `Packet ${packet.number} closes the connection (FIN), and nothing was sent before it.`,
        },
        {
          filter: 'tcp.dstport==$TCP && tcp.flags.syn==1',
          says: (packet) => `Packet ${packet.number} opens a connection; nothing has been sent in it yet.`,
        },
      ],
      hints: [
        'In the connect handler: socket.write(…). The newline is the character \\n.',
        "Replace socket.end() by socket.write('hello\\n'), and call socket.end() in the data handler.",
      ],
    },
    {
      kind: 'wire',
      id: 'echo',
      lookedFor: 'The same six bytes back from the server, then a FIN from each side.',
      evidence: ['tcp.srcport==$TCP && tcp.len==6', 'tcp.flags.fin==1', 'tcp.flags.fin==1'],
      otherwise: [
        {
          filter: 'tcp.srcport==$TCP && tcp.len==6',
          says: (packet) => `Packet ${packet.number} brought the echo. The connection is still open: end it.`,
        },
        {
          filter: LINE,
          says: (packet) => `Packet ${packet.number} took your line there; its echo has not come back.`,
        },
      ],
      hints: ['If you close before the echo has come, it may find nobody. Close in the data handler.'],
    },
    {
      kind: 'predict',
      id: 'yours',
      truth(run) {
        const sent = line(run)
        return (
          sent && {
            value: MINE,
            packet: sent.number,
            because: `Five letters and a newline: ${MINE} bytes of packet ${sent.number} are yours.`,
          }
        )
      },
      replies: {
        '5': (truth) =>
          `5 are the letters. The newline is a byte too: look at the last byte of packet ${truth.packet}.`,
        '66': () => '66 is what carries your data: the headers. What is left of the frame without them?',
        '72': () => '72 is the whole frame. How much of it did you type?',
      },
    },
    {
      kind: 'predict',
      id: 'headers',
      truth(run) {
        const sent = line(run)
        if (sent === undefined) return undefined
        const headers = Number(sent.values('frame.len')[0]) - MINE
        return {
          value: headers,
          packet: sent.number,
          because: `${MINE} bytes are yours, ${headers} carry them: Ethernet 14, IP ${sent.values('ip.hdr_len')[0]}, TCP ${sent.values('tcp.hdr_len')[0]}.`,
        }
      },
      replies: {
        '54': () =>
          '54 would be right without TCP options. Open the TCP layer: its header is longer than 20 bytes. Why?',
        '40': () => '40 is IP and TCP without their options. The frame has an Ethernet header too.',
        '72': () => '72 is the whole frame, your data included.',
      },
      hints: [
        'Add the header lengths of the three layers: Ethernet 14 bytes, IP 20, and TCP as its data offset says.',
      ],
    },
    {
      kind: 'predict',
      id: 'unit',
      choices: ['frame', 'packet', 'segment', 'datagram'],
      truth: (run) => {
        const sent = line(run)
        return (
          sent && {
            value: 'segment',
            packet: sent.number,
            because: `TCP cuts a stream into segments (RFC 9293 §3.1); packet ${sent.number} holds one.`,
          }
        )
      },
      replies: {
        frame: () => 'A frame is layer 2: what goes over one link.',
        packet: () =>
          'A packet is layer 3: what IP takes from host to host. In daily speech people say packet for everything; here it is exact.',
        datagram: () => "A datagram stands alone: that is UDP's unit. TCP's belongs to a stream.",
      },
    },
    {
      kind: 'predict',
      id: 'missing',
      choices: ['3', '4', '5', '7'],
      truth: (run) => {
        const sent = line(run)
        return (
          sent && {
            value: '5',
            packet: sent.number,
            because: `Nothing in packet ${sent.number} belongs to a session: TCP echo has none. Socket.IO will bring one (lab 12).`,
          }
        )
      },
      replies: {
        '3': (truth) => `Layer 3 is IP: its addresses stand in packet ${truth.packet}.`,
        '4': (truth) => `Layer 4 is TCP: its ports stand in packet ${truth.packet}.`,
        '7': (truth) => `Layer 7 is your line itself, at the end of packet ${truth.packet}.`,
      },
    },
  ],
})
