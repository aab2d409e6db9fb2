import { lab, type RunView, type StepCable, type Truth } from '../kit/lab.ts'
import {
  alone,
  around,
  bytesEach,
  fourRoads,
  gap,
  goesOn,
  roundTripsBefore,
  spread,
  stalled,
  verdict,
  waits,
  whole,
} from './measures.ts'
import { COUNT, count, OWN, PORT, ROADS, type Road } from './roads.ts'

const CALM = { delay: 0.005, loss: 0 }
/** Each way. So much slower than the calm cable that a program can tell by one round trip. */
const WORSE = { delay: 0.04, loss: 0 }
/** Of each twenty messages on a road two or three are lost, whenever the counting begins. */
const EACH_NTH = 8
const CHOICES = 40

const everyNth = (match: 'data' | 'udp') =>
  Array.from({ length: CHOICES }, (_, n) => ({
    direction: 'up' as const,
    match,
    flow: 'any' as const,
    nth: EACH_NTH * (n + 1),
    fate: 'lost' as const,
  }))

const worse: StepCable = {
  up: WORSE,
  down: WORSE,
  choose: [...everyNth('data'), ...everyNth('udp')],
  words: {
    during: `The cable takes 40 ms each way now, and loses every ${EACH_NTH}th segment with something new in it, and every ${EACH_NTH}th datagram, on the way to the server.`,
  },
}

const LATE = ['that one alone', 'it and those behind it', 'none: one is missing'] as const
const RATIOS = [
  'about as many',
  'about 3 times as many',
  'about 10 times as many',
  'about 30 times as many',
] as const
const TIMES = [1, 3, 10, 30]

function trips(run: RunView): Truth | undefined {
  const workload = whole(run, 'Socket.IO')
  const first = workload?.messages[0]
  if (workload === undefined || first === undefined) return undefined
  const others = ROADS.flatMap((road) => {
    const other = whole(run, road)
    return other === undefined || road === 'Socket.IO' ? [] : `${road} ${roundTripsBefore(run, other)}`
  })
  // UDP, which has none, comes last: the answer names it, too.
  if (others.length < ROADS.length - 1) return undefined
  return {
    value: roundTripsBefore(run, workload),
    packet: first.sent.number,
    because: `TCP’s handshake, the upgrade to WebSocket, and CONNECT, each with its answer: only then packet ${first.sent.number} could leave with message 01. The others: ${others.join(', ')}.`,
  }
}

/** Bytes of the frame around a message, over each road that has carried one. */
function overheads(run: RunView): ReadonlyMap<Road, number> {
  return new Map(
    ROADS.flatMap((road) => {
      const workload = whole(run, road)
      const message = workload && alone(workload)
      return message === undefined ? [] : [[road, around(message)] as const]
    }),
  )
}

function header(run: RunView): Truth | undefined {
  const workload = whole(run, 'Socket.IO')
  const message = workload && alone(workload)
  if (message === undefined) return undefined
  const { sent } = message
  const all = [...overheads(run)].map(([road, bytes]) => `${road} ${bytes}`).join(', ')
  return {
    value: around(message),
    // The ack id has one digit up to message 10, and two from there on.
    within: 1,
    packet: sent.number,
    because: `Packet ${sent.number} has ${count(sent, 'frame.len')} bytes, and ${OWN} are yours: ${count(sent, 'frame.len') - count(sent, 'tcp.len')} are the headers up to TCP’s, ${count(sent, 'tcp.len') - OWN} are WebSocket’s header with its key, Engine.IO’s and Socket.IO’s digits, the event’s name and JSON. Around one message: ${all}.`,
  }
}

function ratio(run: RunView): Truth | undefined {
  const bytes = ROADS.map((road) => {
    const workload = whole(run, road)
    return workload && bytesEach(run, workload)
  })
  const [, , socketIo, udp] = bytes
  const packet = whole(run, 'Socket.IO')?.messages[0]?.sent.number
  if (bytes.includes(undefined) || !socketIo || !udp || packet === undefined) return undefined
  const distance = (times: number) => Math.abs(Math.log(socketIo / udp / times))
  const nearest = TIMES.toSorted((a, b) => distance(a) - distance(b))[0] ?? 1
  return {
    value: RATIOS[TIMES.indexOf(nearest)] ?? '',
    packet,
    because: `Bytes on the cable for each message, both ways, with opening, acknowledging and closing: ${ROADS.map((road, at) => `${road} ${bytes[at]}`).join(', ')}. Your own text is ${2 * OWN} of them. Most of the difference are TCP’s acknowledgements, and the opening, shared by ${COUNT} messages.`,
  }
}

function lateBehind(run: RunView): Truth | undefined {
  const stall = stalled(run, 'WebSocket')
  if (stall === undefined) return undefined
  const { lost, repair, behind } = stall
  const names = behind.map(({ n }) => n).join(', ')
  return {
    value: LATE[1],
    packet: repair.number,
    because: `Packet ${lost.sent.number} with message ${lost.n} was lost. ${behind.length} more (${names}) had come to the server before packet ${repair.number} repaired it, and had to wait there: a stream is handed out in its order, or not at all.`,
  }
}

function lateOverUdp(run: RunView): Truth | undefined {
  const found = gap(run)
  const [lost] = found?.lost ?? []
  if (found === undefined || lost === undefined) return undefined
  return {
    value: LATE[2],
    packet: lost.sent.number,
    because: `Packet ${lost.sent.number} with message ${lost.n} was lost, and nobody sent it again. Message ${found.next.n} behind it was back after ${Math.round(found.next.took)} ms, as ever.`,
  }
}

function widest(run: RunView): Truth | undefined {
  const stall = stalled(run, 'WebSocket')
  const found = stall && spread(stall.workload)
  if (found === undefined) return undefined
  const { ms, quickest, slowest } = found
  return {
    value: ms,
    within: 15 + 0.1 * ms,
    packet: slowest.sent.number,
    because: `${Math.round(quickest.took)} ms for message ${quickest.n}, ${Math.round(slowest.took)} for message ${slowest.n} of packet ${slowest.sent.number}: the round trip is the same for all, the rest is waiting for a repair.`,
  }
}

const carried = (road: Road) => `${road === 'UDP' ? 'udp' : 'tcp'}.port==${PORT[road]}`

export default lab({
  number: 20,
  title: 'Side by side',
  summary:
    'One workload over TCP, WebSocket, Socket.IO and UDP: before the first byte, around it, and under loss.',
  minutes: 40,
  networks: ['lab'],
  assumes: [1, 5, 7, 10, 12],
  places: 0,
  bearsLoss: true,
  steps: [
    {
      kind: 'predict',
      id: 'fastest',
      choices: ['TCP', 'UDP', 'WebSocket', 'Socket.IO', 'none in everything'],
      truth: verdict,
      replies: {
        tcp: (t) => `In no column was it the first: ${t.because}`,
        udp: (t) => `A message that never comes is not fast. ${t.because}`,
        websocket: (t) => `It is TCP with an opening of its own on top, so it can’t outrun it. ${t.because}`,
        'socket.io': (t) => `It is WebSocket with an opening of its own on top. ${t.because}`,
      },
      look: { view: 'compare' },
    },
    {
      kind: 'predict',
      id: 'round-trips',
      truth: trips,
      replies: {
        '0': (t) => `So it is with UDP. Count what had to be answered before packet ${t.packet}.`,
        '1': (t) => `One is TCP’s handshake. What is asked and answered between that and packet ${t.packet}?`,
        '2': (t) =>
          `That is enough for WebSocket: the handshake and the upgrade. Socket.IO asks once more before packet ${t.packet}.`,
        '4': (t) =>
          `So it may be with polling first. Here it is a WebSocket at once: count again, up to packet ${t.packet}.`,
      },
      hints: [
        'In the ladder: each time that your program speaks after the server has spoken, it had waited.',
      ],
      look: { view: 'ladder', filter: 'tcp.port==$HUB' },
    },
    {
      kind: 'wire',
      id: 'four',
      lookedFor: `All ${COUNT} messages, there and back, over each of TCP, WebSocket, Socket.IO and UDP.`,
      evidence: ROADS.map(carried).join(' || '),
      verify: fourRoads,
      cable: { up: CALM, down: CALM, words: { during: 'The cable loses nothing, and takes 5 ms each way.' } },
      hints: [
        'Each road is a function like overTcp: it opens, and answers with what sends and what closes.',
        "Over Socket.IO: socket.emit('echo', message, arrived). The hub answers by the ack.",
      ],
      look: { view: 'ladder' },
    },
    {
      kind: 'predict',
      id: 'around',
      truth: header,
      mistakes(_truth, run): Record<string, string> {
        const workload = whole(run, 'Socket.IO')
        const message = workload && alone(workload)
        if (message === undefined) return {}
        const frame = count(message.sent, 'frame.len')
        const payload = count(message.sent, 'tcp.len')
        const others = overheads(run)
        return {
          [frame]: `That is the whole frame of packet ${message.sent.number}. ${OWN} of its bytes are yours.`,
          [payload - OWN]:
            'That is what stands above TCP. TCP, IP and Ethernet have headers in the frame, too.',
          [frame - payload]:
            'These are the headers up to TCP’s. WebSocket and Socket.IO have added something above.',
          [others.get('TCP') ?? '']: 'So it is over bare TCP. What is above it here?',
          [others.get('WebSocket') ?? '']:
            'So it is over WebSocket. Socket.IO adds the event’s name, quotation marks and two digits.',
          [others.get('UDP') ?? '']: 'So it is over UDP, whose header has 8 bytes.',
        }
      },
      hints: [`frame.len of the packet with message 07, less ${OWN}: sixteen characters and the newline.`],
      look: { view: 'inspector', filter: 'tcp.dstport==$HUB && socketio.event=="echo"' },
    },
    {
      kind: 'predict',
      id: 'bytes',
      choices: RATIOS,
      truth: ratio,
      replies: {
        'about as many': (t) =>
          `UDP has no opening, no acknowledgement and no end. Look at the sizes of packet ${t.packet} and of those behind it.`,
        'about 3 times as many': (t) => `Usually; this time it was otherwise. ${t.because}`,
        'about 10 times as many': (t) =>
          `The opening is dear, but it is paid once: for a single message you would be nearer. Look at the sizes of packet ${t.packet} and of those behind it.`,
        'about 30 times as many': (t) =>
          `The opening is dear, but it is paid once. Look at the sizes of packet ${t.packet} and of those behind it.`,
      },
      look: { view: 'compare' },
    },
    {
      kind: 'predict',
      id: 'late-websocket',
      choices: LATE,
      truth: lateBehind,
      replies: {
        'that one alone': (t) =>
          `WebSocket knows where each message ends, but what lies under it is one stream, and a stream has an order. Look at what came back behind packet ${t.packet}.`,
        'none: one is missing': (t) =>
          `Nothing is missing: packet ${t.packet} brought it after all. That is what TCP is for.`,
      },
      look: { view: 'ladder', filter: 'tcp.port==$WS' },
    },
    {
      kind: 'wire',
      id: 'tcp-waits',
      lookedFor:
        'Over TCP: a lost segment, messages that came behind it before it was repaired, and their echoes only after that.',
      evidence: 'tcp.dstport==$TCP && tcp.len>0 && (link.fate=="lost" || tcp.analysis.retransmission)',
      verify: (run) => waits(run, ['TCP']),
      cable: worse,
      hints: [
        'Nothing new to write: the same round once more, when worseCable() has seen that the cable is slow.',
      ],
      look: { view: 'ladder', filter: 'tcp.port==$TCP' },
    },
    {
      kind: 'wire',
      id: 'so-do-others',
      lookedFor: 'The same over WebSocket and over Socket.IO.',
      evidence:
        '(tcp.dstport==$WS || tcp.dstport==$HUB) && tcp.len>0 && (link.fate=="lost" || tcp.analysis.retransmission)',
      verify: (run) => waits(run, ['WebSocket', 'Socket.IO']),
      cable: worse,
      hints: ['The same round once more.'],
      look: { view: 'ladder', filter: 'tcp.port==$WS' },
    },
    {
      kind: 'predict',
      id: 'late-udp',
      choices: LATE,
      truth: lateOverUdp,
      replies: {
        'that one alone': (t) =>
          `Late it would be if somebody sent it again. Nobody does: packet ${t.packet} was its only try.`,
        'it and those behind it': (t) =>
          `Datagrams have no order that anybody would wait for. Look at those behind packet ${t.packet}.`,
      },
      look: { view: 'ladder', filter: 'udp.port==$UDP' },
    },
    {
      kind: 'wire',
      id: 'udp-goes-on',
      lookedFor:
        'Over UDP: a lost datagram that is never sent again, and one behind it that is back in time.',
      evidence: 'udp.port==$UDP',
      verify: goesOn,
      cable: worse,
      hints: ['The same round once more; send each datagram once.'],
      look: { view: 'ladder', filter: 'udp.port==$UDP' },
    },
    {
      kind: 'predict',
      id: 'spread',
      truth: widest,
      mistakes(_truth, run): Record<string, string> {
        const stall = stalled(run, 'WebSocket')
        const found = stall && spread(stall.workload)
        if (found === undefined) return {}
        return {
          [Math.round(found.slowest.took)]:
            `So long the slowest took, message ${found.slowest.n}. The quickest took its time, too.`,
          [Math.round(found.quickest.took)]:
            `So long the quickest took, message ${found.quickest.n}: there and back. How much longer did the slowest take?`,
        }
      },
      hints: [
        'Your program prints the quickest and the slowest of each road: the row of WebSocket, in the round over the long cable.',
      ],
      look: { view: 'ladder', filter: 'tcp.port==$WS' },
    },
    {
      kind: 'predict',
      id: 'socketio-over-udp',
      choices: ['never', 'yes, if transports says so', 'only with WebTransport'],
      truth(run): Truth | undefined {
        const first = whole(run, 'Socket.IO')?.messages[0]?.sent
        return (
          first && {
            value: 'only with WebTransport',
            packet: first.number,
            because: `Its transports are HTTP long polling, WebSocket and WebTransport. The first two are TCP, as packet ${first.number} shows (ip.proto ${count(first, 'ip.proto')}). WebTransport is HTTP/3, that is QUIC, which rides on UDP (RFC 9000, RFC 9114), and needs a server that speaks it; and it repairs losses as well, each stream for itself.`,
          }
        )
      },
      replies: {
        never: () =>
          'It has a third transport since version 4.7, besides polling and WebSocket. What does that one ride on?',
        'yes, if transports says so': () =>
          "transports: ['udp'] is none of its words: it knows polling, websocket and webtransport.",
      },
    },
  ],
  wrongs: [
    { file: 'wrong/three-roads.mjs', step: 'four', says: 'Over UDP no message has been sent' },
    { file: 'wrong/polls.mjs', step: 'four', says: 'polls: Socket.IO begins so' },
    {
      file: 'wrong/one-at-a-time.mjs',
      step: 'tcp-waits',
      says: 'did you wait for each echo?',
      lesson:
        'Wait for each echo before the next message: nothing queues behind a loss, and how long does it all take?',
    },
    { file: 'wrong/calm-only.mjs', step: 'so-do-others', says: 'send the workload once more' },
    {
      file: 'wrong/sends-again.mjs',
      step: 'udp-goes-on',
      says: 'that was you, not UDP',
      lesson: 'Send each datagram again until it is back: what have you begun to build?',
    },
  ],
})
