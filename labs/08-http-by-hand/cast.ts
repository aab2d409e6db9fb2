/** The web server of lab 08. Its pages differ from run to run, so that their sizes have to be looked up on the wire. */
import { createHash, randomInt, randomUUID } from 'node:crypto'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { HOST, port, ready } from '../kit/cast.ts'

/** What an Ethernet frame leaves behind the headers, and TCP's timestamps. */
const LARGEST_SEGMENT = 1448
const LARGEST_NOTE = 10_000

const welcome = `Grüße aus dem Labor, Besucher ${'7'.repeat(randomInt(3, 60))}!\n`
/** A little less than fills whole segments: the head in front of it needs one more. */
const long = textOf(randomInt(7, 12) * LARGEST_SEGMENT - randomInt(10, 120))
const visits = new Map<string, number>()
let note = noteOf('Nobody has written here yet.\n')

http
  .createServer((request, response) => {
    response.setHeader('Content-Type', 'text/plain; charset=utf-8')
    const { pathname } = new URL(request.url ?? '/', 'http://lab')
    if (pathname === '/note') void serveNote(request, response).catch(() => response.destroy())
    else if (pathname === '/visits') serveVisits(request, response)
    else if (pathname === '/') answer(response, 200, welcome)
    else if (pathname === '/long') answer(response, 200, long)
    else answer(response, 404, 'There is no such page.\n')
  })
  .listen(port('LISTEN'), HOST, ready)

function answer(response: ServerResponse, status: number, text: string): void {
  const body = Buffer.from(text)
  response.writeHead(status, { 'Content-Length': body.length }).end(body)
}

/** A page that can be asked for on a condition, and written with PUT. */
async function serveNote(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'PUT') {
    note = noteOf(await bodyOf(request))
    response.writeHead(204).end()
    return
  }
  response.setHeader('ETag', note.etag).setHeader('Last-Modified', note.modified.toUTCString())
  if (isKnown(request)) response.writeHead(304).end()
  else answer(response, 200, note.text)
}

/** RFC 9110 §13.2.2: where both conditions are given, the ETag alone decides. */
function isKnown({ headers }: IncomingMessage): boolean {
  const etags = headers['if-none-match']
  if (etags !== undefined) return etags.split(',').some((etag) => etag.trim() === note.etag)
  return Date.parse(headers['if-modified-since'] ?? '') >= note.modified.getTime()
}

function noteOf(text: string): { text: string; etag: string; modified: Date } {
  const etag = `"${createHash('sha1').update(text).update(randomUUID()).digest('hex').slice(0, 8)}"`
  const modified = new Date()
  // The header's dates have whole seconds.
  modified.setMilliseconds(0)
  return { text, etag, modified }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8')
  let text = ''
  for await (const part of request) text = (text + part).slice(0, LARGEST_NOTE)
  return text
}

/** Counts by the cookie, and by nothing else. */
function serveVisits(request: IncomingMessage, response: ServerResponse): void {
  let sid = /(?:^|;\s*)sid=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]
  if (sid === undefined || !visits.has(sid)) {
    sid = randomUUID().slice(0, 8)
    response.setHeader('Set-Cookie', `sid=${sid}; HttpOnly; SameSite=Lax`)
  }
  const count = (visits.get(sid) ?? 0) + 1
  visits.set(sid, count)
  answer(response, 200, `visit ${count}\n`)
}

function textOf(bytes: number): string {
  let text = ''
  for (let line = 1; text.length < bytes; line++) text += `${line}. A long page is many segments.\n`
  return `${text.slice(0, bytes - 1)}\n`
}
