/**
 * The trace at the servers: first, a slice of time after another, what the clients' trace holds, in the order in
 * which the servers saw it; then whatever happens.
 */
import { setImmediate } from 'node:timers'
import type { Topology } from '../capture/lab-batch.ts'
import type { Frame, Transit } from '../protocols/packet.ts'
import type { LabPassage } from './lab-passage.ts'
import { Trace } from './trace.ts'
import { type Sight, sightOf } from './vantage.ts'

/** Work of one turn of the event loop. */
const SLICE_MS = 8
/** The clock is looked at once in so many frames. */
const BETWEEN_LOOKS = 32

/** When the servers saw a frame: one that the clients' trace holds, or one that the clients have yet to see. */
type Sighting =
  | { readonly time: bigint; readonly number: number; readonly transit: Transit }
  | { readonly time: bigint; readonly frame: Frame }

export class ServerEnd {
  readonly trace: Trace
  /** Settles when everything that the clients' trace held is in; also when it is closed before. */
  readonly whole: Promise<void>
  readonly #client: Trace
  readonly #up: Sighting[]
  readonly #down: Sighting[]
  #upAt = 0
  #downAt = 0
  /** What happened meanwhile. */
  #later: Frame[] | undefined = []
  #closed = false
  #settle: () => void = () => undefined

  constructor(client: Trace, topology: Topology, underWay: Iterable<LabPassage>) {
    const { limitBytes, stack, provenance, secrets } = client
    this.#client = client
    this.trace = new Trace({ limitBytes, stack, provenance, secrets })
    this.trace.flows.serviceOf = (transport, server) => client.flows.serviceOf(transport, server)
    this.whole = new Promise((resolve) => {
      this.#settle = resolve
    })
    const known = new Map<number, LabPassage>()
    const unknown: Sighting[] = []
    for (const passage of underWay) {
      if (passage.number > 0) known.set(passage.number, passage)
      else if (passage.bytes !== undefined) {
        // What the clients have not seen yet, the servers have sent: it is in no trace.
        const frame = passage.frame('server', passage.sentAt, passage.bytes.slice(), true)
        unknown.push({ time: frame.time, frame })
      }
    }
    const { up, down } = sightings(client, topology, known)
    down.push(...unknown)
    this.#up = up
    this.#down = down
    inOrder(up)
    inOrder(down)
    this.#work()
  }

  departed(passage: LabPassage, sight: Sight, bytes: Uint8Array): void {
    if (sight === 'arrival' && passage.delay !== undefined) return
    this.#add(passage.frame('server', passage.sentAt, bytes, sight === 'departure'))
  }

  /** `sent` is what entered the cable; only good until the call returns, as `received` is. */
  arrived(
    passage: LabPassage,
    sight: Sight,
    time: bigint,
    sent: Uint8Array,
    received: Uint8Array | undefined,
  ): void {
    if (sight !== 'arrival') {
      this.trace.touch()
      return
    }
    const other = received === undefined ? undefined : sent.slice()
    this.#add(passage.frame('server', time, received ?? sent, true, other))
  }

  close(): void {
    this.#closed = true
    this.#settle()
  }

  #add(frame: Frame): void {
    if (this.#later === undefined) this.trace.add(frame)
    else this.#later.push({ ...frame, bytes: frame.bytes.slice() })
  }

  readonly #work = () => {
    const until = performance.now() + SLICE_MS
    for (let looked = 1; !this.#closed; looked++) {
      const next = this.#next()
      if (next === undefined) break
      const frame = 'frame' in next ? next.frame : fromServer(this.#client.frame(next.number), next)
      if (frame !== undefined) this.trace.add(frame)
      if (looked % BETWEEN_LOOKS === 0 && performance.now() > until) {
        setImmediate(this.#work)
        return
      }
    }
    for (const frame of this.#later ?? []) this.trace.add(frame)
    this.#later = undefined
    this.#settle()
  }

  /** The earlier of the two ways' next. At one and the same time what came in was there before what went out. */
  #next(): Sighting | undefined {
    const up = this.#up[this.#upAt]
    const down = this.#down[this.#downAt]
    if (up !== undefined && (down === undefined || up.time <= down.time)) {
      this.#upAt++
      return up
    }
    this.#downAt++
    return down
  }
}

/** The clients' trace holds the frame as the clients saw it: where it was damaged, the servers saw the other one. */
function fromServer(
  held: Frame | undefined,
  { time, transit }: { time: bigint; transit: Transit },
): Frame | undefined {
  if (held === undefined) return undefined
  return { ...held, time, transit, bytes: held.transit?.other ?? held.bytes }
}

/** When the servers saw what the clients' trace holds, by the way that it went; `underWay` by number in that trace. */
function sightings(
  client: Trace,
  topology: Topology,
  underWay: ReadonlyMap<number, LabPassage>,
): { up: Sighting[]; down: Sighting[] } {
  const up: Sighting[] = []
  const down: Sighting[] = []
  const met = new Set<Transit>()
  for (let number = Math.max(1, client.first); number <= client.last; number++) {
    const known = client.transit(number)
    // Both copies that the clients saw were one frame that the servers sent.
    if (known === undefined || met.has(known)) continue
    if (known.fates.includes('duplicated')) met.add(known)
    const sight = sightOf(topology, 'server', known.cable, known.direction)
    const comes = known.delay !== undefined
    const other = known.other === undefined ? undefined : client.frame(number)?.bytes.slice()
    const transit = { ...known, other, seen: sight === 'departure' || (sight === 'arrival' && comes) }
    const way = known.direction === 'up' ? up : down
    if (sight === 'arrival' && comes) for (const time of known.arrivals) way.push({ time, number, transit })
    else way.push({ time: known.sentAt, number, transit })
    if (sight !== 'arrival' || known.arrivals.length > 0) underWay.get(number)?.adopt(transit)
  }
  return { up, down }
}

function inOrder(sightings: Sighting[]): void {
  sightings.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
}
