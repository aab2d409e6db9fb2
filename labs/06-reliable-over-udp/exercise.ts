// Lab 06: Reliable over UDP. Runs as it is; the wire shows what is missing.
import { createHash } from 'node:crypto'
import dgram from 'node:dgram'
import { once } from 'node:events'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const port = Number(process.env.WIRELAB_DOOR_PORT)

const BLOCK = 512
const TIMEOUT_MS = 250

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

// Sends a block and returns its acknowledgement: 4, and the block's number in the two bytes behind that.
async function deliver(socket = dgram.createSocket('udp4'), block = 1) {
  socket.send(data(block), port, host)
  // TODO (step 5): when nothing has come in time, send the same block again; give up after twelve times.
  // TODO (step 8): an acknowledgement with another number is one that comes late: go on waiting for yours.
  const message = await next(socket, TIMEOUT_MS)
  if (message === undefined) throw new Error(`block ${block}: no acknowledgement`)
  return message
}

// A transfer has a socket, and so a port, of its own: what comes late for another is not taken for this one's.
async function transfer() {
  const socket = dgram.createSocket('udp4')
  let word = ''
  // TODO (steps 2 and 4): this sends the first block alone. Send the next when the one before it is acknowledged; and
  // the last must be one that is not full, so that the receiver knows that it is the last.
  for (let block = 1; block <= 1; block++) {
    const answer = await deliver(socket, block)
    word = answer.subarray(4).toString()
  }
  console.log('the receiver:', word || 'waits for more')
  socket.close()
  await once(socket, 'close')
}

console.log(`the file: ${file.length} bytes, sha256 ${hash}`)
await transfer()
// TODO (steps 5, 7, 8, 9 and 11): the same again and again, twenty-four times, with a pause of 400 ms between: each time the
// lab may have done something else to the cable.
