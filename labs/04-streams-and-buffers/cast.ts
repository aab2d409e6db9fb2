/**
 * The three servers of lab 04. Two dictate in pieces that have nothing to do with their messages; the third answers a
 * message when it is whole.
 */
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { HOST, port, ready } from '../kit/cast.ts'

const WORDS = [
  'harbour',
  'lantern',
  'meadow',
  'pebble',
  'quiver',
  'saddle',
  'thistle',
  'walnut',
  'yonder',
  'zephyr',
]
const BETWEEN_PIECES_MS = 25
const LENGTH_BYTES = 4
/** Longer than a segment. */
const LONG = 3000

/** Six words, and a message that has a NUL in itself; each with a NUL behind it. */
function nulEnded(): Buffer {
  const words = Array.from({ length: 6 }, () => WORDS[randomInt(WORDS.length)] ?? '')
  return Buffer.from([...words, 'AB\0CD'].map((message) => `${message}\0`).join(''))
}

/** Six messages, each behind its length; one has nothing in it. */
function byLength(): Buffer {
  const word = Buffer.from(WORDS[randomInt(WORDS.length)] ?? '')
  const messages = [
    word,
    Buffer.from('AB\0CD'),
    Buffer.alloc(0),
    randomBytes(LONG),
    randomBytes(1),
    randomBytes(40),
  ]
  return Buffer.concat(messages.flatMap((message) => [lengthOf(message), message]))
}

function lengthOf(message: Buffer): Buffer {
  const prefix = Buffer.alloc(LENGTH_BYTES)
  prefix.writeUInt32BE(message.length)
  return prefix
}

/** Sends `bytes` to whoever calls, cut at those places. */
function dictate(make: () => Buffer, cuts: readonly number[]) {
  return async (socket: net.Socket) => {
    socket.resume()
    const bytes = make()
    let from = 0
    for (const to of [...cuts, bytes.length]) {
      if (socket.destroyed) return
      socket.write(bytes.subarray(from, to))
      from = to
      await pause(BETWEEN_PIECES_MS)
    }
    socket.end()
  }
}

function answerWhole(socket: net.Socket): void {
  let waiting = Buffer.alloc(0)
  socket.on('data', (bytes) => {
    waiting = Buffer.concat([waiting, bytes])
    while (waiting.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + waiting.readUInt32BE()
      if (waiting.length < end) return
      const answer = Buffer.from(`got ${end - LENGTH_BYTES} bytes`)
      socket.write(Buffer.concat([lengthOf(answer), answer]))
      waiting = waiting.subarray(end)
    }
  })
  socket.on('end', () => socket.end())
}

async function serve(name: string, play: (socket: net.Socket) => unknown): Promise<void> {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    play(socket)
  })
  server.listen(port(name), HOST)
  await once(server, 'listening')
}

// The first cut is in the middle of a word, and of a length.
await serve('LISTEN', dictate(nulEnded, [2, 9, 10, 27, 28]))
await serve('LISTEN2', dictate(byLength, [2, 7, 30, 33, 1500]))
await serve('LISTEN3', answerWhole)
ready()
