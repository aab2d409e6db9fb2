// Sends a datagram again when it is not back within a little more than the round trip.
import { setTimeout as pause } from 'node:timers/promises'
import { COUNT, overUdp, round, text, worseCable } from './roads.mjs'

await round()
await worseCable()

const back = new Set()
const road = await overUdp((line) => back.add(line))
for (let n = 1; n <= COUNT; n++) {
  road.send(text(n))
  setTimeout(() => {
    if (!back.has(text(n))) road.send(text(n))
  }, 100)
  await pause(10)
}
await pause(300)
road.close()
