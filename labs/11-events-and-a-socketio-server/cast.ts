/**
 * The three clients of lab 11. Runs beside the learner's server, and asks nothing of it but what the lab's
 * text says: each wait has a limit, so that a server that does not answer only leaves its steps open.
 */
import dgram from 'node:dgram'
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { io, type Socket } from 'socket.io-client'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const port = Number(process.env.WIRELAB_LISTEN_PORT)
const udpPort = Number(process.env.WIRELAB_UDP_PORT)
// Over the cable, where there is one: the server's own port is only asked whether somebody listens.
const door = Number(process.env.WIRELAB_DOOR_PORT ?? port)
const url = `http://${host}:${door}`
const LIMIT_MS = 700
const LASTING_MS = 150

await silence()
if (await listening()) await play()
else console.error(`Nothing listens on port ${port}: steps 2 to 11 need your server there.`)

/** Step 1: the learner's function, called between two marker datagrams. */
async function silence(): Promise<void> {
  const file = process.env.WIRELAB_EXERCISE
  if (file === undefined) return
  // The server must not start a second time in here.
  delete process.env.WIRELAB_LISTEN_PORT
  const module: { withoutNetwork?: unknown } = await import(pathToFileURL(file).href).catch((error) => {
    console.error('Step 1: your file could not be imported:', error instanceof Error ? error.message : error)
    return {}
  })
  if (typeof module.withoutNetwork !== 'function') return
  const heard: string[] = []
  await mark('marker begin')
  try {
    module.withoutNetwork((text: unknown) => void heard.push(String(text)))
  } catch (error) {
    console.error('withoutNetwork threw:', error)
  }
  await mark(`marker end heard=${heard.length}`)
}

/** Sends one datagram and waits for its echo, so that the next step comes after it on the wire too. */
function mark(text: string): Promise<void> {
  const socket = dgram.createSocket('udp4')
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(limit)
      socket.close()
      resolve()
    }
    const limit = setTimeout(done, LIMIT_MS)
    socket.on('message', done)
    socket.send(text, udpPort, host)
  })
}

/** Waits until the learner's server accepts connections; gives up after five seconds. */
async function listening(): Promise<boolean> {
  for (let tries = 0; tries < 25; tries++) {
    if (await accepts()) return true
    await pause(100)
  }
  return false
}

/** A gateway's door takes everybody in, and resets those whom the server behind it refuses: so a moment is waited. */
function accepts(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, host)
    const lasts = setTimeout(() => {
      resolve(true)
      socket.end()
    }, LASTING_MS)
    const fails = () => {
      clearTimeout(lasts)
      resolve(false)
    }
    socket.on('error', fails).on('close', fails)
  })
}

async function play(): Promise<void> {
  const join = async (): Promise<Socket> => {
    const socket = io(url, { transports: ['websocket'], reconnection: false, forceNew: true })
    await heard(socket, 'connect')
    return socket
  }
  const a = await join()
  const b = await join()
  const c = await join()
  await ask('/')

  const first = heard(b, 'incoming-message')
  a.emit('speak', 'hello from A')
  await first
  a.emit('whisper', 'does anybody hear this?')
  const shouted = heard(b, 'shouted')
  a.emit('shout', 'HELLO')
  await shouted

  c.off('incoming-message')
  const second = heard(b, 'incoming-message')
  a.emit('speak', 'hello again')
  await second

  const told = heard(b, 'told')
  await ask(`/tell/${b.id}`)
  await told

  const left = heard(a, 'left')
  b.disconnect()
  await left
  const killed = heard(a, 'left')
  kill(c)
  await killed
  a.disconnect()
}

/** Ends the client's TCP connection beneath Socket.IO's feet, as a crash would. */
function kill(client: Socket): void {
  const transport: { ws?: { terminate?(): void } } = client.io.engine.transport as object
  transport.ws?.terminate?.()
}

function heard(client: Socket, event: string): Promise<void> {
  return new Promise((resolve) => {
    const limit = setTimeout(resolve, LIMIT_MS)
    client.once(event, () => {
      clearTimeout(limit)
      resolve()
    })
  })
}

async function ask(path: string): Promise<void> {
  try {
    const response = await fetch(url + path, { signal: AbortSignal.timeout(LIMIT_MS) })
    await response.text()
  } catch (error) {
    console.error(`GET ${path}:`, error instanceof Error ? error.message : error)
  }
}
