/**
 * The `/chat` namespace: a second world on the same connection. Its sockets have ids and rooms of their
 * own, and hear nothing of what is said in `/`.
 */
import type { Namespace } from 'socket.io'

const LONGEST_NAME = 40

export function startChat(chat: Namespace): void {
  chat.on('connection', (socket) => {
    const { name } = socket.handshake.auth
    socket.data.name = typeof name === 'string' && name !== '' ? name.slice(0, LONGEST_NAME) : 'somebody'

    socket.emit('welcome', socket.id, chat.sockets.size)
    socket.broadcast.emit('joined', socket.data.name)

    // To everyone, the speaker too: `chat.emit`, where the hub's `speak` says `socket.broadcast.emit`.
    socket.on('message', (text: unknown, ack?: unknown) => {
      chat.emit('message', { from: socket.data.name, text })
      if (typeof ack === 'function') ack(chat.sockets.size)
    })

    socket.on('disconnect', () => socket.broadcast.emit('left', socket.data.name))
  })
}
