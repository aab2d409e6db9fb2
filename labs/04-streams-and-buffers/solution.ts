// Lab 04: Streams and buffers, solved.
import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const echoPort = Number(process.env.WIRELAB_TCP_PORT)
const nulPort = Number(process.env.WIRELAB_DOOR_PORT)
const lengthPort = Number(process.env.WIRELAB_DOOR2_PORT)
const answerPort = Number(process.env.WIRELAB_DOOR3_PORT)

// Node's net, but on the lab network a host on the cable itself.
const { default: cable } = process.env.WIRELAB_JOIN ? await import('wirelab/net') : { default: net }

// Step 2: three messages, in three writes.
const three = net.connect(echoPort, host)
three.write('one')
three.write('two')
three.write('three')

let echoed = 0
three.on('data', (bytes) => {
  console.log('a chunk of the echo:', bytes.toString())
  echoed += bytes.length
  if (echoed === 11) three.end()
})
await once(three, 'close')

// Step 3: messages that end with a NUL. What is not complete yet waits in `kept`.
const nul = net.connect(nulPort, host)
let kept = Buffer.alloc(0)
nul.on('data', (chunk) => {
  kept = Buffer.concat([kept, chunk])
  for (let end = kept.indexOf(0); end >= 0; end = kept.indexOf(0)) {
    const message = kept.subarray(0, end)
    kept = kept.subarray(end + 1)
    console.log('NUL-ended:', message.toString())
    nul.write(Buffer.concat([Buffer.from(message).reverse(), Buffer.from([0])]))
  }
})
await once(nul, 'close')

// A message behind its length: four bytes, the most significant first.
function framed(message = Buffer.alloc(0)) {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(message.length)
  return Buffer.concat([length, message])
}

// Step 5: messages that come behind their length.
const sized = net.connect(lengthPort, host)
let rest = Buffer.alloc(0)
sized.on('data', (chunk) => {
  rest = Buffer.concat([rest, chunk])
  while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE()) {
    const end = 4 + rest.readUInt32BE()
    const message = rest.subarray(4, end)
    rest = rest.subarray(end)
    console.log('by length:', message.length, 'bytes')
    sized.write(framed(Buffer.from(message).reverse()))
  }
})
await once(sized, 'close')

// Steps 7, 8 and 10 are on the lab network alone.
if (process.env.WIRELAB_JOIN) {
  // A message in one write; when it is answered, another in two: its head, and its body 5 ms later. Without delay twice: on
  // a busy machine the body may be late by itself.
  for (const noDelay of [false, true, true]) {
    const socket = cable.connect(answerPort, host)
    socket.setNoDelay(noDelay)
    socket.write(framed(Buffer.from('all of it in one write')))
    await once(socket, 'data')

    const message = framed(Buffer.from('the body comes later'))
    const from = performance.now()
    socket.write(message.subarray(0, 4))
    await pause(5)
    socket.write(message.subarray(4))
    await once(socket, 'data')
    console.log(`noDelay ${noDelay}: answered after ${Math.round(performance.now() - from)} ms`)
    socket.end()
    await once(socket, 'close')
  }

  // Step 10: no delay, and no boundaries.
  const long = cable.connect(echoPort, host)
  long.setNoDelay(true)
  for (const letter of 'abc') long.write(letter.repeat(2000))
  let back = 0
  long.on('data', (bytes) => {
    back += bytes.length
    if (back === 6000) long.end()
  })
  await once(long, 'close')
}

// Step 12: write much, and read nothing of what comes back; read on when no write has got on for a while.
const flood = cable.connect(echoPort, host)
flood.pause()
const chunk = Buffer.alloc(64 * 1024, 'x')
let unread = 0
flood.on('data', (bytes) => {
  unread += bytes.length
})
const later = setTimeout(() => flood.resume(), 2500)
for (let written = 0; written < 2_500_000; written += chunk.length) {
  later.refresh()
  // False: enough is waiting already. 'drain' says when to go on.
  if (!flood.write(chunk)) await once(flood, 'drain')
}
flood.end()
await once(flood, 'close')
console.log('read in the end:', unread, 'bytes')
