/**
 * What a lab's cast is written with: the run's ports, how to say that it is ready, and how to wait for the learner's
 * server. Every wait has a limit, so that a program that does not answer only leaves its steps open.
 */
import dgram from 'node:dgram'
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export const HOST = process.env.WIRELAB_HOST ?? '127.0.0.1'

/** What the runner reads from a cast's output and doesn't show: see `ready`. */
export const READY = 'wirelab: ready'

/** A port of the run by its name: `LISTEN`, `DOOR`, `UDP`. Throws an Error that names the variable where it isn't set. */
export function port(name: string): number {
  const variable = `WIRELAB_${name}_PORT`
  const value = Number(process.env[variable])
  if (!(value > 0))
    throw new Error(`${variable}: expected a port, found ${process.env[variable] ?? 'nothing'}`)
  return value
}

/** A cast that plays the server says so when it listens: the learner's program starts then. */
export function ready(): void {
  console.log(READY)
}

/** Sends one datagram to UDP echo and waits for its echo, so that what comes next is after it on the wire too. */
export function mark(text: string, limitMs = 700): Promise<void> {
  const socket = dgram.createSocket('udp4')
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(limit)
      socket.close()
      resolve()
    }
    const limit = setTimeout(done, limitMs)
    socket.on('message', done)
    socket.send(text, port('UDP'), HOST)
  })
}

/** Waits until the learner's server accepts connections at its own port; false when it does not within five seconds. */
export async function listening(at = port('LISTEN')): Promise<boolean> {
  for (let tries = 0; tries < 50; tries++) {
    if (await accepts(at)) return true
    await pause(100)
  }
  return false
}

function accepts(at: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(at, HOST)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
