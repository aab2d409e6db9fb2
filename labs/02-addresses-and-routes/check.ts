import { lab, type Truth } from '../kit/lab.ts'
import {
  ASKS_FOR_FREE,
  asked,
  count,
  detour,
  ECHO,
  EXCEEDED,
  FREE,
  journey,
  LONG_WAY,
  nobodyThere,
  REPLY,
  REQUEST,
  ROUTER,
  SERVER,
  SHORT_WAY,
  TO_ECHO,
  talking,
  traced,
  whoSays,
} from './ways.ts'

const BY_THE_DOOR = {
  filter: 'tcp.port==$TCP && !(ip.addr==$ME)',
  says: (p: { readonly number: number }) =>
    `Packet ${p.number} came by the door: an ordinary program is no host here. wirelab/icmp and wirelab/net make yours one.`,
}

export default lab({
  number: 2,
  title: 'Addresses and routes',
  summary: 'Two kinds of address, routers between networks, and two ways to the same place.',
  minutes: 40,
  networks: ['lab'],
  topology: 'router',
  assumes: [1],
  places: 0,
  steps: [
    {
      kind: 'predict',
      id: 'whose-address',
      choices: [SERVER, ROUTER, 'nobody'],
      truth(run): Truth | undefined {
        const question = asked(run)
        return (
          question && {
            value: String(question.values('arp.dst.proto_ipv4')[0]),
            packet: question.number,
            because: `Packet ${question.number} asks for ${question.values('arp.dst.proto_ipv4')[0]}: a frame goes no farther than the next machine, and that is the router.`,
          }
        )
      },
      replies: {
        [SERVER]: (truth) =>
          `${SERVER} is in another network, which no broadcast of yours reaches. Packet ${truth.packet} asks for the one who is on your cable and knows the way.`,
        nobody: (truth) =>
          `An IP address does not find a machine by itself: the frame needs a hardware address to go to. Look at packet ${truth.packet}.`,
      },
      hints: ['Which of them is on the same cable as you?'],
      look: { view: 'packets', filter: 'arp' },
    },
    {
      kind: 'wire',
      id: 'who-has',
      lookedFor: `A question of yours to everybody on your cable, who has ${ROUTER}, and its answer to you alone.`,
      evidence: [
        `arp.opcode==1 && arp.src.proto_ipv4==$ME && arp.dst.proto_ipv4==${ROUTER} && eth.dst==ff:ff:ff:ff:ff:ff`,
        'arp.opcode==2 && arp.dst.proto_ipv4==$ME',
      ],
      otherwise: [BY_THE_DOOR],
      hints: [`await ping('${ROUTER}') is enough.`],
      look: { view: 'packets', filter: 'arp' },
    },
    {
      kind: 'wire',
      id: 'ping',
      lookedFor: `An echo request from you to ${SERVER}, and its reply back to you.`,
      evidence: [REQUEST, REPLY],
      otherwise: [
        {
          filter: 'icmp.type==8 && ip.src==$ME && !(ip.dst==$ME)',
          says: (p) => `Packet ${p.number} is an echo request to ${p.values('ip.dst')[0]}.`,
        },
        BY_THE_DOOR,
      ],
      hints: [`console.log(await ping('${SERVER}'))`],
      look: { view: 'map' },
    },
    {
      kind: 'predict',
      id: 'frames',
      truth(run) {
        const frames = journey(run)
        const [first] = frames ?? []
        return (
          frames &&
          first && {
            value: frames.length,
            packet: first.number,
            because: `${frames.length}, from packet ${first.number} to packet ${frames.at(-1)?.number}: one for each cable, with other hardware addresses and a smaller TTL each time. The IP addresses are the same in all.`,
          }
        )
      },
      replies: {
        '1': (truth) =>
          `One packet, yes. But a frame ends at the next machine, and a router makes a new one: follow packet ${truth.packet} by its ip.id.`,
        '2': () =>
          'There are two routers on the way. Count the cables that the packet crosses, not the routers.',
        '6': () => 'With the way back, perhaps. The question is about the request alone.',
      },
      hints: ['Seen from the lab, filter for icmp, and count the requests with the same ip.id.'],
      look: { view: 'packets', filter: REQUEST },
    },
    {
      kind: 'wire',
      id: 'time-exceeded',
      lookedFor: `ICMP "time exceeded" to you, from ${ROUTER}, about a packet that left you with a TTL of 1.`,
      evidence: `${EXCEEDED} && ip.src==${ROUTER}`,
      otherwise: [
        {
          filter: REQUEST,
          says: (p) =>
            `Packet ${p.number} is the last frame of a request that had hops enough: the TTL in it is ${count(p, 'ip.ttl')}.`,
        },
        BY_THE_DOOR,
      ],
      hints: [`await ping('${SERVER}', { ttl: 1 })`],
      look: { view: 'packets', filter: 'icmp' },
    },
    {
      kind: 'predict',
      id: 'second-router',
      truth(run) {
        const word = whoSays(run, 2)
        return (
          word && {
            value: String(word.values('ip.src')[0]),
            packet: word.number,
            because: `Packet ${word.number} comes from there. A router has an address on each of its cables, and answers with that of the cable by which it sends the answer.`,
          }
        )
      },
      replies: {
        '10.0.0.254': (truth) =>
          `It is the same router, by its face to the servers. Packet ${truth.packet} shows the face that it turns to you.`,
        '10.0.2.1': (truth) =>
          `10.0.2.1 is the first router, at the other end of that cable. Look at packet ${truth.packet}.`,
        r2: (truth) => `R2 it is. By which of its addresses does it speak? Look at packet ${truth.packet}.`,
        [ROUTER]: () => `${ROUTER} is the first router: it said so for a TTL of 1, and passes a TTL of 2 on.`,
        [SERVER]: (truth) =>
          `The packet never came to the server: with a TTL of 2 it gets past one router, and not past the second. See packet ${truth.packet}.`,
      },
      hints: [
        'The map shows the routers, and the network of each cable: 10.0.2.0/24 is between the first two.',
      ],
      look: { view: 'packets', filter: EXCEEDED },
    },
    {
      kind: 'wire',
      id: 'trace',
      lookedFor: 'With a TTL of 1 and of 2 the words of two routers, with 3 the reply of the server.',
      evidence: `(${EXCEEDED}) || (${REPLY})`,
      verify: traced,
      otherwise: [
        {
          filter: REQUEST,
          says: (p) => `Packet ${p.number} is the last frame of a request; no router has said a word yet.`,
        },
      ],
      hints: [`for (let ttl = 1; ttl <= 3; ttl++) console.log(ttl, await ping('${SERVER}', { ttl }))`],
      look: { view: 'map', filter: `(${REQUEST} && ip.ttl<=3) || (${EXCEEDED})` },
    },
    {
      kind: 'predict',
      id: 'left-your-host',
      truth(run) {
        const there = nobodyThere(run)
        if (!there.done) return undefined
        const [first] = run.find(ASKS_FOR_FREE)
        const value = run.find(`ip.src==$ME && ip.dst==${FREE}`).length
        return (
          first && {
            value,
            packet: first.number,
            because: `None. From packet ${first.number} on your host asked who has ${FREE}; nobody said so, and without a hardware address there was no frame to put the packet in.`,
          }
        )
      },
      replies: {
        '1': (truth) =>
          `Into which frame, to which hardware address? Packet ${truth.packet} asks for one, and nobody answers: the echo request never left your host.`,
        '3': (truth) =>
          `Three questions, perhaps, packet ${truth.packet} the first of them: those are ARP, and not IP.`,
      },
      look: { view: 'packets', filter: ASKS_FOR_FREE },
    },
    {
      kind: 'wire',
      id: 'nobody',
      lookedFor: `Your question who has ${FREE}, twice at least, and no answer.`,
      evidence: ASKS_FOR_FREE,
      verify: nobodyThere,
      otherwise: [
        {
          filter: `icmp.type==8 && ip.src==$ME && !(ip.dst==${SERVER}) && !(ip.dst==${ROUTER})`,
          says: (p) =>
            `Packet ${p.number} went on to ${p.values('ip.dst')[0]}: that is in another network, so your host asked nobody, and left it to the router.`,
        },
      ],
      hints: [`const nobody = ping('${FREE}')`],
      look: { view: 'packets', filter: 'arp' },
    },
    {
      kind: 'wire',
      id: 'two-ways',
      cable: {
        when: talking,
        cut: ['r1-r2'],
        words: {
          before:
            'The cable from R1 to R2 is in. The lab pulls it when a connection of yours has had an echo.',
          during: 'The lab has pulled the cable from R1 to R2. Go on sending, on the same connection.',
        },
      },
      lookedFor:
        'In one connection lines that went from R1 to R2, later ones that went from R1 to R3, and echoes.',
      evidence: [`${TO_ECHO} && tcp.len>0 && ${SHORT_WAY}`, `${TO_ECHO} && tcp.len>0 && ${LONG_WAY}`, ECHO],
      otherwise: [
        {
          filter: `${TO_ECHO} && (tcp.flags.fin==1 || tcp.flags.reset==1)`,
          says: (p) =>
            `Packet ${p.number} ended your last connection, and none has gone both ways: keep one open, and go on sending in it.`,
        },
        {
          filter: `${TO_ECHO} && tcp.len>0`,
          says: (p) =>
            `Packet ${p.number} is the last with a line of yours; no other way has been taken yet.`,
        },
      ],
      hints: [
        'for (let line = 1; line <= 20; line++): talk.write(…), and await pause(200).',
        'TCP sends again what fell out of the cable; the routers need a second to agree on the other way.',
      ],
      look: { view: 'map', filter: 'tcp.port==$TCP' },
    },
    {
      kind: 'predict',
      id: 'detour',
      truth(run) {
        const answer = detour(run)
        return (
          answer && {
            value: count(answer, 'ip.ttl'),
            packet: answer.number,
            because: `Packet ${answer.number} came with ${count(answer, 'ip.ttl')}: three routers took one each from the 64 that the server had set.`,
          }
        )
      },
      replies: {
        '62': () => '62 is what two routers leave of it: the way that is not there now.',
        '64': () => '64 is what the server sets. Each router on the way takes one.',
        '60': () =>
          '60 would be four routers. Cables do not count: who takes one from the TTL is the router.',
        '3': () => 'There are three routers, yes. What is left of 64 behind them?',
      },
      look: { view: 'packets', filter: REPLY },
    },
    {
      kind: 'wire',
      id: 'longer',
      // In a run of its own the pings of the steps before still go the short way.
      cableOf: 'two-ways',
      cable: {
        cut: ['r1-r2'],
        words: { during: 'The cable from R1 to R2 is out: it is for the routers to find the other way.' },
      },
      lookedFor: 'An echo request of yours from R1 to R3, and its reply, which has lost one more of its TTL.',
      evidence: `(${REQUEST} && ${LONG_WAY}) || (${REPLY})`,
      verify(run) {
        const answer = detour(run)
        return answer === undefined ? { done: false } : { done: true, packet: answer.number }
      },
      otherwise: [
        {
          filter: REPLY,
          says: (p) =>
            `Packet ${p.number} came back with a TTL of ${count(p, 'ip.ttl')}: by the short way. Ask again when the lab has pulled the cable.`,
        },
      ],
      hints: ['Ping in a loop, with a pause and { timeoutMs: 500 }, until answer.ttl is below 62.'],
      look: { view: 'map', filter: `(${REQUEST} && ${LONG_WAY}) || (${REPLY} && ip.ttl==61)` },
    },
  ],
  wrongs: [
    {
      file: 'wrong/by-the-door.mjs',
      step: 'who-has',
      says: 'came by the door',
      lesson: 'The same lab with an ordinary program: whose addresses stand in the frames?',
    },
    { file: 'wrong/by-the-door.mjs', step: 'ping', says: 'came by the door' },
    { file: 'wrong/always-far.mjs', step: 'time-exceeded', says: 'had hops enough' },
    { file: 'wrong/one-step.mjs', step: 'trace', says: 'the second router has said nothing yet' },
    {
      file: 'wrong/always-far.mjs',
      step: 'nobody',
      says: 'that is in another network',
      lesson: 'Nobody at home, but in the other network: who asks for the hardware address there?',
    },
    { file: 'wrong/hangs-up.mjs', step: 'two-ways', says: 'ended your last connection' },
    { file: 'wrong/always-far.mjs', step: 'longer', says: 'by the short way' },
  ],
})
