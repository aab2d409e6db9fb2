/** What a cast that plays Socket.IO clients needs: when a client has heard, and when the server has dealt with it. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Socket } from 'socket.io-client'

/** A lost SYN is sent again after a second, then after two and four. */
const LIMIT_MS = 10_000

interface Underneath {
  readonly ws?: { ping(): void; once(event: 'pong', heard: () => void): void }
}

/** Until one of the events has come, or the limit is over. */
export function heard(client: Socket, events: readonly string[], limitMs = LIMIT_MS): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(limit)
      for (const event of events) client.off(event, done)
      resolve()
    }
    const limit = setTimeout(done, limitMs)
    for (const event of events) client.once(event, done)
  })
}

/** Pings behind a request: a server that reads the first together with the request answers it before it acts on that. */
const PINGS = 2

/**
 * Until the server has dealt with all that this client has sent, whatever it makes of it: WebSocket pings are sent behind
 * it, and the last is answered behind whatever it has caused at once. Needs the transport `websocket`.
 */
export async function settled(client: Socket): Promise<void> {
  const transport: Underneath | undefined = client.io.engine?.transport as object | undefined
  const ws = transport?.ws
  if (ws === undefined || !client.connected) return
  // What was emitted leaves with the next tick: the ping shall be behind it.
  await pause(0)
  for (let ping = 0; ping < PINGS && client.connected; ping++) {
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(limit)
        client.off('disconnect', done)
        resolve()
      }
      const limit = setTimeout(done, LIMIT_MS)
      ws.once('pong', done)
      client.once('disconnect', done)
      ws.ping()
    })
  }
}
