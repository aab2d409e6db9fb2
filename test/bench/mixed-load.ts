/**
 * The mixed load: Socket.IO clients as programs are, in a process of their own. Each connects by polling and upgrades
 * (one in thirty-two stays on polling), joins a room, speaks to it, asks for acks, sends bytes and larger texts, waits now
 * and then, and leaves after a hundred turns for the next to come. Arguments: port, seconds, clients.
 * Prints `{connections, turns}`.
 */
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { io } from 'socket.io-client'

const [port = '0', seconds = '10', clients = '24'] = process.argv.slice(2)
const TURNS = 100
const ROOMS = 6

let connections = 0
let turns = 0
const until = performance.now() + Number(seconds) * 1000

async function visit(client: number): Promise<void> {
  const serial = connections++
  const socket = io(`http://127.0.0.1:${port}`, {
    forceNew: true,
    reconnection: false,
    transports: serial % 32 === 31 ? ['polling'] : ['polling', 'websocket'],
  })
  await once(socket as unknown as EventTarget & typeof socket, 'connect')
  const room = `room ${client % ROOMS}`
  await socket.timeout(5000).emitWithAck('join', room)
  for (let turn = 0; turn < TURNS && performance.now() < until; turn++) {
    turns++
    const kind = (turn * 7 + client) % 16
    if (kind < 6) socket.emit('speak', `good morning number ${turn} from client ${client}`, room)
    else if (kind < 13)
      await socket.timeout(5000).emitWithAck('echo', { turn, client, words: 'over and out' })
    else if (kind < 14) await socket.timeout(5000).emitWithAck('echo', 'x'.repeat(200 + 40 * turn), turn)
    else if (kind < 15) await socket.timeout(5000).emitWithAck('echo', new Uint8Array(64 + turn).fill(turn))
    // Longer than the kernel puts off an ACK, so that bare ones travel too.
    else await pause(60)
  }
  socket.disconnect()
}

async function come(client: number): Promise<void> {
  while (performance.now() < until) await visit(client)
}

await Promise.all(Array.from({ length: Number(clients) }, (_, client) => come(client)))
process.stdout.write(`${JSON.stringify({ connections, turns })}\n`)
