// "It complained, so I switched that off."
import https from 'node:https'

const { WIRELAB_HOST: host, WIRELAB_TLS_PORT: port } = process.env
const options = {
  host,
  port,
  path: '/clients',
  auth: 'ada:open sesame',
  agent: false,
  rejectUnauthorized: false,
}
https.get(options, (response) => response.resume())
