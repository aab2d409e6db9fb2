/** Where the learner's packets went: which frames carried them, over which cable, and who answered. */
import type { RunView, Sighting, Verdict } from '../kit/lab.ts'

export const SERVER = '10.0.0.1'
/** The router of the learner's network, on its side. */
export const ROUTER = '10.0.1.254'
/** An address of the learner's network that the lab gives to nobody. */
export const FREE = '10.0.1.77'

/** Hardware addresses by which a frame is known to be on its last cable, or on one of two between routers. */
const TO_ROUTER = 'eth.dst==02:00:0a:00:01:fe'
const FROM_ROUTER = 'eth.src==02:00:0a:00:01:fe'
const TO_SERVER = 'eth.dst==02:00:0a:00:00:01'
export const SHORT_WAY = 'eth.dst==02:00:0a:00:02:02'
export const LONG_WAY = 'eth.dst==02:00:0a:00:03:03'

export const REQUEST = `icmp.type==8 && ip.src==$ME && ip.dst==${SERVER}`
/** As it comes out of the last cable, at the learner's host. */
export const REPLY = `icmp.type==0 && ip.dst==$ME && ip.src==${SERVER} && ${FROM_ROUTER}`
export const EXCEEDED = 'icmp.type==11 && ip.dst==$ME'
export const ASKS_FOR_FREE = `arp.opcode==1 && arp.src.proto_ipv4==$ME && arp.dst.proto_ipv4==${FREE}`
export const TO_ECHO = 'tcp.dstport==$TCP && ip.src==$ME'
export const ECHO = 'tcp.srcport==$TCP && tcp.len>0 && ip.dst==$ME'

export const count = (packet: Sighting, field: string) => Number(packet.values(field)[0])
const text = (packet: Sighting, field: string) => String(packet.values(field)[0])

/** The first question by ARP that is about somebody else. */
export function asked(run: RunView): Sighting | undefined {
  return run
    .find('arp.opcode==1 && arp.src.proto_ipv4==$ME')
    .find((p) => text(p, 'arp.dst.proto_ipv4') !== text(p, 'arp.src.proto_ipv4'))
}

/** The frames in which one echo request travelled, from the learner's host to the server. */
export function journey(run: RunView): readonly Sighting[] | undefined {
  const [arrived] = run.find(`${REQUEST} && ${TO_SERVER}`)
  return (
    arrived &&
    run
      .find(REQUEST)
      .filter((p) => count(p, 'ip.id') === count(arrived, 'ip.id') && p.number <= arrived.number)
  )
}

/** The router's word about a packet that left the learner's host with this TTL. */
export function whoSays(run: RunView, ttl: number): Sighting | undefined {
  const ids = run.find(`${REQUEST} && ${TO_ROUTER} && ip.ttl==${ttl}`).map((p) => count(p, 'ip.id'))
  // It quotes the header of the packet that it is about.
  return run
    .find(`${EXCEEDED} && ${FROM_ROUTER}`)
    .find((p) => p.values('ip.id').some((id) => ids.includes(Number(id))))
}

/** Two routers, each in answer to a TTL of its own, and the server. */
export function traced(run: RunView): Verdict {
  const routers = [1, 2].map((ttl) => whoSays(run, ttl))
  const sent = run.find(`${REQUEST} && ${TO_ROUTER} && ip.ttl==3`)
  const answer = run
    .find(REPLY)
    .find((p) => sent.some((request) => count(request, 'icmp.seq') === count(p, 'icmp.seq')))
  const heard = routers.filter((p) => p !== undefined)
  const last = heard.at(-1)
  if (heard.length === 2 && answer !== undefined) return { done: true, packet: answer.number }
  if (last === undefined) return { done: false }
  const missing =
    heard.length < 2 ? 'the second router has said nothing yet' : 'the server has not answered a TTL of 3'
  return {
    done: false,
    seen: `Packet ${last.number} is a router's word, of ${text(last, 'ip.src')}; ${missing}.`,
    packet: last.number,
  }
}

/** Nobody has the address: asked for at least twice, and never answered. */
export function nobodyThere(run: RunView): Verdict {
  const asks = run.find(ASKS_FOR_FREE)
  const last = asks.at(-1)
  if (last === undefined) return { done: false }
  if (asks.length >= 2) return { done: true, packet: last.number }
  return {
    done: false,
    seen: `Packet ${last.number} asks who has ${FREE}. Your host asks again after a second: let it.`,
    packet: last.number,
  }
}

/** The last echo of a connection that is still open. */
export function talking(run: RunView): Sighting | undefined {
  const over = new Set(
    run.find('tcp.port==$TCP && (tcp.flags.fin==1 || tcp.flags.reset==1)').map(({ flow }) => flow),
  )
  return run.find(ECHO).findLast(({ flow }) => !over.has(flow))
}

/** A reply to a request that had gone the longer way. */
export function detour(run: RunView): Sighting | undefined {
  const sequences = run.find(`${REQUEST} && ${LONG_WAY}`).map((p) => count(p, 'icmp.seq'))
  return run.find(REPLY).find((p) => sequences.includes(count(p, 'icmp.seq')))
}
