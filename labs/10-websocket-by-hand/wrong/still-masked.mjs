// The payload goes back as it came: nobody has unmasked it.
import { frameOf, serve, TEXT } from './parts/server.mjs'

serve({ onMessage: (socket, _payload, { masked }) => socket.write(frameOf(TEXT, masked)) })
