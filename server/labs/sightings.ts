/** Some packets of a trace, and what filters find among them. */
import type { FieldValue, Sighting } from '../../labs/kit/lab.ts'
import type { Value } from '../protocols/field.ts'
import type { Packet } from '../protocols/packet.ts'
import { type CompiledFilter, compileFilter } from '../trace/filter.ts'
import { fieldValues } from '../trace/filter-fields.ts'
import type { Trace } from '../trace/trace.ts'

interface Search {
  readonly filter: CompiledFilter
  /** How many of the packets were tried. */
  tried: number
  readonly found: Sighting[]
}

export class Sightings {
  readonly #trace: Trace
  readonly #resolve: (filter: string) => string
  #numbers: number[] = []
  #revisions: number
  readonly #searches = new Map<string, Search>()

  /** `resolve` puts a run's ports into a check's filter. */
  constructor(trace: Trace, resolve: (filter: string) => string) {
    this.#trace = trace
    this.#revisions = trace.revisions
    this.#resolve = resolve
  }

  get size(): number {
    return this.#numbers.length
  }

  get numbers(): readonly number[] {
    return this.#numbers
  }

  add(number: number): void {
    this.#numbers.push(number)
  }

  clear(): void {
    this.#numbers = []
    this.#searches.clear()
  }

  /** In order of capture. Throws a FilterError. */
  find(filter: string): readonly Sighting[] {
    if (this.#revisions !== this.#trace.revisions) this.#tryAgain()
    const search = this.#searches.get(filter) ?? this.#begin(filter)
    while (search.tried < this.#numbers.length) this.#tryNext(search.tried)
    return search.found
  }

  /** A packet holds more than could be seen in it: the secret that opens it has come. */
  #tryAgain(): void {
    this.#revisions = this.#trace.revisions
    for (const [name, { filter }] of this.#searches) {
      this.#searches.set(name, { filter, tried: 0, found: [] })
    }
  }

  /** Every search that is as far as this packet tries it: it is dissected once for all of them. */
  #tryNext(at: number): void {
    const packet = this.#trace.packet(this.#numbers[at] ?? 0)
    for (const search of this.#searches.values()) {
      if (search.tried !== at) continue
      search.tried++
      if (typeof packet !== 'string' && search.filter.matches(packet)) search.found.push(sighting(packet))
    }
  }

  /** The first packet of a conversation. */
  numberOf(flow: string): number | undefined {
    return this.#numbers.find((number) => this.#trace.flowOf(number)?.id === flow)
  }

  static values(packet: Packet, field: string): readonly FieldValue[] {
    return fieldValues(packet, field).map(comparable)
  }

  #begin(filter: string): Search {
    const search: Search = { filter: compileFilter(this.#resolve(filter)), tried: 0, found: [] }
    this.#searches.set(filter, search)
    return search
  }
}

function sighting(packet: Packet): Sighting {
  return {
    number: packet.number,
    flow: packet.flow?.id ?? null,
    fromClient: packet.fromClient,
    time: Number(packet.time) / 1e9,
    info: packet.infoText,
    values: (field) => Sightings.values(packet, field),
  }
}

function comparable(value: Value): FieldValue {
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
  }
  return typeof value === 'bigint' ? value.toString() : value
}
