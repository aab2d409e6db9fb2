import http from 'node:http'
import net from 'node:net'

const web = http.createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => {
    response.setHeader('x-from', request.socket.remoteAddress)
    response.end(`${request.method} ${request.url} ${body.length}`)
  })
})
net
  .createServer({ allowHalfOpen: true }, (socket) => web.emit('connection', socket))
  .listen({ port: Number(process.argv[2]) }, () => console.log('listening'))
