// Over the worse cable it sends a message when the one before is back.
import net from 'node:net'
import { COUNT, host, portOf, round, text, worseCable } from './roads.mjs'

await round()
await worseCable()

let n = 1
const socket = net.connect(portOf('TCP'), host, () => socket.write(text(1)))
socket.setNoDelay(true)
socket.on('data', () => {
  n++
  if (n <= COUNT) socket.write(text(n))
  else socket.end()
})
