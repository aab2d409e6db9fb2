// Offers permessage-deflate to a server that does not take it: nothing is compressed, and nobody complains.
import { once } from 'node:events'
import WebSocket, { WebSocketServer } from 'ws'

const { WIRELAB_HOST: host, WIRELAB_LISTEN_PORT: port, WIRELAB_DOOR_PORT: door } = process.env
const server = new WebSocketServer({ host, port: Number(port) })
server.on('connection', (client) => client.on('message', (data) => client.send(`${data.length} bytes`)))
await once(server, 'listening')
const client = new WebSocket(`ws://${host}:${door}`, { perMessageDeflate: true })
await once(client, 'open')
client.send('the same again, '.repeat(200))
console.log(String((await once(client, 'message'))[0]))
client.close()
await once(client, 'close')
server.close()
