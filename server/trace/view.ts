/** The packets that match a filter, found a slice of time after another, and correct while old ones are evicted. */
import type { Packet } from '../protocols/packet.ts'
import type { CompiledFilter } from './filter.ts'

/** What a view needs of the trace. */
export interface ViewSource {
  readonly first: number
  readonly last: number
  /** Bits of the protocols in a packet, known without dissecting it. */
  protocols(number: number): number
  packet(number: number): Packet | 'evicted' | 'unknown'
}

export interface PageRequest {
  /** Rows after this number; takes precedence. */
  readonly after?: number | undefined
  /** The last rows before this number. */
  readonly before?: number | undefined
  /** Rows from this index among the matches held. */
  readonly index?: number | undefined
  readonly limit: number
}

export interface Page {
  /** Index of `numbers[0]` among the matches held; -1 when the page is empty. */
  readonly index: number
  readonly numbers: number[]
}

/** The clock is looked at once in so many packets. */
const BETWEEN_LOOKS = 16

export class View {
  readonly filter: CompiledFilter | undefined
  readonly #source: ViewSource
  /** Matches older than where the view began, newest first; then those from there on, oldest first. */
  readonly #older: number[] = []
  #newer: number[] = []
  #newerHead = 0
  /** Next packet to try in either direction. */
  #down: number
  #up: number
  /** The newest packet when it began. */
  readonly #began: number

  constructor(source: ViewSource, filter: CompiledFilter | undefined) {
    this.#source = source
    this.filter = filter
    this.#up = source.last + 1
    this.#down = source.last
    this.#began = source.last
  }

  /** Matches held, as far as they were found. */
  get total(): number {
    if (this.filter === undefined)
      return this.#source.first === 0 ? 0 : this.#source.last - this.#source.first + 1
    this.#forget()
    return this.#older.length + this.#newer.length - this.#newerHead
  }

  /** Whether every packet held was tried. */
  get complete(): boolean {
    if (this.filter === undefined) return true
    return this.#up > this.#source.last && this.#down < Math.max(1, this.#source.first)
  }

  page(request: PageRequest): Page {
    const total = this.total
    const limit = Math.max(0, Math.floor(request.limit))
    let from: number
    let to: number
    if (request.after !== undefined) {
      from = this.#indexAfter(request.after, total)
      to = from + limit
    } else if (request.before !== undefined) {
      to = this.#indexAfter(request.before - 1, total)
      from = to - limit
    } else {
      from = Math.floor(request.index ?? 0)
      to = from + limit
    }
    from = Math.max(0, from)
    to = Math.min(total, to)
    if (from >= to) return { index: -1, numbers: [] }
    const numbers: number[] = []
    for (let i = from; i < to; i++) numbers.push(this.#at(i))
    return { index: from, numbers }
  }

  /** Tries packets for about this long, the newest first; true once every packet held was tried. */
  advance(budgetMs: number): boolean {
    const { filter } = this
    if (filter === undefined) return true
    const until = performance.now() + budgetMs
    const source = this.#source
    let looked = 0
    this.#up = Math.max(this.#up, source.first)
    while (this.#up <= source.last) {
      if (this.#matches(filter, this.#up)) this.#newer.push(this.#up)
      this.#up++
      if (++looked % BETWEEN_LOOKS === 0 && performance.now() > until) return this.complete
    }
    const first = Math.max(1, source.first)
    while (this.#down >= first) {
      if (this.#matches(filter, this.#down)) this.#older.push(this.#down)
      this.#down--
      if (++looked % BETWEEN_LOOKS === 0 && performance.now() > until) break
    }
    return this.complete
  }

  /** A packet that was tried has changed: whether it matches is found out again. */
  revise(number: number): void {
    const { filter } = this
    if (filter === undefined || number <= this.#down || number >= this.#up) return
    const list = number <= this.#began ? this.#older : this.#newer
    let at = list === this.#older ? 0 : list.length
    if (list === this.#older) while ((this.#older[at] ?? 0) > number) at++
    else while (at > this.#newerHead && (list[at - 1] ?? 0) >= number) at--
    const was = list[at] === number
    if (was === this.#matches(filter, number)) return
    if (was) list.splice(at, 1)
    else list.splice(at, 0, number)
  }

  #matches(filter: CompiledFilter, number: number): boolean {
    if ((this.#source.protocols(number) & filter.protocols) !== filter.protocols) return false
    const packet = this.#source.packet(number)
    return typeof packet !== 'string' && filter.matches(packet)
  }

  #at(index: number): number {
    if (this.filter === undefined) return this.#source.first + index
    const older = this.#older.length
    const number =
      index < older ? this.#older[older - 1 - index] : this.#newer[this.#newerHead + index - older]
    return number ?? 0
  }

  /** How many matches have a number up to this one. */
  #indexAfter(number: number, total: number): number {
    if (this.filter === undefined) return Math.min(total, Math.max(0, number - this.#source.first + 1))
    let low = 0
    let high = total
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#at(middle) <= number) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Drops the matches that were evicted. */
  #forget(): void {
    const { first } = this.#source
    while (this.#older.length > 0 && (this.#older.at(-1) ?? first) < first) this.#older.pop()
    if (this.#older.length > 0) return
    while (this.#newerHead < this.#newer.length && (this.#newer[this.#newerHead] ?? first) < first)
      this.#newerHead++
    if (this.#newerHead > 1024 && this.#newerHead * 2 > this.#newer.length) {
      this.#newer = this.#newer.slice(this.#newerHead)
      this.#newerHead = 0
    }
  }
}
