// Lab 13: Acks and delivery, solved.
import { setTimeout as pause } from 'node:timers/promises'
import { io } from 'socket.io-client'

const url = `http://${process.env.WIRELAB_HOST ?? '127.0.0.1'}:${process.env.WIRELAB_DOOR_PORT ?? 4000}`
const websocket = { transports: ['websocket'], reconnectionDelay: 100 }

const socket = io(url, websocket)

// Step 2: an event that asks for an answer.
console.log('hello:', await socket.emitWithAck('hello'))

// Step 3: two that wait at once.
const slow = socket.emitWithAck('slow', 300).then((answer) => console.log('slow:', answer))
const quick = socket.emitWithAck('hello').then((answer) => console.log('quick:', answer))
await Promise.all([slow, quick])

// Step 5: who waits must know for how long.
try {
  await socket.timeout(200).emitWithAck('slow', 500)
} catch (error) {
  console.log('gave up:', error.message)
  socket.emit('gave-up')
}
// Until the answer to that has come as well, too late.
await socket.emitWithAck('slow', 500)

// Step 6: what is not worth keeping, beside what is.
const ticker = io(url, websocket)
for (let n = 1, connected = 0; connected < 5; n++) {
  ticker.volatile.emit('tick', n)
  ticker.emit('tock', n)
  await pause(30)
  if (ticker.connected) connected++
}
ticker.close()

// Step 8: one order that was counted, and one that was on its way.
await socket.emitWithAck('order', 'bread')
socket.emit('order', 'butter')
socket.emit('crash')
await new Promise((resolve) => socket.once('connect', resolve))
console.log('bread was counted', await socket.emitWithAck('count', 'bread'), 'times')
console.log('butter was counted', await socket.emitWithAck('count', 'butter'), 'times')
socket.close()

// Step 10: sent again, until it is answered.
const stubborn = io(url, { ...websocket, retries: 5, ackTimeout: 400 })
await stubborn.emitWithAck('pay', 'rent')
console.log('rent was counted', await stubborn.emitWithAck('count', 'rent'), 'times')

// Step 11: the same, with an id by which the server knows it again.
await stubborn.emitWithAck('pay', 'tax', crypto.randomUUID())
console.log('tax was counted', await stubborn.emitWithAck('count', 'tax'), 'times')
stubborn.close()
