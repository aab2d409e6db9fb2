/**
 * Which event of a client a listener is being called for: what the hub emits meanwhile was caused by it. Socket.IO shows
 * an event to those who listen to any, and calls its own listeners a tick later, through a method of its emitters that
 * is called for nothing else; in between others may have come. What a listener emits after it has awaited something
 * has no cause here: nobody can tell.
 */
import { Socket } from 'socket.io'
import type { ApplicationEvent } from './application-events.ts'

type Cause = NonNullable<ApplicationEvent['cause']>

interface Announced {
  readonly event: string
  readonly cause: Cause | undefined
}

interface Emitter {
  emitUntyped(event: unknown, ...args: unknown[]): boolean
}

/** Events whose listeners are yet to be called, by socket, oldest first. */
const announced = new WeakMap<object, Announced[]>()
let current: Cause | undefined

const emitter = Object.getPrototypeOf(Socket.prototype) as Emitter
const { emitUntyped } = emitter
emitter.emitUntyped = function (this: object, event, ...args) {
  const before = current
  current = begin(this, String(event))
  try {
    return emitUntyped.call(this, event, ...args)
  } finally {
    current = before
  }
}

/** A socket's listeners for `event` will be called; undefined where it is not told. */
export function announce(socket: Socket, event: string, cause: Cause | undefined): void {
  const waiting = announced.get(socket)
  if (waiting === undefined) announced.set(socket, [{ event, cause }])
  else waiting.push({ event, cause })
}

/** The event that is being listened to at this moment. */
export function causeOfThis(): Cause | undefined {
  return current
}

function begin(socket: object, event: string): Cause | undefined {
  const waiting = announced.get(socket)
  let next = waiting?.shift()
  // Middleware may have kept some back.
  while (next !== undefined && next.event !== event) next = waiting?.shift()
  return next?.cause
}
