/** What went through the balancer, to which node, and what the nodes told each other. */
import { answerTo, eventsIn, type SeenEvent } from '../kit/events.ts'
import type { RunView, Sighting, Verdict } from '../kit/lab.ts'
import { conversations } from '../kit/stream.ts'

export const NODES = ['$LISTEN2', '$LISTEN3'] as const
export type Node = (typeof NODES)[number]
/** As the lab's programs call them. */
export const NAME: Readonly<Record<Node, string>> = { $LISTEN2: 'a', $LISTEN3: 'b' }
export const FROM_NODES = '(tcp.srcport==$LISTEN2 || tcp.srcport==$LISTEN3)'
export const TO_NODES = '(tcp.dstport==$LISTEN2 || tcp.dstport==$LISTEN3)'

const NOT_YET: Verdict = { done: false }
export const not = (packet: Sighting, seen: string): Verdict => ({ done: false, seen, packet: packet.number })
export const other = (node: Node): Node => (node === NODES[0] ? NODES[1] : NODES[0])

/** The node at one end of a packet. */
export function nodeOf(run: RunView, packet: Sighting): Node {
  const ports = [...packet.values('tcp.srcport'), ...packet.values('tcp.dstport')].map(Number)
  return ports.includes(run.ports.LISTEN3 ?? 0) ? '$LISTEN3' : '$LISTEN2'
}

/** A request of a session, as it came to a node. */
export interface Asked {
  readonly packet: Sighting
  readonly node: Node
  readonly sid: string
}

export function asked(run: RunView): readonly Asked[] {
  return run.find(`${TO_NODES} && http.request.uri contains "sid="`).flatMap((packet) => {
    const sid = /[?&]sid=([^&]*)/.exec(String(packet.values('http.request.uri')[0]))?.[1]
    return sid === undefined ? [] : [{ packet, node: nodeOf(run, packet), sid }]
  })
}

/** A session that a node has given out. */
export interface Session {
  readonly sid: string
  readonly node: Node
  readonly packet: Sighting
  readonly byWebSocket: boolean
}

export function sessions(run: RunView): readonly Session[] {
  return run.find(`${FROM_NODES} && engineio.type==0`).flatMap((packet) => {
    const sid = packet.values('engineio.sid')[0]
    const byWebSocket = packet.values('websocket.opcode').length > 0
    return sid === undefined ? [] : [{ sid: String(sid), node: nodeOf(run, packet), packet, byWebSocket }]
  })
}

/** A session that one node had given out and the other refused. */
export interface Refusal {
  readonly session: Session
  readonly asked: Asked
  readonly refused: Sighting
}

export function refusals(run: RunView): readonly Refusal[] {
  const given = sessions(run)
  const all = asked(run)
  return run.find(`${FROM_NODES} && engineio.error.code==1`).flatMap((refused) => {
    const request = all.findLast(
      ({ packet }) => packet.flow === refused.flow && packet.number < refused.number,
    )
    const session = given.find(({ sid, node }) => sid === request?.sid && node !== request.node)
    return request === undefined || session === undefined ? [] : [{ session, asked: request, refused }]
  })
}

export function refusedElsewhere(run: RunView): Verdict {
  const [first] = refusals(run)
  if (first !== undefined) return { done: true, packet: first.refused.number }
  const [stranger] = run.find(`${FROM_NODES} && engineio.error.code==1`)
  if (stranger !== undefined) {
    return not(
      stranger,
      `Packet ${stranger.number} refuses a session, but one that no node has given out. Let a client of Socket.IO come, with its usual transports.`,
    )
  }
  const last = sessions(run).at(-1)
  if (last === undefined) return NOT_YET
  return not(
    last.packet,
    last.byWebSocket
      ? `Packet ${last.packet.number} opens a session over WebSocket, which needs no second request. Let a client come with its usual transports.`
      : `Packet ${last.packet.number} opens a session at node ${NAME[last.node]}, and no request of it went astray: is the balancer sticky already?`,
  )
}

/** Where clients are in: a node's CONNECT with an id. */
const joined = (run: RunView, node: Node) =>
  run.find(`tcp.srcport==${node} && socketio.type==0 && socketio.sid`)

/** A client with WebSocket alone, in at that node. */
export function inByWebSocket(run: RunView, node: Node): Sighting | undefined {
  const opened = new Set(
    sessions(run)
      .filter((session) => session.byWebSocket && session.node === node)
      .map(({ packet }) => packet.flow),
  )
  return joined(run, node).find(({ flow }) => opened.has(flow))
}

export function websockets(run: RunView): Verdict {
  const [a, b] = NODES.map((node) => inByWebSocket(run, node))
  if (a !== undefined && b !== undefined) return { done: true, packet: Math.max(a.number, b.number) }
  const one = a ?? b
  if (one !== undefined) {
    return not(
      one,
      `Packet ${one.number} lets a client with WebSocket alone in at node ${NAME[nodeOf(run, one)]}. Let a second one come, which the balancer gives to the other.`,
    )
  }
  const polling = run.find('tcp.dstport==$LISTEN && engineio.transport=="polling"').at(-1)
  return polling === undefined
    ? NOT_YET
    : not(
        polling,
        `Packet ${polling.number} polls: with transports: ['websocket'] a client begins with a WebSocket at once.`,
      )
}

/** Sessions that began with polls, and of which every request went to the node that gave them out. */
export function kept(run: RunView): readonly Session[] {
  const all = asked(run)
  return sessions(run).filter(({ sid, node, byWebSocket }) => {
    const own = all.filter((each) => each.sid === sid)
    const upgrade = own.find(({ packet }) => packet.values('http.upgrade').length > 0)
    return (
      !byWebSocket &&
      own.length >= 3 &&
      own.every((each) => each.node === node) &&
      run.find(`tcp.srcport==${node} && http.response.code==101`).some((p) => p.flow === upgrade?.packet.flow)
    )
  })
}

export function sticky(run: RunView): Verdict {
  const good = kept(run)
  const [a, b] = NODES.map((node) => good.find((session) => session.node === node))
  if (a !== undefined && b !== undefined) {
    const last = asked(run).findLast(({ sid }) => sid === a.sid || sid === b.sid)
    return { done: true, packet: last?.packet.number ?? b.packet.number }
  }
  const one = good.at(-1)
  if (one !== undefined && good.length > 1) {
    return not(
      one.packet,
      `Packet ${one.packet.number} opens a session at node ${NAME[one.node]}, as all others that were kept together: node ${NAME[other(one.node)]} has nothing to do. What tells your clients apart? All of them call from one address.`,
    )
  }
  if (one !== undefined) {
    return not(
      one.packet,
      `The session of packet ${one.packet.number} was kept together at node ${NAME[one.node]}. A second client, at the other node, is still missing.`,
    )
  }
  const astray = refusals(run).at(-1)
  if (astray === undefined) return NOT_YET
  return not(
    astray.asked.packet,
    `Packet ${astray.asked.packet.number} brings node ${NAME[astray.asked.node]} a request of the session ${astray.session.sid.slice(0, 8)}…, which node ${NAME[astray.session.node]} gave out in packet ${astray.session.packet.number}: refused in packet ${astray.refused.number}.`,
  )
}

/** Something said by a client, and the nodes that told their clients. */
export interface Speech {
  readonly text: string
  readonly say: SeenEvent
  readonly node: Node
  /** The first copy for a client that left each of them. */
  readonly said: ReadonlyMap<Node, SeenEvent>
  /** All copies for clients. */
  readonly copies: number
  /** A client of the other node was asked something after that, and the answer is here. */
  readonly settled: Sighting | undefined
}

export function speeches(run: RunView): readonly Speech[] {
  const all = eventsIn(run, FROM_NODES, 'said')
  const questions = eventsIn(run, TO_NODES, 'where')
  return eventsIn(run, TO_NODES, 'say').map((say) => {
    const text = String(say.args[0])
    const node = nodeOf(run, say.packet)
    const copies = all.filter(({ args, packet }) => args[0] === text && packet.number > say.packet.number)
    const said = new Map<Node, SeenEvent>()
    for (const copy of copies.toReversed()) said.set(nodeOf(run, copy.packet), copy)
    const settled = questions
      .filter(({ packet }) => packet.number > say.packet.number && nodeOf(run, packet) !== node)
      .map((question) => answerTo(run, question)?.packet)
      .find((answer) => answer !== undefined)
    return { text, say, node, said, copies: copies.length, settled }
  })
}

/** The first that stopped at its node, although there was a client at the other one. */
export function stopped(run: RunView): Speech | undefined {
  return speeches(run).find(({ said, node, settled }) => settled && said.has(node) && !said.has(other(node)))
}

export function stops(run: RunView): Verdict {
  const found = stopped(run)
  if (found?.settled) return { done: true, packet: found.settled.number }
  const last = speeches(run).at(-1)
  if (last === undefined) return NOT_YET
  const { packet } = last.say
  if (last.said.size > 1) {
    return not(
      packet,
      `What was said in packet ${packet.number} left both nodes, the other one in packet ${last.said.get(other(last.node))?.packet.number}: the nodes know of each other already. Say something while they don’t.`,
    )
  }
  return not(
    packet,
    `Packet ${packet.number} says "${last.text}" at node ${NAME[last.node]}. Nobody at the other node has been asked anything since, so nobody can tell whether it would still have come there.`,
  )
}

/** Where a text crossed between the nodes and Redis, in order. */
export function crossings(run: RunView, text: string): readonly Sighting[] {
  const wanted = Buffer.from(text)
  const found = conversations(run, '$LISTEN4').flatMap(({ client, server }) =>
    [client, server].flatMap((side) => {
      const packets: Sighting[] = []
      for (let at = side.bytes.indexOf(wanted); at >= 0; at = side.bytes.indexOf(wanted, at + 1)) {
        const packet = side.packetAt(at)
        if (packet !== undefined) packets.push(packet)
      }
      return packets
    }),
  )
  return found.sort((a, b) => a.number - b.number)
}

/** Something that was said at one node, went to Redis and back, and was told at both. */
export interface Hop {
  readonly speech: Speech
  readonly there: Sighting
  readonly back: Sighting
  readonly crossings: readonly Sighting[]
}

export function hop(run: RunView): Hop | undefined {
  for (const speech of speeches(run)) {
    const across = crossings(run, speech.text)
    const there = across.find((p) => p.fromClient)
    const back = across.find((p) => !p.fromClient)
    if (there && back && speech.said.size > 1 && speech.settled) {
      return { speech, there, back, crossings: across }
    }
  }
  return undefined
}

export function hops(run: RunView): Verdict {
  const found = hop(run)
  // On its way to Redis, which is what the step points at.
  if (found !== undefined) return { done: true, packet: found.there.number }
  const last = speeches(run).at(-1)
  if (last === undefined) return NOT_YET
  const { packet } = last.say
  const across = crossings(run, last.text)
  const [there] = across
  if (there !== undefined && last.said.size < 2) {
    return not(
      there,
      `Packet ${there.number} takes "${last.text}" to Redis, and node ${NAME[other(last.node)]} did not tell its clients: does it have an adapter too, and did it listen by then?`,
    )
  }
  if (there !== undefined) {
    return not(
      packet,
      `What was said in packet ${packet.number} went to Redis in packet ${there.number}, and both nodes told it. Ask the other client where it is, as speak does.`,
    )
  }
  const calls = run.find('tcp.dstport==$LISTEN4 && tcp.len>0')[0]
  return not(
    packet,
    calls === undefined
      ? `What was said in packet ${packet.number} stayed at node ${NAME[last.node]}: nobody has called Redis, at port ${run.ports.LISTEN4}.`
      : `Packet ${calls.number} calls Redis; what was said in packet ${packet.number} did not go there.`,
  )
}

/** One node was asked who is here, and asked the other one through Redis. */
export function counted(run: RunView): Verdict {
  let best: Verdict = NOT_YET
  for (const question of eventsIn(run, TO_NODES, 'who')) {
    const answer = answerTo(run, question)
    if (answer === undefined) continue
    const between = run
      .find('tcp.dstport==$LISTEN4 && tcp.len>0')
      .filter((p) => p.number > question.packet.number && p.number < answer.packet.number)
    const times = Number(answer.args[0])
    const { number } = answer.packet
    if (times > 1 && between.length > 0) return { done: true, packet: number }
    best = not(
      answer.packet,
      `Packet ${number} answers that ${times} ${times === 1 ? 'is' : 'are'} here; nothing went to Redis between the question in packet ${question.packet.number} and that, so node ${NAME[nodeOf(run, question.packet)]} knows of its own alone.`,
    )
  }
  return best
}
