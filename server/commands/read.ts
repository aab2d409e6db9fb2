/** `wirelab read`: a capture file as text, with tshark's habits and our protocols. */
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { parseArgs } from 'node:util'
import { messageOf, systemCode, UsageError } from '../errors.ts'
import type { CommandIo } from './command.ts'
import { parseFilter } from './filter-argument.ts'
import type { Collector } from './read-collect.ts'
import { inOurWords } from './read-elsewhere.ts'
import { Follow, parseFollowed, parseManner } from './read-follow.ts'
import { parseCount, parseDecodeAs, parsePreferences, parseStatistics, parseTap } from './read-options.ts'
import { type Reading, readAll } from './read-pass.ts'
import { type Printer, printerOf } from './read-printers.ts'
import { Progress } from './read-progress.ts'
import { parseTimes } from './read-times.ts'
import { parseWrite } from './read-write.ts'
import { TextOutput } from './text-output.ts'

export const summary = "a capture file as text: tshark's habits, our protocols"

export const usage = `wirelab read FILE [options]        (- reads standard input)

Reads a .pcap or .pcapng file, packed with gzip or not, and prints a line for each packet.

What to read
  -r FILE               the same as FILE
  -c N                  read the first N packets only
  -Y FILTER             only the packets that match, such as 'tcp.flags.syn == 1'
  -d tcp.port==N,PROTO  what is spoken on a port: echo, http, websocket, …
  -o NAME:VALUE         tls.keylog_file:PATH opens TLS; ip.check_checksum:TRUE, and tcp. and udp. likewise

What to print
  -T text|fields|json   lines, chosen fields, or everything (default text)
  -e FIELD              with -T fields: a field to print; may be repeated
  -E header=y           with -T fields: names first; also separator= occurrence= aggregator= quote=
  -V                    every layer and field, as a tree
  -x                    the bytes, in hex
  -P                    the line too, beside -V, -x or -w
  -t r|d|dd|e|a|ad|u|ud the time as seconds since the first packet, the one before, the one printed before, 1970;
                        or the clock, with the date, here or in UTC
  -w FILE.pcapng        write the packets that match, with their comments and secrets, to a file

What to make of it
  --follow STREAM       what was said on a connection: tcp.0, udp.0, tls.0 decrypted, http.0 inflated
  --follow-as text|hex|raw
  --stats flows|protocols|timing
                        conversations; what rides in what; how long handshakes, answers and heartbeats took
  -z conv,tcp|conv,udp|io,phs|follow,tcp,ascii,N
                        tshark's names for some of these; -q leaves the lines out

  -n, -l                taken for tshark's sake: names are never looked up, lines never held back
  -h, --help            this text

Exit code: 0 done, 1 the file can't be read, 2 wrong usage.
`

type Io = Pick<CommandIo, 'stdout' | 'stderr'> & {
  readonly stdin: Readable
  readonly signal?: AbortSignal
}

/** Rejects with a UsageError, or what `parseArgs` throws, when the words are wrong: `main` says so and ends with 2. */
export async function run(argv: string[], io: Io): Promise<number> {
  const reading = parse(argv)
  if (reading !== 'help') return read(reading, io)
  io.stdout.write(usage)
  return 0
}

/** Throws a UsageError, or what `parseArgs` throws. */
function words(args: string[]) {
  try {
    return parseWords(args)
  } catch (error) {
    throw inOurWords(error)
  }
}

function parseWords(args: string[]) {
  return parseArgs({
    args,
    allowPositionals: true,
    options: {
      'display-filter': { type: 'string', short: 'Y' },
      format: { type: 'string', short: 'T' },
      field: { type: 'string', short: 'e', multiple: true, default: [] },
      style: { type: 'string', short: 'E', multiple: true, default: [] },
      verbose: { type: 'boolean', short: 'V', default: false },
      hex: { type: 'boolean', short: 'x', default: false },
      print: { type: 'boolean', short: 'P', default: false },
      quiet: { type: 'boolean', short: 'q', default: false },
      time: { type: 'string', short: 't' },
      'decode-as': { type: 'string', short: 'd', multiple: true, default: [] },
      option: { type: 'string', short: 'o', multiple: true, default: [] },
      count: { type: 'string', short: 'c' },
      read: { type: 'string', short: 'r' },
      write: { type: 'string', short: 'w' },
      tap: { type: 'string', short: 'z', multiple: true, default: [] },
      follow: { type: 'string' },
      'follow-as': { type: 'string' },
      stats: { type: 'string', multiple: true, default: [] },
      numeric: { type: 'boolean', short: 'n', default: false },
      line: { type: 'boolean', short: 'l', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
}

function parse(argv: string[]): Reading | 'help' {
  const { values, positionals } = words(argv)
  if (values.help) return 'help'
  const file = fileOf(values.read === undefined ? positionals : [values.read, ...positionals])
  const { follow, stats, tap } = values
  if (values['follow-as'] !== undefined && follow === undefined) {
    throw new UsageError('--follow-as needs --follow STREAM')
  }
  const manner = parseManner(values['follow-as'])
  const followed = follow === undefined ? [] : [new Follow(parseFollowed(follow), manner)]
  const collectors: Collector[] = [...followed, ...stats.map(parseStatistics), ...tap.map(parseTap)]
  const write = parseWrite(values.write, file)
  const printer: Printer = printerOf({
    format: values.format ?? 'text',
    fields: values.field,
    style: values.style,
    verbose: values.verbose,
    hex: values.hex,
    summary: values.print,
    times: parseTimes(values.time),
  })
  const asked = values.print || values.format !== undefined || values.verbose || values.hex
  const silent = values.quiet || ((followed.length > 0 || stats.length > 0 || write !== undefined) && !asked)
  return {
    file,
    filter: parseFilter(values['display-filter']),
    count: parseCount(values.count),
    decodeAs: values['decode-as'].flatMap(parseDecodeAs),
    preferences: parsePreferences(values.option),
    printer: silent ? undefined : printer,
    collectors,
    write,
  }
}

function fileOf(files: readonly string[]): string {
  const [file] = files
  if (file === undefined) throw new UsageError('which file?')
  if (files.length > 1) throw new UsageError(`one file at a time, found ${files.length}: ${files.join(' ')}`)
  return file
}

async function read(reading: Reading, io: Io): Promise<number> {
  const say = (text: string) => void io.stderr.write(`wirelab read: ${text}\n`)
  const found = reading.file === '-' ? { size: 0 } : await lookAt(reading.file)
  if (typeof found === 'string') {
    say(found)
    return 1
  }
  const { write } = reading
  try {
    await write?.open()
  } catch (error) {
    say(`${write?.path} can't be written: ${messageOf(error)}`)
    return 1
  }
  const output = new TextOutput(io.stdout)
  const progress = new Progress(io, found.size)
  const name = reading.file === '-' ? 'standard input' : reading.file
  try {
    const failure = await readAll(reading, io, output, progress, (note) => say(`${name}: ${note}`))
    progress.end()
    if (failure === undefined || output.gone) return 0
    say(`${name}: ${failure}`)
    return 1
  } catch (error) {
    progress.end()
    if (error instanceof UsageError) throw error
    say(`the output can't be written: ${messageOf(error)}`)
    return 1
  } finally {
    output.close()
    await write?.close()
  }
}

/** The file's size, or what is wrong with it. */
async function lookAt(file: string): Promise<{ size: number } | string> {
  try {
    const found = await stat(file)
    return found.isDirectory() ? `${file} is a folder, not a capture file` : { size: found.size }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return `${file}: there is no such file`
    return `${file}: ${messageOf(error)}`
  }
}
