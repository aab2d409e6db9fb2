// A request without a secret in it.
import http from 'node:http'

const { WIRELAB_HOST: host, WIRELAB_HUB_PORT: port } = process.env
http.get({ host, port, path: '/clients', agent: false }, (response) => response.resume())
