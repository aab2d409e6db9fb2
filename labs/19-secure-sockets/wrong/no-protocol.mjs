// The name, and nothing of what is to be spoken.
import tls from 'node:tls'

const { WIRELAB_HOST: host, WIRELAB_TLS_PORT: port } = process.env
const socket = tls.connect({ host, port, servername: 'localhost', rejectUnauthorized: false }, () =>
  socket.end(),
)
