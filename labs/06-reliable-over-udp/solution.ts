// Lab 06: Reliable over UDP, solved.
import { createHash } from 'node:crypto'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const port = Number(process.env.WIRELAB_DOOR_PORT)

const BLOCK = 512
const TIMEOUT_MS = 250
const TRIES = 12

// 2048 bytes in 64 lines of 32: four blocks, to the byte.
const lines = Array.from({ length: 64 }, (_, n) => `${n} `.padEnd(31, '.'))
const file = Buffer.from(lines.map((line) => `${line}\n`).join(''))
const hash = createHash('sha256').update(file).digest('hex').slice(0, 8)

// A DATA datagram: 3, the block's number, and up to 512 bytes of the file.
function data(block = 1) {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(3, 0)
  head.writeUInt16BE(block, 2)
  return Buffer.concat([head, file.subarray((block - 1) * BLOCK, block * BLOCK)])
}

// The next datagram that comes; undefined when the time is over.
function next(socket = dgram.createSocket('udp4'), limitMs = 0) {
  return new Promise((resolve) => {
    const done = (message) => {
      clearTimeout(timer)
      socket.off('message', done)
      resolve(message)
    }
    const timer = setTimeout(() => done(undefined), limitMs)
    socket.on('message', done)
  })
}

// Sends a block until its acknowledgement comes, and returns that.
async function deliver(socket = dgram.createSocket('udp4'), block = 1) {
  for (let tries = 0; tries < TRIES; tries++) {
    socket.send(data(block), port, host)
    const until = performance.now() + TIMEOUT_MS
    for (let left = TIMEOUT_MS; left > 0; left = until - performance.now()) {
      const message = await next(socket, left)
      if (message === undefined) break
      // An acknowledgement of an earlier block says nothing new: go on waiting.
      if (message.readUInt16BE(2) === block) return message
    }
    console.log(`block ${block}: nothing within ${TIMEOUT_MS} ms, so once more`)
  }
  throw new Error(`block ${block}: no acknowledgement after ${TRIES} tries`)
}

// A transfer has a socket, and so a port, of its own: what comes late for another is not taken for this one's.
async function transfer() {
  const socket = dgram.createSocket('udp4')
  const from = performance.now()
  let word = ''
  // The last block is one that is not full; for this file it is the fifth, with no bytes at all.
  for (let block = 1; (block - 1) * BLOCK <= file.length; block++) {
    const answer = await deliver(socket, block)
    word = answer.subarray(4).toString()
  }
  const seconds = (performance.now() - from) / 1000
  console.log(`${(seconds * 1000).toFixed(0)} ms; the receiver: ${word}`)
  socket.close()
  await once(socket, 'close')
}

console.log(`sending ${file.length} bytes, sha256 ${hash}`)
for (let count = 0; count < 24; count++) {
  await transfer()
  await pause(400)
}
