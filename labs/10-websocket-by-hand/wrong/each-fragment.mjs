// Each fragment taken for a message, and read as text by itself.
import { frameOf, serve, TEXT } from './parts/server.mjs'

serve({ onFragment: (socket, payload) => socket.write(frameOf(TEXT, Buffer.from(payload.toString()))) })
