/** tshark's side: its fields, and what it says of each packet, one at a time however long the capture is. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ReadPacket } from './read-packet.ts'

// Control characters, since every printable one occurs in values.
const BETWEEN_FIELDS = '\x1f'
// Not \x1e: by that Engine.IO separates the messages of a body.
const BETWEEN_VALUES = '\x1d'

export class TsharkMissing extends Error {}
/** tshark does not read captures of this kind at all. */
export class TsharkRefuses extends Error {}

export interface TsharkRequest {
  readonly file: string
  /** Extra arguments: `-d`, `-o`, `-2`, `-c`. */
  readonly args: readonly string[]
}

/**
 * Every name that this tshark knows, of fields and of protocols: a TCP option is one to it. Rejects with
 * `TsharkMissing` where there is none.
 */
export async function tsharkNames(): Promise<Set<string>> {
  const names = new Set<string>()
  for await (const line of lines(['-G', 'fields'])) {
    const [, , name] = line.split('\t')
    if (name !== undefined) names.add(name)
  }
  return names
}

/** TCP ports for which tshark has a protocol, with its name. */
export async function tsharkPorts(): Promise<Map<number, string>> {
  const ports = new Map<number, string>()
  for await (const line of lines(['-G', 'decodes'])) {
    const [table, port, protocol] = line.split('\t')
    if (table === 'tcp.port' && protocol !== undefined) ports.set(Number(port), protocol)
  }
  return ports
}

/** What tshark prints of each packet with `-T fields`, in order. */
export async function* tsharkPackets(
  { file, args }: TsharkRequest,
  fields: readonly string[],
): AsyncGenerator<ReadPacket> {
  const wanted = ['frame.number', 'frame.protocols', ...fields]
  const style = ['-E', `separator=${BETWEEN_FIELDS}`, '-E', `aggregator=${BETWEEN_VALUES}`]
  const chosen = wanted.flatMap((name) => ['-e', name])
  for await (const line of lines(['-n', '-r', file, ...args, '-T', 'fields', ...style, ...chosen])) {
    const [number = '', protocols = '', ...cells] = line.split(BETWEEN_FIELDS)
    const values = new Map<string, readonly string[]>()
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]
      const name = fields[i]
      if (cell === undefined || cell === '' || name === undefined) continue
      values.set(name, cell.split(BETWEEN_VALUES))
    }
    yield { number: Number(number), protocols, values }
  }
}

/** Names of fields that tshark finds and how often, by PDML, which names them all. */
export async function* tsharkFieldNames({ file, args }: TsharkRequest): AsyncGenerator<string> {
  for await (const line of lines(['-n', '-r', file, ...args, '-T', 'pdml'])) {
    const name = /^\s*<field name="([^"]+)"/.exec(line)?.[1]
    if (name !== undefined) yield name
  }
}

/** tshark's standard output, line by line, without the user's own preferences. */
async function* lines(args: readonly string[]): AsyncGenerator<string> {
  const settings = mkdtempSync(join(tmpdir(), 'wirelab-tshark-'))
  const child = spawn('tshark', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, WIRESHARK_CONFIG_DIR: settings, LC_ALL: 'C.UTF-8', TZ: 'UTC' },
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < 4000) said += text
  })
  const ended = endOf(child)
  try {
    for await (const line of createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
      yield line
    }
    const code = await ended
    // Code 2 with packets before it: the capture is cut short, as we say as well.
    if (code !== 0 && /doesn't support|isn't a capture file/.test(said)) throw new TsharkRefuses(plain(said))
    if (code !== 0 && !/cut short|damaged|corrupt/i.test(said)) {
      throw new Error(`tshark ended with ${code}: ${plain(said)}`)
    }
  } finally {
    child.kill()
    await ended.catch(() => {})
    rmSync(settings, { recursive: true, force: true })
  }
}

function plain(said: string): string {
  return said
    .replace(/^Running as user.*\n/m, '')
    .trim()
    .replaceAll('\n', ' ')
}

function endOf(child: ChildProcess): Promise<number | null> {
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new TsharkMissing('tshark is not installed') : error),
    )
    child.once('close', (code) => resolve(code))
  })
  // Awaited later, where it is reported.
  ended.catch(() => {})
  return ended
}
