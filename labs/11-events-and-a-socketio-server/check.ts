import { lab, type Truth } from '../kit/lab.ts'
import {
  bothVisitors,
  greeted,
  left,
  out,
  shouted,
  silent,
  spoken,
  spokenAndHeard,
  TO_SERVER,
  toldAlone,
  tried,
  triedThree,
  unheard,
  whispered,
} from './evidence.ts'

export default lab({
  number: 11,
  title: 'Events and a Socket.IO server',
  summary: 'Events inside one program, then between programs, through a server of your own.',
  minutes: 45,
  networks: ['kernel', 'lab'],
  assumes: [1],
  bearsLoss: true,
  cast: { program: 'cast', plays: 'clients' },
  door: 'http',
  steps: [
    {
      kind: 'wire',
      id: 'silence',
      lookedFor: 'Two markers with nothing of yours between them, while your listener heard both events.',
      evidence: 'udp.port==$UDP',
      verify: silent,
      look: { view: 'packets' },
      hints: [
        "bus.on('speak', …) must come before the bus.emit lines: events are not kept for later listeners.",
      ],
    },
    {
      kind: 'wire',
      id: 'one-port',
      lookedFor: 'A request for / and one for /socket.io/, both to your port and both answered.',
      evidence: `${TO_SERVER} && http.request.uri`,
      verify: bothVisitors,
      look: { view: 'ladder', filter: 'tcp.port==$LISTEN && http' },
      hints: ['new Server(web) attaches Socket.IO to the HTTP server; web.listen(port) opens it.'],
    },
    {
      kind: 'wire',
      id: 'three-clients',
      lookedFor: 'Three clients accepted with three ids, and a welcome with its own id to each.',
      evidence: out('welcome'),
      verify: greeted,
      look: { view: 'ladder' },
      hints: ["socket.emit('welcome', socket.id) in the connection handler."],
    },
    {
      kind: 'predict',
      id: 'who-hears',
      choices: ['A', 'B and C', 'A, B and C', 'nobody'],
      truth(run): Truth | undefined {
        const [speak] = run.find(spoken)
        const [answer] = run.find(out('spoken'))
        if (speak === undefined || answer === undefined || answer.flow !== speak.flow) return undefined
        return {
          value: 'A',
          packet: answer.number,
          because: `Packet ${answer.number} went to A: socket is one client, the one that spoke.`,
        }
      },
      replies: {
        'b and c': (t) =>
          `Packet ${t.packet} went to A. socket is one client; the others are socket.broadcast.`,
        'a, b and c': (t) =>
          `Packet ${t.packet} went to A, and no copy to B or C: everybody would be io.emit.`,
        nobody: (t) => `Packet ${t.packet} says otherwise: it went to A.`,
      },
      look: { view: 'ladder', filter: 'socketio.event=="spoken"' },
    },
    {
      kind: 'wire',
      id: 'speak',
      lookedFor: 'One speak in; incoming-message out to B and to C, and spoken, not incoming-message, to A.',
      evidence: out('incoming-message'),
      verify: spokenAndHeard,
      look: { view: 'who-heard', filter: 'socketio.event=="incoming-message" || socketio.event=="spoken"' },
      hints: ['socket.emit is for the speaker, socket.broadcast.emit for everybody else.'],
    },
    {
      kind: 'wire',
      id: 'nobody-listens',
      lookedFor:
        'whisper arrives, and no answer to it leaves; then A speaks again, and incoming-message goes to B and to C all the same.',
      evidence: [whispered, out('incoming-message')],
      verify: unheard,
      look: { view: 'ladder' },
      hints: [
        'Nothing is to be written for this one: it needs the speak of the step before, and no whisper.',
      ],
    },
    {
      kind: 'wire',
      id: 'shout',
      lookedFor: 'shouted from your server in all three conversations.',
      evidence: out('shouted'),
      verify: shouted,
      look: { view: 'who-heard' },
      hints: ["socket.on('shout', (text) => io.emit('shouted', text))"],
    },
    {
      kind: 'predict',
      id: 'copies',
      truth(run) {
        const copies = run.find(out('shouted'))
        const [first] = copies
        return (
          first && {
            value: copies.length,
            packet: first.number,
            because: `${copies.length}, from packet ${first.number} on: one copy for each TCP stream. There is no broadcast in TCP.`,
          }
        )
      },
      replies: {
        '1': (t) => `Three clients are three TCP streams, so three copies: from packet ${t.packet} on.`,
        '2': (t) => `io.emit includes the speaker: count again from packet ${t.packet} on.`,
        '4': (t) =>
          `The shout itself came in, and is none of them: count what left, from packet ${t.packet} on.`,
      },
      look: { view: 'packets', filter: out('shouted') },
    },
    {
      kind: 'wire',
      id: 'one-socket',
      lookedFor: 'A request for /tell/ and an id, then told to that one client.',
      evidence: out('told'),
      verify: toldAlone,
      look: { view: 'ladder' },
      hints: ['Every client is alone in a room that bears its id: io.to(id).emit(…).'],
    },
    {
      kind: 'predict',
      id: 'broadcast-call',
      choices: ['B and C hear it', 'everybody hears it', 'it is an error'],
      truth(run) {
        const trial = tried(run)
        if (trial === undefined || !String(trial.args[0]).includes('not a function')) return undefined
        const { number } = trial.packet
        return {
          value: 'it is an error',
          packet: number,
          because: `Packet ${number} says so: ${trial.args[0]}. socket.broadcast is an object that leaves this socket out, and its emit is what you call.`,
        }
      },
      replies: {
        'b and c hear it': (t) =>
          `That is socket.broadcast.emit(…). Packet ${t.packet} says what the bare call came to.`,
        'everybody hears it': (t) =>
          `That would be io.emit(…). Packet ${t.packet} says what the bare call came to.`,
      },
      look: { view: 'packets', filter: out('tried') },
    },
    {
      kind: 'predict',
      id: 'by-index',
      choices: ['the socket', 'undefined', 'an error'],
      truth(run) {
        const trial = tried(run)
        if (trial === undefined || trial.args[1] !== 'undefined') return undefined
        const { number } = trial.packet
        return {
          value: 'undefined',
          packet: number,
          because: `Packet ${number} says so. It is a Map: .get(id) finds the socket (${trial.args[2]}), and [id] is a property that nobody has set.`,
        }
      },
      replies: {
        'the socket': (t) =>
          `So it was until Socket.IO 2. Packet ${t.packet} says what it comes to now: sockets is a Map.`,
        'an error': (t) =>
          `Any object may be asked for any property: no error, which makes it hard to find. See packet ${t.packet}.`,
      },
      look: { view: 'packets', filter: out('tried') },
    },
    {
      kind: 'wire',
      id: 'old-notes',
      lookedFor: 'old-notes from A, and tried back to A with what three lines came to.',
      evidence: [`${TO_SERVER} && socketio.event=="old-notes"`, out('tried')],
      verify: triedThree,
      look: { view: 'ladder' },
      hints: [
        "outcome(() => socket.broadcast('incoming-message', 'an old note')) and so on; then socket.emit('tried', …) with the three.",
      ],
    },
    {
      kind: 'wire',
      id: 'leaving',
      lookedFor: 'DISCONNECT from B, a close without it from C, and left to those who stayed after each.',
      evidence: out('left'),
      verify: left,
      look: { view: 'ladder', filter: 'socketio.type==1 || tcp.flags.fin==1 || socketio.event=="left"' },
      hints: ["socket.on('disconnect', …) comes for both; socket.broadcast.emit('left', socket.id) in it."],
    },
  ],
  wrongs: [
    {
      file: 'wrong/too-late.mjs',
      step: 'silence',
      says: 'called say 0 times',
      lesson: 'Register the listener after the events: an event is not kept for those who come later.',
    },
    { file: 'wrong/no-events.mjs', step: 'silence', says: 'called say 0 times' },
    { file: 'wrong/no-socketio.mjs', step: 'one-port', says: 'was not answered with 101' },
    { file: 'wrong/own-names.mjs', step: 'three-clients', says: '3 clients were accepted; 0 got' },
    {
      file: 'wrong/everybody.mjs',
      step: 'speak',
      says: 'brought incoming-message to A',
      lesson: 'io.emit in the place of socket.broadcast.emit: the speaker hears itself.',
    },
    { file: 'wrong/own-names.mjs', step: 'speak', says: 'brought spoken to a client that had not spoken' },
    { file: 'wrong/everybody.mjs', step: 'nobody-listens', says: 'passes the whisper on' },
    { file: 'wrong/once.mjs', step: 'nobody-listens', says: 'went to 0 of the 2 others' },
    { file: 'wrong/once.mjs', step: 'shout', says: 'shouted reached 1 of 3' },
    { file: 'wrong/everybody.mjs', step: 'one-socket', says: 'a client that was not meant' },
    {
      file: 'wrong/once.mjs',
      step: 'old-notes',
      says: 'the error ended your program',
      lesson: 'One error that nobody catches, and the hub is gone for all its clients.',
    },
    { file: 'wrong/everybody.mjs', step: 'leaving', says: 'told the others of 1 of the 2' },
  ],
})
