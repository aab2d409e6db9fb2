// Sends é as one byte, and counts characters where bytes are meant.
import { once } from 'node:events'
import net from 'node:net'

const tcp = net.connect(Number(process.env.WIRELAB_TCP_PORT), process.env.WIRELAB_HOST)
await once(tcp, 'connect')
tcp.write('café\n', 'latin1')
tcp.write('café\0')
const text = '👍 café'
const length = Buffer.alloc(2)
length.writeUInt16BE(text.length)
tcp.write(Buffer.concat([length, Buffer.from(text)]))
tcp.end()
tcp.resume()
await once(tcp, 'close')
