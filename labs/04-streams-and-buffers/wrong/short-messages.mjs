// Its three long messages have 200 bytes each.
import cable from 'wirelab/net'

const { WIRELAB_HOST: host, WIRELAB_TCP_PORT: port } = process.env

const socket = cable.connect(Number(port), host)
socket.setNoDelay(true)
socket.resume()
for (const letter of 'abc') socket.write(letter.repeat(200))
setTimeout(() => socket.end(), 400)
