/** `wirelab wireshark-plugin`: the plugin with which Wireshark reads Engine.IO and Socket.IO, as a file. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import os from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { messageOf, systemCode, UsageError } from '../errors.ts'
import { pluginText } from '../wireshark/plugin.ts'
import type { CommandIo } from './command.ts'

export const summary = 'Engine.IO and Socket.IO for Wireshark and tshark: wirelab.lua'

export const usage = `wirelab wireshark-plugin [FILE] [options]

Writes wirelab.lua, with which Wireshark and tshark 4.0 read Engine.IO and Socket.IO: the same fields, by the same
names, as Wirelab's own reader. FILE is ./wirelab.lua unless told otherwise; - is standard output.

  --install             into Wireshark's personal plugins folder instead
  -f, --force           overwrite a file that is not ours
  -h, --help            this text

  tshark -X lua_script:wirelab.lua -r FILE.pcapng -Y socketio

Exit code: 0 done, 1 it could not be written, 2 wrong usage.
`

const NAME = 'wirelab.lua'
/** How our file begins, by which it is known when a newer one takes its place. */
const OURS = `-- ${NAME}:`

type Io = Pick<CommandIo, 'stdout' | 'stderr' | 'env' | 'cwd'>

/** Rejects with a UsageError, or what `parseArgs` throws, when the words are wrong. */
export async function run(argv: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      install: { type: 'boolean', default: false },
      force: { type: 'boolean', short: 'f', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    io.stdout.write(usage)
    return 0
  }
  const [file, ...more] = positionals
  if (more.length > 0) throw new UsageError(`expected one file, found ${positionals.join(' ')}`)
  if (file !== undefined && values.install) {
    throw new UsageError(`--install has a place of its own; leave out ${file}`)
  }
  const text = pluginText()
  if (file === '-') {
    io.stdout.write(text)
    return 0
  }
  const folder = pluginsFolder(io.env)
  const path = values.install ? join(folder, NAME) : resolve(io.cwd, file ?? NAME)
  const problem = await write(path, text, values)
  if (problem !== undefined) {
    io.stderr.write(`wirelab wireshark-plugin: ${problem}\n`)
    return 1
  }
  io.stderr.write(values.install ? installed(path) : written(path, io.cwd, folder))
  return 0
}

/** Where Wireshark looks for Lua of this user's: Help > About Wireshark > Folders > Personal Lua Plugins. */
export function pluginsFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = os.platform()): string {
  if (platform === 'win32') return join(env.APPDATA ?? os.homedir(), 'Wireshark', 'plugins')
  return join(env.HOME ?? os.homedir(), '.local', 'lib', 'wireshark', 'plugins')
}

/** Writes the file; answers with what is in the way. */
async function write(
  path: string,
  text: string,
  { install, force }: { install: boolean; force: boolean },
): Promise<string | undefined> {
  try {
    if (!force && !(await mayReplace(path))) return `${path} is there, and not ours; -f overwrites it`
    if (install) await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
    return undefined
  } catch (error) {
    return `${path} can't be written: ${messageOf(error)}`
  }
}

async function mayReplace(path: string): Promise<boolean> {
  try {
    return (await readFile(path, 'utf8')).startsWith(OURS)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return true
    throw error
  }
}

function installed(path: string): string {
  return `wrote ${path}; in Wireshark: Analyze > Reload Lua Plugins, or start it anew\n`
}

function written(path: string, cwd: string, folder: string): string {
  const short = relative(cwd, path)
  const shown = short.startsWith('..') ? path : short
  return [
    `wrote ${shown}`,
    `  for once:  tshark -X lua_script:${shown} -r FILE, and wireshark likewise`,
    `  for good:  copy it to ${folder}, which wirelab wireshark-plugin --install does`,
    '',
  ].join('\n')
}
