// One visitor, and so only one node has one.
import { byTurns, openSite, visitor } from './site.mjs'

const site = await openSite(byTurns)
const dora = await visitor('dora', { transports: ['websocket'] })
dora.close()
await site.close()
