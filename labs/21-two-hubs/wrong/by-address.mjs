// Sticky by the address from which a client calls.
import { NODES, openSite, visitor } from './site.mjs'

const byAddress = (request) => {
  const bytes = Buffer.from(request.socket.remoteAddress)
  return bytes.reduce((sum, byte) => sum + byte, 0) % NODES.length
}

const site = await openSite(byAddress)
const ann = await visitor('ann')
const bob = await visitor('bob')
console.log('ann is at', await ann.emitWithAck('where'))
console.log('bob is at', await bob.emitWithAck('where'))
ann.close()
bob.close()
await site.close()
