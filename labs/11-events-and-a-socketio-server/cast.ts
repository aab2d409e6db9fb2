/**
 * The three clients of lab 11. They ask nothing of the learner's server but what the lab's text says: each wait has
 * a limit, so that a server that does not answer only leaves its steps open.
 */
import { EventEmitter } from 'node:events'
import { pathToFileURL } from 'node:url'
import { io, type Socket } from 'socket.io-client'
import { HOST, listening, mark, port } from '../kit/cast.ts'
import { heard, settled } from '../kit/clients.ts'

const ANSWER_MS = 3000
/** For the server to notice that a client has gone, and to tell the others. */
const LEAVING_MS = 3000
/** Who hasn't noticed that one has gone need not be waited for again. */
const IN_VAIN_MS = 300

const listen = port('LISTEN')
// Over the cable, where there is one: the server's own port is only asked whether somebody listens.
const url = `http://${HOST}:${port('DOOR')}`

await silence()
if (await listening(listen)) await play()
else console.error(`Nothing listens on port ${listen}: from step 2 on the lab needs your server there.`)

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
  const emitting = watchEmitters()
  let heard = 0
  await mark('marker begin')
  try {
    // A call that no event has made is none of a listener's.
    module.withoutNetwork(() => {
      if (emitting()) heard++
    })
  } catch (error) {
    console.error('withoutNetwork threw:', error)
  }
  await mark(`marker end heard=${heard}`)
}

/** Returns whether some EventEmitter is emitting `speak` now. */
function watchEmitters(): () => boolean {
  let depth = 0
  const { emit } = EventEmitter.prototype
  EventEmitter.prototype.emit = function (event: string | symbol, ...args: unknown[]) {
    const counts = event === 'speak' ? 1 : 0
    depth += counts
    try {
      return emit.call(this, event, ...args)
    } finally {
      depth -= counts
    }
  }
  return () => depth > 0
}

async function play(): Promise<void> {
  const a = await join()
  const b = await join()
  const c = await join()
  await ask('/')

  a.emit('speak', 'hello from A')
  a.emit('whisper', 'does anybody hear this?')
  await settled(a)
  c.off('incoming-message')
  a.emit('speak', 'hello again')
  await settled(a)
  a.emit('shout', 'HELLO')
  await settled(a)

  await ask(`/tell/${b.id}`)
  a.emit('old-notes', b.id)
  await settled(a)

  if (a.connected) await leave(a, b, c)
  for (const client of [a, b, c]) client.disconnect()
}

/** B says goodbye, and C is gone without a word; A waits to be told. */
async function leave(a: Socket, b: Socket, c: Socket): Promise<void> {
  let told = false
  a.once('left', () => {
    told = true
  })
  const left = heard(a, ['left', 'disconnect'], LEAVING_MS)
  b.disconnect()
  await left
  const killed = heard(a, ['left', 'disconnect'], told ? LEAVING_MS : IN_VAIN_MS)
  kill(c)
  await killed
}

/** A client, connected if the server lets it. */
async function join(): Promise<Socket> {
  const socket = io(url, { transports: ['websocket'], reconnection: false, forceNew: true })
  await heard(socket, ['connect', 'connect_error'])
  return socket
}

/** Ends the client's TCP connection beneath Socket.IO's feet, as a crash would. */
function kill(client: Socket): void {
  const transport: { ws?: { terminate?(): void } } | undefined = client.io.engine?.transport as object
  transport?.ws?.terminate?.()
}

async function ask(path: string): Promise<void> {
  try {
    const response = await fetch(url + path, { signal: AbortSignal.timeout(ANSWER_MS) })
    await response.text()
  } catch (error) {
    console.error(`GET ${path}:`, error instanceof Error ? error.message : error)
  }
}
