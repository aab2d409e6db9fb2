// Lab 08: HTTP by hand. Runs as it is; the wire shows what is missing.
import net from 'node:net'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const port = Number(process.env.WIRELAB_DOOR_PORT)

// Sends a request as it stands on a connection of its own, and returns all that came until the server closed.
// After two silent seconds it gives up.
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

// Step 1: a request is lines of text, and an empty one. The server still waits for something.
// TODO (step 1): end the lines as HTTP ends them, and end the head.
await ask('GET / HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n')

// TODO (step 3): HEAD for /long, and HEAD for /nowhere.

// TODO (step 4): GET /note. Find the ETag in the answer, and GET /note again with If-None-Match.
// const first = await ask('GET /note …')
// const etag = /^etag: (.*)\r$/im.exec(first)?.[1]

// TODO (step 6): PUT /note with a body of your own and its Content-Length, then ask as in step 4 again.

// TODO (step 7): GET /long.

// TODO (step 10): two requests for /visits on one connection, without a cookie; the second with Connection: close.
// ask() waits until the server closes, so it can't do that: count the bytes of the first answer instead.

// TODO (step 11): GET /visits on a new connection, with the cookie that you were given.
