/** Looking for frames in a trace: those that are there, those that are to come, and what came instead. */
import type { Row } from '../dashboard/api.ts'
import { NotSeenError } from '../errors.ts'
import { hexText, type Value } from '../protocols/field.ts'
import type { Packet } from '../protocols/packet.ts'
import { type CompiledFilter, compileFilter } from '../trace/filter.ts'
import { fieldValues } from '../trace/filter-fields.ts'
import type { Trace } from '../trace/trace.ts'
import { durationText, readDuration } from './duration.ts'

/** A frame as the packet list shows it, and every field that it has. */
export interface WireFrame extends Row {
  /** All values of a field, such as `tcp.seq`; none when the frame has no such field, or is no longer held. */
  values(field: string): (string | number | boolean)[]
}

export interface SeenOptions {
  /** How many; 1 unless said otherwise. */
  readonly count?: number
  /** How long to wait for them: `'500ms'`, or seconds; 5 s unless said otherwise. */
  readonly within?: string | number
  /** Only frames with a higher number count. */
  readonly after?: number
  readonly signal?: AbortSignal
}

/** The frames held that match, oldest first. Throws a FilterError. */
export function findFrames(trace: Trace, filter: string, limit = Number.POSITIVE_INFINITY): WireFrame[] {
  const search = new Search(trace, compileFilter(filter))
  search.advance(limit)
  return search.found.map((number) => frameOf(trace, number)).filter((frame) => frame !== undefined)
}

const WITHIN = '5s'

/**
 * The first frames that match, as soon as so many are there; those that are there already count. Rejects with a
 * NotSeenError that says what came instead, with a FilterError, and with a UsageError for a bad `within`.
 */
export async function framesSeen(
  trace: Trace,
  filter: string,
  options: SeenOptions = {},
): Promise<WireFrame[]> {
  const { count = 1, within = WITHIN, after = 0, signal } = options
  const withinMs = readDuration(within, 'within')
  const search = new Search(trace, compileFilter(filter), after)
  const over = new AbortController()
  const end = () => over.abort()
  const timer = setTimeout(end, withinMs)
  signal?.addEventListener('abort', end)
  if (signal?.aborted) end()
  const enough = await search.until(count, over.signal)
  clearTimeout(timer)
  signal?.removeEventListener('abort', end)
  if (!enough) {
    const found = search.found.length
    const wanted = count === 1 ? '' : `${found} of ${count} times, `
    const instead = insteadText(trace, after)
    throw new NotSeenError(`not seen within ${durationText(withinMs)}: ${wanted}${filter}\n${instead}`, found)
  }
  return search.found.map((number) => frameOf(trace, number)).filter((frame) => frame !== undefined)
}

/** Matches of one filter, found as they come. */
export class Search {
  readonly found: number[] = []
  readonly #trace: Trace
  readonly #filter: CompiledFilter
  #tried: number

  constructor(trace: Trace, filter: CompiledFilter, after = 0) {
    this.#trace = trace
    this.#filter = filter
    this.#tried = after
  }

  /** Tries what is new, until there are so many; true if there are. */
  advance(count: number): boolean {
    const trace = this.#trace
    const { protocols } = this.#filter
    this.#tried = Math.max(this.#tried, trace.first - 1)
    while (this.found.length < count && this.#tried < trace.last) {
      const number = ++this.#tried
      if ((trace.protocols(number) & protocols) !== protocols) continue
      const packet = trace.packet(number)
      if (typeof packet !== 'string' && this.#filter.matches(packet)) this.found.push(number)
    }
    return this.found.length >= count
  }

  /** Waits for so many; false when `stop` is aborted before. */
  until(count: number, stop: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      let look: NodeJS.Immediate | undefined
      const end = () => {
        clearImmediate(look)
        unlisten()
        stop.removeEventListener('abort', end)
        resolve(this.advance(count))
      }
      // Not in the trace's own call: what is being added is not whole before it returns.
      const note = () => {
        look ??= setImmediate(() => {
          look = undefined
          if (this.advance(count)) end()
        })
      }
      const unlisten = this.#trace.onChange(note)
      stop.addEventListener('abort', end)
      if (stop.aborted) end()
      else note()
    })
  }
}

function frameOf(trace: Trace, number: number): WireFrame | undefined {
  const row = trace.row(number)
  if (row === undefined) return undefined
  return {
    ...row,
    values(field) {
      const packet: Packet | string = trace.packet(number)
      return typeof packet === 'string' ? [] : fieldValues(packet, field).map(plain)
    },
  }
}

function plain(value: Value): string | number | boolean {
  if (value instanceof Uint8Array) return hexText(value)
  return typeof value === 'bigint' ? value.toString() : value
}

/** Lines shown of what was seen instead. */
const SHOWN = 12

/** What came after a number: how many of each protocol, and the last lines. */
export function insteadText(trace: Trace, after = 0): string {
  const rows: Row[] = []
  for (let number = Math.max(after + 1, trace.first); number <= trace.last && number > 0; number++) {
    const row = trace.row(number)
    if (row !== undefined) rows.push(row)
  }
  return insteadLines(rows, rows.length)
}

/** The same of rows that are known: the latest of `total`. */
export function insteadLines(rows: readonly Row[], total: number): string {
  if (total === 0) return 'nothing was seen at all'
  const counts = new Map<string, number>()
  for (const { protocol } of rows) counts.set(protocol, (counts.get(protocol) ?? 0) + 1)
  const kinds = [...counts].map(([protocol, count]) => `${protocol} ${count}`).join(', ')
  const lines = rows.slice(-SHOWN).map(rowLine)
  const last = rows.length > SHOWN ? `, the last of them:` : ':'
  return [`seen instead: ${total === 1 ? '1 frame' : `${total} frames`} (${kinds})${last}`, ...lines].join(
    '\n',
  )
}

/** One row on a line. */
export function rowLine(row: Row): string {
  const { number, source, destination, protocol, info, fate } = row
  const became = fate === null || fate === 'delivered' ? '' : `  [${fate}]`
  return `  ${String(number).padStart(4)}  ${source} → ${destination}  ${protocol}  ${info}${became}`
}
