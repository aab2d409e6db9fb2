/**
 * How late the services' event loop is. A late loop answers late, which looks like a slow network: so it is
 * recorded in the trace, beside the packets.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { report } from './services/application-events.ts'

export interface Lag {
  /** Milliseconds: the worst of the last second, and since the start. */
  readonly last: number
  readonly worst: number
}

const RESOLUTION_MS = 5
const EVERY_MS = 1000
/** Below this it is the timer's own grain. */
const WORTH_TELLING_MS = 5

/** Returns what ends the watch. */
export function watchLag(onLag: (lag: Lag) => void): () => void {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delays.enable()
  let worst = 0
  const timer = setInterval(() => {
    // The histogram holds the time between two samples, which is the resolution when nothing is late.
    const last = Math.max(0, Math.round((delays.max / 1e6 - RESOLUTION_MS) * 10) / 10)
    delays.reset()
    worst = Math.max(worst, last)
    onLag({ last, worst })
    if (last > WORTH_TELLING_MS) {
      const reason = `the services' event loop was ${last} ms late`
      report({ service: 'services', kind: 'lag', event: 'event loop', args: JSON.stringify([last]), reason })
    }
  }, EVERY_MS)
  timer.unref()
  return () => {
    clearInterval(timer)
    delays.disable()
  }
}
