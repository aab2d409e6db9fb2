/** What an opened capture file says beside its packets: the lab it is from, as it was, and names of hosts. */
import type { CaptureHandlers, Note } from '../capture/capture-format.ts'
import type { SessionAbout, SessionItem, SessionSubmission } from '../capture/session-item.ts'
import { readTransitComment } from '../capture/transit-comment.ts'
import { Samples } from '../trace/samples.ts'
import { ServiceNames } from '../trace/service-names.ts'
import type { Trace } from '../trace/trace.ts'
import type { ServiceNode } from './api.ts'
import type { SessionOfFile } from './api-captures.ts'
import type { LabNetworkNode } from './api-network.ts'
import { KeptBlocks } from './kept-blocks.ts'

const MAX_NOTES = 20
const MAX_NETWORKS = 10_000
const MAX_NAMES = 10_000
const MAX_PORTS = 10_000
/** How far back the frame of an item is looked for where the file has been cut or put together since. */
const MAX_BACK = 1_000_000

export class OpenedFile {
  readonly samples = new Samples()
  readonly blocks = new KeptBlocks()
  readonly notes: string[] = []
  readonly #trace: Trace
  #about: SessionAbout | undefined
  #names: ServiceNames | undefined
  #services: ServiceNode[] = []
  #heartbeat = { pingInterval: 0, pingTimeout: 0 }
  /** A lab run that the file hands in. */
  submission: SessionSubmission | undefined
  readonly #networks: { time: bigint; node: LabNetworkNode }[] = []
  readonly #hosts = new Map<string, string>()

  constructor(trace: Trace) {
    this.#trace = trace
  }

  /** The lab that the packets are from; null where the file says nothing of one. */
  get session(): SessionOfFile | null {
    if (this.#about === undefined) return null
    const { kind: _, ...about } = this.#about
    return { ...about, services: this.#services, heartbeat: this.#heartbeat }
  }

  /** By address. */
  get hosts(): Record<string, string> {
    return Object.fromEntries(this.#hosts)
  }

  /** What takes the file in, in the order in which it is read. */
  handlers(): CaptureHandlers {
    const trace = this.#trace
    return {
      frame: (frame) => void trace.add(frame),
      note: (note) => this.#note(note),
      secrets: (keyLog) => trace.secrets.add(keyLog),
      session: (item) => this.#take(item),
      names: (names) => {
        for (const { address, name } of names) {
          if (this.#hosts.size < MAX_NAMES || this.#hosts.has(address)) this.#hosts.set(address, name)
        }
      },
      block: (bytes) => {
        const fits = this.blocks.add(trace.last, bytes)
        if (!fits)
          this.#note({ message: 'it holds more beside its packets than is kept: saved again it lacks that' })
      },
    }
  }

  /** How the lab's network stood at a time, nanoseconds since 1970, or last; undefined where that isn't known. */
  networkAt(time?: bigint): LabNetworkNode | undefined {
    if (time === undefined) return this.#networks.at(-1)?.node
    return (this.#networks.findLast((each) => each.time <= time) ?? this.#networks[0])?.node
  }

  #note({ message }: Note): void {
    if (this.notes.length < MAX_NOTES) this.notes.push(message)
  }

  #take(item: SessionItem): void {
    const trace = this.#trace
    switch (item.kind) {
      case 'session':
        this.#about ??= item
        break
      case 'services':
        this.#takeServices(item)
        break
      case 'network':
        this.#takeNetwork(item)
        break
      case 'event': {
        const packet = item.back === undefined ? null : this.#numberOf(item.back)
        trace.events.restore(item.event, packet, this.#about?.filtered !== true)
        break
      }
      case 'samples':
        this.samples.restore(item)
        break
      case 'unseen':
        this.#takeUnseen(item)
        break
      case 'submission':
        this.submission ??= item
        break
      case 'transit':
        this.#takeTransit(item)
        break
    }
  }

  #takeServices({ services, ports, heartbeat }: Extract<SessionItem, { kind: 'services' }>): void {
    this.#services = services
    this.#heartbeat = heartbeat
    this.#names ??= new ServiceNames(this.#trace)
    for (const port of ports) if (this.#names.size < MAX_PORTS) this.#names.name(port)
  }

  #takeNetwork({ time, node }: Extract<SessionItem, { kind: 'network' }>): void {
    if (this.#networks.length >= MAX_NETWORKS) return
    // They are always the same, and told once.
    const presets = node.presets.length > 0 ? node.presets : (this.#networks.at(-1)?.node.presets ?? [])
    this.#networks.push({ time: nanoseconds(time), node: { ...node, presets } })
  }

  #takeUnseen(item: Extract<SessionItem, { kind: 'unseen' }>): void {
    const bytes = new Uint8Array(Buffer.from(item.base64, 'base64'))
    const transit = readTransitComment(item.link, bytes)
    if (transit === undefined) return
    this.#trace.add({
      time: nanoseconds(item.time),
      bytes,
      originalLength: item.length,
      linkType: item.linkType,
      transit: { ...transit, seen: false },
    })
  }

  #takeTransit({ back, link }: Extract<SessionItem, { kind: 'transit' }>): void {
    const number = this.#numberOf(back)
    const frame = number === null ? undefined : this.#trace.frame(number)
    const known = frame?.transit
    const now = frame === undefined ? undefined : readTransitComment(link, frame.bytes)
    // Where a file was put together from several, it may be another frame's.
    if (known === undefined || now === undefined || known.sentAt !== now.sentAt) return
    known.arrivals = now.arrivals
    if (now.other !== undefined) known.other = now.other
  }

  #numberOf(back: number): number | null {
    const number = this.#trace.last - back
    return back > MAX_BACK || number < 1 ? null : number
  }
}

function nanoseconds(time: string): bigint {
  const value = BigInt(time.replace('.', ''))
  return value < 0n ? 0n : value
}
