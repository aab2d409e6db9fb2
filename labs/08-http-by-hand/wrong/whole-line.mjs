import net from 'node:net'

// Sends a request on a connection of its own, and returns what came.
async function ask(request = '') {
  const socket = net.connect(Number(process.env.WIRELAB_DOOR_PORT), '127.0.0.1')
  socket.setEncoding('utf8').setTimeout(1000, () => socket.end())
  socket.write(request)
  let answer = ''
  for await (const text of socket) answer += text
  return answer
}

const first = await ask('GET /visits HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n')
const line = /^set-cookie: (.*)\r$/im.exec(first)?.[1]
await ask(`GET /visits HTTP/1.1\r\nHost: lab\r\nCookie: ${line}\r\nConnection: close\r\n\r\n`)
