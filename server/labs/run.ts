/** One run of a lab: its ports, and the learner's packets on them. */
import type { FieldValue, Held, RunView, Sighting } from '../../labs/kit/lab.ts'
import { hexText, type Value } from '../protocols/field.ts'
import type { Packet } from '../protocols/packet.ts'
import { type CompiledFilter, compileFilter } from '../trace/filter.ts'
import { fieldValues } from '../trace/filter-fields.ts'
import type { Trace } from '../trace/trace.ts'

/** The learner's packets that a run keeps in mind; a run that floods the wire is judged by its first ones. */
const MAX_PACKETS = 20_000

interface Search {
  readonly filter: CompiledFilter
  /** How many of the learner's packets were tried. */
  tried: number
  readonly found: Sighting[]
}

export class LabRun implements RunView {
  readonly id: string
  readonly startedAt: bigint
  readonly ports: Readonly<Record<string, number>>
  readonly #trace: Trace
  readonly #portSet: ReadonlySet<number>
  /** Numbers of the learner's packets. */
  readonly #mine: number[] = []
  #scanned: number
  readonly #searches = new Map<string, Search>()
  readonly #held = new Map<string, Held[]>()

  constructor(id: string, startedAt: bigint, trace: Trace, ports: Readonly<Record<string, number>>) {
    this.id = id
    this.startedAt = startedAt
    this.ports = ports
    this.#trace = trace
    this.#portSet = new Set(Object.values(ports))
    this.#scanned = trace.last
  }

  /** Takes in what has come since the last call; true if something of the learner's was among it. */
  advance(): boolean {
    const before = this.#mine.length
    for (this.#scanned = Math.max(this.#scanned, this.#trace.first - 1); this.#scanned < this.#trace.last; ) {
      const number = ++this.#scanned
      const flow = this.#trace.flowOf(number)
      if (flow === undefined || this.#mine.length >= MAX_PACKETS) continue
      if (this.#portSet.has(flow.server.port) || this.#portSet.has(flow.client.port)) this.#mine.push(number)
    }
    return this.#mine.length > before
  }

  find(filter: string): readonly Sighting[] {
    const search = this.#searches.get(filter) ?? this.#begin(filter)
    for (; search.tried < this.#mine.length; search.tried++) {
      const packet = this.#trace.packet(this.#mine[search.tried] ?? 0)
      if (typeof packet !== 'string' && search.filter.matches(packet)) search.found.push(sighting(packet))
    }
    return search.found
  }

  held(step: string): readonly Held[] {
    return this.#held.get(step) ?? []
  }

  /** The lab has done something to the cable for a step. */
  addHeld(step: string, held: Held): void {
    this.#held.set(step, [...this.held(step), held])
  }

  /** A check's filter with the run's ports in the place of `$TCP` and its like: ready to paste. */
  resolve(filter: string): string {
    return filter.replace(/\$([A-Z]+)/g, (whole, name: string) => String(this.ports[name] ?? whole))
  }

  #begin(filter: string): Search {
    const search: Search = { filter: compileFilter(this.resolve(filter)), tried: 0, found: [] }
    this.#searches.set(filter, search)
    return search
  }
}

function sighting(packet: Packet): Sighting {
  return {
    number: packet.number,
    flow: packet.flow?.id ?? null,
    fromClient: packet.fromClient,
    info: packet.infoText,
    values: (field) => fieldValues(packet, field).map(comparable),
  }
}

function comparable(value: Value): FieldValue {
  if (value instanceof Uint8Array) return hexText(value)
  return typeof value === 'bigint' ? value.toString() : value
}
