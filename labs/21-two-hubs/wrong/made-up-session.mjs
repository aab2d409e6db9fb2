// Asks for a session that nobody has given out.
import { byTurns, host, openSite, portOf } from './site.mjs'

const site = await openSite(byTurns)
const answer = await fetch(`http://${host}:${portOf('DOOR')}/socket.io/?EIO=4&transport=polling&sid=a-none`)
console.log(answer.status, await answer.text())
await site.close()
