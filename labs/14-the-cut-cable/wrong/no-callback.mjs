// Asks for what it has missed, and for the list of its notes, and wants no answer.
import { io } from 'socket.io-client'

const url = `http://127.0.0.1:${process.env.WIRELAB_DOOR_PORT}`
const options = {
  transports: ['websocket'],
  reconnectionDelay: 100,
  reconnectionDelayMax: 300,
  timeout: 1000,
}
const plain = io(url, { ...options, path: '/plain/' })
const kept = io(url, options)
let number = 0
const noting = setInterval(() => {
  number++
  plain.emit('note', number, plain.connected)
  kept.emit('note', number, kept.connected)
}, 200)
let last = 0
plain.on('news', (news) => {
  last = news
})

const isBack = (client) =>
  new Promise((resolve) => client.once('disconnect', () => client.once('connect', resolve)))
await Promise.all([
  isBack(plain).then(() => plain.emit('since', last)),
  isBack(kept).then(() => kept.emit('notes')),
])
// What would answer has a moment for it: the next news.
await Promise.all([plain, kept].map((client) => new Promise((resolve) => client.once('news', resolve))))
clearInterval(noting)
plain.close()
kept.close()
