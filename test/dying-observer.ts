/** An observer that listens to nothing, and dies of any notice: for the tests of what comes then. */
import { workerData } from 'node:worker_threads'
import { openChannel } from '../server/channel.ts'
import type { BenchNotices, ObserverNotices, ObserverStart } from '../server/control.ts'

const start = workerData as ObserverStart
const channel = openChannel<Partial<BenchNotices>, ObserverNotices>(start.port, {
  lag: () => {
    setImmediate(() => {
      throw new Error('as asked')
    })
  },
})
if (start.version === 'never') channel.tell('failed', { code: 'EADDRINUSE', message: 'the port is taken' })
else channel.tell('ready', { run: String(start.startedAt), port: 1, hosts: [] })
