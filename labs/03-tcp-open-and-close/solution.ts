// Lab 03: TCP, open and close, solved.
import net from 'node:net'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const port = Number(process.env.WIRELAB_TCP_PORT ?? 4001)
const closedPort = Number(process.env.WIRELAB_CLOSED_PORT ?? 4009)

// Steps 2 to 5: open, send, close in good order.
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

// Step 7: open a second connection, and abort it.
const rude = net.connect(port, host)
rude.on('connect', () => rude.write('bye\n'))
rude.on('data', () => rude.resetAndDestroy())
rude.on('close', () => console.log('aborted'))

// Step 8: knock where nobody is at home.
const refused = net.connect(closedPort, host)
refused.on('error', (error) => console.log('refused:', error.message))

// Steps 11 and 12: a connection that stays idle while the lab pulls the cable, and a line that is lost.
const patient = net.connect(port, host)
const lines = [
  { text: 'still here\n', afterMs: 10_000 },
  { text: 'and again\n', afterMs: 2000 },
]
patient.on('connect', () => patient.write('hello\n'))
patient.on('data', (bytes) => {
  console.log('patient:', bytes.toString().trim())
  const next = lines.shift()
  if (next) setTimeout(() => patient.write(next.text), next.afterMs)
  else patient.end()
})
