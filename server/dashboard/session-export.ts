/**
 * Packets with all that is told beside them, on their way into a file: events on the packets that carried them, what
 * the network's settings were and what the ends of connections knew where it fell in time, frames that were never seen
 * at this end before those that were.
 */
import type { HostName } from '../capture/host-names.ts'
import {
  type Beside,
  namesBlock,
  type PcapngWriter,
  secretsBlock,
  statisticsBlock,
} from '../capture/pcapng-writer.ts'
import type { SessionItem } from '../capture/session-item.ts'
import { transitComment } from '../capture/transit-comment.ts'
import type { Frame, Transit } from '../protocols/packet.ts'
import { epochNow } from '../services/application-events.ts'
import type { EndSamples } from '../trace/samples.ts'
import { formatTime } from '../trace/time.ts'
import type { Trace } from '../trace/trace.ts'
import type { EventNode } from './api.ts'
import type { SessionLog } from './session-log.ts'
import { eventWords } from './session-words.ts'

/** Beside one packet: a block must not become longer than readers take. */
const MAX_ITEMS = 16
/** In one item: about 15 kB. */
const SAMPLES_TOGETHER = 50
/** Samples that wait to be written; what comes while there are more is left out. */
const MAX_SAMPLES_WAITING = 100_000
/** Packets of which it is known where they stand in the file. */
const PLACES_KEPT = 20_000
/** How long an event may wait for the packet that carried it, and a frame for its arrival. */
const EVENT_PATIENCE_NS = 1_000_000_000n
const ARRIVAL_PATIENCE_NS = 30_000_000_000n

interface Told {
  readonly time: bigint
  readonly item: SessionItem
  readonly comment?: string | undefined
  /** The packet that it is of, where that has been written. */
  readonly number?: number
}

export interface SessionExportOptions {
  readonly trace: Trace
  readonly writer: PcapngWriter
  /** Undefined for packets of which nothing else is known. */
  readonly log: SessionLog | undefined
  /** Only some packets are written. */
  readonly filtered: boolean
  /** The last of the log's changes that the file's beginning tells. */
  readonly change: number
}

export class SessionExport {
  readonly #options: SessionExportOptions
  /** Yet to be written, by time. */
  #told: Told[] = []
  /** Events of packets that are yet to come. */
  readonly #events = new Map<number, EventNode[]>()
  #waiting: EventNode[] = []
  #lastEvent = 0
  #lastChange: number
  #samples: EndSamples[] = []
  #samplesWaiting = 0
  #samplesLost = 0
  readonly #stopSamples: () => void
  /** Where packets stand in the file, by number. */
  readonly #places = new Map<number, number>()
  #place = 0
  #last = 0
  readonly #underWay = new Map<number, { arrivals: number; copies: number; since: bigint }>()
  #unseen: SessionItem[] = []
  readonly #hosts = new Set<string>()
  #secretsVersion = 0
  #lastSecret = ''

  constructor(options: SessionExportOptions) {
    this.#options = options
    this.#lastChange = options.change
    const { samples } = options.log ?? {}
    if (samples !== undefined) for (const end of samples.all()) this.#takeSamples(end)
    this.#stopSamples = samples?.onSample((told) => this.#takeSamples(told)) ?? (() => undefined)
  }

  close(): void {
    this.#stopSamples()
  }

  /** Takes in what is told until now; answers with blocks to be written before the next packet. */
  gather(last: boolean): Uint8Array[] {
    const { log, filtered } = this.#options
    const blocks = this.#secretsBlocks()
    if (log === undefined) return blocks
    for (const { number, time, item, comment } of log.changesAfter(this.#lastChange, last)) {
      this.#lastChange = number
      this.#told.push({ time, item, comment })
    }
    const fresh = log.trace.events.list().filter(({ id }) => id > this.#lastEvent)
    this.#lastEvent = fresh.at(-1)?.id ?? this.#lastEvent
    const now = epochNow()
    // What is put together from packets comes again with them.
    const events = [...this.#waiting, ...fresh.filter(({ seen }) => seen === undefined)]
    this.#waiting = []
    for (const event of events) this.#takeEvent(event, last || now - timeOf(event.time) > EVENT_PATIENCE_NS)
    this.#flushSamples()
    this.#lookForArrivals(now)
    this.#told.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
    const names = filtered ? [] : this.#newNames()
    return names.length === 0 ? blocks : [...blocks, namesBlock(names)]
  }

  /** The blocks of a packet, in the order of their numbers. */
  packet(number: number, frame: Frame): Uint8Array {
    this.#stand(number, frame)
    const { items, comments } = this.#beside(number, frame.time)
    return this.#options.writer.packet(frame, undefined, { items, comments })
  }

  /** A frame that a capture here would not show: goes along with the next packet. Blocks where too many wait. */
  unseen(number: number, frame: Frame): Uint8Array[] {
    const { transit } = frame
    if (this.#options.log === undefined || transit === undefined) return []
    this.#stand(number, frame)
    const { time, originalLength, linkType, bytes } = frame
    this.#unseen.push({
      kind: 'unseen',
      time: formatTime(time),
      length: originalLength,
      linkType,
      base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
      link: transitComment(transit, bytes),
    })
    const { comments, items } = this.#beside(number, time)
    this.#unseen.push(...items)
    return this.#unseen.length < MAX_ITEMS ? [] : [this.#aside(time, this.#unseen.splice(0), comments)]
  }

  /** What was told and has no packet to go with: all of it. */
  rest(): Uint8Array[] {
    const blocks: Uint8Array[] = []
    if (this.#unseen.length > 0) blocks.push(this.#aside(epochNow(), this.#unseen.splice(0)))
    while (this.#told.length > 0) {
      const told = this.#told.splice(0, MAX_ITEMS)
      const comments = told.flatMap(({ comment }) => comment ?? [])
      const items = told.map((each) => this.#itemOf(each))
      blocks.push(this.#aside(told.at(-1)?.time ?? epochNow(), items, comments))
    }
    return blocks
  }

  #aside(time: bigint, items: SessionItem[], comments: readonly string[] = []): Uint8Array {
    return statisticsBlock(time, { items, comments })
  }

  #stand(number: number, { transit }: Frame): void {
    this.#last = number
    this.#places.set(number, ++this.#place)
    if (this.#places.size > PLACES_KEPT)
      for (const oldest of this.#places.keys()) return void this.#places.delete(oldest)
    if (transit?.seen !== true || transit.delay === undefined || this.#options.log === undefined) return
    const copies = copiesOf(transit)
    const arrivals = transit.arrivals.length
    if (arrivals < copies) this.#underWay.set(number, { arrivals, copies, since: epochNow() })
  }

  #beside(number: number, time: bigint): Required<Beside> {
    const items = this.#unseen.splice(0)
    const comments: string[] = []
    const due: Told[] = []
    while (items.length + due.length < MAX_ITEMS && (this.#told[0]?.time ?? time + 1n) <= time) {
      const next = this.#told.shift()
      if (next !== undefined) due.push(next)
    }
    for (const event of this.#events.get(number) ?? []) due.push(this.#toldOf(event, number))
    this.#events.delete(number)
    for (const told of due) {
      items.push(this.#itemOf(told))
      if (told.comment !== undefined) comments.push(told.comment)
    }
    return { items, comments }
  }

  #takeEvent(event: EventNode, now: boolean): void {
    const { trace, log } = this.#options
    // At the servers' end packets have other numbers: there whoever reads the file finds the event's own.
    const packet = trace === log?.trace ? event.packet : null
    const mayMeet = packet === null && event.eioSid !== null && event.index !== null
    if (packet !== null && packet > this.#last) {
      this.#events.set(packet, [...(this.#events.get(packet) ?? []), event])
    } else if (mayMeet && !now) this.#waiting.push(event)
    else if (packet !== null && this.#places.has(packet)) this.#told.push(this.#toldOf(event, packet))
    // Whose packet is not in the file is no matter of its.
    else if (!this.#options.filtered) this.#told.push(this.#toldOf(event))
  }

  #toldOf(event: EventNode, number?: number): Told {
    const { packet: _, packetTime: __, ...told } = event
    return {
      time: timeOf(event.time),
      item: { kind: 'event', event: told },
      comment: eventWords(event),
      ...(number !== undefined && { number }),
    }
  }

  #itemOf({ item, number }: Told): SessionItem {
    const place = number === undefined ? undefined : this.#places.get(number)
    if (place === undefined || (item.kind !== 'event' && item.kind !== 'transit')) return item
    return { ...item, back: this.#place - place }
  }

  #takeSamples(told: EndSamples): void {
    const { length } = told.samples
    if (this.#samplesWaiting + length > MAX_SAMPLES_WAITING) {
      this.#samplesLost += length
      return
    }
    this.#samplesWaiting += length
    this.#samples.push(told)
  }

  #flushSamples(): void {
    const byEnd = new Map<string, EndSamples & { samples: EndSamples['samples'][number][] }>()
    for (const { local, remote, from, samples } of this.#samples) {
      const key = `${local.address} ${local.port} ${remote.address} ${remote.port} ${from}`
      const known = byEnd.get(key)
      if (known === undefined) byEnd.set(key, { local, remote, from, samples: [...samples] })
      else known.samples.push(...samples)
    }
    this.#samples = []
    this.#samplesWaiting = 0
    for (const { local, remote, from, samples } of byEnd.values()) {
      for (let at = 0; at < samples.length; at += SAMPLES_TOGETHER) {
        const some = samples.slice(at, at + SAMPLES_TOGETHER)
        const time = BigInt(Math.round((some.at(-1)?.time ?? 0) * 1e6))
        const ends = { local: { ...local }, remote: { ...remote } }
        this.#told.push({ time, item: { kind: 'samples', ...ends, from, samples: some } })
      }
    }
  }

  /** What was under way when it was written and has come out since. */
  #lookForArrivals(now: bigint): void {
    for (const [number, known] of this.#underWay) {
      const frame = this.#options.trace.frame(number)
      const transit = frame?.transit
      if (transit !== undefined && transit.arrivals.length > known.arrivals) {
        known.arrivals = transit.arrivals.length
        const link = transitComment(transit, frame?.bytes ?? new Uint8Array(0))
        this.#told.push({ time: now, number, item: { kind: 'transit', back: 0, link } })
      }
      const over = now - known.since > ARRIVAL_PATIENCE_NS
      if (transit === undefined || known.arrivals >= known.copies || over) this.#underWay.delete(number)
    }
  }

  #newNames(): HostName[] {
    const hosts = this.#options.log?.network?.hosts ?? []
    const fresh = hosts.filter(
      ({ address, name }) => address !== '' && !this.#hosts.has(`${address} ${name}`),
    )
    for (const { address, name } of fresh) this.#hosts.add(`${address} ${name}`)
    return fresh.map(({ address, name }) => ({ address, name }))
  }

  #secretsBlocks(): Uint8Array[] {
    const { secrets } = this.#options.trace
    if (secrets.version === this.#secretsVersion) return []
    this.#secretsVersion = secrets.version
    const { text } = secrets
    // New ones stand behind those that were known.
    const at = this.#lastSecret === '' ? -1 : text.lastIndexOf(this.#lastSecret)
    const fresh = at < 0 ? text : text.slice(at + this.#lastSecret.length)
    this.#lastSecret = text.slice(text.lastIndexOf('\n', text.length - 2) + 1)
    return fresh === '' ? [] : [secretsBlock(fresh)]
  }
}

function copiesOf(transit: Transit): number {
  return transit.fates.includes('duplicated') ? 2 : 1
}

function timeOf(time: string): bigint {
  return BigInt(time.replace('.', ''))
}
