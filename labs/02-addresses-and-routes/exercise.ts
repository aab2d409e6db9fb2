// Lab 02: Addresses and routes. Runs as it is; the wire shows what is missing.
import { setTimeout as pause } from 'node:timers/promises'
import { ping } from 'wirelab/icmp'
import net from 'wirelab/net'

const server = '10.0.0.1'
const port = Number(process.env.WIRELAB_TCP_PORT ?? 4001)

// A neighbour: the router of your own network.
console.log(await ping('10.0.1.254'))

// TODO (step 3): ping the server.
// TODO (step 5): ping it with { ttl: 1 }.
// TODO (step 7): and with a ttl of 2, and of 3.
// TODO (step 9): ping 10.0.1.77. It takes three seconds to give up: no need to wait for it before you go on.

// Step 10: one connection.
const talk = net.connect(port, server)
talk.on('data', (bytes) => console.log('echo:', bytes.toString().trim()))
talk.write('line 1\n')
// TODO (step 10): write 19 lines more, one each 200 ms: await pause(200). The lab pulls a cable meanwhile.
await pause(200)
talk.end()

// TODO (step 12): ping the server until the reply has a ttl below 62, at most twenty times, with a pause between;
// then once more with { ttl: 2 }: who answers now?
