// Lab 18: Who may connect. Runs as it is; the wire shows what is missing.
import http from 'node:http'
import { Server } from 'socket.io'

const OWN_PAGE = 'http://shop.example'
const TOKEN = 'open-sesame'

/** Who has logged in, by the id in the cookie. */
const sessions = new Map()

const web = http.createServer((_request, response) => {
  // TODO (step 6): for POST /login make a random id, remember sessions.set(id, 'ann'), and set the cookie. (_request
  // is named so because nothing uses it yet: take the _ away, and in nameOf too.)
  // TODO (step 8): say in the cookie that pages of other sites must not bring it along.
  response.end('You are welcome.\n')
})

/** Whose session a request belongs to, by its cookie. */
function nameOf(_request) {
  // TODO (step 7): the id is what stands behind session= in request.headers.cookie.
  const id = ''
  return sessions.get(id) ?? 'stranger'
}

// TODO (step 2): let OWN_PAGE, and no other, read the answers: cors: { origin: … }
const open = new Server(web, { path: '/open/' })

open.on('connection', (socket) => {
  console.log('at the open door:', nameOf(socket.request), 'from', socket.handshake.headers.origin)
  // TODO (step 5): emit 'news' with the visitor's name and a text.
})

// TODO (step 9): refuse whoever does not come from OWN_PAGE: allowRequest: (request, answer) => …
const guarded = new Server(web, { path: '/guarded/' })

// TODO (step 11): refuse whoever does not bring the token: guarded.use((socket, next) => …)
guarded.on('connection', (socket) => {
  const { auth, headers } = socket.handshake
  const page = headers.origin === OWN_PAGE ? 'your page' : headers.origin
  const verdict = auth.token === TOKEN ? 'the token' : 'not the token'
  console.log('at the guarded door from', page, auth, verdict)
})

web.listen(Number(process.env.WIRELAB_LISTEN_PORT ?? 4000), process.env.WIRELAB_HOST ?? '127.0.0.1')
