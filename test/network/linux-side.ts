/**
 * The kernel's end of the cable: a program in a network namespace of its own, with ordinary sockets, told over IPC
 * what to do (test/network/linux-peer.ts starts it). Every order gets one answer.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import dgram from 'node:dgram'
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import { pattern } from './talk.ts'

/** What a TCP socket of the kernel is to do. */
export interface Conversation {
  readonly say: number
  readonly seed: number
  /** FIN once everything is said; else after the other end's. */
  readonly endFirst?: boolean
  /** Says nothing before the other end's FIN. */
  readonly waits?: boolean
  /** RST when so many bytes were heard. */
  readonly resetAt?: number
  /** SO_KEEPALIVE with this TCP_KEEPIDLE. */
  readonly keepAliveMs?: number
}

export interface Outcome {
  readonly heard: number
  readonly sha256: string
  /** The other end's FIN came. */
  readonly ended: boolean
  readonly error: string | null
}

export type Order =
  | { op: 'set'; path: string; value: string }
  | { op: 'run'; command: string; args: string[]; input?: string }
  | { op: 'listen'; conversation: Conversation }
  | { op: 'connect'; address: string; port: number; conversation: Conversation }
  | { op: 'outcome'; id: number }
  | { op: 'udp echo' }
  /** Sends datagrams of these sizes, each when the last was answered; `error` if there is none. */
  | { op: 'udp ask'; address: string; port: number; sizes: number[] }

export type Answer =
  | { port: number; id: number }
  | { outcome: Outcome }
  | { stdout: string; status: number }
  | { answered: number[]; error: string | null }
  | { error: string }

export interface OrderMessage {
  readonly number: number
  readonly order: Order
}

export interface AnswerMessage {
  readonly number: number
  readonly answer: Answer
}

const outcomes: Promise<Outcome>[] = []

function converse(socket: net.Socket, plan: Conversation): Promise<Outcome> {
  const hash = createHash('sha256')
  let heard = 0
  let ended = false
  let error: string | null = null
  const words = pattern(plan.seed, plan.say)
  const maybeEnd = () => {
    if (plan.endFirst || ended) socket.end()
  }
  const say = () => socket.write(words, maybeEnd)
  if (plan.keepAliveMs !== undefined) socket.setKeepAlive(true, plan.keepAliveMs)
  socket.on('data', (chunk) => {
    heard += chunk.length
    hash.update(chunk)
    if (plan.resetAt !== undefined && heard >= plan.resetAt) socket.resetAndDestroy()
  })
  socket.on('end', () => {
    ended = true
    if (plan.waits) say()
    else if (socket.writableLength === 0) maybeEnd()
  })
  socket.on('error', (problem: NodeJS.ErrnoException) => {
    error = problem.code ?? problem.message
  })
  if (!plan.waits) {
    if (socket.connecting) socket.once('connect', say)
    else say()
  }
  return new Promise((resolve) => {
    socket.once('close', () => resolve({ heard, sha256: hash.digest('hex'), ended, error }))
  })
}

function listen(plan: Conversation): Promise<Answer> {
  return new Promise((resolve) => {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true })
    const outcome = new Promise<Outcome>((done) => {
      server.once('connection', (socket) => {
        server.close()
        void converse(socket, plan).then(done)
      })
    })
    server.listen(0, () => {
      const id = outcomes.push(outcome) - 1
      resolve({ id, port: (server.address() as net.AddressInfo).port })
    })
  })
}

function connect(address: string, port: number, plan: Conversation): Promise<Answer> {
  const socket = net.connect({ host: address, port, allowHalfOpen: true, noDelay: true })
  const id = outcomes.push(converse(socket, plan)) - 1
  return new Promise((resolve) => {
    const answer = () => resolve({ id, port: socket.localPort ?? 0 })
    socket.once('connect', answer)
    socket.once('close', answer)
  })
}

function echo(): Promise<Answer> {
  const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: 1_000_000 })
  socket.on('message', (message, from) => socket.send(message, from.port, from.address))
  return new Promise((resolve) => {
    socket.bind(0, () => resolve({ id: 0, port: socket.address().port }))
  })
}

function ask(address: string, port: number, sizes: readonly number[]): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = dgram.createSocket('udp4')
    const answered: number[] = []
    const finish = (error: string | null) => {
      clearTimeout(limit)
      socket.close()
      resolve({ answered, error })
    }
    const limit = setTimeout(() => finish('no answer'), 3000)
    const next = () => {
      const size = sizes[answered.length]
      if (size === undefined) finish(null)
      else socket.send(pattern(answered.length, size))
    }
    socket.on('message', (message) => {
      if (Buffer.compare(message, pattern(answered.length, sizes[answered.length] ?? 0)) !== 0)
        return finish('another datagram')
      answered.push(message.length)
      next()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message))
    socket.connect(port, address, next)
  })
}

function run(command: string, args: string[], input: string | undefined): Promise<Answer> {
  return new Promise((resolve) => {
    const child = execFile(command, args, { encoding: 'buffer', timeout: 10_000 }, (error, stdout) => {
      const status = error === null ? 0 : Number(error.code ?? 1)
      resolve({ status, stdout: stdout.toString('base64') })
    })
    // One that reads nothing has ended before it was written to.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input === undefined ? '' : Buffer.from(input, 'base64'))
  })
}

async function obey(order: Order): Promise<Answer> {
  switch (order.op) {
    case 'set':
      writeFileSync(`/proc/sys/${order.path}`, order.value)
      return { status: 0, stdout: '' }
    case 'run':
      return run(order.command, order.args, order.input)
    case 'listen':
      return listen(order.conversation)
    case 'connect':
      return connect(order.address, order.port, order.conversation)
    case 'outcome': {
      const outcome = await outcomes[order.id]
      return outcome === undefined ? { error: `no conversation ${order.id}` } : { outcome }
    }
    case 'udp echo':
      return echo()
    case 'udp ask':
      return ask(order.address, order.port, order.sizes)
  }
}

process.on('message', ({ number, order }: OrderMessage) => {
  obey(order)
    .catch((error: Error): Answer => ({ error: error.message }))
    .then((answer) => process.send?.({ number, answer } satisfies AnswerMessage))
})
process.on('disconnect', () => process.exit())
process.send?.({ number: 0, answer: { status: 0, stdout: '' } } satisfies AnswerMessage)
