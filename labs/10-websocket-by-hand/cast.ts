/** The clients of lab 10: two that write their frames byte by byte, and one that is a library's. */
import { randomInt } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { HOST, listening, port } from '../kit/cast.ts'
import { Caller, CLOSE, CONTINUATION, PING, TEXT } from './caller.ts'

const LIBRARY_LIMIT_MS = 3000

if (await listening()) {
  await wellBehaved()
  await unmasked()
  await library()
} else {
  console.error(`Nothing listens on port ${port('LISTEN')}: the clients of this lab need your server there.`)
}

/** Everything that a client may do, and a close in good order. */
async function wellBehaved(): Promise<void> {
  const caller = await Caller.open('client 1')
  if (caller === undefined) return
  await caller.ask(TEXT, Buffer.from('hi'))
  await caller.ask(TEXT, Buffer.from('x'.repeat(randomInt(130, 400))))
  await caller.ask(PING, Buffer.from(`are you there? ${randomInt(1000, 9999)}`))
  const face = Buffer.from('😀')
  caller.send(TEXT, face.subarray(0, 2), { fin: false })
  // So that each half travels by itself, where nothing is lost.
  await pause(40)
  await caller.ask(CONTINUATION, face.subarray(2))
  caller.send(CLOSE, Buffer.from([1000 >> 8, 1000 & 0xff]))
  await caller.ended()
}

async function unmasked(): Promise<void> {
  const caller = await Caller.open('client 2')
  if (caller === undefined) return
  caller.send(TEXT, Buffer.from('no mask'), { masked: false })
  await caller.ended()
}

/** The ws package, which looks at everything that a browser looks at. */
async function library(): Promise<void> {
  const socket = new WebSocket(`ws://${HOST}:${port('DOOR')}/`, { handshakeTimeout: LIBRARY_LIMIT_MS })
  const limit = setTimeout(() => socket.terminate(), LIBRARY_LIMIT_MS)
  await new Promise<void>((resolve) => {
    // A server that answers, though slowly, is waited for.
    socket.on('open', () => socket.send('hello from ws', () => limit.refresh()))
    socket.on('message', () => {
      limit.refresh()
      socket.close(1000)
    })
    socket.on('error', (error) => console.error(`client 3 (ws): ${error.message}`))
    socket.on('close', () => resolve())
  })
  clearTimeout(limit)
}
