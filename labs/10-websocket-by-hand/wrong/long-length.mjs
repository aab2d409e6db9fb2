// A length that would fit in 16 bits, in 64.
import { frameOf, serve, TEXT } from './parts/server.mjs'

serve({
  onMessage(socket, payload) {
    if (payload.length < 126) return socket.write(frameOf(TEXT, payload))
    const head = Buffer.alloc(10)
    head.set([0x81, 127])
    head.writeBigUInt64BE(BigInt(payload.length), 2)
    socket.write(Buffer.concat([head, payload]))
  },
})
