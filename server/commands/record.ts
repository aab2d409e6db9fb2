/** `wirelab record`: the running lab's frames to a file, as they come. */
import http from 'node:http'
import https from 'node:https'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { RotatingFile, type RotatingFileOptions } from '../capture/rotating-file.ts'
import { messageOf, systemCode, UsageError } from '../errors.ts'
import { chooseInstance, instancesFolder } from '../instances.ts'
import type { CommandIo } from './command.ts'
import { parseFilter, pointAt } from './filter-argument.ts'

export const summary = "the running lab's frames to a file"

export const usage = `wirelab record [-w FILE.pcapng] [options]

Writes what the running lab has seen, and what it goes on to see, to a file that Wireshark opens, until
Ctrl-C. The file is whole at every moment, whatever ends it, but for the last second. What the lab knows beside its
packets (fates, events, settings) goes along: the dashboard shows all of it again.

  -w FILE               where to (default wirelab-DATE.pcapng, here)
  -f, --force           overwrite the file if it is there
  --rotate SIZE         begin the next file at this size, such as 100mb: FILE-00001.pcapng, FILE-00002.pcapng, …
  --keep N              with --rotate: keep the newest N files
  --at client|server    what a capture on that side of the lab's cable would show (default client)
  -Y FILTER             only the packets that match, such as 'socketio.event == "hello"'
  --url URL             the lab, if several are running
  --token TOKEN         for a lab that was started with --host
  -h, --help            this text

Exit code: 0 done, 1 it could not be done or not to the end, 2 wrong usage.
`

const PROGRESS_MS = 500
/** Longer than what is seen takes to come here, and shorter than anybody waits. */
const LAST_WORDS_MS = 500
/** Bytes: a file shorter than what each begins with would never hold a packet. */
const LEAST_ROTATE = 10_000
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 }
/** What is read of an answer that is an error. */
const MAX_ERROR_BYTES = 10_000

type Io = Pick<CommandIo, 'stdout' | 'stderr' | 'env' | 'cwd' | 'signal'>

/** Rejects with a UsageError, or what `parseArgs` throws, when the words are wrong: `main` says so and ends with 2. */
export async function run(argv: string[], io: Io): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      write: { type: 'string', short: 'w' },
      force: { type: 'boolean', short: 'f', default: false },
      rotate: { type: 'string' },
      keep: { type: 'string' },
      at: { type: 'string' },
      'display-filter': { type: 'string', short: 'Y' },
      url: { type: 'string' },
      token: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    io.stdout.write(usage)
    return 0
  }
  const say = (text: string) => void io.stderr.write(`wirelab record: ${text}\n`)
  const filter = parseFilter(values['display-filter'])?.text ?? ''
  const { at } = values
  if (at !== undefined && at !== 'client' && at !== 'server') {
    throw new UsageError(`--at: expected client or server; found ${at}`)
  }
  const rotate = parseSize(values.rotate)
  const keep = parseKeep(values.keep, rotate)
  const lab = await chooseInstance(values.url, instancesFolder(io.env))
  if (lab === undefined) {
    say('no lab is running; start one with: npm start')
    return 1
  }
  const url = new URL('/api/capture.pcapng', lab.url)
  const query = { ...(filter !== '' && { filter }), ...(at !== undefined && { at }), follow: '1' }
  url.search = new URLSearchParams(query).toString()

  let answer: http.IncomingMessage
  try {
    answer = await get(url, values.token ?? lab.token, endOf(io.signal))
  } catch (error) {
    if (io.signal.aborted) return 0
    say(`no lab answers at ${lab.url}: ${messageOf(error)}`)
    return 1
  }
  if (answer.statusCode !== 200) return refused(answer, filter, say)

  if (values.write === '-') throw new UsageError('-w -: expected a file; wirelab record keeps to files')
  const path = resolve(io.cwd, values.write ?? `wirelab-${dateForName(new Date())}.pcapng`)
  const options: RotatingFileOptions = { path, overwrite: values.force, rotate, keep }
  let file: RotatingFile
  try {
    file = await RotatingFile.create(options)
  } catch (error) {
    answer.destroy()
    if (systemCode(error) === 'EEXIST') {
      const there = error instanceof Error && 'path' in error ? error.path : path
      throw new UsageError(`${there} is there already; -f overwrites it`)
    }
    say(`${path} can't be written: ${messageOf(error)}`)
    return 1
  }
  return record(answer, file, io, say)
}

async function record(
  answer: http.IncomingMessage,
  file: RotatingFile,
  io: Io,
  say: (text: string) => void,
): Promise<number> {
  say(`writing to ${file.path}, until Ctrl-C`)
  const { stderr } = io
  const onTerminal = 'isTTY' in stderr && stderr.isTTY === true
  const progress = setInterval(() => {
    if (onTerminal) stderr.write(`\r${amount(file)} `)
  }, PROGRESS_MS)
  const kept = () => `${amount(file)} are in ${whereOf(file)}`
  let code = 0
  let last = ''
  try {
    for await (const chunk of answer) await file.append(chunk)
    last = `the lab has ended; ${kept()}`
  } catch (error) {
    if (io.signal.aborted) {
      last = kept()
    } else if (isEnd(error)) {
      last = `the lab has ended; ${kept()}`
    } else {
      code = 1
      last = `${whatWentWrong(error, file.path)}; ${kept()}`
    }
  }
  clearInterval(progress)
  await file.close().catch((error) => {
    code = 1
    last = `${whatWentWrong(error, file.path)}; ${last}`
  })
  if (onTerminal) stderr.write('\r')
  say(last)
  return code
}

/** What was seen until Ctrl-C is still on its way then. */
function endOf(signal: AbortSignal): AbortSignal {
  const ending = new AbortController()
  const end = () => void setTimeout(() => ending.abort(), LAST_WORDS_MS).unref()
  if (signal.aborted) ending.abort()
  else signal.addEventListener('abort', end, { once: true })
  return ending.signal
}

function parseSize(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const [, number, unit = ''] = /^(\d{1,9})(k|kb|m|mb|g|gb)?$/i.exec(text.trim()) ?? []
  const bytes = Number(number) * (UNITS[unit.toLowerCase().replace('b', '')] ?? Number.NaN)
  if (!(bytes >= LEAST_ROTATE))
    throw new UsageError(`--rotate ${text}: expected a size from 10kb, such as 100mb`)
  return bytes
}

function parseKeep(text: string | undefined, rotate: number | undefined): number | undefined {
  if (text === undefined) return undefined
  if (rotate === undefined) throw new UsageError('--keep: expected --rotate SIZE with it; found none')
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError(`--keep ${text}: expected a number of files, from 1`)
  return Number(text)
}

function whereOf(file: RotatingFile): string {
  const [first] = file.paths
  const more = file.paths.length - 1
  return more === 0 ? file.path : `${first} and ${more === 1 ? 'the next' : `the ${more} after it`}`
}

/** A lab that ends does not finish its answers: it closes its connections. */
function isEnd(error: unknown): boolean {
  return ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes(systemCode(error) ?? '')
}

function whatWentWrong(error: unknown, path: string): string {
  switch (systemCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `the disk is full, so ${path} takes no more`
    default:
      return messageOf(error)
  }
}

/** Not `fetch`: that gives up on a lab in which nothing happens for five minutes. */
function get(url: URL, token: string | undefined, signal: AbortSignal): Promise<http.IncomingMessage> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const { request } = url.protocol === 'https:' ? https : http
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, signal, agent: false })
    // Once the answer is there, its own error says what went wrong.
    asked.on('error', reject)
    asked.on('response', resolve)
    asked.end()
  })
}

async function refused(
  answer: http.IncomingMessage,
  filter: string,
  say: (text: string) => void,
): Promise<number> {
  let text = ''
  try {
    for await (const chunk of answer) {
      text += chunk
      if (text.length > MAX_ERROR_BYTES) break
    }
  } catch {
    // What came is what there is.
  }
  const { message, at } = errorIn(text)
  say(`the lab refuses (${answer.statusCode}): ${message ?? 'it does not say why'}`)
  if (at !== undefined) say(`the filter:\n${pointAt(filter, at)}`)
  if (answer.statusCode === 401) say('give its token with --token')
  return answer.statusCode === 400 ? 2 : 1
}

function errorIn(text: string): { message?: string; at?: number } {
  try {
    const error: unknown = JSON.parse(text)
    if (typeof error !== 'object' || error === null) return {}
    return {
      ...('message' in error && typeof error.message === 'string' && { message: error.message }),
      ...('at' in error && typeof error.at === 'number' && { at: error.at }),
    }
  } catch {
    return {}
  }
}

function amount(file: RotatingFile): string {
  const packets = file.packets === 1 ? '1 packet' : `${file.packets.toLocaleString('en')} packets`
  return `${packets}, ${file.bytes.toLocaleString('en')} bytes`
}

/** The local date and time, without characters that file systems dislike. */
function dateForName(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day}T${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`
}
