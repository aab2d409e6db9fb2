// Moves to the WebSocket without waiting for its last poll to end, and leaves when it is pinged.
import WebSocket from 'ws'

const door = `127.0.0.1:${process.env.WIRELAB_DOOR_PORT}`
const polling = `http://${door}/socket.io/?EIO=4&transport=polling`
const open = await (await fetch(polling)).text()
const { sid } = JSON.parse(open.slice(1))
await fetch(`${polling}&sid=${sid}`, { method: 'POST', body: '40' })

const socket = new WebSocket(`ws://${door}/socket.io/?EIO=4&transport=websocket&sid=${sid}`)
socket.on('open', () => socket.send('2probe'))
socket.on('message', (data) => {
  if (String(data) === '3probe') socket.send('5')
  if (String(data) === '2') socket.close()
})
