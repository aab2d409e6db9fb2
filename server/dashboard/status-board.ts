/** What the dashboard says of the whole, put together from what the main thread tells and the trace holds. */
import type { BenchNotices, ObserverStart } from '../control.ts'
import type { Trace } from '../trace/trace.ts'
import type { ServiceNode, Status } from './api.ts'
import type { NetworkNode } from './api-network.ts'

type CaptureNotice = Parameters<BenchNotices['capture']>[0]

export class StatusBoard {
  services: ServiceNode[]
  heartbeat: Status['heartbeat']
  lag: Status['lag'] = { last: 0, worst: 0 }
  eventsDropped = 0
  /** Frames of the lab network that were not told, because the observer was busy. */
  framesDropped = 0
  /** Undefined until the lab network has told how it is. */
  network: NetworkNode | undefined
  /** What the reader of the capture's stream had to say since the capture began. */
  captureNote: string | undefined
  readonly #start: ObserverStart
  readonly #trace: Trace
  #capture: CaptureNotice = {
    source: null,
    state: 'starting',
    interface: null,
    message: 'The capture is starting.',
    remedy: [],
    droppedByKernel: 0,
  }

  constructor(start: ObserverStart, trace: Trace) {
    this.#start = start
    this.#trace = trace
    this.services = start.services
    this.heartbeat = start.heartbeat
    if (start.network === 'kernel') this.network = { network: 'kernel' }
  }

  setCapture(capture: CaptureNotice): void {
    if (capture.state !== this.#capture.state) this.captureNote = undefined
    this.#capture = capture
  }

  status(): Status {
    const { run, total, first, last, evicted, bytes, limitBytes } = this.#trace
    const { version, startedAt, network } = this.#start
    const { message } = this.#capture
    return {
      run,
      version,
      startedAt,
      network,
      services: this.services,
      capture: {
        ...this.#capture,
        message: this.captureNote === undefined ? message : `${message} Note: ${this.captureNote}`,
        packets: total,
        // Of captured frames none: what we can't take waits in the socket.
        droppedByUs: this.framesDropped,
      },
      trace: { total, first, last, evicted, bytes, limitBytes },
      heartbeat: this.heartbeat,
      lag: this.lag,
      eventsDropped: this.eventsDropped,
    }
  }
}
