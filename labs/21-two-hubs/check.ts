import { lab, type RunView, type Truth } from '../kit/lab.ts'
import {
  counted,
  FROM_NODES,
  hop,
  hops,
  inByWebSocket,
  NAME,
  NODES,
  refusals,
  refusedElsewhere,
  sticky,
  stopped,
  stops,
  TO_NODES,
  websockets,
} from './sites.ts'

const GETS_IN = ['it gets in', 'it gets in at the second try', 'it does not get in'] as const
const HEARERS = ['both', 'only those at her node', 'only those at the other node'] as const
const ORDER = ['before Redis has it', 'when Redis has it'] as const

/** The second try went the way of the first. */
function byTurns(run: RunView): Truth | undefined {
  const [first, second] = new Map(
    refusals(run).map((refusal) => [refusal.session.sid, refusal] as const),
  ).values()
  if (first === undefined || second === undefined) return undefined
  const { session, asked, refused } = first
  return {
    value: GETS_IN[2],
    packet: refused.number,
    because: `Node ${NAME[session.node]} opened its session in packet ${session.packet.number}; the next request, packet ${asked.packet.number}, came to node ${NAME[asked.node]}, which had never heard of it: 400. The next try met the same (packet ${second.refused.number}).`,
  }
}

function onlyWebSocket(run: RunView): Truth | undefined {
  const packet = NODES.map((node) => inByWebSocket(run, node)).find((each) => each !== undefined)
  return (
    packet && {
      value: GETS_IN[0],
      packet: packet.number,
      because: `There was one HTTP request, the upgrade, and packet ${packet.number} came over the same TCP connection: nothing was left for the balancer to give to the wrong node.`,
    }
  )
}

function whoHears(run: RunView): Truth | undefined {
  const speech = stopped(run)
  const copy = speech?.said.get(speech.node)
  if (speech?.settled === undefined || copy === undefined) return undefined
  return {
    value: HEARERS[1],
    packet: copy.packet.number,
    because: `Packet ${copy.packet.number} left node ${NAME[speech.node]}, where she is. The other node sent nothing, up to packet ${speech.settled.number}: its list of sockets is its own, and nobody had told it.`,
  }
}

function copies(run: RunView): Truth | undefined {
  const found = hop(run)
  if (found === undefined) return undefined
  const all = found.crossings
  return {
    value: all.length,
    packet: found.there.number,
    because: `Packet ${found.there.number} takes it to Redis, and Redis gives it to whoever waits for news: ${all.length - 1} ${all.length === 2 ? 'copy' : 'copies'} back, in packets ${all
      .slice(1)
      .map((p) => p.number)
      .join(', ')}. That includes the node that it came from, which knows its own by an id, and lets it lie.`,
  }
}

function annHears(run: RunView): Truth | undefined {
  const found = hop(run)
  const own = found?.speech.said.get(found.speech.node)
  if (found === undefined || own === undefined) return undefined
  const { speech, there } = found
  const isAfter = own.packet.number > there.number
  const ms = Math.round((own.packet.time - speech.say.packet.time) * 1000)
  return {
    value: isAfter ? ORDER[1] : ORDER[0],
    packet: own.packet.number,
    because: `Her say came in packet ${speech.say.packet.number}, went on to Redis in packet ${there.number}, and packet ${own.packet.number} brought it back to her after ${ms} ms. The adapter waits for Redis, since what Redis answers, the entry’s place in the log, is the offset that goes out with the event where states are recovered (lab 14).`,
  }
}

export default lab({
  number: 21,
  title: 'Two hubs',
  summary: 'Two nodes behind a balancer: by turns, with sticky sessions, and with an adapter over Redis.',
  minutes: 45,
  networks: ['kernel', 'lab'],
  assumes: [11, 12, 15],
  places: 4,
  cast: { program: 'cast', plays: 'server' },
  bearsLoss: true,
  door: 'http',
  steps: [
    {
      kind: 'predict',
      id: 'by-turns',
      choices: GETS_IN,
      truth: byTurns,
      replies: {
        'it gets in': (t) =>
          `More servers don’t just work: what would the second node know of a session that the first has opened? See packet ${t.packet}.`,
        'it gets in at the second try': (t) =>
          `By chance, with many clients at once. One alone meets the other node each time: see packet ${t.packet}, and those behind it.`,
      },
      look: { view: 'ladder', filter: 'tcp.port==$LISTEN && http' },
    },
    {
      kind: 'wire',
      id: 'astray',
      lookedFor: 'A session that one node has opened, and a 400 "Session ID unknown" of the other for it.',
      evidence: `${FROM_NODES} && engineio.error.code==1`,
      verify: refusedElsewhere,
      hints: ["await visitor('cem') while the site chooses by turns."],
      look: { view: 'ladder', filter: 'http || engineio' },
    },
    {
      kind: 'predict',
      id: 'websocket-guess',
      choices: [GETS_IN[0], GETS_IN[2]],
      truth: onlyWebSocket,
      replies: {
        'it does not get in': (t) =>
          `How many HTTP requests does it need? One: look at the connection of packet ${t.packet}.`,
      },
    },
    {
      kind: 'wire',
      id: 'websocket',
      lookedFor: 'Two clients with WebSocket alone, one in at each node.',
      evidence: `${FROM_NODES} && socketio.type==0 && socketio.sid && websocket`,
      verify: websockets,
      hints: ["await visitor('dora', { transports: ['websocket'] }), and a second one."],
      look: { view: 'ladder', filter: `websocket && ${FROM_NODES}` },
    },
    {
      kind: 'wire',
      id: 'sticky',
      lookedFor:
        'Two sessions that begin with polls and upgrade, one at each node, and every request of a session at the node that opened it.',
      evidence: `${TO_NODES} && http.request.uri contains "sid="`,
      verify: sticky,
      hints: [
        "The sid stands in the request: new URL(request.url, 'http://site').searchParams.get('sid').",
        'The sids of node a begin with a-: NODES.findIndex(…) for the node with whose name it begins.',
      ],
      look: { view: 'packets', filter: `${TO_NODES} && http.request` },
    },
    {
      kind: 'predict',
      id: 'who-hears',
      choices: HEARERS,
      truth: whoHears,
      replies: {
        both: (t) =>
          `Sticky sessions bring clients to their node. Who would bring the event to the other one? See packet ${t.packet}.`,
        'only those at the other node': (t) =>
          `server.emit goes to all sockets that this server has: see packet ${t.packet}.`,
      },
      look: { view: 'ladder', filter: 'tcp.srcport==$LISTEN && socketio.event=="said"' },
    },
    {
      kind: 'wire',
      id: 'stops',
      lookedFor:
        'said from one node to its client, and none from the other, whose client has answered since.',
      evidence: `${FROM_NODES} && socketio.event=="said"`,
      verify: stops,
      hints: ["await speak(ann, bob, 'good morning'), while there is no adapter."],
      look: { view: 'ladder', filter: 'tcp.srcport==$LISTEN && socketio.event=="said"' },
    },
    {
      kind: 'predict',
      id: 'copies',
      truth: copies,
      replies: {
        '1': (t) => `Once there, in packet ${t.packet}. How does it come to the other node?`,
        '2': (t) =>
          `There and to the other node. But Redis gives it to all who wait for news, and who wrote it is no concern of Redis: count on from packet ${t.packet}.`,
        '4': (t) => `That would be once more each way. Count from packet ${t.packet} on.`,
      },
      hints: ['tcp.port==$LISTEN4 && tcp contains "good evening", or whatever your Ann said.'],
      look: { view: 'packets', filter: 'tcp.port==$LISTEN4 && tcp.len>0' },
    },
    {
      kind: 'predict',
      id: 'ann-hears',
      choices: ORDER,
      truth: annHears,
      replies: {
        'before redis has it': (t) =>
          `Her node could tell her at once, and does not: packet ${t.packet} left behind the one to Redis.`,
        'when redis has it': (t) => `So it is with most versions. Here packet ${t.packet} left before.`,
      },
      look: { view: 'ladder', filter: 'socketio.event=="said" || tcp contains "xadd"' },
    },
    {
      kind: 'wire',
      id: 'hop',
      lookedFor: 'Something said at one node, the same words to Redis and back, and said from both nodes.',
      evidence: `(tcp.port==$LISTEN4 && tcp contains "said") || (${FROM_NODES} && socketio.event=="said")`,
      verify: hops,
      hints: [
        'clients.map((redis) => createAdapter(redis)): an adapter for each node, each with a Redis client of its own.',
        'await bothWait(clients[0]) before the clients come: the adapter reads what is new from when it has begun to read.',
      ],
      look: { view: 'ladder', filter: 'tcp.port==$LISTEN4 && tcp.len>0' },
    },
    {
      kind: 'wire',
      id: 'count',
      lookedFor:
        'who, answered with the clients of both nodes, and Redis between the question and the answer.',
      evidence: `${FROM_NODES} && socketio.type==3`,
      verify: counted,
      hints: ["await ann.emitWithAck('who'), with the adapter and while both clients are here."],
      look: { view: 'ladder', filter: `tcp.port==$LISTEN4 || (socketio && (${TO_NODES} || ${FROM_NODES}))` },
    },
  ],
  wrongs: [
    { file: 'wrong/made-up-session.mjs', step: 'astray', says: 'one that no node has given out' },
    { file: 'wrong/one-visitor.mjs', step: 'websocket', says: 'Let a second one come' },
    {
      file: 'wrong/by-address.mjs',
      step: 'sticky',
      says: 'All of them call from one address',
      lesson: 'Sticky by the client’s address: what becomes of a school behind one router?',
    },
    { file: 'wrong/asks-nobody.mjs', step: 'stops', says: 'Nobody at the other node has been asked' },
    {
      file: 'wrong/half-an-adapter.mjs',
      step: 'hop',
      says: 'does it have an adapter too',
      lesson: 'An adapter for one of the two nodes: who hears then?',
    },
    { file: 'wrong/asks-nobody.mjs', step: 'count', says: 'knows of its own alone' },
  ],
})
