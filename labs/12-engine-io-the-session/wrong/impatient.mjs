// Gives up when the upgrade is refused; and its plain client says hello in words that are no packet.
import { io } from 'socket.io-client'
import WebSocket from 'ws'

const door = `127.0.0.1:${process.env.WIRELAB_DOOR_PORT}`
const client = io(`http://${door}`, { path: '/blocked/', reconnection: false })
client.io.on('open', () => client.io.engine.on('upgradeError', () => client.close()))

const plain = new WebSocket(`ws://${door}/socket.io/?EIO=4&transport=websocket`)
plain.on('open', () => plain.send('hello'))
