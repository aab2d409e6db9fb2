import { lab, type RunView, type Sighting, type Truth, type Verdict } from '../kit/lab.ts'

/** The packet with the learner's line on its way to the server. */
const LINE = 'tcp.dstport==$TCP && tcp.len==6'
/** UDP's length counts its header of 8 bytes as well. */
const DATAGRAM = 'udp.dstport==$UDP && udp.length==14'
const MINE = 6

const line = (run: RunView): Sighting | undefined => run.find(LINE)[0]
const count = (packet: Sighting, field: string) => Number(packet.values(field)[0])

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

/** The echo, and a FIN from each side, in one conversation. */
function echoed(run: RunView): Verdict {
  for (const echo of run.find('tcp.srcport==$TCP && tcp.len==6')) {
    const fins = run.find('tcp.port==$TCP && tcp.flags.fin==1').filter(({ flow }) => flow === echo.flow)
    const last = fins.at(-1)
    if (last && new Set(fins.map(({ fromClient }) => fromClient)).size === 2) {
      return { done: true, packet: last.number }
    }
  }
  return { done: false }
}

/** The line's datagram, and all others between the same two ports, once the echo is among them. */
function exchange(run: RunView): readonly Sighting[] | undefined {
  const [sent] = run.find(DATAGRAM)
  if (sent === undefined) return undefined
  const both = run.find('udp').filter((packet) => packet.flow === sent.flow)
  return both.some((packet) => packet.fromClient === false) ? both : undefined
}

/** A choice that the line's packet illustrates. */
const shownBy =
  (value: string, because: (n: number) => string) =>
  (run: RunView): Truth | undefined => {
    const sent = line(run)
    return sent && { value, packet: sent.number, because: because(sent.number) }
  }

export default lab({
  number: 1,
  title: 'Layers',
  summary: 'Send one line, open one frame: what each layer added, and whose bytes are whose.',
  minutes: 25,
  networks: ['kernel', 'lab'],
  assumes: [],
  places: 0,
  bearsLoss: true,
  steps: [
    {
      kind: 'predict',
      id: 'count',
      byHand: true,
      truth(run): Truth | undefined {
        const all = conversation(run)
        const [first] = all ?? []
        if (all === undefined || first === undefined) return undefined
        const carrying = all.filter((packet) => count(packet, 'tcp.len') > 0).length
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
      nearly(answer, truth, run) {
        const last = conversation(run)?.at(-1)
        if (last === undefined || Number.isNaN(answer)) return undefined
        const ends = `Your conversation begins with packet ${truth.packet} and ends with packet ${last.number}`
        const numbers = last.number - truth.packet + 1
        return answer === numbers
          ? `${ends}: these are ${numbers} numbers, and not all of them are your conversation's. Count its arrows in the ladder.`
          : `${ends}: count its arrows in the ladder, both directions. Those with no data in them count as well.`
      },
      hints: ['Before any data there is a handshake. After it, each side closes for itself.'],
      look: { view: 'ladder', filter: 'tcp.port==$TCP' },
    },
    {
      kind: 'wire',
      id: 'send',
      byHand: true,
      lookedFor: 'A segment with six bytes of data to the echo server: hello and a newline.',
      evidence: LINE,
      otherwise: [
        {
          filter: 'tcp.dstport==$TCP && tcp.len>0',
          says: (packet) =>
            `Packet ${packet.number} carries ${count(packet, 'tcp.len')} bytes; "hello" and a newline are 6.`,
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
      look: { view: 'ladder', filter: 'tcp.port==$TCP' },
    },
    {
      kind: 'wire',
      id: 'echo',
      byHand: true,
      lookedFor: 'The same six bytes back from the server, then a FIN from each side.',
      evidence: ['tcp.srcport==$TCP && tcp.len==6', 'tcp.port==$TCP && tcp.flags.fin==1'],
      verify: echoed,
      otherwise: [
        {
          filter: 'tcp.dstport==$TCP && tcp.flags.reset==1',
          says: (packet) =>
            `Packet ${packet.number} has RST set: the connection was torn down, and neither side said goodbye.`,
        },
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
      look: { view: 'ladder', filter: 'tcp.port==$TCP' },
    },
    {
      kind: 'predict',
      id: 'yours',
      byHand: true,
      truth: (run) => {
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
      },
      mistakes(truth, run): Record<string, string> {
        const sent = line(run)
        if (sent === undefined) return {}
        const frame = count(sent, 'frame.len')
        const packet = count(sent, 'ip.len')
        return {
          [frame]: `${frame} is the whole frame, packet ${truth.packet}. How much of it did you type?`,
          [frame - MINE]:
            `${frame - MINE} is what carries your data: the headers. What is left of the frame without them?`,
          [packet]: `${packet} is the IP packet, with IP's header and TCP's in it. How much of it did you type?`,
        }
      },
      look: { view: 'inspector', filter: LINE },
    },
    {
      kind: 'predict',
      id: 'headers',
      byHand: true,
      truth(run) {
        const sent = line(run)
        if (sent === undefined) return undefined
        const frame = count(sent, 'frame.len')
        const headers = frame - MINE
        return {
          value: headers,
          packet: sent.number,
          because: `${MINE} bytes are yours, ${headers} carry them: the link's header ${frame - count(sent, 'ip.len')}, IP's ${count(sent, 'ip.hdr_len')}, TCP's ${count(sent, 'tcp.hdr_len')}.`,
        }
      },
      replies: {
        '54': () =>
          '54 would be right without TCP options. Open the TCP layer: its header is longer than 20 bytes. Why?',
        '40': () => '40 is IP and TCP without their options. The frame has an Ethernet header too.',
      },
      mistakes(_truth, run): Record<string, string> {
        const sent = line(run)
        if (sent === undefined) return {}
        const frame = count(sent, 'frame.len')
        return {
          [frame]: `${frame} is the whole frame, your data included.`,
          [count(sent, 'ip.len') - MINE]:
            "That is IP's header and TCP's. Around the IP packet there is a frame, which has a header too.",
        }
      },
      hints: ['Add the header lengths: Ethernet 14 bytes, IP 20, and TCP as its data offset says.'],
      look: { view: 'inspector', filter: LINE },
    },
    {
      kind: 'predict',
      id: 'unit',
      byHand: true,
      choices: ['frame', 'packet', 'segment', 'datagram'],
      truth: shownBy(
        'segment',
        (n) => `TCP cuts a stream into segments (RFC 9293 §3.1); packet ${n} holds one.`,
      ),
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
      byHand: true,
      choices: ['3', '4', '5', '7'],
      truth: shownBy(
        '5',
        (n) =>
          `Nothing in packet ${n} belongs to a session: TCP echo has none. Socket.IO will bring one (lab 12).`,
      ),
      replies: {
        '3': (truth) => `Layer 3 is IP: its addresses stand in packet ${truth.packet}.`,
        '4': (truth) => `Layer 4 is TCP: its ports stand in packet ${truth.packet}.`,
        '7': (truth) => `Layer 7 is your line itself, at the end of packet ${truth.packet}.`,
      },
      look: { view: 'inspector', filter: LINE },
    },
    {
      kind: 'predict',
      id: 'beside',
      byHand: true,
      choices: ['7', '5 to 7', '4 to 7'],
      truth: shownBy(
        '5 to 7',
        (n) =>
          `The Internet's model asks no more than that programs agree on what bytes mean (RFC 1122 §1.1.3): all of it is application. Behind TCP's header in packet ${n} there is one thing, your line, and nothing says where a layer 6 would end.`,
      ),
      replies: {
        '7': () =>
          'They bear the same name, and are not the same: where would the Internet put sessions, and how text becomes bytes? It has no layers of its own for them.',
        '4 to 7': (truth) =>
          `Layer 4 has a place of its own in both models: transport, and a header of its own in packet ${truth.packet}.`,
      },
    },
    {
      kind: 'wire',
      id: 'datagram',
      byHand: true,
      lookedFor: 'One datagram with the same six bytes, to UDP echo.',
      evidence: DATAGRAM,
      otherwise: [
        {
          filter: 'udp.dstport==$UDP',
          says: (packet) =>
            `Packet ${packet.number} is a datagram with ${count(packet, 'udp.length') - 8} bytes in it; "hello" and a newline are 6.`,
        },
        {
          filter: 'tcp.dstport==$UDP',
          says: (packet) =>
            `Packet ${packet.number} went to that port by TCP. TCP's ports and UDP's are counted apart: the same number is another door.`,
        },
      ],
      hints: ["datagrams.send('hello\\n', udpPort, host)"],
      look: { view: 'ladder', filter: 'udp.port==$UDP' },
    },
    {
      kind: 'predict',
      id: 'count-udp',
      byHand: true,
      truth(run) {
        const both = exchange(run)
        const [first] = both ?? []
        return (
          both &&
          first && {
            value: both.length,
            packet: first.number,
            because: `${both.length}: packet ${first.number} is the line, packet ${both.at(-1)?.number} its echo. Nothing opens, acknowledges or closes: UDP knows no connection (RFC 768).`,
          }
        )
      },
      replies: {
        '1': (truth) => `The echo is a datagram, too, that goes back: look behind packet ${truth.packet}.`,
        '5': (truth) =>
          `Three more to open a connection? UDP opens none: packet ${truth.packet} already carries the line.`,
      },
      mistakes(_truth, run): Record<string, string> {
        const tcp = conversation(run)?.length
        return tcp === undefined
          ? {}
          : { [tcp]: `${tcp} is what it took over TCP. UDP neither opens, acknowledges nor closes.` }
      },
      look: { view: 'ladder', filter: 'udp.port==$UDP' },
    },
    {
      kind: 'predict',
      id: 'fastest',
      byHand: true,
      later: 20,
      choices: ['TCP', 'UDP', 'WebSocket', 'Socket.IO', 'none in everything'],
      truth(run) {
        const [first] = exchange(run) ?? []
        return (
          first && {
            value: 'none in everything',
            packet: first.number,
            because:
              'Noted. You have measured nothing but packets so far; lab 20 measures all four side by side, and comes back to this.',
          }
        )
      },
    },
  ],
  wrongs: [
    { file: 'wrong/no-newline.mjs', step: 'send', says: 'carries 5 bytes' },
    {
      file: 'wrong/tears-down.mjs',
      step: 'echo',
      says: 'neither side said goodbye',
      lesson: 'A connection that is torn down instead of closed: how many packets fewer?',
    },
    { file: 'wrong/no-newline.mjs', step: 'datagram', says: 'a datagram with 5 bytes' },
  ],
})
