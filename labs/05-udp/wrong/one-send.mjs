// Thinks of UDP as of a stream: both lines in one send, and nothing larger than a frame; knocks by TCP.
import nodeDgram from 'node:dgram'
import net from 'node:net'
import cableDgram from 'wirelab/dgram'

const { WIRELAB_HOST: host, WIRELAB_UDP_PORT: udpPort, WIRELAB_CLOSED_PORT: closed } = process.env
const dgram = process.env.WIRELAB_JOIN === undefined ? nodeDgram : cableDgram

net.connect(Number(closed), host).on('error', (error) => console.log(error.message))

const client = dgram.createSocket('udp4')
client.on('message', (bytes) => console.log(bytes.length, 'bytes back'))
client.send('hello\ngood bye\n', Number(udpPort), host)
client.send('x'.repeat(1000), Number(udpPort), host)
setTimeout(() => client.close(), 1000)
