/** How each guard of lab 18 is judged: what the visitors met at the learner's doors. */
import type { RunView, Sighting, Verdict } from '../kit/lab.ts'
import {
  answerOf,
  connected,
  connectOf,
  FOREIGN_PAGE,
  newsFor,
  OWN_PAGE,
  tokenOf,
  type Visit,
  visits,
} from './visits.ts'

const TO_SERVER = 'tcp.dstport==$LISTEN'
const TOKEN = 'open-sesame'

/** The foreign page's WebSockets to the open door: before somebody has logged in, and after. */
export function foreignSocket(run: RunView, when: 'before' | 'after'): Visit | undefined {
  const [login] = run.find(`${TO_SERVER} && http.request.method=="POST" && http.request.uri=="/login"`)
  const all = visits(run, { door: 'open', page: FOREIGN_PAGE, transport: 'websocket' })
  return when === 'before'
    ? all.find(({ packet }) => login === undefined || packet.number < login.number)
    : all.find(({ packet }) => login !== undefined && packet.number > login.number)
}

const at = (packet: Sighting, seen: string): Verdict => ({ done: false, seen, packet: packet.number })

/** What the answer to a page's first poll lets whom read. */
export function readable(run: RunView, page: string): Verdict {
  const [visit] = visits(run, { door: 'open', page, transport: 'polling' })
  const answer = visit && answerOf(run, visit)
  if (visit === undefined || answer === undefined) return { done: false }
  const { packet, status, readableBy } = answer
  if (status !== 200)
    return at(packet, `Packet ${packet.number} answers ${page} with ${status}: it should be served.`)
  if (readableBy === '*') {
    return at(packet, `Packet ${packet.number} says "*": every page may read it, ${FOREIGN_PAGE} as well.`)
  }
  if (page === FOREIGN_PAGE) {
    if (readableBy === FOREIGN_PAGE) {
      return at(packet, `Packet ${packet.number} names ${FOREIGN_PAGE}: the browser will show it the answer.`)
    }
    if (!readable(run, OWN_PAGE).done) {
      return at(
        packet,
        `Packet ${packet.number} serves the foreign page, and names no page; but not even your own may read yet (step 2).`,
      )
    }
    return { done: true, packet: packet.number }
  }
  if (readableBy === page) return { done: true, packet: packet.number }
  const found = readableBy === undefined ? 'does not say which page may read it' : `names ${readableBy}`
  return at(packet, `Packet ${packet.number} answers ${page}, and ${found}: the browser will not show it.`)
}

export function foreignNews(run: RunView): Verdict {
  const visit = foreignSocket(run, 'before')
  const answer = visit && answerOf(run, visit)
  if (visit === undefined || answer === undefined) return { done: false }
  const news = newsFor(run, visit)
  if (news !== undefined) return { done: true, packet: news.packet.number }
  const { packet, status } = answer
  if (status !== 101) {
    return at(
      packet,
      `Packet ${packet.number} refuses the foreign page (${status}); the open door is to stay open.`,
    )
  }
  return at(packet, `Packet ${packet.number} lets the foreign page in (101); no news has followed.`)
}

export function cookie(run: RunView): Verdict {
  const [login] = run.find(`${TO_SERVER} && http.request.method=="POST" && http.request.uri=="/login"`)
  const answer = login && answerOf(run, { packet: login })
  if (answer === undefined) return { done: false }
  const { packet } = answer
  const set = String(packet.values('http.set_cookie')[0] ?? '')
  if (set === '') return at(packet, `Packet ${packet.number} answers the login, and sets no cookie.`)
  const id = /^\s*\w+=([^;\s]*)/.exec(set)?.[1] ?? ''
  if (id.length < 16) {
    return at(
      packet,
      `Packet ${packet.number} sets ${set}: an id as short as "${id}" can be guessed. 16 random bytes, written in hex, can't.`,
    )
  }
  if (/;\s*httponly/i.test(set)) return { done: true, packet: packet.number }
  return at(
    packet,
    `Packet ${packet.number} sets a cookie without HttpOnly: any script in the page can read it.`,
  )
}

export function recognised(run: RunView): Verdict {
  const [visit] = visits(run, { door: 'open', page: OWN_PAGE, transport: 'websocket' })
  if (visit === undefined) return { done: false }
  const { packet, cookie: brought } = visit
  if (brought === undefined) return at(packet, `Packet ${packet.number} brings no cookie: none has been set.`)
  const news = newsFor(run, visit)
  if (news?.args[0] === 'ann') return { done: true, packet: news.packet.number }
  if (news === undefined)
    return at(packet, `Packet ${packet.number} brings the cookie; no news has followed.`)
  return at(
    news.packet,
    `Packet ${packet.number} brings ann's cookie, and packet ${news.packet.number} calls her ${JSON.stringify(news.args[0])}.`,
  )
}

export function sameSite(run: RunView): Verdict {
  const visit = foreignSocket(run, 'after')
  const news = visit && newsFor(run, visit)
  const [own] = visits(run, { door: 'open', page: OWN_PAGE, transport: 'websocket' })
  if (visit === undefined || news === undefined || own === undefined) return { done: false }
  const { number } = visit.packet
  if (visit.cookie !== undefined) {
    return at(
      visit.packet,
      `Packet ${number} is the foreign page's, and the browser put ann's cookie on it: packet ${news.packet.number} calls it ${JSON.stringify(news.args[0])}. Without SameSite=Lax or Strict a cookie goes along, whoever asks.`,
    )
  }
  if (own.cookie === undefined)
    return at(visit.packet, `Packet ${number} brings no cookie; but no page of yours had one either.`)
  return { done: true, packet: news.packet.number }
}

export function origin(run: RunView): Verdict {
  const foreign = visits(run, { door: 'guarded', page: FOREIGN_PAGE })
  for (const visit of foreign) {
    const answer = answerOf(run, visit)
    if (answer === undefined) return { done: false }
    const { packet, status } = answer
    if (status < 400) {
      return at(
        packet,
        `Packet ${packet.number} answers ${FOREIGN_PAGE} at the guarded door with ${status} (${visit.transport}): it is in.`,
      )
    }
    if (status === 404)
      return at(packet, `Packet ${packet.number} says 404: nothing is there yet at /guarded/.`)
  }
  const [own] = visits(run, { door: 'guarded', page: OWN_PAGE, isBrowser: true })
  const answer = own && answerOf(run, own)
  const transports = new Set(foreign.map(({ transport }) => transport))
  if (answer === undefined || transports.size < 2) return { done: false }
  const { packet, status } = answer
  if (status === 101) return { done: true, packet: packet.number }
  return at(packet, `Packet ${packet.number} refuses ${OWN_PAGE} too (${status}): your own page must get in.`)
}

export function token(run: RunView): Verdict {
  let welcome: number | undefined
  let refused = 0
  let unanswered: Verdict | undefined
  for (const visit of visits(run, { door: 'guarded', page: OWN_PAGE, isBrowser: true })) {
    const brought = tokenOf(run, visit)
    const connect = connectOf(run, visit)
    if (brought === undefined || connect === undefined) continue
    const words = brought === 'none' ? 'no token at all' : `the token ${brought}`
    const answer = connected(run, visit)
    if (answer === undefined) {
      unanswered ??= at(
        connect,
        `Packet ${connect.number} is a CONNECT with ${words}, and has had no answer: your middleware has to call next, with an error or without.`,
      )
      continue
    }
    const { number } = answer.packet
    if (answer.letIn !== (brought === TOKEN)) {
      return at(
        answer.packet,
        `Packet ${number} ${answer.letIn ? 'lets in a client with' : 'refuses the client with'} ${words}. What a client brought is in socket.handshake.auth.token.`,
      )
    }
    if (answer.letIn) welcome = number
    else refused++
  }
  if (welcome !== undefined && refused >= 2) return { done: true, packet: welcome }
  return unanswered ?? { done: false }
}
