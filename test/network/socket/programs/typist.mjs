import net from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'

const [, , port, noDelay, letters] = process.argv
const socket = net.connect(port, async () => {
  socket.setNoDelay(noDelay === 'true')
  for (const letter of letters) {
    socket.write(letter)
    await turn()
  }
  socket.end()
})
socket.resume()
