/** A transfer over the lab network on the simulated clock, as either end's capture holds it and as the cable knows it. */
import { MessageChannel } from 'node:worker_threads'
import { LabFrames } from '../../server/capture/lab-frames.ts'
import { LabTap } from '../../server/capture/lab-network.ts'
import type { NetworkPatch } from '../../server/dashboard/api-network.ts'
import { SimulatedClock } from '../../server/network/clock.ts'
import { LabNetwork } from '../../server/network/lab-network.ts'
import type { Departure, Tap } from '../../server/network/tap.ts'
import { testDashboard } from '../dashboard/dashboard.ts'
import { pattern, Talk } from './talk.ts'

export type End = 'client' | 'server'

/** One frame's way, as the cable decided it. */
export interface Passage extends Departure {
  /** When it came out, and as what. */
  readonly arrivals: { time: number; received: Uint8Array | undefined }[]
}

/** A frame as an end saw it: leaving, or as one of its arrivals. */
export interface Sighting {
  readonly passage: Passage
  readonly incoming: boolean
  /** Which arrival it is. */
  readonly copy: number
}

export interface Transfer {
  readonly passages: readonly Passage[]
  /** In the order in which that end saw them. */
  sightings(end: End): Sighting[]
  /** The pcapng that the dashboard exports. */
  file(end: End): Promise<Uint8Array>
}

export interface TransferOptions {
  readonly seed: number
  readonly patch: NetworkPatch
  /** Changes at simulated milliseconds. */
  readonly later?: readonly { at: number; patch: NetworkPatch }[]
  /** Bytes each way. */
  readonly up: number
  readonly down: number
}

/** What happens in the network, in its order. */
type Happening = { departed: Passage } | { arrived: Passage; copy: number }

class Notes implements Tap {
  readonly passages: Passage[] = []
  readonly happenings: Happening[] = []
  readonly #byId = new Map<number, Passage>()

  departed(departure: Departure): void {
    const passage: Passage = { ...departure, bytes: departure.bytes.slice(), arrivals: [] }
    this.#byId.set(departure.id, passage)
    this.passages.push(passage)
    this.happenings.push({ departed: passage })
  }

  arrived(id: number, time: number, received: Uint8Array | undefined): void {
    const passage = this.#byId.get(id)
    if (passage === undefined) return
    passage.arrivals.push({ time, received: received?.slice() })
    this.happenings.push({ arrived: passage, copy: passage.arrivals.length - 1 })
  }
}

/** Every way of the bytes is the one that a running lab has: tap, batches, trace, export. */
export async function transfer({ seed, patch, later = [], up, down }: TransferOptions): Promise<Transfer> {
  const clock = new SimulatedClock()
  const notes = new Notes()
  const { app, ends } = testDashboard({ network: 'lab' })
  if (ends === undefined) throw new Error('not on the lab network')
  const { port1, port2 } = new MessageChannel()
  const tap = new LabTap({ epochStart: clock.epochStart, port: port1 })
  let told = 0
  let allTold = () => {}
  const frames = new LabFrames({
    port: port2,
    begin(topology) {
      const witness = ends.begin(topology)
      return {
        departed(frame) {
          witness.departed(frame)
          told++
        },
        arrived(id, time, received) {
          witness.arrived(id, time, received)
          told++
        },
        sampled: (local, remote, sample) => witness.sampled(local, remote, sample),
        paused() {
          witness.paused()
          if (told === notes.happenings.length) allTold()
        },
      }
    },
    onDropped: (dropped) => {
      throw new Error(`${dropped} frames were dropped`)
    },
  })
  const network = new LabNetwork({
    clock,
    seed,
    tap: {
      departed(departure) {
        notes.departed(departure)
        tap.departed(departure)
      },
      arrived(id, time, received) {
        notes.arrived(id, time, received)
        tap.arrived(id, time, received)
      },
    },
  })
  network.patch(patch)
  for (const { at, patch } of later) clock.at(at, () => network.patch(patch))
  const [said, answered] = [pattern(1, up), pattern(2, down)]
  network.server.tcp.listen(9999, (handle) => {
    const talk = new Talk({ clock, say: answered, hear: said })
    handle.handler = talk
    talk.begin(handle).connected()
  })
  const client = network.addClient('client', 'demo')
  const talk = new Talk({ clock, say: said, hear: answered, endFirst: true })
  talk.begin(client.tcp.connect(network.server.address, 9999, talk))
  clock.run(600_000)
  network.close()
  if (!talk.complete) throw new Error(`the transfer did not end well: ${talk.failure ?? talk.complaint}`)

  // The whole run took one turn of the event loop: nothing has been taken in yet.
  await new Promise<void>((resolve) => {
    allTold = resolve
    tap.flush()
  })
  tap.close()
  frames.close()
  return {
    passages: notes.passages,
    sightings(end) {
      return notes.happenings.flatMap((happening): Sighting[] => {
        const passage = 'departed' in happening ? happening.departed : happening.arrived
        const incoming = (passage.direction === 'up') === (end === 'server')
        if ('departed' in happening) return incoming ? [] : [{ passage, incoming, copy: 0 }]
        return incoming ? [{ passage, incoming, copy: happening.copy }] : []
      })
    },
    async file(end) {
      const response = await app.inject({
        url: `/api/capture.pcapng?at=${end}`,
        headers: { host: '127.0.0.1:3000' },
      })
      return response.rawPayload
    },
  }
}
