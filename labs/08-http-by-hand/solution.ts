// Lab 08: HTTP by hand, solved.
import net from 'node:net'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const port = Number(process.env.WIRELAB_DOOR_PORT)

// Sends a request as it stands on a connection of its own, and returns all that came until the server closed.
async function ask(request = '') {
  const socket = net.connect(port, host)
  socket.setEncoding('utf8')
  socket.setTimeout(2000, () => socket.end())
  socket.write(request)
  let answer = ''
  for await (const text of socket) answer += text
  console.log(answer.slice(0, 300))
  return answer
}

// Step 1: a request is lines of text, and an empty one.
await ask('GET / HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n')

// Step 3: headers alone.
await ask('HEAD /long HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n')
await ask('HEAD /nowhere HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n')

// Step 4: fetch the note, then fetch it again only if it is another by now.
const first = await ask('GET /note HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n')
const etag = /^etag: (.*)\r$/im.exec(first)?.[1]
const again = `GET /note HTTP/1.1\r\nHost: lab\r\nIf-None-Match: ${etag}\r\nConnection: close\r\n\r\n`
await ask(again)

// Step 6: write another note, and ask the same question.
const note = 'Written by hand.\n'
await ask(
  `PUT /note HTTP/1.1\r\nHost: lab\r\nContent-Length: ${note.length}\r\nConnection: close\r\n\r\n${note}`,
)
await ask(again)

// Step 7: a long page.
await ask('GET /long HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n')

// Step 10: two requests on one connection. Nobody closes between them, so the length says where an answer ends.
const socket = net.connect(port, host)
socket.setEncoding('latin1') // one character for each byte
socket.setTimeout(2000, () => socket.end())
socket.write('GET /visits HTTP/1.1\r\nHost: lab\r\n\r\n')
let received = ''
let cookie = ''
for await (const text of socket) {
  received += text
  const head = received.indexOf('\r\n\r\n')
  const length = Number(/^content-length: (\d+)/im.exec(received)?.[1])
  if (head < 0 || received.length < head + 4 + length) continue
  console.log(received)
  if (cookie === '') socket.write('GET /visits HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n')
  cookie = /^set-cookie: ([^;]*)/im.exec(received)?.[1] ?? ''
  received = received.slice(head + 4 + length)
}

// Step 11: a new connection, and the cookie.
await ask(`GET /visits HTTP/1.1\r\nHost: lab\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`)
