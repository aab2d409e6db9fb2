/** What the steps of lab 08 come to, where filters alone can't say it. */
import type { RunView, Verdict } from '../kit/lab.ts'
import { type Exchange, etagOf, exchanges, first, sidOf } from './evidence.ts'

export function headersAlone(run: RunView): Verdict {
  const heads = exchanges(run, 'http.request.method=="HEAD"')
  const here = heads.find(({ code }) => code === 200)
  const nowhere = heads.find(({ code }) => code === 404)
  if (here && nowhere) return { done: true, packet: here.response.number }
  const one = here ?? nowhere
  if (one === undefined) return { done: false }
  return {
    done: false,
    seen: `Packet ${one.response.number} answers one HEAD with ${one.code}; the other was not asked, or not answered yet.`,
    packet: one.response.number,
  }
}

/** A condition that was met by the state the client has: 304. */
export function notModified(run: RunView): Exchange | undefined {
  return exchanges(run, 'http.request.uri=="/note"').find(({ code }) => code === 304)
}

export function conditional(run: RunView): Verdict {
  const known = notModified(run)
  if (known) return { done: true, packet: known.response.number }
  const asked = exchanges(run, 'http.request.uri=="/note" && http.header.if-none-match').at(-1)
  if (asked === undefined) return { done: false }
  const given = first(asked.request, 'http.header.if-none-match')
  return {
    done: false,
    seen: `Packet ${asked.response.number} says ${asked.code}: If-None-Match was ${given}, and the note's ETag is ${etagOf(asked)}. They must be the same, with the quotes.`,
    packet: asked.response.number,
  }
}

export function changed(run: RunView): Verdict {
  const writes = exchanges(run, 'http.request.method=="PUT" && http.request.uri=="/note"')
  const put = writes.find(({ code }) => code === 204)
  if (put === undefined) {
    const refused = writes.at(-1)
    if (refused === undefined) return { done: false, seen: 'No PUT of yours has been answered.' }
    const { number } = refused.response
    return {
      done: false,
      seen: `Packet ${number} answers your PUT with ${refused.code}${refused.code === 400 ? `: ${lengthOf(refused)}` : ''}.`,
      packet: number,
    }
  }
  const known = exchanges(run, 'http.request.uri=="/note" && !(http.request.method=="PUT")')
  const later = known.filter(({ request }) => request.number > put.response.number)
  const answer = later.find(({ request, response, code }) => {
    const given = first(request, 'http.header.if-none-match')
    return (
      code === 200 &&
      known.some((old) => old.response.number < response.number && given !== '' && etagOf(old) === given)
    )
  })
  if (answer) return { done: true, packet: answer.response.number }
  const fooled = later.find(({ code, request }) => code === 304 && isByDate(request))
  if (fooled) {
    const { number } = fooled.response
    return {
      done: false,
      seen: `Packet ${number} says 304, but the note was written a moment before: Last-Modified counts whole seconds. The ETag is another by now: ask with that.`,
      packet: number,
    }
  }
  const { number } = put.response
  return {
    done: false,
    seen: `Packet ${number} says that your note was written; no 200 to an If-None-Match with an ETag from before has followed.`,
    packet: number,
  }
}

/** What a server goes by to find the end of a note; else it waits for more, or takes the rest for another request. */
function lengthOf({ request }: Exchange): string {
  const length = first(request, 'http.content_length')
  return length === ''
    ? 'it has no Content-Length, so the server reads your note as another request'
    : `its Content-Length is ${length}, and so many bytes must stand behind the empty line, no more and no less (a letter such as ü is two)`
}

const isByDate = (request: Exchange['request']) =>
  first(request, 'http.header.if-modified-since') !== '' && first(request, 'http.header.if-none-match') === ''

/** The second of two requests without a cookie in one conversation. */
export function unknownAgain(run: RunView): Exchange | undefined {
  const asked = exchanges(run, 'http.request.uri=="/visits" && !http.cookie')
  return asked.find(({ request, response }) =>
    asked.some((before) => before.request.flow === request.flow && before.response.number < response.number),
  )
}

export function recognised(run: RunView): Verdict {
  const given = exchanges(run, 'http.request.uri=="/visits"').filter(({ response }) => sidOf(response) !== '')
  const shown = exchanges(run, 'http.request.uri=="/visits" && http.cookie')
  const verdicts = shown.map((exchange) => shownAgain(exchange, given))
  return verdicts.find(({ done }) => done) ?? verdicts.at(-1) ?? { done: false }
}

/** One request with a cookie, of those that the server has given. */
function shownAgain({ request, response }: Exchange, given: readonly Exchange[]): Verdict {
  const { number } = request
  const open = (seen: string): Verdict => ({ done: false, seen, packet: number })
  const cookie = first(request, 'http.cookie')
  const pairs = cookie.split(/;\s*/)
  const giver = given.find((one) => pairs.includes(sidOf(one.response)))
  const attribute = pairs.find((pair) => /^(httponly$|samesite=)/i.test(pair))
  if (giver === undefined)
    return open(`Packet ${number} shows ${cookie}, which no answer of this run has given.`)
  if (attribute !== undefined) {
    return open(
      `Packet ${number} repeats ${attribute} too, which is the server's word to a browser. Only what stands before the first semicolon is the cookie.`,
    )
  }
  if (giver.request.flow === request.flow) {
    return open(
      `Packet ${number} shows the cookie on the connection where packet ${giver.response.number} gave it: take a new one.`,
    )
  }
  return { done: true, packet: response.number }
}
