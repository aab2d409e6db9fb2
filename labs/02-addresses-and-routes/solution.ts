// Lab 02: Addresses and routes, solved.
import { setTimeout as pause } from 'node:timers/promises'
import { ping } from 'wirelab/icmp'
import net from 'wirelab/net'

const server = '10.0.0.1'
const port = Number(process.env.WIRELAB_TCP_PORT ?? 4001)

// Steps 2 and 3: to the server and back.
console.log(await ping(server))

// Steps 5 and 7: as far as one router, as two, and all the way.
for (let ttl = 1; ttl <= 3; ttl++) console.log(ttl, await ping(server, { ttl }))

// Step 9: an address on our own network that nobody has. Not waited for: it takes three seconds to give up.
const nobody = ping('10.0.1.77')

// Step 10: one connection, a line each 200 ms, whatever happens to the way.
const talk = net.connect(port, server)
talk.on('data', (bytes) => console.log('echo:', bytes.toString().trim()))

for (let line = 1; line <= 20; line++) {
  talk.write(`line ${line}\n`)
  await pause(200)
}
talk.end()

// Step 12: ask until the answer comes by the longer way.
for (let tries = 1; tries <= 20; tries++) {
  const answer = await ping(server, { timeoutMs: 500 })
  console.log(answer)
  if (answer.kind === 'reply' && answer.ttl < 62) break
  await pause(200)
}
console.log(2, await ping(server, { ttl: 2 }))

console.log('nobody:', await nobody)
