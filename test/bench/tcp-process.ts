/**
 * A TCP server of the bench, in a process of its own. Arguments: `echo` or `sink` (counts, and says how much when the
 * other end is done), and a port, any free one if left out. Prints `{port}`.
 */
import net from 'node:net'

const [kind = 'echo', port = '0'] = process.argv.slice(2)

function sink(socket: net.Socket): void {
  let bytes = 0
  socket.on('data', (chunk) => {
    bytes += chunk.length
  })
  socket.on('end', () => socket.end(`${bytes}\n`))
}

const serve = { echo: (socket: net.Socket) => void socket.pipe(socket), sink }[kind]
if (serve === undefined) throw new Error(`expected echo or sink, found ${kind}`)
const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
  socket.on('error', () => socket.destroy())
  serve(socket)
})
server.listen({ port: Number(port), host: '127.0.0.1', backlog: 4096 }, () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as net.AddressInfo).port })}\n`)
})
