// Lab 19: Secure sockets. Runs as it is; the wire shows what is missing.
import http from 'node:http'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const plainPort = Number(process.env.WIRELAB_HUB_PORT)
const port = Number(process.env.WIRELAB_TLS_PORT)

// TODO (step 2): what nobody should read on the way: add auth: 'ada:open sesame'
const secret = { host, path: '/clients?diary=today', agent: false }

// Resolves with the response's status, or with what went wrong.
const statusOf = (request) =>
  new Promise((resolve) => {
    request.on('response', (response) => response.resume().on('end', () => resolve(response.statusCode)))
    request.on('error', (error) => resolve(error.code))
  })

// Step 2: in the open.
console.log('http:', await statusOf(http.get({ ...secret, port: plainPort })))

// TODO (step 3): the same with https.get (import https from 'node:https') at the port for TLS. It fails, and that is
// right: read why.
console.log('TLS is spoken at port', port)

// TODO (step 4): tls.connect (node:tls) with servername: 'localhost', ALPNProtocols: ['http/1.1'] and, this once,
// rejectUnauthorized: false. When it is connected (await its 'secureConnect' with once of node:events) look at
// getPeerX509Certificate(), and end().

// TODO (step 5): https.get once more, with servername and ALPNProtocols, and ca: certificate.toString().

// TODO (step 7): import WebSocket from 'ws', and open `wss://${host}:${port}/socket.io/?EIO=4&transport=websocket`
// with the same ca and servername.

// TODO (step 10): answer what comes: 0… with 40, 40… with 420["echo","yes"], 430["yes"] with 421["echo","no"].

// TODO (step 11): when 431["no"] has come, close in good order.
