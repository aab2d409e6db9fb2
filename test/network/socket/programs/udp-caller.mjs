import dgram from 'node:dgram'

const [, , port, wanted] = process.argv
const socket = dgram.createSocket({ type: 'udp4' })
const answers = []
socket.on('message', (message, { address }) => {
  answers.push(`${message} ${address}`)
  if (answers.length < Number(wanted)) return
  console.log(answers.sort().join(', '))
  socket.close()
})
socket.on('close', () => console.log('closed'))
socket.bind(() => {
  socket.setBroadcast(true)
  socket.send('anybody?', port, '255.255.255.255', (error, bytes) => console.log('sent', error, bytes))
})
