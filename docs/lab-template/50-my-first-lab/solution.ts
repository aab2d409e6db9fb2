// Lab 50, solved.
import http from 'node:http'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const port = Number(process.env.WIRELAB_HUB_PORT ?? 4000)
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })

/** Prints what the server answers. */
async function ask(path) {
  const response = await new Promise((resolve, reject) => {
    http.get({ host, port, path, agent }, resolve).on('error', reject)
  })
  const parts = await response.toArray()
  console.log(response.statusCode, Buffer.concat(parts).toString())
}

await ask('/nowhere')
await ask('/clients')
