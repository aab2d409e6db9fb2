// News has been made for a while when it is asked for: the answer comes at once, and nobody has waited.
import { setTimeout as pause } from 'node:timers/promises'

const url = `http://127.0.0.1:${process.env.WIRELAB_DOOR_PORT}`

await fetch(`${url}/news?since=0`)
await pause(2500)
await fetch(`${url}/news?since=0&wait=10`)
