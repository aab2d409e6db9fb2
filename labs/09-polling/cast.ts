/**
 * The server of lab 09: news that come when they come, and a worker that can do one thing at a time. A piece of news
 * bears the time when it was made, so that the wire can tell how old it was when it arrived.
 */
import { randomInt } from 'node:crypto'
import { EventEmitter } from 'node:events'
import http, { type ServerResponse } from 'node:http'
import { HOST, port, ready } from '../kit/cast.ts'

const NEWS_EVERY_MS = [350, 550] as const
/** For one answer: as if a database had to be asked. */
const WORK_MS = 50
const LONGEST_QUEUE = 8
const RETRY_AFTER_S = 1
const LONGEST_WAIT_S = 30

interface News {
  readonly id: number
  readonly text: string
  /** Epoch milliseconds. */
  readonly at: number
}

const news: News[] = []
const made = new EventEmitter().setMaxListeners(0)

function makeNews(): void {
  const id = news.length + 1
  news.push({ id, text: `The score is ${randomInt(10)} : ${randomInt(10)}`, at: Date.now() })
  made.emit('news')
}

let isGameOn = false

/** News begin to come when somebody has asked. */
function begin(): void {
  if (isGameOn) return
  isGameOn = true
  const next = () =>
    setTimeout(
      () => {
        makeNews()
        next()
      },
      randomInt(...NEWS_EVERY_MS),
    )
  next()
}

/** Work that waits for the worker, the one that is being done first. */
const queue: (() => void)[] = []

function work(): void {
  const [job] = queue
  if (job === undefined) return
  setTimeout(() => {
    job()
    queue.shift()
    work()
  }, WORK_MS)
}

function later(response: ServerResponse, job: () => void): void {
  if (queue.length >= LONGEST_QUEUE) {
    response.writeHead(503, { 'Retry-After': RETRY_AFTER_S, 'Content-Length': 0 }).end()
    return
  }
  queue.push(job)
  if (queue.length === 1) work()
}

function tell(response: ServerResponse, since: number): void {
  const body = JSON.stringify(news.filter(({ id }) => id > since))
  response
    .writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) })
    .end(body)
}

/** Answers when there is news, or when the time is up. */
function hold(response: ServerResponse, since: number, waitS: number, isQuiet: boolean): void {
  if (!isQuiet && news.length > since) {
    tell(response, since)
    return
  }
  const settle = (answer: () => void) => {
    clearTimeout(limit)
    made.off('news', onNews)
    answer()
  }
  const onNews = () => settle(() => tell(response, since))
  const limit = setTimeout(() => settle(() => response.writeHead(204).end()), waitS * 1000)
  if (!isQuiet) made.on('news', onNews)
  response.on('close', () => settle(() => undefined))
}

http
  .createServer((request, response) => {
    begin()
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://lab')
    const since = Number(searchParams.get('since')) || 0
    const wait = Math.min(Number(searchParams.get('wait')) || 0, LONGEST_WAIT_S)
    const isQuiet = pathname === '/quiet'
    if (pathname !== '/news' && !isQuiet) response.writeHead(404, { 'Content-Length': 0 }).end()
    else if (wait > 0) hold(response, since, wait, isQuiet)
    else later(response, () => (isQuiet ? response.writeHead(204).end() : tell(response, since)))
  })
  .listen(port('LISTEN'), HOST, ready)
