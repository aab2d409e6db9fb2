import { lab, type RunView, type Truth, type Verdict } from '../kit/lab.ts'
import {
  ageOf,
  bytesIn,
  bytesOf,
  type Exchange,
  exchanges,
  HELD,
  NAGS,
  newsOf,
  QUIET,
  TABS,
  tabOf,
} from './evidence.ts'

const ENOUGH_QUESTIONS = 6
const ENOUGH_NEWS = 2
const ENOUGH_HELD = 3
/** Seconds. For the packets' times, which are taken on the way. */
const INACCURACY = 0.02

const nags = (run: RunView) => exchanges(run, NAGS).filter(({ code }) => code === 200)
const empty = (run: RunView) => nags(run).find(({ news }) => news.length === 0)
const longPolls = (run: RunView) => exchanges(run, HELD).filter(({ code }) => code === 200)
/** Those that waited: none of their news had been made before they were asked. */
const held = (run: RunView) =>
  longPolls(run).filter(({ request, news }) => news.every(({ at }) => at / 1000 >= request.time - INACCURACY))
const refusals = (run: RunView) => exchanges(run, TABS).filter(({ code }) => code === 503)

/** Whole numbers of bytes a piece of news, all its questions and answers counted. */
const bytesEach = (all: readonly Exchange[]) =>
  Math.round(all.reduce((sum, exchange) => sum + bytesOf(exchange), 0) / newsOf(all).size)

const each = (all: readonly Exchange[]) => Math.round((10 * all.length) / newsOf(all).size) / 10

function nagged(run: RunView): Verdict {
  const all = nags(run)
  const last = all.at(-1)
  if (last === undefined) return { done: false }
  const { number } = last.response
  const heard = newsOf(all).size
  if (all.length >= ENOUGH_QUESTIONS && heard >= ENOUGH_NEWS && empty(run))
    return { done: true, packet: number }
  return {
    done: false,
    seen: `Up to packet ${number} you have asked ${times(all.length)} and heard ${pieces(heard)} of news. Nag on, with little time between: at least ${ENOUGH_QUESTIONS} questions, ${ENOUGH_NEWS} pieces of news, and an empty answer.`,
    packet: number,
  }
}

/** The nagging is over: something else has been asked, or a connection has ended. */
const hasStopped = (run: RunView) =>
  [TABS, HELD, QUIET, 'tcp.flags.fin==1 || tcp.flags.reset==1'].some((filter) => run.find(filter).length > 0)

const pieces = (n: number) => (n === 1 ? 'one piece' : `${n} pieces`)
const times = (n: number) => (n === 1 ? 'once' : `${n} times`)

function flooded(run: RunView): Verdict {
  const all = exchanges(run, TABS)
  const [refused] = refusals(run)
  if (refused) return { done: true, packet: refused.response.number }
  const last = all.at(-1)
  if (last === undefined) return { done: false }
  return {
    done: false,
    seen: `${all.length} requests of tabs were answered, the last in packet ${last.response.number}, and none was refused: did each wait for the answer before? Send them all at once.`,
    packet: last.response.number,
  }
}

/** The answer that kept somebody waiting the longest, of those of the tabs; undefined while one of them still waits. */
function slowest(run: RunView): { exchange: Exchange; ms: number } | undefined {
  const all = exchanges(run, TABS)
  if (refusals(run).length === 0 || all.length < run.find(TABS).length) return undefined
  const served = all
    .filter(({ code }) => code === 200)
    .map((exchange) => ({ exchange, ms: Number(exchange.response.values('http.time')[0]) * 1000 }))
  return served.sort((a, b) => b.ms - a.ms)[0]
}

/** Tabs that were refused and ask again, in order: none of them too early, and one is served. */
function backedOff(run: RunView): Verdict {
  const refused = refusals(run)
  const tabs = exchanges(run, TABS)
  let best: Verdict | undefined
  for (const { request, response } of refused) {
    const tab = tabOf(request)
    const next = tabs.find((later) => later.request.number > response.number && tabOf(later.request) === tab)
    if (next === undefined) continue
    const waited = next.request.time - response.time
    const { number } = next.request
    if (waited < 1 - INACCURACY) {
      return {
        done: false,
        seen: `Packet ${number} came ${waited.toFixed(2)} s after packet ${response.number}, which asked tab ${tab} for a whole second of peace (Retry-After: 1).`,
        packet: number,
      }
    }
    if (next.code === 200) best = { done: true, packet: next.response.number }
    else
      best ??= {
        done: false,
        seen: `Packet ${number} waited long enough, but was answered with ${next.code}: so again.`,
        packet: number,
      }
  }
  if (best) return best
  const last = refused.at(-1)?.response.number
  return last === undefined
    ? { done: false, seen: 'No request of a tab has been refused yet.' }
    : {
        done: false,
        seen: `Packet ${last} says 503 and Retry-After: 1. No tab that was refused has asked again.`,
        packet: last,
      }
}

function waited(run: RunView): Verdict {
  const heard = new Map<number, Exchange>()
  let again: Verdict | undefined
  for (const exchange of longPolls(run)) {
    const twice = exchange.news.find(({ id }) => heard.has(id))
    const { number } = exchange.response
    if (twice) {
      again = {
        done: false,
        seen: `Packet ${number} brought news ${twice.id} again, which packet ${heard.get(twice.id)?.response.number} had brought. Does since say what you have, and is nobody else still waiting?`,
        packet: number,
      }
    }
    for (const { id } of exchange.news) heard.set(id, exchange)
  }
  const last = longPolls(run).at(-1)
  if (again) return again
  if (last === undefined) return { done: false }
  const { number } = last.response
  const came = newsOf(held(run)).size
  if (came >= ENOUGH_HELD) return { done: true, packet: number }
  const piledUp = heard.size - came
  return {
    done: false,
    seen: `Up to packet ${number} long polling has brought ${pieces(came)} of news that it had to wait for${piledUp > 0 ? `, and ${piledUp} that had piled up before you asked` : ''}. Ask again after each.`,
    packet: number,
  }
}

function askedAgain(run: RunView): Verdict {
  const nothing = exchanges(run, QUIET).find(({ code }) => code === 204)
  if (nothing === undefined) return { done: false }
  const { number } = nothing.response
  const next = run.find(QUIET).find((request) => request.number > number)
  if (next) return { done: true, packet: next.number }
  return {
    done: false,
    seen: `Packet ${number} says 204: the time was up, and nothing had happened. Nobody has asked since, so nobody would hear of news.`,
    packet: number,
  }
}

export default lab({
  number: 9,
  title: 'Polling',
  summary: 'A page that nags for news, what it costs, how it floods its own server, and long polling.',
  minutes: 30,
  networks: ['kernel', 'lab'],
  assumes: [8],
  cast: { program: 'cast', plays: 'server' },
  bearsLoss: true,
  door: 'http',
  steps: [
    {
      kind: 'wire',
      id: 'nag',
      lookedFor: `At least ${ENOUGH_QUESTIONS} questions that are answered at once, and at least ${ENOUGH_NEWS} pieces of news among the answers.`,
      evidence: NAGS,
      verify: nagged,
      hints: ['A loop: ask, await pause(50), until three have come. askForNews() returns how many did.'],
      look: { view: 'packets', filter: 'tcp.port==$LISTEN && http' },
    },
    {
      kind: 'predict',
      id: 'empty-bytes',
      truth(run): Truth | undefined {
        const exchange = empty(run)
        return (
          exchange && {
            value: bytesOf(exchange),
            within: 12,
            packet: exchange.response.number,
            because: `${bytesIn(exchange.request)} bytes of question in packet ${exchange.request.number}, ${bytesIn(exchange.response)} of answer in packet ${exchange.response.number}, to say "[]". The headers below HTTP and the acknowledgements come on top.`,
          }
        )
      },
      mistakes(_truth, run): Record<string, string> {
        const exchange = empty(run)
        if (exchange === undefined) return {}
        const { request, response } = exchange
        const frames = Number(request.values('frame.len')[0]) + Number(response.values('frame.len')[0])
        return {
          2: `Two bytes, [], are the body of packet ${response.number}. What crossed so that they could?`,
          [bytesIn(request)]: `That is the question in packet ${request.number}. The answer crosses too.`,
          [bytesIn(response)]: `That is the answer in packet ${response.number}. The question crosses too.`,
          [frames]:
            'Those are the two frames, with the headers of Ethernet, IP and TCP. HTTP alone is asked for: tcp.len.',
        }
      },
      nearly(answer, truth, run) {
        const exchange = empty(run)
        if (exchange === undefined || Number.isNaN(answer)) return undefined
        return `Packet ${exchange.request.number} is such a question, packet ${truth.packet} its answer, with "[]" in it: add tcp.len of the two.`
      },
      hints: ['tcp.len of the request, and tcp.len of a response whose body is [].'],
    },
    {
      kind: 'predict',
      id: 'questions-each',
      truth(run): Truth | undefined {
        const all = nags(run)
        if (!nagged(run).done || !hasStopped(run)) return undefined
        return {
          value: each(all),
          within: 0.6,
          packet: all[0]?.request.number ?? 1,
          because: `${all.length} questions for ${newsOf(all).size} pieces of news: ${bytesEach(all)} bytes of HTTP each. A page that nags pays for asking, not for news.`,
        }
      },
      mistakes(_truth, run): Record<string, string> {
        const all = nags(run)
        return {
          [all.length]: `You asked ${all.length} times in all. How many pieces of news came of it?`,
          1: 'Only if each answer had brought something. Most of them brought [].',
        }
      },
      nearly: (answer, truth) =>
        Number.isNaN(answer)
          ? undefined
          : `Count the questions of the last run, from packet ${truth.packet} on, without those with tab= or wait=; then the pieces of news that their answers brought. How many questions is that for one piece?`,
      hints: [
        'http.request with no tab= and no wait= in its URI: count them, and the news that came, and divide.',
      ],
    },
    {
      kind: 'wire',
      id: 'flood',
      lookedFor: 'Requests of many tabs at the same moment, and a 503 among the answers.',
      evidence: [TABS, 'tcp.srcport==$LISTEN && http.response.code==503'],
      verify: flooded,
      hints: ['An array of fetch(…) without await, then await Promise.all(array).'],
      look: { view: 'ladder', filter: 'tcp.port==$LISTEN' },
    },
    {
      kind: 'predict',
      id: 'slowest',
      truth(run): Truth | undefined {
        const found = slowest(run)
        return (
          found && {
            value: Math.round(found.ms),
            within: 5,
            packet: found.exchange.response.number,
            because: `The question in packet ${found.exchange.request.number} was answered in packet ${found.exchange.response.number}. The work on it took 50 ms; the rest of the time it stood behind the others.`,
          }
        )
      },
      replies: {
        '50': (t) =>
          `So long is the work on one. This one had to wait until those before it were done: packet ${t.packet}.`,
        '400': () =>
          'Eight times 50 ms is what a full queue should take. A timer is never early: look at your own.',
      },
      nearly: (answer, truth) =>
        Number.isNaN(answer)
          ? undefined
          : `Open packet ${truth.packet}, and read http.time: it is in seconds, and a thousand milliseconds are one.`,
      hints: ['http.time stands in each response. Filter: http.response.code==200 && http.time > 0.3'],
    },
    {
      kind: 'wire',
      id: 'back-off',
      lookedFor:
        'A tab that was refused asks again when as many seconds are over as its 503 said, and is served.',
      evidence: ['tcp.srcport==$LISTEN && http.response.code==503', TABS],
      verify: backedOff,
      hints: ["response.headers.get('retry-after') is in seconds; pause(…) takes milliseconds."],
    },
    {
      kind: 'wire',
      id: 'long-poll',
      lookedFor: `Questions with wait= that the server holds, and at least ${ENOUGH_HELD} different pieces of news in answer that were made meanwhile.`,
      evidence: HELD,
      verify: waited,
      hints: ["askForNews('&wait=10') in a loop, with nothing else in it: the server does the waiting."],
      look: { view: 'ladder', filter: 'tcp.port==$LISTEN && http' },
    },
    {
      kind: 'predict',
      id: 'held-questions-each',
      truth(run): Truth | undefined {
        const all = held(run)
        if (!waited(run).done) return undefined
        return {
          value: each(all),
          within: 0.3,
          packet: all[0]?.request.number ?? 1,
          because: `${all.length} questions for ${newsOf(all).size} pieces of news, ${bytesEach(all)} bytes of HTTP each; when you nagged it was ${bytesEach(nags(run)) || 'more'}.`,
        }
      },
      replies: {
        '0': () =>
          'With HTTP the server speaks only when it is asked: each answer has a question of its own, though it may wait.',
      },
    },
    {
      kind: 'wire',
      id: 'quiet',
      lookedFor: 'A question to /quiet with wait=, 204 in answer when the time is up, and the next question.',
      evidence: [QUIET, 'tcp.srcport==$LISTEN && http.response.code==204', QUIET],
      verify: askedAgain,
      hints: ['A loop around fetch: 204 is no error, and no end.'],
    },
    {
      kind: 'predict',
      id: 'sooner',
      choices: ['nagging', 'long polling'],
      truth(run): Truth | undefined {
        const nagging = ageOf(nags(run))
        const waiting = ageOf(held(run))
        const last = held(run).at(-1)
        if (nagging === undefined || waiting === undefined || last === undefined) return undefined
        if (!waited(run).done) return undefined
        return {
          value: waiting < nagging ? 'long polling' : 'nagging',
          packet: last.response.number,
          because: `News was ${Math.round(nagging)} ms old (the middle one) when nagging brought it, ${Math.round(waiting)} ms by long polling.`,
        }
      },
      replies: {
        nagging: (t) =>
          `It asks often, but between two questions nothing can come: news waits for half the interval. Packet ${t.packet} left when there was something to say.`,
      },
      hints: [
        'new Date(at) in node is a time of day: compare it with when the packet was there that brought the piece, as the Inspector says.',
      ],
    },
  ],
  wrongs: [
    { file: 'wrong/seldom.mjs', step: 'nag', says: 'Nag on' },
    { file: 'wrong/one-by-one.mjs', step: 'flood', says: 'none was refused' },
    {
      file: 'wrong/at-once.mjs',
      step: 'back-off',
      says: 'a whole second of peace',
      lesson: 'Ask again at once when the server says 503: as everybody does, and it never recovers.',
    },
    {
      file: 'wrong/same-since.mjs',
      step: 'long-poll',
      says: 'Does since say what you have',
      lesson: 'Forget what you have heard: each long poll is answered at once, with all of it.',
    },
    { file: 'wrong/piled-up.mjs', step: 'long-poll', says: 'had piled up before you asked' },
    { file: 'wrong/gives-up.mjs', step: 'quiet', says: 'Nobody has asked since' },
  ],
})
