// Lab 19: Secure sockets, solved.
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import tls from 'node:tls'
import WebSocket from 'ws'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const plainPort = Number(process.env.WIRELAB_HUB_PORT)
const port = Number(process.env.WIRELAB_TLS_PORT)

// What nobody should read on the way.
const secret = { host, path: '/clients?diary=today', auth: 'ada:open sesame', agent: false }

// Resolves with the response's status, or with what went wrong.
const statusOf = (request) =>
  new Promise((resolve) => {
    request.on('response', (response) => response.resume().on('end', () => resolve(response.statusCode)))
    request.on('error', (error) => resolve(error.code))
  })

// Step 2: in the open.
console.log('http:', await statusOf(http.get({ ...secret, port: plainPort })))

// Step 3: nobody vouches for this certificate, so nothing is said.
console.log('https:', await statusOf(https.get({ ...secret, port })))

// Step 4: have a look at the certificate, say nothing, and decide to believe this one from now on.
const hello = { host, port, servername: 'localhost', ALPNProtocols: ['http/1.1'] }
const look = tls.connect({ ...hello, rejectUnauthorized: false })
await once(look, 'secureConnect')
const certificate = look.getPeerX509Certificate()
console.log(certificate.subject, certificate.fingerprint256)
look.end()

// Step 5: the same request as in step 2, sealed.
const trusted = { ...hello, ca: certificate.toString() }
console.log('https:', await statusOf(https.get({ ...secret, ...trusted })))

// Steps 7 and 10: a WebSocket inside TLS, Socket.IO inside of that, and two words.
const socket = new WebSocket(`wss://${host}:${port}/socket.io/?EIO=4&transport=websocket`, trusted)
socket.on('message', (bytes) => {
  const text = bytes.toString()
  console.log('wss:', text)
  if (text.startsWith('0')) socket.send('40')
  if (text.startsWith('40')) socket.send('420["echo","yes"]')
  if (text === '430["yes"]') socket.send('421["echo","no"]')
  // Step 11: a close in good order, by WebSocket, TLS and TCP.
  if (text === '431["no"]') socket.close(1000)
})
