import { lab, type RunView, type Truth } from '../kit/lab.ts'
import {
  answered,
  count,
  counting,
  cutInPieces,
  HELLO,
  lostInTheCount,
  reply,
  TO_ECHO,
  threeMessages,
  UDP_HEADER,
} from './datagrams.ts'

const LAB_ALONE = ['lab'] as const
const REFUSED = 'icmp.type==3 && icmp.code==3 && udp.dstport==$CLOSED'
const TO_ALL = 'eth.dst==ff:ff:ff:ff:ff:ff && udp.dstport==$UDP && ip.src==$ME'
/** Both lengths, UDP's and IP's, have 16 bits (RFC 768, RFC 791 §3.1). */
const SIXTEEN_BITS = 65_535

const hello = (run: RunView) => run.find(HELLO)[0]

export default lab({
  number: 5,
  title: 'UDP',
  summary: 'Datagrams: one message each, no connection, and mostly nobody who says what became of them.',
  minutes: 40,
  networks: ['kernel', 'lab'],
  assumes: [1],
  door: 'udp',
  steps: [
    {
      kind: 'predict',
      id: 'largest',
      truth(run): Truth | undefined {
        const sent = hello(run)
        if (sent === undefined) return undefined
        const header = count(sent, 'ip.hdr_len')
        return {
          value: SIXTEEN_BITS - header - UDP_HEADER,
          packet: sent.number,
          because: `An IP packet says its length in 16 bits, so it has at most ${SIXTEEN_BITS} bytes (RFC 791 §3.1); ${header} of them are IP's header, as in packet ${sent.number}, and ${UDP_HEADER} are UDP's.`,
        }
      },
      replies: {
        '65535': (truth) =>
          `65535 is the largest number that 16 bits can say. UDP's Length counts its own header, too, and all of it must fit into one IP packet: packet ${truth.packet} shows both headers.`,
        '65527': () =>
          "65527 is what UDP's Length would allow. But IP's length has 16 bits as well, and counts IP's header.",
        '1472': () =>
          '1472 is what fits into one Ethernet frame. A datagram may be longer: IP cuts it (step 8).',
        '1500': () => '1500 is the IP packet that one Ethernet frame takes. Longer ones are cut (step 8).',
      },
      hints: ['IP says the length of a packet in 16 bits. What else is in that packet?'],
      look: { view: 'inspector', filter: HELLO },
    },
    {
      kind: 'wire',
      id: 'messages',
      lookedFor: 'Three datagrams from one port: 6 bytes, none, and 9 bytes; and the echo of each.',
      evidence: 'udp.port==$UDP && (udp.length==14 || udp.length==8 || udp.length==17)',
      verify: threeMessages,
      otherwise: [
        {
          filter: `${TO_ECHO} && udp.length==23`,
          says: (p) =>
            `Packet ${p.number} carries both lines, 15 bytes: one send is one datagram, and nothing divides it on the way.`,
        },
        {
          filter: TO_ECHO,
          says: (p) =>
            `Packet ${p.number} carries ${count(p, 'udp.length') - UDP_HEADER} bytes; the three are 6 bytes, none, and 9.`,
        },
      ],
      hints: ["client.send('hello\\n', udpPort, host), and two more of its kind."],
      look: { view: 'ladder', filter: 'udp.port==$UDP' },
    },
    {
      kind: 'predict',
      id: 'length',
      truth(run) {
        const sent = hello(run)
        return (
          sent && {
            value: count(sent, 'udp.length'),
            packet: sent.number,
            because: `Length counts UDP's header, ${UDP_HEADER} bytes, and your 6 (RFC 768): see packet ${sent.number}. So the empty datagram says ${UDP_HEADER}.`,
          }
        )
      },
      replies: {
        '6': (truth) =>
          `6 bytes are yours. Look at packet ${truth.packet}: what else does Length count, that an empty datagram has as well?`,
      },
      mistakes(_truth, run): Record<string, string> {
        const sent = hello(run)
        if (sent === undefined) return {}
        return {
          [count(sent, 'frame.len')]:
            `${count(sent, 'frame.len')} is the length of the frame. UDP knows nothing of what carries it.`,
          [count(sent, 'ip.len')]:
            `${count(sent, 'ip.len')} is what IP says of its packet. UDP has a length of its own.`,
        }
      },
      hints: [
        'Four fields of 16 bits are the header. The empty datagram has a Length as well: what does it say?',
      ],
      look: { view: 'inspector', filter: HELLO },
    },
    {
      kind: 'predict',
      id: 'reply-port',
      truth(run) {
        const pair = reply(run)
        return (
          pair && {
            value: count(pair.back, 'udp.dstport'),
            packet: pair.back.number,
            because: `Packet ${pair.back.number} has the ports of packet ${pair.sent.number} in each other's places: it goes to where the other came from.`,
          }
        )
      },
      mistakes(_truth, run): Record<string, string> {
        const pair = reply(run)
        return pair === undefined
          ? {}
          : {
              [count(pair.back, 'udp.srcport')]:
                `That is the echo server's own port: packet ${pair.back.number} comes from there. Where does it go to?`,
            }
      },
      nearly: (answer, truth) =>
        Number.isNaN(answer)
          ? undefined
          : `Packet ${truth.packet} is the echo of your last run: its UDP header has two ports, where it comes from and where it goes to.`,
      hints: ["Open the echo's UDP header: the destination port. Which port did your datagram come from?"],
      look: { view: 'ladder', filter: 'udp.port==$UDP' },
    },
    {
      kind: 'predict',
      id: 'protocol',
      truth(run) {
        const sent = hello(run)
        return (
          sent && {
            value: count(sent, 'ip.proto'),
            packet: sent.number,
            because: `17, hexadecimal 0x11, in the IP header of packet ${sent.number}: without it IP would not know whom to hand the bytes to.`,
          }
        )
      },
      replies: {
        '6': () => '6 is TCP.',
        '1': () => '1 is ICMP: you will meet it in step 11.',
        '11': () => '11 with 0x before it: hexadecimal. What is that in decimal?',
        '2048': () => '2048, 0x0800, stands in the Ethernet header: it says that the frame carries IPv4.',
      },
      hints: ['Open the IP layer, and look for Protocol.'],
      look: { view: 'inspector', filter: HELLO },
    },
    {
      kind: 'wire',
      id: 'one-port',
      lookedFor:
        'Datagrams from three different ports to yours, and an answer from yours to each of the three.',
      evidence: 'udp.port==$LISTEN',
      verify: answered,
      hints: ["server.send(text, from.port, from.address), in the server's message handler."],
      look: { view: 'packets', filter: 'udp.port==$LISTEN' },
    },
    {
      kind: 'predict',
      id: 'pieces',
      networks: LAB_ALONE,
      truth(run) {
        const cut = cutInPieces(run)
        const [first] = cut?.pieces ?? []
        return (
          cut &&
          first && {
            value: cut.pieces.length,
            packet: first.number,
            because: `${cut.pieces.length}, from packet ${first.number} on: 4008 bytes with UDP's header, and each frame takes 1500 of IP, that is 1480 and IP's header again. Only the first has UDP's ports in it.`,
          }
        )
      },
      replies: {
        '1': (truth) =>
          `One datagram, yes; but a frame of this Ethernet takes 1500 bytes of IP. Look at packet ${truth.packet}.`,
        '2': () => 'Two hold 2960 bytes. How many has the datagram, its header included?',
        '4': (truth) => `4 would be for pieces of 1000 bytes or so. How long is packet ${truth.packet}?`,
      },
      hints: ['Each frame takes 1500 bytes of IP; 20 of these are the IP header, in every piece again.'],
      look: { view: 'packets', filter: 'ip.flags.mf==1 || ip.frag_offset>0' },
    },
    {
      kind: 'wire',
      id: 'fragments',
      networks: LAB_ALONE,
      lookedFor: 'A datagram of 4000 bytes to UDP echo in several IP packets, and its echo, whole again.',
      evidence: '(ip.flags.mf==1 || ip.frag_offset>0) && ip.proto==17',
      verify(run) {
        const cut = cutInPieces(run)
        if (cut === undefined) return { done: false }
        if (cut.back !== undefined) return { done: true, packet: cut.back.number }
        return {
          done: false,
          seen: `${cut.pieces.length} pieces went, the last was packet ${cut.last.number}; the echo has not come back whole.`,
          packet: cut.last.number,
        }
      },
      otherwise: [
        {
          filter: `${TO_ECHO} && udp.length>8`,
          says: (p) =>
            `Packet ${p.number} carries ${count(p, 'udp.length') - UDP_HEADER} bytes, and fits into one frame.`,
        },
      ],
      hints: ["client.send('x'.repeat(4000), udpPort, host)"],
      look: { view: 'packets' },
    },
    {
      kind: 'predict',
      id: 'who-says',
      networks: LAB_ALONE,
      choices: ['the callback', 'an error event', 'ICMP', 'nobody'],
      truth(run) {
        const gap = lostInTheCount(run)
        return (
          gap && {
            value: 'nobody',
            packet: gap.lost.number,
            because: `Packet ${gap.lost.number} was lost, and the next that the server said is packet ${gap.next.number}, the echo of a later number. That a number is missing, only your program can tell, since it counts.`,
          }
        )
      },
      replies: {
        'the callback': (truth) =>
          `The callback came for packet ${truth.packet} as for all others: it says that the datagram left this host, not that it arrived.`,
        'an error event': (truth) =>
          `Nothing came that could cause one: who would have sent it? The server never saw packet ${truth.packet}.`,
        icmp: (truth) =>
          `ICMP speaks of ports and ways that are not there. Of packet ${truth.packet} nobody knew: a cable does not speak.`,
      },
      look: { view: 'ladder', filter: 'udp.port==$UDP' },
    },
    {
      kind: 'wire',
      id: 'lost',
      networks: LAB_ALONE,
      cable: {
        when: counting,
        choose: [{ direction: 'up', match: 'udp', fate: 'lost' }],
        words: {
          before: 'The lab waits until you count: until a number of yours has come back.',
          during: 'The lab loses the next datagram that you send, once.',
        },
      },
      lookedFor:
        'A datagram of yours that was lost, and, behind it, the echo of a later one from the same port.',
      evidence: [`${TO_ECHO} && link.fate=="lost"`, 'udp.srcport==$UDP'],
      otherwise: [
        {
          filter: `${TO_ECHO} && link.fate=="lost"`,
          says: (p) => `Packet ${p.number} fell off the cable. Go on: nobody will tell you.`,
        },
        {
          filter: TO_ECHO,
          says: (p) =>
            `Packet ${p.number} was your last datagram, and it arrived: the lab comes to this step when those before it are ticked. Go on counting.`,
        },
      ],
      hints: [
        'for (let number = 1; number <= 40 && missing === 0; number++): client.send(String(number), …), and await pause(250).',
      ],
      look: { view: 'ladder', filter: 'udp.port==$UDP' },
    },
    {
      kind: 'wire',
      id: 'closed',
      lookedFor: 'A datagram to the port where nobody listens, and ICMP "port unreachable" in answer.',
      evidence: REFUSED,
      otherwise: [
        {
          filter: 'udp.dstport==$CLOSED && !icmp',
          says: (p) => `Packet ${p.number} knocks at the closed port; no answer has come to it.`,
        },
        {
          filter: 'tcp.dstport==$CLOSED',
          says: (p) => `Packet ${p.number} knocks there by TCP. UDP has ports of its own: send a datagram.`,
        },
      ],
      hints: [
        "knocker.connect(closedPort, host, () => knocker.send('anybody?\\n')), with an 'error' handler.",
      ],
      look: { view: 'packets', filter: 'udp.port==$CLOSED' },
    },
    {
      kind: 'wire',
      id: 'broadcast',
      networks: LAB_ALONE,
      beyondPython: true,
      lookedFor: 'One frame of yours with a datagram, to ff:ff:ff:ff:ff:ff, and an answer to it.',
      evidence: TO_ALL,
      verify(run) {
        const [sent] = run.find(TO_ALL)
        if (sent === undefined) return { done: false }
        const answer = run.find('udp.srcport==$UDP && ip.dst==$ME').find((p) => p.number > sent.number)
        if (answer !== undefined) return { done: true, packet: sent.number }
        return {
          done: false,
          seen: `Packet ${sent.number} went to everybody; nobody has answered it yet.`,
          packet: sent.number,
        }
      },
      otherwise: [
        {
          filter: `${TO_ECHO} && ip.src==$ME`,
          says: (p) =>
            `Packet ${p.number} went to ${p.values('ip.dst')[0]} alone: the frame bears the hardware address of one host. (Without setBroadcast(true) nothing to 255.255.255.255 leaves.)`,
        },
        {
          filter: TO_ECHO,
          says: (p) =>
            `Packet ${p.number} came by the door. To speak to everybody on the cable a program must be a host there: wirelab/dgram.`,
        },
      ],
      hints: ["client.setBroadcast(true), then client.send('who is there?\\n', udpPort, '255.255.255.255')"],
      look: { view: 'map' },
    },
  ],
  wrongs: [
    { file: 'wrong/one-send.mjs', step: 'messages', says: 'carries both lines, 15 bytes' },
    {
      file: 'wrong/first-come.mjs',
      step: 'one-port',
      says: 'of the 3 callers were answered',
      lesson: 'A server that keeps its first caller, as if UDP had connections: who hears what?',
    },
    { file: 'wrong/one-send.mjs', step: 'fragments', says: 'fits into one frame' },
    { file: 'wrong/one-send.mjs', step: 'lost', says: 'and it arrived' },
    { file: 'wrong/one-send.mjs', step: 'closed', says: 'knocks there by TCP' },
    { file: 'wrong/one-host.mjs', step: 'broadcast', says: 'one host. (Without setBroadcast(true)' },
  ],
})
