/** Waiting for what is to happen, with a limit, and for nothing else. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import net from 'node:net'
import type { TestContext } from 'node:test'
import type { Socket } from 'socket.io-client'
import { type ApplicationEvent, CHANNEL, epochStart } from '../../server/services/application-events.ts'
import { eventOf, type Note } from '../../server/services/event-note.ts'

const LIMIT_MS = 5000

/** Rejects when it takes longer than five seconds. */
export function within<T>(promise: Promise<T>, what = 'it', limitMs = LIMIT_MS): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what} did not happen within ${limitMs} ms`)), limitMs)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** The arguments of the next such event. */
export function next(source: Pick<Socket, 'once'>, event: string): Promise<unknown[]> {
  return within(
    new Promise((resolve) => void source.once(event, (...args: unknown[]) => resolve(args))),
    event,
  )
}

/** All application events of the test, and a wait for one of them. */
export function listenToEvents(t: TestContext) {
  const events: ApplicationEvent[] = []
  const waiting = new Set<() => void>()
  const take = (message: unknown) => {
    events.push(eventOf(message as Note, epochStart()))
    for (const look of waiting) look()
  }
  subscribe(CHANNEL, take)
  t.after(() => unsubscribe(CHANNEL, take))
  return {
    events,
    until(matches: (event: ApplicationEvent) => boolean): Promise<ApplicationEvent> {
      const found = new Promise<ApplicationEvent>((resolve) => {
        const look = () => {
          const event = events.find(matches)
          if (event === undefined) return
          waiting.delete(look)
          resolve(event)
        }
        waiting.add(look)
        look()
      })
      return within(found, 'the application event')
    },
  }
}

export async function connectTo(
  port: number,
  host = '127.0.0.1',
  allowHalfOpen = false,
): Promise<net.Socket> {
  const socket = net.connect({ port, host, allowHalfOpen })
  socket.on('error', () => undefined)
  await within(once(socket, 'connect'), 'the connection')
  return socket
}

/** The end of a connection, good or bad. */
export function closed(socket: net.Socket): Promise<void> {
  if (socket.destroyed) return Promise.resolve()
  return within(
    new Promise((resolve) => void socket.once('close', () => resolve())),
    'the end of the connection',
  )
}

/** Everything it sends until it closes. */
export async function everything(socket: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  await closed(socket)
  return Buffer.concat(chunks)
}

/** Exactly so many bytes, or what came before it closed. */
export function take(socket: net.Socket, length: number): Promise<Buffer> {
  const whole = new Promise<Buffer>((resolve) => {
    const chunks: Buffer[] = []
    let received = 0
    const finish = () => resolve(Buffer.concat(chunks))
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      received += chunk.length
      if (received >= length) finish()
    })
    socket.on('close', finish)
  })
  return within(whole, `${length} bytes`)
}
