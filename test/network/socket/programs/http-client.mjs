import http from 'node:http'
import net from 'node:net'

const port = process.argv[2]
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
agent.createConnection = net.createConnection

function ask(path, options, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: 'localhost', port, path, method: 'POST', ...options },
      (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve([response.statusCode, response.headers['x-from'], text].join(' ')))
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

console.log(await ask('/own', { createConnection: net.createConnection }, 'abc'))
console.log(await ask('/kept/1', { agent }, 'x'.repeat(100_000)))
console.log(await ask('/kept/2', { agent }, ''))
// An idle connection that is kept for the next request must not keep the program.
