/**
 * Two hosts of a lab network in this process, an unimpaired cable between them, nobody looking. Arguments: bytes.
 * Prints `{bytes, seconds}`. With `node --cpu-prof` it shows where the time goes.
 */
import { WallClock } from '../../server/network/clock.ts'
import { LabNetwork } from '../../server/network/lab-network.ts'
import type { TcpHandle, TcpHandler } from '../../server/network/tcp/connection-api.ts'

const [bytes = '500000000'] = process.argv.slice(2)

const SILENT: TcpHandler = {
  connected: () => undefined,
  data: () => undefined,
  ended: () => undefined,
  writable: () => undefined,
  closed: () => undefined,
}

function transfer(network: LabNetwork, port: number, length: number): Promise<number> {
  const client = network.addClient(`client ${port}`, 'demo')
  const chunk = new Uint8Array(1 << 16).fill(0x77)
  return new Promise((resolve) => {
    let received = 0
    network.server.tcp.listen(port, (handle) => {
      handle.handler = {
        ...SILENT,
        data(piece) {
          received += piece.length
          handle.consumed(piece.length)
        },
        ended() {
          handle.end()
          resolve(received)
        },
      }
    })
    let left = length
    const write = () => {
      while (left > 0) {
        const piece = chunk.subarray(0, Math.min(left, chunk.length))
        const took = sender.write(piece)
        left -= took
        if (took < piece.length) return
      }
      sender.end()
    }
    const sender: TcpHandle = client.tcp.connect(network.server.address, port, {
      ...SILENT,
      connected: write,
      writable: write,
    })
  })
}

const network = new LabNetwork({ clock: new WallClock(), seed: 1 })
await transfer(network, 4001, 20_000_000)
const began = performance.now()
const received = await transfer(network, 4002, Number(bytes))
const seconds = (performance.now() - began) / 1000
network.close()
process.stdout.write(`${JSON.stringify({ bytes: received, seconds })}\n`)
