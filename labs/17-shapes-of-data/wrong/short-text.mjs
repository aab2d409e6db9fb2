// Emits the reading as a text, and packs its temperature as an integer.
import { io } from 'socket.io-client'

const hub = io(`http://${process.env.WIRELAB_HOST}:${process.env.WIRELAB_HUB_PORT}`, {
  transports: ['websocket'],
})
const samples = Array.from({ length: 64 }, (_, i) => 128 + i)
await hub.emitWithAck('echo', JSON.stringify({ sensor: 'north', celsius: 21.5, samples }))
const text = (word) => [0xa0 | word.length, ...Buffer.from(word)]
await hub.emitWithAck(
  'echo',
  Buffer.from([0x84, ...text('sensor'), ...text('north'), ...text('celsius'), 21]),
)
hub.disconnect()
