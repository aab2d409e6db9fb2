/** `wirelab read`: a capture file as text, with tshark's habits and our protocols. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { addAbortSignal, type Readable } from 'node:stream'
import { parseArgs } from 'node:util'
import { FrameReader } from '../capture/frame-reader.ts'
import { CaptureError, messageOf, systemCode, UsageError } from '../errors.ts'
import type { Frame, Packet } from '../protocols/packet.ts'
import { type DecodeAs, PROTOCOLS } from '../protocols/stack.ts'
import { packetDetail } from '../trace/detail.ts'
import type { CompiledFilter } from '../trace/filter.ts'
import { Trace } from '../trace/trace.ts'
import type { CommandIo } from './command.ts'
import { parseFilter } from './filter-argument.ts'
import { fieldReaders, fieldsLine, lineStyle } from './read-fields.ts'
import { summaryLine, treeText } from './read-packet.ts'
import { TextOutput } from './text-output.ts'

export const summary = "a capture file as text: tshark's habits, our protocols"

export const usage = `wirelab read FILE [options]        (- reads standard input)

Reads a .pcap or .pcapng file and prints a line for each packet.

  -Y FILTER             print only the packets that match, such as 'tcp.flags.syn == 1'
  -T text|fields|json   what to print (default text)
  -e FIELD              with -T fields: a field to print; may be repeated
  -E header=y           with -T fields: names first; also separator= occurrence= aggregator= quote=
  -V                    every layer and field, as a tree
  -d tcp.port==N,PROTO  what is spoken on a port: echo, http, websocket, …
  -c N                  read the first N packets only
  -r FILE               the same as FILE
  -n                    taken for tshark's sake: names are never looked up
  -h, --help            this text

Exit code: 0 done, 1 the file can't be read, 2 wrong usage.
`

/** Enough for messages to be put together from their segments, and no more, however long the capture is. */
const LIMIT_BYTES = 64 * 1024 * 1024

type Io = Pick<CommandIo, 'stdout' | 'stderr'> & {
  readonly stdin: Readable
  readonly signal?: AbortSignal
}

interface Request {
  /** `-` is standard input. */
  file: string
  filter: CompiledFilter | undefined
  count: number
  decodeAs: DecodeAs[]
  printer: Printer
}

/** What is written before the first packet, for each, and after the last. */
interface Printer {
  head: string
  packet(packet: Packet, trace: Trace, first: boolean): string
  /** After at least one packet, and after none. */
  tail: string
  empty: string
}

/** Rejects with a UsageError, or what `parseArgs` throws, when the words are wrong: `main` says so and ends with 2. */
export async function run(argv: string[], io: Io): Promise<number> {
  const request = parse(argv)
  if (request !== 'help') return read(request, io)
  io.stdout.write(usage)
  return 0
}

function parse(argv: string[]): Request | 'help' {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      'display-filter': { type: 'string', short: 'Y' },
      format: { type: 'string', short: 'T' },
      field: { type: 'string', short: 'e', multiple: true, default: [] },
      style: { type: 'string', short: 'E', multiple: true, default: [] },
      verbose: { type: 'boolean', short: 'V', default: false },
      'decode-as': { type: 'string', short: 'd', multiple: true, default: [] },
      count: { type: 'string', short: 'c' },
      read: { type: 'string', short: 'r' },
      numeric: { type: 'boolean', short: 'n', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  const files = values.read === undefined ? positionals : [values.read, ...positionals]
  const [file] = files
  if (file === undefined || files.length > 1) {
    throw new UsageError(
      file === undefined ? 'which file?' : `one file at a time, found ${files.length}: ${files.join(' ')}`,
    )
  }
  return {
    file,
    filter: parseFilter(values['display-filter']),
    count: parseCount(values.count),
    decodeAs: values['decode-as'].map(parseDecodeAs),
    printer: printerOf(values.format, values.field, values.style, values.verbose),
  }
}

function parseCount(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new UsageError(`-c ${text}: expected a number of packets, from 1`)
  return Number(text)
}

function parseDecodeAs(text: string): DecodeAs {
  const [, transport, port, name] =
    /^(tcp|udp)\.port\s*==\s*(\d{1,5})\s*,\s*([\w.-]+)$/.exec(text.trim()) ?? []
  if (transport === undefined || Number(port) > 65_535) {
    throw new UsageError(`-d ${text}: expected tcp.port==N,PROTOCOL or udp.port==N,PROTOCOL`)
  }
  const carried = PROTOCOLS.filter((each) => transport === 'udp' || 'frameLength' in each)
  const protocol = carried.find((each) => each.id === name)
  if (protocol === undefined) {
    const names = carried.map((each) => each.id).filter((id) => !id.startsWith('_'))
    throw new UsageError(`-d ${text}: ${name} does not ride in ${transport}; these do: ${names.join(', ')}`)
  }
  return { table: transport === 'tcp' ? 'tcp.port' : 'udp.port', port: Number(port), protocol }
}

function printerOf(
  format = 'text',
  fields: readonly string[],
  style: readonly string[],
  verbose: boolean,
): Printer {
  if (format !== 'fields' && fields.length > 0) throw new UsageError('-e needs -T fields')
  switch (format) {
    case 'text': {
      const line = (packet: Packet, trace: Trace) =>
        verbose ? treeText(packet, trace.columnsOf(packet)) : summaryLine(trace.columnsOf(packet))
      return { head: '', packet: line, tail: '', empty: '' }
    }
    case 'fields': {
      if (fields.length === 0) throw new UsageError('-T fields needs at least one -e FIELD')
      const readers = fieldReaders(fields)
      const lines = lineStyle(style)
      const head = lines.header ? `${fields.join(lines.separator)}\n` : ''
      return {
        head,
        packet: (packet, trace) => fieldsLine(readers, lines, packet, trace.columnsOf(packet)),
        tail: '',
        empty: '',
      }
    }
    case 'json': {
      const object = (packet: Packet, trace: Trace, first: boolean) =>
        `${first ? '[\n' : ',\n'}${JSON.stringify(packetDetail(packet, trace.rowOf(packet)))}`
      return { head: '', packet: object, tail: '\n]\n', empty: '[]\n' }
    }
    default:
      throw new UsageError(`-T ${format}: expected text, fields or json`)
  }
}

async function read(request: Request, io: Io): Promise<number> {
  const say = (text: string) => void io.stderr.write(`wirelab read: ${text}\n`)
  const problem = request.file === '-' ? undefined : await problemWith(request.file)
  if (problem !== undefined) {
    say(problem)
    return 1
  }
  const output = new TextOutput(io.stdout)
  const name = request.file === '-' ? 'standard input' : request.file
  try {
    const failure = await printAll(request, io, output, (note) => say(`${name}: ${note}`))
    if (failure === undefined || output.gone) return 0
    say(`${name}: ${failure}`)
    return 1
  } catch (error) {
    say(`the output can't be written: ${messageOf(error)}`)
    return 1
  } finally {
    output.close()
  }
}

/** Prints to the end, or as far as the capture can be read; the answer is what was wrong with it. */
async function printAll(
  { file, filter, count, decodeAs, printer }: Request,
  io: Io,
  output: TextOutput,
  onNote: (note: string) => void,
): Promise<string | undefined> {
  const trace = new Trace({ limitBytes: LIMIT_BYTES, decodeAs })
  const waiting: Frame[] = []
  const reader = new FrameReader(
    (frame) => waiting.push(frame),
    (note) => onNote(note.message),
  )
  let printed = 0
  let failure: string | undefined
  const printWaiting = async () => {
    for (const frame of waiting.splice(0)) {
      if (trace.total >= count || output.gone || io.signal?.aborted) break
      const packet = addWanted(trace, frame, filter)
      if (packet === undefined) continue
      await output.write(printer.packet(packet, trace, printed++ === 0))
    }
    await output.flush()
  }
  const attempt = (work: () => void) => {
    try {
      work()
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error
      failure = error.message
    }
  }
  await output.write(printer.head)
  const source = file === '-' ? io.stdin : createReadStream(file)
  if (io.signal !== undefined) addAbortSignal(io.signal, source)
  const finished = () => trace.total >= count || output.gone || failure !== undefined || io.signal?.aborted
  try {
    for await (const chunk of source) {
      attempt(() => reader.push(bytesOf(chunk)))
      await printWaiting()
      if (finished()) break
    }
    if (!finished()) attempt(() => reader.end())
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    if (!io.signal?.aborted) failure = messageOf(error)
  }
  // What is wrong behind the last packet that was asked for is of no concern.
  if (trace.total >= count) failure = undefined
  await output.write(printed === 0 ? printer.empty : printer.tail)
  await output.flush()
  return failure
}

/** Most filters name a protocol, and most packets are not of it: those are passed over without recording a field. */
function addWanted(trace: Trace, frame: Frame, filter: CompiledFilter | undefined): Packet | undefined {
  if (filter === undefined || filter.protocols === 0) {
    const packet = trace.addRecorded(frame)
    return filter === undefined || filter.matches(packet) ? packet : undefined
  }
  const number = trace.add(frame)
  if ((trace.protocols(number) & filter.protocols) !== filter.protocols) return undefined
  const packet = trace.packet(number)
  return typeof packet === 'string' || !filter.matches(packet) ? undefined : packet
}

function bytesOf(chunk: string | Uint8Array): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk
}

async function problemWith(file: string): Promise<string | undefined> {
  try {
    const found = await stat(file)
    return found.isDirectory() ? `${file} is a folder, not a capture file` : undefined
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return `${file}: there is no such file`
    return `${file}: ${messageOf(error)}`
  }
}
