import { answerTo, eventsIn, type SeenEvent } from '../kit/events.ts'
import { lab, type RunView, type Sighting, type Truth, type Verdict } from '../kit/lab.ts'
import { among, type Delivery, delivered, everybody, hearings, listOf, settledBehind } from './who-heard.ts'

const FROM_SERVER = 'tcp.srcport==$LISTEN'
const TO_SERVER = 'tcp.dstport==$LISTEN'
const out = (event: string) => `${FROM_SERVER} && socketio.event=="${event}"`

const MORNING: Delivery = {
  asked: 'say',
  text: 'good morning',
  event: 'said',
  to: ['bob', 'cem', 'dee'],
  stray: { ann: 'She is the speaker: socket.broadcast leaves her out, io.emit does not.' },
}
const SERVED: Delivery = {
  asked: 'say-in',
  text: 'it is served',
  event: 'said-in',
  to: ['bob'],
  stray: {
    ann: 'She is the speaker: socket.to(room) leaves her out, io.to(room) does not.',
    cem: 'He is not in the room: it is socket.to(room) that keeps to it.',
    dee: 'She is in no room at all: it is socket.to(room) that keeps to it.',
  },
}
const LEFT: Delivery = {
  asked: 'say-in',
  text: 'is there any left?',
  event: 'said-in',
  to: ['ann', 'bob'],
  stray: { cem: 'He is not in the room tea.' },
}
const HOUSE: Delivery = {
  asked: 'announce',
  text: 'the house closes at ten',
  event: 'announced',
  to: ['ann', 'bob', 'cem'],
  stray: { dee: 'She is in none of the rooms that were meant.' },
  missing: { ann: 'She is in tea herself: socket.to() leaves out who asked, io.to() does not.' },
  twice: 'One emit to several rooms is one copy for each client; an emit for each room is not.',
}
const CAKE: Delivery = {
  asked: 'surprise',
  text: 'a cake for those who play',
  event: 'surprised',
  to: ['ann', 'dee'],
  stray: {
    bob: 'He is in chess: who is in a room that is excepted hears nothing, whatever else he is in.',
    cem: 'He is in chess, the room that was to be left out.',
  },
  missing: {
    ann: 'She is not in chess: io.except() leaves out the room alone, socket.except() her as well.',
  },
}
const TO_DEE: Delivery = {
  asked: 'whisper',
  text: 'there is, come in',
  event: 'whispered',
  to: ['dee'],
  stray: { ann: 'It was for dee alone.', bob: 'It was for dee alone.', cem: 'It was for dee alone.' },
}
const TO_SELF: Delivery = {
  asked: 'whisper',
  text: 'do not forget the milk',
  event: 'whispered',
  to: ['ann'],
  stray: { bob: 'It was for ann alone.', cem: 'It was for ann alone.', dee: 'It was for ann alone.' },
  missing: {
    ann: 'It was for herself. Every client is in a room of its own id, and socket.to(id) leaves the sender out of that one too.',
  },
}
const FIRE: Delivery = {
  asked: 'alarm',
  text: 'the kettle is on fire',
  event: 'alarmed',
  nsp: '/staff',
  to: ['cem', 'dee'],
  stray: { ann: 'She is not in /staff.', bob: 'He is not in /staff.' },
}

const ROOMS = { tea: ['ann', 'bob'], chess: ['bob', 'cem'] } as const

/** The names that the server has for each room, as it answered. */
function rolls(run: RunView): Verdict {
  let last = 0
  for (const [room, members] of Object.entries(ROOMS)) {
    const asked = eventsIn(run, TO_SERVER, 'roll').find(({ args }) => args[0] === room)
    if (asked === undefined) return { done: false }
    const answer = answerTo(run, asked)
    const at = asked.packet.number
    if (answer === undefined) {
      const seen = `Packet ${at} asks who is in ${room}, and wants an answer; none has left your server.`
      return { done: false, seen, packet: at }
    }
    const names = Array.isArray(answer.args[0]) ? answer.args[0].map(String) : []
    if (String(names.toSorted()) !== String(members)) {
      return {
        done: false,
        seen: `Packet ${answer.packet.number} says that ${listOf(names)} ${names.length < 2 ? 'is' : 'are'} in ${room}; ${listOf(members)} asked to be.`,
        packet: answer.packet.number,
      }
    }
    last = answer.packet.number
  }
  return { done: true, packet: last }
}

/** How many events your server sent between the first client that entered and the first question. */
function costOfJoining(run: RunView): Truth | undefined {
  const entered = eventsIn(run, TO_SERVER, 'enter')
  const [first] = entered
  const [asked] = eventsIn(run, TO_SERVER, 'roll')
  if (first === undefined || asked === undefined) return undefined
  const sent = eventsIn(run, FROM_SERVER).filter(
    ({ packet: { number } }) => number > first.packet.number && number < asked.packet.number,
  )
  const packets = entered.map(({ packet }) => packet.number)
  return {
    value: sent.length,
    packet: first.packet.number,
    because:
      sent.length === 0
        ? `None: packets ${listOf(packets)} said what the clients would like, and your server sent no event until packet ${asked.packet.number} asked. A room is a list in its memory.`
        : `${sent.length}, from packet ${sent[0]?.packet.number} on: your handler emitted something. socket.join itself sends nothing.`,
  }
}

/** What the voices came to: all were asked, not all answered, and those who did were counted. */
function vote(run: RunView): Verdict {
  const [asked] = eventsIn(run, TO_SERVER, 'vote')
  if (asked === undefined) return { done: false }
  const at = asked.packet.number
  const questions = eventsIn(run, FROM_SERVER, 'asked')
  const reached = among(run, questions)
  const answer = answerTo(run, asked)
  if (reached.length < everybody(run).length) {
    const seen = `bob asks for a vote in packet ${at}; asked went to ${listOf(reached)}.`
    return { done: false, seen, packet: at }
  }
  if (answer === undefined) {
    const seen = `asked went to all four, and packet ${at}, bob's, has no answer yet. Dee never votes: only a timeout ends the waiting.`
    return { done: false, seen, packet: at }
  }
  const voices = Array.isArray(answer.args[0]) ? answer.args[0].length : 0
  const { number } = answer.packet
  const came = questions.flatMap((each) => {
    const voice = answerTo(run, each)?.packet
    return voice !== undefined && voice.number < number ? [voice] : []
  })
  // One that is not acknowledged may have been lost, and come too late.
  const fewest = came.filter((voice) => acknowledged(run, voice, number)).length
  if (voices > 0 && voices >= fewest && voices <= came.length) return { done: true, packet: number }
  const hint = voices === 0 ? ' Without timeout() a broadcast waits for a millisecond.' : ''
  const seen = `Packet ${number} tells bob of ${voices} voices; ${came.length} had come by then.${hint}`
  return { done: false, seen, packet: number }
}

/** Whether your server's TCP had acknowledged all of a client's packet before packet `number`. */
function acknowledged(run: RunView, { flow, values }: Sighting, number: number): boolean {
  const [seq, length] = [Number(values('tcp.seq')[0]), Number(values('tcp.len')[0])]
  return run
    .find(`${FROM_SERVER} && tcp.ack >= ${seq + length}`)
    .some((packet) => packet.flow === flow && packet.number < number)
}

function copiesOf(run: RunView, delivery: Delivery, of: (all: readonly SeenEvent[]) => readonly SeenEvent[]) {
  const copies = of(hearings(run, delivery))
  const [first] = copies
  return settledBehind(run, delivery) && first
    ? { count: copies.length, packet: first.packet.number }
    : undefined
}

const both = (run: RunView, first: Delivery, second: Delivery): Verdict => {
  const verdict = delivered(run, first)
  return verdict.done ? delivered(run, second) : verdict
}

export default lab({
  number: 15,
  title: 'Rooms and broadcast',
  summary:
    'A chat server: one client, a room, several rooms, all but a room, a namespace; and who got which packet.',
  minutes: 45,
  networks: ['kernel', 'lab'],
  assumes: [11],
  cast: { program: 'cast', plays: 'clients' },
  bearsLoss: true,
  door: 'http',
  steps: [
    {
      kind: 'predict',
      id: 'joining',
      truth: costOfJoining,
      replies: {
        '1': (t) =>
          `Who would have sent it? socket.join only notes something in your server: look behind packet ${t.packet}.`,
        '4': (t) => `Four came, and none of them was told anything: look behind packet ${t.packet}.`,
      },
      look: { view: 'ladder', filter: `${TO_SERVER} && socketio.event=="enter"` },
    },
    {
      kind: 'wire',
      id: 'rooms',
      lookedFor: 'Answers of your server to roll: ann and bob are in tea, bob and cem in chess.',
      evidence: `${FROM_SERVER} && socketio.type==3`,
      verify: rolls,
      otherwise: [
        {
          filter: `${TO_SERVER} && socketio.event=="enter"`,
          says: (p) =>
            `Packet ${p.number} is the last client that entered; nobody has asked for the roll yet.`,
        },
      ],
      hints: [
        'socket.join(rooms) takes one name or a list.',
        'const sockets = await io.in(room).fetchSockets(); what you put into socket.data is in each of them.',
      ],
    },
    {
      kind: 'predict',
      id: 'copies',
      truth(run): Truth | undefined {
        const copies = copiesOf(run, MORNING, (all) => all)
        // Where ann got one as well it was not socket.broadcast.
        if (copies === undefined || !delivered(run, MORNING).done) return undefined
        return {
          value: copies.count,
          packet: copies.packet,
          because: `${copies.count}, from packet ${copies.packet} on: each client has a TCP connection of its own, and each connection carries a copy of its own.`,
        }
      },
      replies: {
        '1': (t) =>
          `A broadcast on the cable would be one frame. TCP has none: it is a copy for each connection, from packet ${t.packet} on.`,
        '4': (t) =>
          `Four are connected, and one of them spoke: count the connections from packet ${t.packet} on.`,
      },
      look: { view: 'who-heard', filter: out('said') },
    },
    {
      kind: 'wire',
      id: 'others',
      lookedFor: 'said to bob, cem and dee, and not to ann, who spoke.',
      evidence: out('said'),
      verify: (run) => delivered(run, MORNING),
      hints: ["socket.broadcast.emit('said', socket.data.name, text)"],
      look: { view: 'who-heard' },
    },
    {
      kind: 'wire',
      id: 'room',
      lookedFor: 'said-in for tea: to bob when ann speaks; to ann and bob when dee does, who is in no room.',
      evidence: out('said-in'),
      verify: (run) => both(run, SERVED, LEFT),
      hints: [
        "socket.to(room).emit('said-in', socket.data.name, text): whether the speaker is in the room is not asked.",
      ],
      look: { view: 'who-heard' },
    },
    {
      kind: 'predict',
      id: 'in-two-rooms',
      truth(run): Truth | undefined {
        const copies = copiesOf(run, HOUSE, (all) => all.filter((each) => among(run, [each])[0] === 'bob'))
        // Where he got more it was not one emit.
        if (copies?.count !== 1) return undefined
        return {
          value: 1,
          packet: copies.packet,
          because: `One, packet ${copies.packet}: the rooms are put together first, and a client is in what comes of it once or not at all.`,
        }
      },
      replies: {
        '2': (t) =>
          `It was one emit, and one emit reaches a client once, however many of its rooms are named: see packet ${t.packet}.`,
        '0': (t) => `He is in both, and being in one is enough: see packet ${t.packet}.`,
      },
      look: { view: 'who-heard', filter: out('announced') },
    },
    {
      kind: 'wire',
      id: 'several-rooms',
      lookedFor: 'announced, one copy each, to ann, bob and cem; none to dee.',
      evidence: out('announced'),
      verify: (run) => delivered(run, HOUSE),
      hints: ["io.to(['tea', 'chess']) takes a list, and io, unlike socket, leaves nobody out."],
      look: { view: 'who-heard' },
    },
    {
      kind: 'wire',
      id: 'except',
      lookedFor: 'surprised to ann and dee; not to bob and cem, who are in chess.',
      evidence: out('surprised'),
      verify: (run) => delivered(run, CAKE),
      hints: ["io.except(room).emit('surprised', text)"],
      look: { view: 'who-heard' },
    },
    {
      kind: 'wire',
      id: 'one',
      lookedFor: 'whispered to dee alone; then, since ann writes herself a note, to ann alone.',
      evidence: out('whispered'),
      verify: (run) => both(run, TO_DEE, TO_SELF),
      hints: [
        'io.sockets.sockets is a Map from id to socket: look through its values() for the name.',
        "io.to(found.id).emit('whispered', socket.data.name, text)",
      ],
      look: { view: 'who-heard' },
    },
    {
      kind: 'predict',
      id: 'clients',
      truth(run): Truth | undefined {
        const cems: Delivery = { ...MORNING, asked: 'said', text: 'can you all hear me?', to: [] }
        const [asked] = eventsIn(run, TO_SERVER, 'said')
        if (asked === undefined || !settledBehind(run, cems)) return undefined
        const copies = hearings(run, cems).length
        return {
          value: copies,
          packet: asked.packet.number,
          because:
            copies === 0
              ? `None: packet ${asked.packet.number} went from cem to your server, and there it ended. A client has one connection, and your server is at the other end of it.`
              : `${copies}, and your server sent them: packet ${asked.packet.number} went to it alone.`,
        }
      },
      replies: {
        '3': (t) =>
          `That is what your server does when it broadcasts. Cem has no connection to the other three: packet ${t.packet} went to your server.`,
        '1': (t) =>
          `It did arrive once, at your server, in packet ${t.packet}. The other clients are asked for.`,
        '4': (t) => `Cem has no connection to any of the others: packet ${t.packet} went to your server.`,
      },
      look: { view: 'ladder', filter: `${TO_SERVER} && socketio.event=="said"` },
    },
    {
      kind: 'wire',
      id: 'namespace',
      lookedFor: 'alarmed in the namespace /staff, to cem and dee.',
      evidence: `${out('alarmed')} && socketio.nsp=="/staff"`,
      verify: (run) => delivered(run, FIRE),
      otherwise: [
        {
          filter: `${FROM_SERVER} && socketio.type==4 && socketio.nsp=="/staff"`,
          says: (p) =>
            `Packet ${p.number} refused cem or dee (${p.values('socketio.error.message')[0]}): your server has no namespace /staff.`,
        },
      ],
      hints: ["io.of('/staff') makes it, and io.of('/staff').emit(…) speaks to all who are in it."],
      look: { view: 'who-heard' },
    },
    {
      kind: 'wire',
      id: 'vote',
      lookedFor: 'asked to all four; acks of those who vote; and then your answer to bob, with just those.',
      evidence: out('asked'),
      verify: vote,
      hints: [
        "io.timeout(1000).emit('asked', question, (late, answers) => …): late is an Error if somebody was silent, answers holds what came.",
      ],
      look: { view: 'who-heard' },
    },
  ],
  wrongs: [
    {
      file: 'wrong/everybody-hears.mjs',
      step: 'others',
      says: 'brought said to ann. She is the speaker',
      lesson: 'io.emit in the place of socket.broadcast.emit: the speaker hears herself.',
    },
    {
      file: 'wrong/once-a-room.mjs',
      step: 'several-rooms',
      says: 'is the second copy of announced for bob',
      lesson: 'An emit for each room in the place of one for all: who is in two rooms hears twice.',
    },
    {
      file: 'wrong/forgets-rooms.mjs',
      step: 'rooms',
      says: 'says that nobody is in tea; ann and bob asked to be',
    },
    { file: 'wrong/forgets-rooms.mjs', step: 'room', says: 'said-in went to nobody; bob did not get it' },
    { file: 'wrong/forgets-rooms.mjs', step: 'except', says: 'brought surprised to bob' },
    { file: 'wrong/forgets-rooms.mjs', step: 'vote', says: 'Without timeout() a broadcast waits for' },
    { file: 'wrong/spares-the-asker.mjs', step: 'several-rooms', says: 'socket.to() leaves out who asked' },
    { file: 'wrong/spares-the-asker.mjs', step: 'except', says: 'io.except() leaves out the room alone' },
    { file: 'wrong/spares-the-asker.mjs', step: 'one', says: 'leaves the sender out of that one too' },
    { file: 'wrong/one-world.mjs', step: 'namespace', says: 'in the namespace /, not in /staff' },
    { file: 'wrong/one-world.mjs', step: 'vote', says: 'only a timeout ends the waiting' },
  ],
})
