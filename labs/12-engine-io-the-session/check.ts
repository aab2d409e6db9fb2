import { lab } from '../kit/lab.ts'
import {
  BLOCKED,
  connected,
  FROM_SERVER,
  fallsBack,
  oldSession,
  PING,
  PONG,
  plain,
  plainClosed,
  STUBBORN,
  silence,
  silent,
  stillPolling,
  TO_SERVER,
  upgraded,
} from './evidence.ts'

/** A session that was not opened by polling. */
const BY_WEBSOCKET = `${FROM_SERVER} && engineio.type==0 && engineio.transport=="websocket"`
const seconds = (from: number, to: number) => `${(to - from).toFixed(1)} s`

export default lab({
  number: 12,
  title: 'Engine.IO, the session',
  summary: 'By hand: polls, connects, upgrades to a WebSocket, keeps alive, and falls silent.',
  minutes: 45,
  networks: ['kernel', 'lab'],
  assumes: [9, 10, 11],
  cast: { program: 'cast', plays: 'server' },
  door: 'http',
  steps: [
    {
      kind: 'predict',
      id: 'who-pings',
      choices: ['the client', 'the server', 'both'],
      truth(run) {
        const [ping] = run.find(PING)
        return (
          ping && {
            value: 'the server',
            packet: ping.number,
            because: `Packet ${ping.number} is a ping, and left port ${run.ports.LISTEN}, the server's. The client pongs.`,
          }
        )
      },
      replies: {
        'the client': (t) =>
          `Packet ${t.packet} left the server's port. (2probe is the client's, but only tests a transport; and until Engine.IO 3 it was the other way round.)`,
        both: (t) =>
          `Packet ${t.packet} left the server's port, and so do all of them. From one pong to the next ping, either side knows what it needs.`,
      },
      hints: ['Which side must notice that the other has gone, if it is to free what it keeps?'],
      look: { view: 'heartbeats' },
    },
    {
      kind: 'wire',
      id: 'open',
      lookedFor: 'A poll of yours, and an open packet (type 0) in the answer to it.',
      evidence: [
        `${TO_SERVER} && http.request.uri contains "transport=polling"`,
        `${FROM_SERVER} && engineio.type==0`,
      ],
      otherwise: [
        {
          filter: `${FROM_SERVER} && engineio.error.code`,
          says: (p) =>
            `Packet ${p.number} refuses your request: ${p.values('engineio.error.message')}. The address needs EIO=4 and a transport.`,
        },
      ],
      hints: ['The starter does it: look at packet and answer in the inspector.'],
      look: { view: 'inspector', filter: `${FROM_SERVER} && engineio.type==0` },
    },
    {
      kind: 'wire',
      id: 'connect',
      lookedFor: 'A POST with 40, and 40 with an id of its own in the answer to a poll of the same session.',
      evidence: [`${TO_SERVER} && socketio.type==0`, `${FROM_SERVER} && socketio.type==0 && socketio.sid`],
      verify: connected,
      otherwise: [
        {
          filter: `${FROM_SERVER} && engineio.error.code`,
          says: (p) =>
            `Packet ${p.number} refuses your request: ${p.values('engineio.error.message')}. Is the sid in the address?`,
        },
        {
          filter: `${FROM_SERVER} && engineio.type==0`,
          says: (p) => `Packet ${p.number} opened a session; no 40 has been posted to it.`,
        },
      ],
      hints: ["await post(session, '40'), and then get(session)."],
      look: { view: 'packets', filter: 'socketio.type==0' },
    },
    {
      kind: 'wire',
      id: 'heartbeat',
      lookedFor: 'A ping (2) from the server, and your pong (3), which answers it.',
      evidence: [PING, PONG],
      verify(run) {
        const [pong] = run.find(`${PONG} && engineio.response_to`)
        return pong ? { done: true, packet: pong.number } : { done: false }
      },
      otherwise: [
        {
          filter: `${TO_SERVER} && engineio.type==2 && !(engineio.payload=="probe")`,
          says: (p) =>
            `Packet ${p.number} is a ping from you. The server takes that for an error, and the session is over.`,
        },
        { filter: PING, says: (p) => `Packet ${p.number} is a ping; your pong has not come.` },
        {
          filter: `${FROM_SERVER} && engineio.type==0`,
          says: (p) =>
            `Packet ${p.number} opened a session; the ping comes ${p.values('engineio.open.ping_interval')} ms later, to a poll that waits.`,
        },
      ],
      hints: ['A poll waits until the server has something to say: about pingInterval after the last time.'],
      look: { view: 'heartbeats' },
    },
    {
      kind: 'wire',
      id: 'upgrade',
      lookedFor:
        '2probe and 3probe over a WebSocket, 6 in the poll that waited, and your 5: one sid for all.',
      evidence: 'engineio.payload=="probe" || engineio.type in {5, 6}',
      verify: upgraded,
      otherwise: [
        {
          filter: `${FROM_SERVER} && http.response.code==101`,
          says: (p) => `Packet ${p.number} has switched protocols; your 2probe has not come.`,
        },
        {
          filter: PONG,
          says: (p) => `Packet ${p.number} is your pong; no WebSocket has been asked for with the same sid.`,
        },
      ],
      hints: [
        'Begin the poll first, and do not await it: const lastPoll = get(session). Await it before you send 5.',
      ],
      look: { view: 'ladder', filter: 'engineio' },
    },
    {
      kind: 'wire',
      id: 'silence',
      lookedFor: 'A ping that you do not answer, and the end of the session, by the server.',
      evidence: [PING, `${FROM_SERVER} && (websocket.opcode==8 || engineio.type==1 || tcp.flags.fin==1)`],
      verify: silent,
      hints: ['Leave the WebSocket open and do nothing with what comes; its close event is the end.'],
      look: { view: 'heartbeats' },
    },
    {
      kind: 'predict',
      id: 'deadline',
      choices: [
        'at once',
        'after pingTimeout',
        'after pingInterval',
        'between pingTimeout and pingInterval + pingTimeout',
      ],
      truth(run) {
        const fell = silence(run)
        if (fell === undefined) return undefined
        const { ping, close } = fell
        const pong = run
          .find(`${PONG} && engineio.response_to`)
          .filter((p) => p.number < ping.number)
          .at(-1)
        const before = pong
          ? ` Your last pong was packet ${pong.number}, ${seconds(pong.time, ping.time)} before that.`
          : ''
        return {
          value: 'between pingTimeout and pingInterval + pingTimeout',
          packet: close.number,
          because: `The server closed in packet ${close.number}, ${seconds(ping.time, close.time)} after its ping, packet ${ping.number}.${before} Cut at the ping it is the shortest, cut right behind a pong the longest.`,
        }
      },
      replies: {
        'at once': (t) =>
          `A cut cable says nothing: no FIN, no RST. The server closed in packet ${t.packet}, when a pong was overdue, and knew nothing before.`,
        'after pingtimeout': (t) =>
          `Only if it was cut at the ping itself: else the next ping is still to come. Packet ${t.packet} closed pingTimeout after one.`,
        'after pinginterval': (t) =>
          `That is when the ping goes out, into the cut cable; then its pong is waited for as well, until packet ${t.packet}.`,
      },
      look: { view: 'heartbeats' },
    },
    {
      kind: 'wire',
      id: 'old-sid',
      lookedFor: 'A request with the sid of the session that is over, answered with error 1.',
      evidence: [
        `${TO_SERVER} && http.request.uri contains "sid="`,
        `${FROM_SERVER} && engineio.error.code==1`,
      ],
      verify: oldSession,
      otherwise: [
        {
          filter: `${FROM_SERVER} && websocket.opcode==8`,
          says: (p) => `Packet ${p.number} ended a session; nobody has asked for it since.`,
        },
      ],
      hints: ['get(session) once more, when the WebSocket has been closed.'],
      look: { view: 'inspector', filter: 'engineio.error.code==1' },
    },
    {
      kind: 'predict',
      id: 'falls-back',
      choices: ['it goes on by polling', 'it stays out'],
      truth(run) {
        const came = fallsBack(run)
        if (came === undefined) return undefined
        const { polled, packet } = came
        return {
          value: polled ? 'it goes on by polling' : 'it stays out',
          packet: packet.number,
          because: polled
            ? `Packet ${packet.number} is its poll: you have set tryAllTransports.`
            : `Packet ${packet.number} refuses its WebSocket, and nothing of it came after that: it tries the first of its transports, and no other, unless tryAllTransports is set.`,
        }
      },
      replies: {
        'it goes on by polling': (t) =>
          `That is what the other client did, which had begun by polling. This one was refused in packet ${t.packet}, and no poll of it came.`,
        'it stays out': (t) => `Packet ${t.packet} is a poll of it: tryAllTransports is set.`,
      },
      look: { view: 'packets', filter: STUBBORN },
    },
    {
      kind: 'wire',
      id: 'blocked',
      lookedFor:
        'At /blocked/: an upgrade refused with 403, and then an ack by polling, in the same session; and a client with first=websocket in its query, refused as well.',
      evidence: [BLOCKED, `${FROM_SERVER} && (http.response.code==403 || socketio.type==3)`],
      verify: stillPolling,
      hints: [
        "patient.io.on('open', () => patient.io.engine.on('upgradeError', …)): that is when to emit.",
        "The other: io(…, { path: '/blocked/', transports: ['websocket', 'polling'], query: { first: 'websocket' }, reconnection: false })",
      ],
      look: { view: 'packets', filter: `${BLOCKED} || http.response.code==403` },
    },
    {
      kind: 'predict',
      id: 'plain-client',
      choices: [
        'events come to it, as to any client',
        'it is refused with an error',
        'it gets an open packet, and later a close',
      ],
      truth(run) {
        const closed = plain(run)
        return (
          closed && {
            value: 'it gets an open packet, and later a close',
            packet: closed.close.number,
            because: `Packet ${closed.open.number} opened a session for it, and packet ${closed.close.number} closed it ${seconds(closed.open.time, closed.close.time)} later: no CONNECT had come within connectTimeout.`,
          }
        )
      },
      replies: {
        'events come to it, as to any client': (t) =>
          `None did until packet ${t.packet} closed it. It speaks WebSocket; Socket.IO is a protocol on top of that, which begins with its own CONNECT.`,
        'it is refused with an error': (t) =>
          `The handshake of its WebSocket was in order: 101. Packet ${t.packet} closed it later, for what it had not said.`,
      },
      look: { view: 'ladder', filter: BY_WEBSOCKET },
    },
    {
      kind: 'wire',
      id: 'plain',
      lookedFor:
        'A WebSocket without a sid: an open packet, no message from you, and a close from the server.',
      evidence: [BY_WEBSOCKET, `${FROM_SERVER} && websocket.opcode==8`],
      verify: plainClosed,
      hints: ['A new WebSocket at the address of step 5, but without a sid; and no send.'],
      look: { view: 'ladder' },
    },
  ],
  wrongs: [
    {
      file: 'wrong/no-version.mjs',
      step: 'open',
      says: 'refuses your request: Unsupported protocol version',
    },
    { file: 'wrong/one-way.mjs', step: 'connect', says: 'waits at the server, until you poll for it' },
    {
      file: 'wrong/client-pings.mjs',
      step: 'heartbeat',
      says: 'is a ping from you',
      lesson: 'The client pings, as in Engine.IO 3: the server takes it for an error.',
    },
    {
      file: 'wrong/hasty.mjs',
      step: 'upgrade',
      says: 'had not ended a poll with 6 before',
      lesson: 'The client moves before its last poll has ended: what becomes of that poll?',
    },
    { file: 'wrong/hasty.mjs', step: 'silence', says: 'is from you, and closes the connection' },
    { file: 'wrong/one-way.mjs', step: 'old-sid', says: 'which the server never gave' },
    { file: 'wrong/impatient.mjs', step: 'blocked', says: 'The session is open all the same' },
    { file: 'wrong/impatient.mjs', step: 'plain', says: 'is a message from your plain client' },
  ],
})
