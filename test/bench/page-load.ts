/**
 * Traffic for a page to look at, of a steady rate until it is told to end: Socket.IO clients that echo with an ack, speak
 * to a room, and leave after a while for the next to come, so that conversations and sessions come and go too.
 * Arguments: port, packets a second, clients.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { io, type Socket } from 'socket.io-client'

const [port = '0', rate = '200', clients = '40'] = process.argv.slice(2)

/** An echo with its ack is about two packets where the system's own ACKs ride along. */
const PACKETS_A_TURN = 2
/** A client leaves after so many; some stay for good. */
const TURNS = 4000
const STAYING = 4
/** A hub that can't keep up is not asked for more. */
const MOST_UNANSWERED = 50
const SPEAKS_IN = 64

let due = performance.now()
const everyMs = (1000 * PACKETS_A_TURN) / Number(rate)

class Client {
  readonly #stays: boolean
  #socket: Socket
  #turns = 0
  #unanswered = 0

  constructor(stays: boolean) {
    this.#stays = stays
    this.#socket = this.#come()
  }

  turn(): void {
    const socket = this.#socket
    if (!socket.connected || this.#unanswered > MOST_UNANSWERED) return
    this.#unanswered++
    this.#turns++
    if (this.#turns % SPEAKS_IN === 0) socket.emit('speak', `turn ${this.#turns}`, socket.id)
    socket.emit('echo', { turn: this.#turns, words: 'over and out' }, () => this.#unanswered--)
    if (this.#turns < TURNS || this.#stays) return
    socket.disconnect()
    this.#turns = 0
    this.#socket = this.#come()
  }

  #come(): Socket {
    this.#unanswered = 0
    return io(`http://127.0.0.1:${port}`, { forceNew: true })
  }
}

const all = Array.from({ length: Number(clients) }, (_, at) => new Client(at < STAYING))
for (let next = 0; ; await pause(1)) {
  const now = performance.now()
  // What could not be sent in time is not made up for.
  due = Math.max(due, now - 100)
  for (; due <= now; due += everyMs) all[next++ % all.length]?.turn()
}
