// An address, and no name.
import tls from 'node:tls'

const { WIRELAB_HOST: host, WIRELAB_TLS_PORT: port } = process.env
const socket = tls.connect({ host, port, ALPNProtocols: ['http/1.1'], rejectUnauthorized: false }, () =>
  socket.end(),
)
