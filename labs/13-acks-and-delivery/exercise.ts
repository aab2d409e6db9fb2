// Lab 13: Acks and delivery. Runs as it is; the wire shows what is missing.
import { setTimeout as pause } from 'node:timers/promises'
import { io } from 'socket.io-client'

const url = `http://${process.env.WIRELAB_HOST ?? '127.0.0.1'}:${process.env.WIRELAB_DOOR_PORT ?? 4000}`
const websocket = { transports: ['websocket'], reconnectionDelay: 100 }

const socket = io(url, websocket)
await new Promise((resolve) => socket.once('connect', resolve))
console.log('connected:', socket.id)

// TODO (step 2): await socket.emitWithAck('hello'), and print what it comes to.

// TODO (step 3): 'slow' with 300, and 'hello', without awaiting the first before the second. Then await both.

// TODO (step 5): 'slow' with 500, but with a timeout of 200. When that is over, emit 'gave-up'. Then let the late
// answer come: await a 'slow' of 500 without a timeout.

// TODO (step 6): a second client. From before it is connected until after, every 30 ms: 'tick' and a number, volatile,
// and then 'tock' and the number; number 1 right behind io(…).
await pause(30)

// TODO (step 8): 'order' with 'bread', awaited; then 'order' with 'butter' and 'crash', both without an ack. When
// the client is connected again, ask for the 'count' of 'butter'.

// TODO (step 10): a third client, with retries: 5 and ackTimeout: 400. 'pay' with 'rent', awaited, and its 'count'.

// TODO (step 11): on the same, 'pay' with 'tax' and an id of its own, crypto.randomUUID(), and its 'count'.

// The program ends when all of its clients are closed: the second and the third as well.
socket.close()
