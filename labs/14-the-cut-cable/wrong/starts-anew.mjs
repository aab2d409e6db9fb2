// Makes a new client when the old one is disconnected, and takes its connection for the old one's.
import { io } from 'socket.io-client'

const url = `http://127.0.0.1:${process.env.WIRELAB_DOOR_PORT}`
const options = {
  transports: ['websocket'],
  reconnectionDelay: 100,
  reconnectionDelayMax: 300,
  timeout: 1000,
}
const plain = io(url, { ...options, path: '/plain/' })
let kept = io(url, options)
let number = 0
const noting = setInterval(() => {
  number++
  plain.emit('note', number, plain.connected)
  if (kept.connected) kept.emit('note', number, true)
}, 200)

const plainIsBack = new Promise((resolve) => {
  plain.once('disconnect', () => plain.once('connect', () => plain.once('news', resolve)))
})
await new Promise((resolve) => kept.once('disconnect', resolve))
kept.close()
kept = io(url, { ...options, forceNew: true })
await Promise.all([plainIsBack, new Promise((resolve) => kept.once('news', resolve))])
clearInterval(noting)
await kept.emitWithAck('notes')
kept.emit('note', number + 1, kept.connected)
await kept.emitWithAck('notes')
kept.close()
plain.close()
