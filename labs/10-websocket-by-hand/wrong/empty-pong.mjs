// A pong without the ping's bytes.
import { frameOf, PONG, serve } from './parts/server.mjs'

serve({ onPing: (socket) => socket.write(frameOf(PONG, Buffer.alloc(0))) })
