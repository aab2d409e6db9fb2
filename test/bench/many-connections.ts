/**
 * So many connections at once to an echo, each held until all have had their answer. Arguments: port, connections.
 * Prints `{connected, answered, refused}` when all are open, and ends when its standard input does.
 */
import net from 'node:net'

const [port = '0', connections = '1000'] = process.argv.slice(2)
const sockets: net.Socket[] = []
let connected = 0
let refused = 0

const answers = Array.from(
  { length: Number(connections) },
  (_, n) =>
    new Promise<boolean>((resolve) => {
      const socket = net.connect({ port: Number(port), host: '127.0.0.1', noDelay: true })
      sockets.push(socket)
      let heard = ''
      const said = `connection ${n}\n`
      socket.on('connect', () => {
        connected++
        socket.write(said)
      })
      socket.on('data', (chunk) => {
        heard += chunk.toString()
        if (heard.includes(said)) resolve(true)
      })
      socket.on('error', () => {
        refused++
        resolve(false)
      })
      socket.on('close', () => resolve(false))
    }),
)
const answered = (await Promise.all(answers)).filter((got) => got).length
process.stdout.write(`${JSON.stringify({ connected, answered, refused })}\n`)
process.stdin.on('end', () => {
  for (const socket of sockets) socket.destroy()
})
process.stdin.resume()
