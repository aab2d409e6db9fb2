// Lab 07: TCP under loss, solved.
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
  socket.end(file)
  let answer = ''
  socket.on('data', (bytes) => {
    answer += bytes
  })
  await once(socket, 'close')
  const seconds = (performance.now() - from) / 1000
  const rate = (file.length * 8) / seconds / 1_000_000
  console.log(`${seconds.toFixed(2)} s, ${rate.toFixed(1)} Mbit/s; the receiver: ${answer.trim()}`)
}

// The same again and again, whatever the lab does to the cable. Between two of them it has a moment to do it.
console.log(`sending ${file.length} bytes, sha256 ${hash}`)
for (let count = 0; count < 40; count++) {
  await transfer()
  await pause(400)
}
