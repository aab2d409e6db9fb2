// Lab 50: A page that is not there. It runs as it is, and asks for a page that is there.
import http from 'node:http'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const port = Number(process.env.WIRELAB_HUB_PORT ?? 4000)
// TODO (step 4): keep the connection open: keepAlive, and no more than one at a time (maxSockets).
const agent = new http.Agent({ keepAlive: false })

/** Prints what the server answers. */
async function ask(path) {
  const response = await new Promise((resolve, reject) => {
    http.get({ host, port, path, agent }, resolve).on('error', reject)
  })
  const parts = await response.toArray()
  console.log(response.statusCode, Buffer.concat(parts).toString())
}

// TODO (step 2): ask for /nowhere instead.
await ask('/')
// TODO (step 4): then ask for /clients.
