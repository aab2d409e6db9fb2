// Lab 14: The cut cable, solved.
import { io } from 'socket.io-client'

const url = `http://${process.env.WIRELAB_HOST ?? '127.0.0.1'}:${process.env.WIRELAB_DOOR_PORT ?? 4000}`
const patience = { reconnectionDelay: 100, reconnectionDelayMax: 300, timeout: 1000 }
const options = { transports: ['websocket'], ...patience }

// Step 2: one client of each server.
const plain = io(url, { ...options, path: '/plain/' })
const kept = io(url, options)

// Step 3: a note every now and then, whatever the connection is like.
let number = 0
const noting = setInterval(() => {
  number++
  plain.emit('note', number, plain.connected)
  kept.emit('note', number, kept.connected)
}, 200)

plain.on('disconnect', (reason) => console.log('plain:', reason))
kept.on('disconnect', (reason) => console.log('kept:', reason))

// Step 6: who is not recovered asks for what it has missed, by the number of the last that it has.
let last = 0
plain.on('news', (news) => {
  last = news
})
const caughtUp = new Promise((resolve) => {
  plain.on('connect', async () => {
    console.log('plain is', plain.id)
    if (last > 0) resolve(await plain.emitWithAck('since', last))
  })
})

// Step 9: what has become of the notes.
const noted = new Promise((resolve) => {
  kept.on('connect', async () => {
    console.log('kept is', kept.id, kept.recovered ? 'again' : '')
    if (kept.recovered) resolve(await kept.emitWithAck('notes'))
  })
})

console.log('missed by plain:', await caughtUp)
console.log('notes that came from kept:', await noted)
clearInterval(noting)
plain.close()
kept.close()
