// Does all of it but wait: its third connection says something all the time, so its TCP misses the cable.
import net from 'node:net'

const { WIRELAB_HOST: host, WIRELAB_TCP_PORT: port, WIRELAB_CLOSED_PORT: closed } = process.env

net.connect(Number(closed), host).on('error', (error) => console.log(error.message))

const rude = net.connect(Number(port), host, () => rude.write('bye\n'))
rude.on('data', () => rude.resetAndDestroy())

const polite = net.connect(Number(port), host, () => polite.write('hello\n'))
polite.on('data', () => polite.end())
polite.on('close', () => {
  const chatty = net.connect(Number(port), host, () => chatty.write('hello\n'))
  chatty.once('data', () => setInterval(() => chatty.write('again\n'), 500).unref())
  setTimeout(() => chatty.destroy(), 1800)
})
