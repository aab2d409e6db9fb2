// A server that masks, as a client must.
import { serve } from './parts/server.mjs'

serve({
  onMessage(socket, payload) {
    const key = Buffer.from([1, 2, 3, 4])
    const masked = payload.map((byte, i) => byte ^ key[i % 4])
    const size = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 0xff]
    size[0] |= 0x80
    socket.write(Buffer.concat([Buffer.from([0x81, ...size]), key, masked]))
  },
})
