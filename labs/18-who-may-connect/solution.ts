// Lab 18: Who may connect, solved.
import { randomBytes } from 'node:crypto'
import http from 'node:http'
import { Server } from 'socket.io'

const OWN_PAGE = 'http://shop.example'
const TOKEN = 'open-sesame'

/** Who has logged in, by the id in the cookie. */
const sessions = new Map()

// Step 6: whoever asks gets a session. (A password would be asked for here.)
const web = http.createServer((request, response) => {
  if (request.method === 'POST' && request.url === '/login') {
    const id = randomBytes(16).toString('hex')
    sessions.set(id, 'ann')
    response.setHeader('Set-Cookie', `session=${id}; Path=/; HttpOnly; SameSite=Strict`)
  }
  response.end('You are welcome.\n')
})

/** Whose session a request belongs to, by its cookie. */
function nameOf(request) {
  const id = /\bsession=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]
  return sessions.get(id) ?? 'stranger'
}

// Steps 2 to 8: open to everybody; CORS says which page may read the answers.
const open = new Server(web, { path: '/open/', cors: { origin: OWN_PAGE } })

open.on('connection', (socket) => {
  socket.emit('news', nameOf(socket.request), 'the price of tea is down')
})

// Steps 9 to 12: guarded twice, by the page's origin and by the client's token.
const guarded = new Server(web, {
  path: '/guarded/',
  allowRequest: (request, answer) => answer('not from this page', request.headers.origin === OWN_PAGE),
})

guarded.use((socket, next) => {
  if (socket.handshake.auth.token === TOKEN) next()
  else next(new Error('not authorized'))
})

guarded.on('connection', (socket) => socket.emit('news', 'friend', 'tomorrow it is up again'))

web.listen(Number(process.env.WIRELAB_LISTEN_PORT ?? 4000), process.env.WIRELAB_HOST ?? '127.0.0.1')
