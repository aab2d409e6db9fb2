/** The one pass of `wirelab read` over a capture: each packet is taken in its order, and looked at once. */
import { createReadStream } from 'node:fs'
import { addAbortSignal, type Readable } from 'node:stream'
import { FrameReader } from '../capture/frame-reader.ts'
import { unpacked } from '../capture/gunzip.ts'
import { CaptureError, messageOf, systemCode } from '../errors.ts'
import type { Frame } from '../protocols/packet.ts'
import type { PlacedFrame } from '../protocols/placed-frame.ts'
import type { DecodeAs } from '../protocols/stack.ts'
import type { CompiledFilter } from '../trace/filter.ts'
import { ServiceNames } from '../trace/service-names.ts'
import { Trace } from '../trace/trace.ts'
import { WantedFields } from '../trace/wanted-fields.ts'
import type { CommandIo } from './command.ts'
import type { Collector } from './read-collect.ts'
import type { Preferences } from './read-options.ts'
import type { Needs, Printer } from './read-printers.ts'
import type { Progress } from './read-progress.ts'
import type { CaptureOutput } from './read-write.ts'
import type { TextOutput } from './text-output.ts'

/** What is asked of a capture. */
export interface Reading {
  /** `-` is standard input. */
  readonly file: string
  readonly filter: CompiledFilter | undefined
  readonly count: number
  readonly decodeAs: readonly DecodeAs[]
  readonly preferences: Preferences
  /** Undefined where no packet is printed. */
  readonly printer: Printer | undefined
  readonly collectors: readonly Collector[]
  readonly write: CaptureOutput | undefined
}

type Io = Pick<CommandIo, 'stdout' | 'stderr'> & {
  readonly stdin: Readable
  readonly signal?: AbortSignal
}

/** Enough for messages to be put together from their segments, and no more, however long the capture is. */
const LIMIT_BYTES = 64 * 1024 * 1024
/** A read for each so many bytes: fewer calls, and a line more is printed the sooner when they are few. */
const READ_BYTES = 1 << 20

/** Reads to the end, or as far as the capture can be read; the answer is what was wrong with it. */
export async function readAll(
  reading: Reading,
  io: Io,
  output: TextOutput,
  progress: Progress,
  onNote: (note: string) => void,
): Promise<string | undefined> {
  const { file, count, decodeAs, preferences, printer, write } = reading
  const trace = new Trace({ limitBytes: LIMIT_BYTES, decodeAs, verify: preferences.verify, passing: true })
  trace.secrets.add(preferences.secrets)
  if (preferences.secrets !== '') write?.secrets(preferences.secrets)
  const services = new ServiceNames(trace)
  const pass = new Pass(reading, trace, output)
  const reader = new FrameReader({
    frame: (frame) => pass.frame(frame),
    ...(pass.atOnce && { placed: (frame) => pass.frame(frame) }),
    note: (note) => onNote(note.message),
    secrets: (text) => {
      trace.secrets.add(text)
      pass.beside((file) => file.secrets(text))
    },
    // Echoed bytes look like nothing: a file of a lab says on which ports they are.
    session: (item) => {
      if (item.kind === 'services') for (const port of item.ports) services.name(port)
      pass.beside((file) => file.tell(item))
    },
    ...(write !== undefined && {
      names: (names) => pass.beside((file) => file.names(names)),
      ...(reading.filter === undefined && { block: (block) => pass.beside((file) => file.copy(block)) }),
    }),
  })
  let failure: string | undefined
  const attempt = (work: () => void) => {
    try {
      work()
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error
      failure = error.message
    }
  }
  await output.write(printer?.head ?? '')
  const source = file === '-' ? io.stdin : createReadStream(file, { highWaterMark: READ_BYTES })
  if (io.signal !== undefined) addAbortSignal(io.signal, source)
  const finished = () => trace.total >= count || output.gone || failure !== undefined || io.signal?.aborted
  let bytes = 0
  try {
    const counted = async function* () {
      for await (const chunk of source) {
        bytes += chunk.length
        yield bytesOf(chunk)
      }
    }
    const cut = () => onNote('it is cut short in what is packed with gzip')
    for await (const chunk of unpacked(counted(), cut)) {
      attempt(() => reader.push(chunk))
      await pass.settle(io.signal)
      progress.at(bytes, trace.total)
      if (finished()) break
    }
    if (!finished()) attempt(() => reader.end())
    await pass.settle(io.signal)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    if (!io.signal?.aborted) failure = messageOf(error)
  }
  // What is wrong behind the last packet that was asked for is of no concern.
  if (trace.total >= count) failure = undefined
  progress.end()
  await pass.finish()
  return failure
}

function bytesOf(chunk: string | Uint8Array): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk
}

class Pass {
  /**
   * Whether a packet is done with as soon as it comes, and may be lent. Trees are long, and must wait for whoever
   * takes them.
   */
  readonly atOnce: boolean
  /** Whether each packet is a line and nothing else, which the first pass makes. */
  readonly #isLines: boolean
  readonly #reading: Reading
  readonly #trace: Trace
  readonly #output: TextOutput
  readonly #collectors: readonly Collector[]
  readonly #wanted: WantedFields | 'all'
  readonly #waiting: (Frame | (() => void))[] = []
  #printed = 0

  constructor(reading: Reading, trace: Trace, output: TextOutput) {
    this.#reading = reading
    this.#trace = trace
    this.#output = output
    const { printer, collectors, write, filter } = reading
    this.#collectors = write === undefined ? collectors : [...collectors, write]
    this.#isLines = this.#collectors.length === 0 && printer?.line !== undefined
    this.#wanted = together([
      filter?.wanted ?? NONE,
      printer?.needs ?? NONE,
      ...this.#collectors.map(({ needs }) => needs),
    ])
    this.atOnce = this.#wanted !== 'all'
  }

  /** A packet, in its order; lent for the call where `atOnce`. */
  frame(frame: Frame | PlacedFrame): void {
    if (!this.atOnce) this.#waiting.push(frame)
    else if (this.#goesOn()) this.#take(frame)
  }

  /** What stands beside the packets, for the file that is written, in its order. */
  beside(work: (file: CaptureOutput) => void): void {
    const { write } = this.#reading
    if (write === undefined) return
    if (!this.atOnce) this.#waiting.push(() => work(write))
    else if (this.#goesOn()) work(write)
  }

  /** Deals with what has come, and waits for whoever takes it. */
  async settle(signal: AbortSignal | undefined): Promise<void> {
    for (const frame of this.#waiting.splice(0)) {
      if (!this.#goesOn() || signal?.aborted) break
      if (typeof frame === 'function') frame()
      else this.#take(frame)
      if (this.#output.full) await this.#output.flush()
    }
    for (const collector of this.#collectors) await collector.settle?.()
    await this.#output.flush()
  }

  #goesOn(): boolean {
    return this.#trace.total < this.#reading.count && !this.#output.gone
  }

  #take(frame: Frame | PlacedFrame): void {
    const { filter, printer } = this.#reading
    const trace = this.#trace
    if (this.#isLines) {
      const line = filter === undefined ? trace.summarise(frame) : trace.choose(frame, filter)
      if (line === undefined) printer?.pass?.(trace.passedNanos)
      else {
        printer?.line?.(line, this.#output)
        this.#printed++
      }
      return
    }
    this.#reading.write?.came()
    const packet =
      this.#wanted === 'all'
        ? trace.addRecorded(frame)
        : trace.look(frame, this.#wanted, printer?.lined === true, filter?.protocols)
    if (packet === undefined || filter?.matches(packet) === false) {
      printer?.pass?.(packet?.nanos ?? trace.passedNanos)
      return
    }
    printer?.packet(packet, trace, this.#output, this.#printed++ === 0)
    for (const collector of this.#collectors) collector.packet(packet, frame, trace)
  }

  async finish(): Promise<void> {
    const { printer, write } = this.#reading
    const output = this.#output
    output.add((this.#printed === 0 ? printer?.empty : printer?.tail) ?? '')
    for (const collector of this.#collectors) {
      if (this.#printed > 0 && collector !== write) output.add('\n')
      await collector.finish(this.#trace, output)
      this.#printed++
    }
    await output.flush()
  }
}

const NONE = new WantedFields([])

/** A line takes no field: its words are made in any case. */
function together(needs: readonly Needs[]): WantedFields | 'all' {
  let all = NONE
  for (const need of needs) {
    if (need === 'all') return 'all'
    if (need !== 'line') all = all.with(need)
  }
  return all
}
