/** A Socket.IO server that somebody wrote, and three clients of it: programs of their own on the lab network. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { TYPESCRIPT } from './programs.ts'
import { within } from './services/waiting.ts'

const LIMIT_MS = 20_000
const LAB_NET = new URL('../server/network/socket/net.ts', import.meta.url).href
export const OWN_PORT = 3210

const SERVER = `
  import http from 'node:http'
  import net from ${JSON.stringify(LAB_NET)}
  import { Server } from 'socket.io'
  const web = http.createServer()
  new Server(web).on('connection', (socket) => {
    socket.on('join', (room, done) => {
      socket.join(room)
      done()
    })
    socket.on('speak', (words, room) => socket.to(room).emit('heard', words))
  })
  const door = net.createServer({ allowHalfOpen: true }, (socket) => web.emit('connection', socket))
  // The lab has ended before the test.
  door.on('error', () => process.exit())
  door.listen(${OWN_PORT}, () => console.log(door.address().address))`

/** Ada, Bob and Cyd join the room, Dan does not. What it reads on its standard input Ada says there. */
const CLIENTS = `
  import http from 'node:http'
  import { createInterface } from 'node:readline'
  import net from ${JSON.stringify(LAB_NET)}
  import { io } from 'socket.io-client'
  const agent = new http.Agent()
  agent.createConnection = net.createConnection
  const options = { agent, transports: ['websocket'], forceNew: true, reconnection: false }
  const all = []
  for (const name of ['ada', 'bob', 'cyd', 'dan']) {
    const socket = io('http://localhost:${OWN_PORT}', options)
    await new Promise((resolve) => socket.once('connect', resolve))
    if (name !== 'dan') await socket.emitWithAck('join', 'tea')
    all.push(socket)
  }
  console.log(all.map(({ id }) => id).join(' '))
  createInterface(process.stdin).on('line', (words) => all[0].emit('speak', words, 'tea'))`

async function run(t: TestContext, text: string, join: string) {
  const argv = [...TYPESCRIPT, '--input-type=module', '-e', text]
  const child = spawn(process.execPath, argv, {
    env: { ...process.env, WIRELAB_JOIN: join },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  t.after(async () => {
    child.kill('SIGKILL')
    await within(ended, 'the end of the program', LIMIT_MS)
  })
  const [first] = await within(once(child.stdout, 'data'), 'the program’s first line', LIMIT_MS)
  return { child: child as ChildProcess, first: String(first).trim() }
}

/** `join`: the lab's local socket. */
export async function ownServer(t: TestContext, join: string) {
  const { first: address } = await run(t, SERVER, join)
  const { child, first } = await run(t, CLIENTS, join)
  const [ada = '', bob = '', cyd = '', dan = ''] = first.split(' ')
  return {
    /** As it is called where it tells nothing. */
    place: `${address}:${OWN_PORT}`,
    ids: { ada, bob, cyd, dan },
    adaSays: (words: string) => void child.stdin?.write(`${words}\n`),
  }
}
