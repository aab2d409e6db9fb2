// Sends to one address what was meant for all.
import dgram from 'wirelab/dgram'

const client = dgram.createSocket('udp4')
client.on('message', (bytes, from) => console.log(`${from.address} answers: ${bytes}`))
client.send('who is there?\n', Number(process.env.WIRELAB_UDP_PORT), process.env.WIRELAB_HOST)
setTimeout(() => client.close(), 1000)
