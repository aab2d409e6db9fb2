// The answer has come, and nobody says goodbye.
import https from 'node:https'

const { WIRELAB_HOST: host, WIRELAB_TLS_PORT: port } = process.env
const options = {
  host,
  port,
  path: '/clients',
  agent: new https.Agent({ keepAlive: true }),
  rejectUnauthorized: false,
}
https.get(options, (response) => {
  response.resume().on('end', () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), 100))
})
