// Says something, counts who is here, and asks nobody at the other node.
import { bySession, openSite, visitor } from './site.mjs'

const site = await openSite(bySession)
const ann = await visitor('ann')
const bob = await visitor('bob')
await ann.emitWithAck('say', 'good morning')
console.log('here:', await ann.emitWithAck('who'))
ann.close()
bob.close()
await site.close()
