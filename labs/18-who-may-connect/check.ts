import { lab, type RunView, type Truth } from '../kit/lab.ts'
import {
  cookie,
  foreignNews,
  foreignSocket,
  origin,
  readable,
  recognised,
  sameSite,
  token,
} from './guards.ts'
import { answerOf, connected, FOREIGN_PAGE, newsFor, OWN_PAGE, tokenOf, visits } from './visits.ts'

const FROM_SERVER = 'tcp.srcport==$LISTEN'
const TO_SERVER = 'tcp.dstport==$LISTEN'
const ALLOWED = 'http.header.access-control-allow-origin'

const foreignPoll = (run: RunView) =>
  visits(run, { door: 'open', page: FOREIGN_PAGE, transport: 'polling' })[0]

/** The one that came with a token that is none. */
function badToken(run: RunView): Truth | undefined {
  const visit = visits(run, { door: 'guarded', page: OWN_PAGE, isBrowser: true }).find(
    (each) => tokenOf(run, each) === 'abracadabra',
  )
  const answer = visit && answerOf(run, visit)
  const end = visit && connected(run, visit)
  if (answer === undefined || end === undefined || end.letIn) return undefined
  return {
    value: answer.status,
    packet: answer.packet.number,
    because: `Packet ${answer.packet.number} says ${answer.status}, the session was open, and only packet ${end.packet.number} refuses: the token comes with CONNECT, which is a message in the session.`,
  }
}

function whoStops(run: RunView): Truth | undefined {
  const [visit] = visits(run, { door: 'guarded', page: OWN_PAGE, isBrowser: false })
  const answer = visit && answerOf(run, visit)
  if (visit === undefined || answer === undefined) return undefined
  const { number } = visit.packet
  if (answer.status !== 101) {
    return {
      value: 'allowRequest',
      packet: answer.packet.number,
      because: `Packet ${answer.packet.number} refuses it with ${answer.status}: your server looked at more than the Origin.`,
    }
  }
  const end = connected(run, visit)
  if (end === undefined) return undefined
  return {
    value: end.letIn ? 'nobody' : 'the middleware',
    packet: end.packet.number,
    because: end.letIn
      ? `Packet ${end.packet.number} lets it in: with an Origin that it made up, and a token that it guessed.`
      : `Packet ${number} names your page, and was let through; packet ${end.packet.number} refuses the token. An Origin is what a browser says of a page; a program says what it likes.`,
  }
}

export default lab({
  number: 18,
  title: 'Who may connect',
  summary: 'CORS and what it does not stop; cookies; the Origin at the door; a token in the session.',
  minutes: 45,
  networks: ['kernel', 'lab'],
  assumes: [8, 11, 12],
  cast: { program: 'cast', plays: 'clients' },
  bearsLoss: true,
  door: 'http',
  steps: [
    {
      kind: 'predict',
      id: 'cors-status',
      truth(run): Truth | undefined {
        const visit = foreignPoll(run)
        const answer = visit && answerOf(run, visit)
        return (
          answer && {
            value: answer.status,
            packet: answer.packet.number,
            because: `Packet ${answer.packet.number} says ${answer.status}, and has the id of a new session in it. Your server did its work; that the page may not read it is the browser's affair.`,
          }
        )
      },
      replies: {
        '403': (t) =>
          `A refusal would be your server's doing, and CORS makes it refuse nothing: look at packet ${t.packet}.`,
        '401': (t) => `Nobody was asked who they are: look at packet ${t.packet}.`,
        '404': (t) => `It is there for everybody who asks: look at packet ${t.packet}.`,
        '0': (t) => `That is what the page will see. The wire saw packet ${t.packet}.`,
      },
      look: { view: 'ladder', filter: `http.header.origin=="${FOREIGN_PAGE}"` },
    },
    {
      kind: 'wire',
      id: 'own-page',
      lookedFor: `A poll of ${OWN_PAGE} at /open/, answered with a header that names that page.`,
      evidence: [
        `${TO_SERVER} && http.header.origin=="${OWN_PAGE}" && http.request.uri contains "/open/"`,
        `${FROM_SERVER} && ${ALLOWED}=="${OWN_PAGE}"`,
      ],
      verify: (run) => readable(run, OWN_PAGE),
      hints: ["new Server(web, { path: '/open/', cors: { origin: OWN_PAGE } })"],
      look: { view: 'inspector', filter: `${FROM_SERVER} && http.response` },
    },
    {
      kind: 'wire',
      id: 'foreign-served',
      lookedFor: `A poll of ${FOREIGN_PAGE} at /open/, served with 200, and no header that lets that page read it.`,
      evidence: [
        `${TO_SERVER} && http.header.origin=="${FOREIGN_PAGE}" && http.request.uri contains "/open/"`,
        `${FROM_SERVER} && http.response.code==200`,
      ],
      verify: (run) => readable(run, FOREIGN_PAGE),
      hints: [
        'cors.origin as a text names one page for whoever asks; true would repeat whatever Origin has come.',
      ],
    },
    {
      kind: 'predict',
      id: 'foreign-socket',
      choices: ['nothing: CORS stops it', '101, but no news', '101 and the news'],
      truth(run): Truth | undefined {
        const visit = foreignSocket(run, 'before')
        const answer = visit && answerOf(run, visit)
        if (visit === undefined || answer?.status !== 101) return undefined
        const news = newsFor(run, visit)
        if (news === undefined) return undefined
        return {
          value: '101 and the news',
          packet: news.packet.number,
          because: `Packet ${answer.packet.number} is the 101, packet ${news.packet.number} the news. CORS is about reading answers of HTTP: a WebSocket is none of its business.`,
        }
      },
      replies: {
        'nothing: cors stops it': (t) =>
          `CORS is no part of opening a WebSocket (the browser sends the Origin, and lets the server decide): see packet ${t.packet}.`,
        '101, but no news': (t) =>
          `It brings no cookie and no token; but who asked for one? Packet ${t.packet} has the news for it.`,
      },
      look: { view: 'ladder', filter: `http.header.origin=="${FOREIGN_PAGE}"` },
    },
    {
      kind: 'wire',
      id: 'foreign-news',
      lookedFor: `A WebSocket from ${FOREIGN_PAGE} at /open/: 101, and news behind it.`,
      evidence: [
        `${TO_SERVER} && http.header.origin=="${FOREIGN_PAGE}" && http.upgrade`,
        `${FROM_SERVER} && socketio.event=="news"`,
      ],
      verify: foreignNews,
      hints: ["open.on('connection', (socket) => socket.emit('news', nameOf(socket.request), …))"],
      look: { view: 'ladder' },
    },
    {
      kind: 'wire',
      id: 'cookie',
      lookedFor: 'A POST to /login, answered with a Set-Cookie that has a long id and HttpOnly.',
      evidence: [
        `${TO_SERVER} && http.request.method=="POST" && http.request.uri=="/login"`,
        `${FROM_SERVER} && http.set_cookie contains "HttpOnly"`,
      ],
      verify: cookie,
      hints: [
        "randomBytes(16).toString('hex') of node:crypto is an id that nobody guesses.",
        "response.setHeader('Set-Cookie', …): session= and the id, then ; Path=/; HttpOnly",
      ],
    },
    {
      kind: 'wire',
      id: 'recognised',
      lookedFor: 'A WebSocket of your page that brings the cookie, and news that calls its owner ann.',
      evidence: [
        `${TO_SERVER} && http.cookie && http.header.origin=="${OWN_PAGE}"`,
        `${FROM_SERVER} && socketio.event=="news" && socketio.args contains "ann"`,
      ],
      verify: recognised,
      hints: [
        'socket.request is the HTTP request that the session began with; its headers.cookie is a text: session=…',
      ],
    },
    {
      kind: 'wire',
      id: 'same-site',
      lookedFor: `After the login, a WebSocket from ${FOREIGN_PAGE} without the cookie: a stranger's.`,
      evidence: [
        `${TO_SERVER} && !http.cookie && http.header.origin=="${FOREIGN_PAGE}" && http.upgrade`,
        `${FROM_SERVER} && socketio.event=="news"`,
      ],
      verify: sameSite,
      hints: ['SameSite=Strict, or Lax, among the attributes of the cookie.'],
    },
    {
      kind: 'wire',
      id: 'origin',
      lookedFor: `At /guarded/: ${FOREIGN_PAGE} refused, by polling and by WebSocket; ${OWN_PAGE} let through.`,
      evidence: `${FROM_SERVER} && engineio.error.message`,
      verify: origin,
      otherwise: [
        {
          filter: `${TO_SERVER} && http.request.uri contains "/guarded/" && http.upgrade`,
          says: (p) => `Packet ${p.number} asks for a WebSocket at /guarded/; it has not been answered.`,
        },
      ],
      hints: ["allowRequest: (request, answer) => answer('why not', request.headers.origin === OWN_PAGE)"],
      look: { view: 'ladder' },
    },
    {
      kind: 'predict',
      id: 'bad-token',
      truth: badToken,
      replies: {
        '401': (t) =>
          `HTTP never hears of the token: it comes later, with CONNECT. Packet ${t.packet} is the handshake's answer.`,
        '403': (t) =>
          `allowRequest says 403, and it was satisfied: the page is yours. See packet ${t.packet}.`,
        '400': (t) => `The handshake was in order: see packet ${t.packet}.`,
        '200': (t) => `By polling it would be; by WebSocket the answer is another: see packet ${t.packet}.`,
      },
    },
    {
      kind: 'wire',
      id: 'token',
      lookedFor:
        'Three clients of your page: CONNECT with the token gets an id, with a wrong one or none CONNECT_ERROR.',
      evidence: [`${TO_SERVER} && socketio.type==0`, `${FROM_SERVER} && socketio.type==4`],
      verify: token,
      otherwise: [
        {
          filter: `${FROM_SERVER} && engineio.error.message`,
          says: (p) =>
            `Packet ${p.number} refuses before a token could be brought; no CONNECT at /guarded/ has been answered yet.`,
        },
      ],
      hints: [
        "guarded.use((socket, next) => …): next() lets in, next(new Error('not authorized')) does not.",
        'The token is socket.handshake.auth.token.',
      ],
    },
    {
      kind: 'predict',
      id: 'who-stops',
      choices: ['allowRequest', 'the middleware', 'nobody'],
      truth: whoStops,
      replies: {
        allowrequest: (t) =>
          `It looks at the Origin, and that was made up: a program writes what it likes. It was packet ${t.packet} that refused.`,
        nobody: (t) => `The Origin can be made up, the token can't: see packet ${t.packet}.`,
        'the middleware': (t) => `Not here: ${t.because}`,
      },
      look: { view: 'ladder', filter: `${TO_SERVER} && http.user_agent contains "no browser"` },
    },
  ],
  wrongs: [
    { file: 'wrong/any-page.mjs', step: 'own-page', says: 'says "*": every page may read it' },
    { file: 'wrong/any-page.mjs', step: 'foreign-served', says: 'says "*": every page may read it' },
    { file: 'wrong/no-page.mjs', step: 'own-page', says: 'does not say which page may read it' },
    { file: 'wrong/no-page.mjs', step: 'foreign-served', says: 'not even your own may read yet' },
    { file: 'wrong/any-page.mjs', step: 'foreign-news', says: 'no news has followed' },
    { file: 'wrong/any-page.mjs', step: 'cookie', says: 'sets no cookie' },
    { file: 'wrong/any-page.mjs', step: 'origin', says: 'at the guarded door with 200 (polling): it is in' },
    { file: 'wrong/any-page.mjs', step: 'token', says: 'lets in a client with the token abracadabra' },
    { file: 'wrong/forgets-names.mjs', step: 'cookie', says: 'an id as short as "1" can be guessed' },
    { file: 'wrong/forgets-names.mjs', step: 'recognised', says: 'calls her "stranger"' },
    {
      file: 'wrong/no-next.mjs',
      step: 'token',
      says: 'CONNECT with the token open-sesame, and has had no answer',
    },
    {
      file: 'wrong/cookie-for-all.mjs',
      step: 'same-site',
      says: "the browser put ann's cookie on it",
      lesson: 'A cookie without SameSite: the foreign page is in as ann, though it never saw the cookie.',
    },
    {
      file: 'wrong/cors-at-the-door.mjs',
      step: 'origin',
      says: 'at the guarded door with 200 (polling): it is in',
      lesson: 'CORS in the place of allowRequest: the foreign page is served, and its WebSocket is let in.',
    },
  ],
})
