// Lab 03: TCP, open and close. Runs as it is; the wire shows what is missing.
import net from 'node:net'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const port = Number(process.env.WIRELAB_TCP_PORT ?? 4001)
const closedPort = Number(process.env.WIRELAB_CLOSED_PORT ?? 4009)

// Steps 2 to 5: open, send, close in good order.
const polite = net.connect(port, host)

polite.on('connect', () => {
  console.log('open, from port', polite.localPort)
  // TODO (step 4): send 'hello' and a newline.
  // TODO (step 5): end the connection once the echo has come: polite.end()
  // Until then this gives up after two seconds:
  setTimeout(() => polite.destroy(), 2000).unref()
})

polite.on('data', (bytes) => console.log('echo:', bytes.toString().trim()))
polite.on('close', () => console.log('closed'))

// TODO (step 7): net.connect(port, host) a second time, write a line, and when its echo comes: resetAndDestroy()

// TODO (step 8): net.connect(closedPort, host), and print what its 'error' event says.
console.log('nothing listens on port', closedPort)

// Steps 11 and 12 (only on the lab network): a third connection, that waits.
// TODO (step 11): net.connect(port, host), write a line, and when its echo has come leave the connection open,
// and idle: the lab pulls the cable. Ten seconds later write another line on it.
// TODO (step 12): two seconds after the second echo write a third line, and end() when that has come back too.
