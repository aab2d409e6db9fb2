// Five letters each time: what ends a line is a byte too, and it is left out.
import dgram from 'node:dgram'
import net from 'node:net'

const { WIRELAB_HOST: host, WIRELAB_TCP_PORT: port, WIRELAB_UDP_PORT: udpPort } = process.env

const socket = net.connect(Number(port), host, () => socket.write('hello'))
socket.on('data', () => socket.end())

const datagrams = dgram.createSocket('udp4')
datagrams.on('message', () => datagrams.close())
datagrams.send('hello', Number(udpPort), host)
setTimeout(() => process.exit(), 1500).unref()
