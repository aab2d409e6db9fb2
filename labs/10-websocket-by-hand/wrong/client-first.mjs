// The close frame is answered, and the connection left to the client to end.
import { CLOSE, frameOf, serve } from './parts/server.mjs'

serve({ onClose: (socket, payload) => socket.write(frameOf(CLOSE, payload)) })
