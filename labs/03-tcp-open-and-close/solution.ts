// Lab 03: TCP, open and close, solved.
import net from 'node:net'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const port = Number(process.env.WIRELAB_TCP_PORT ?? 4001)
const closedPort = Number(process.env.WIRELAB_CLOSED_PORT ?? 4009)

// Steps 2 to 4: open, send, close in good order.
const polite = net.connect(port, host)

polite.on('connect', () => {
  console.log('open, from port', polite.localPort)
  polite.write('hello\n')
})

polite.on('data', (bytes) => {
  console.log('echo:', bytes.toString().trim())
  polite.end()
})

polite.on('close', () => console.log('closed'))

// Step 6: open a second connection, and abort it.
const rude = net.connect(port, host)
rude.on('connect', () => rude.resetAndDestroy())
rude.on('close', () => console.log('aborted'))

// Step 7: knock where nobody is at home.
const refused = net.connect(closedPort, host)
refused.on('error', (error) => console.log('refused:', error.message))
