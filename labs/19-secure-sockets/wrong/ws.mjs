// A WebSocket at the port without TLS.
import WebSocket from 'ws'

const { WIRELAB_HOST: host, WIRELAB_HUB_PORT: port } = process.env
const socket = new WebSocket(`ws://${host}:${port}/socket.io/?EIO=4&transport=websocket`)
socket.on('message', () => socket.close(1000))
