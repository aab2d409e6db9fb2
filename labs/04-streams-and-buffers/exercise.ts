// Lab 04: Streams and buffers. Runs as it is; the wire shows what is missing.
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
// TODO (step 2): write 'two' and 'three' as well, right here.

let echoed = 0
three.on('data', (bytes) => {
  console.log('a chunk of the echo:', bytes.toString())
  echoed += bytes.length
  if (echoed === 11) three.end()
})
// Until all of it has come back, this gives up after a second.
setTimeout(() => three.destroy(), 1000).unref()
await once(three, 'close')

// Step 3: messages that end with a NUL.
const nul = net.connect(nulPort, host)
nul.on('data', (chunk) => {
  console.log('a chunk:', JSON.stringify(chunk.toString()))
  // TODO (step 3): a chunk is not a message. Keep what has come, cut off each message that is complete, and write
  // it back backwards, with a NUL behind it: Buffer.from(message).reverse(), then Buffer.from([0]).
})
await once(nul, 'close')

// Step 5: messages that come behind their length.
// TODO (step 5): connect to lengthPort, and do the same with messages that are four bytes of length (the most
// significant first), then as many bytes. Answer each with its length and the message backwards.
console.log('messages behind their length come from port', lengthPort)

// Steps 7, 8 and 10 are on the lab network alone.
if (process.env.WIRELAB_JOIN) {
  const message = Buffer.from('\0\0\0\x05hello')
  const socket = cable.connect(answerPort, host)
  socket.write(message)
  await once(socket, 'data')
  // TODO (step 7): now the same message in two writes: its first four bytes, then `await pause(5)`, then the rest;
  // and wait for the answer again.
  await pause(5)
  socket.end()
  await once(socket, 'close')

  // TODO (step 8): all that once more on another connection, with socket.setNoDelay(true).
  // TODO (step 10): a connection to echoPort with setNoDelay(true), and three writes of 2000 bytes, in a row: one all of
  // 'a', one of 'b', one of 'c'. End it when all 6000 have come back.
}

// Step 12: write much, and read nothing of what comes back.
// TODO (step 12): cable.connect to echoPort, pause() at once, write 2.5 MB in pieces of 64 KiB, waiting for 'drain' whenever
// write() returns false, and resume() when no write has got on for two and a half seconds. end() it behind the last write.
