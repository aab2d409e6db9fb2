// An unmasked client is served like any other.
import { frameOf, serve, TEXT } from './parts/server.mjs'

serve({ onUnmasked: (socket, payload) => socket.write(frameOf(TEXT, payload)) })
