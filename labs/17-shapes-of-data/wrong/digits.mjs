// Makes JSON of everything before it emits: text all of it, and no bytes.
import { io } from 'socket.io-client'

const hub = io(`http://${process.env.WIRELAB_HOST}:${process.env.WIRELAB_HUB_PORT}`, {
  transports: ['websocket'],
})
const samples = Buffer.from(Array.from({ length: 64 }, (_, i) => 128 + i))
const reading = { sensor: 'north', at: 1_767_225_600, celsius: 21.5, samples }
await hub.emitWithAck('echo', JSON.parse(JSON.stringify(reading)))
hub.disconnect()
