// The right port, and the wrong protocol.
import http from 'node:http'

const { WIRELAB_HOST: host, WIRELAB_TLS_PORT: port } = process.env
const request = http.get({ host, port, path: '/clients', auth: 'ada:open sesame', agent: false })
request.on('error', (error) => console.log(error.message))
