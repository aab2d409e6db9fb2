// A connection for each line: none of them lives long enough to see its way change.
import { setTimeout as pause } from 'node:timers/promises'
import net from 'wirelab/net'

for (let line = 1; line <= 4; line++) {
  const talk = net.connect(Number(process.env.WIRELAB_TCP_PORT), '10.0.0.1')
  talk.on('data', () => talk.end())
  talk.on('error', (error) => console.log(error.message))
  talk.write(`line ${line}\n`)
  await pause(200)
}
