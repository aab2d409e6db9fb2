// Lab 07: TCP under loss. Runs as it is; the wire shows what is missing.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import net from 'wirelab/net'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const port = Number(process.env.WIRELAB_DOOR_PORT)

// 100,000 bytes in 2500 lines of 40.
const lines = Array.from({ length: 2500 }, (_, n) => `${n} `.padEnd(39, '.'))
const file = Buffer.from(lines.map((line) => `${line}\n`).join(''))
const hash = createHash('sha256').update(file).digest('hex').slice(0, 8)

// One transfer: all of the file in one way, then the receiver's word on what it got.
async function transfer() {
  const from = performance.now()
  const socket = net.connect(port, host)
  // TODO (step 3): write all of the file, not its first 2000 bytes alone, and end.
  socket.end(file.subarray(0, 2000))
  let answer = ''
  socket.on('data', (bytes) => {
    answer += bytes
  })
  await once(socket, 'close')
  const seconds = (performance.now() - from) / 1000
  // TODO (step 5): print the rate too, in Mbit/s. Why is it less than what the packet list gives? (What does from include?)
  console.log(`${seconds.toFixed(2)} s; the receiver: ${answer.trim()}`)
}

console.log(`the file: ${file.length} bytes, sha256 ${hash}`)
await transfer()
await pause(400)
// TODO (steps 6, 9, 10, 11 and 13): the same again and again, forty times, with a pause of 400 ms between: each time
// the lab may have done something else to the cable. Your program stays as it is.
