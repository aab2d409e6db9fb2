/** Runs the learner's program, whatever its language, with the run's ports in its environment. */
import { type ChildProcess, spawn } from 'node:child_process'
import { basename, extname } from 'node:path'

export interface Program {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined
  /** The exit code; null when it was ended by a signal. Rejects when it could not be started. */
  readonly exited: Promise<number | null>
  /** Ends it and what it started, within half a second. */
  stop(): Promise<void>
}

export interface ProgramOptions {
  readonly environment: NodeJS.ProcessEnv
  readonly cwd: string
  /** Lines of its output, of both streams. */
  readonly onLine: (line: string) => void
}

const PATIENCE_MS = 500

/** Plain node for JavaScript; for TypeScript, or for what `imports` such a file, node with our own loader. */
export function fileCommand(path: string, imports?: string): string[] {
  return [process.execPath, ...([path, imports ?? ''].some(isTyped) ? LOADER : []), path]
}

/** A learner's own command as it is; `node mine.ts` with our loader, since Node 20 takes no TypeScript by itself. */
export function ownCommand([program = '', ...args]: readonly string[]): string[] {
  const bare = /^node(\.exe)?$/.test(basename(program)) && isTyped(args[0] ?? '')
  return [program, ...(bare ? LOADER : []), ...args]
}

/** Whether a command is a Python program: by its own name, or by that of a file. */
export function isPython([program = '', ...args]: readonly string[]): boolean {
  return /^(py|python|pypy)[\d.]*(\.exe)?$/.test(basename(program)) || [program, ...args].some(isPythonFile)
}

const isPythonFile = (path: string) => extname(path) === '.py'

const LOADER = ['--import', import.meta.resolve('tsx')]

function isTyped(path: string): boolean {
  return /^\.[cm]?ts$/.test(extname(path))
}

/** `WIRELAB_HOST`, `WIRELAB_TCP_PORT`, … for a run's ports. */
export function runEnvironment(ports: Readonly<Record<string, number>>): Record<string, string> {
  const named = Object.entries(ports).map(([name, port]) => [`WIRELAB_${name}_PORT`, String(port)])
  return { WIRELAB_HOST: '127.0.0.1', ...Object.fromEntries(named) }
}

/** A line of a stack trace that isn't in the learner's own files but below them: where room is short, it is left out. */
export function isFrameBelow(line: string): boolean {
  return /^ +at .*(?:\bnode:|[\\/]node_modules[\\/]|[\\/]dist[\\/]server[\\/])/.test(line)
}

export function startProgram(command: readonly string[], options: ProgramOptions): Program {
  const [file = '', ...args] = command
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what it starts ends with it.
    detached: process.platform !== 'win32',
  })
  for (const stream of [child.stdout, child.stderr]) passLines(stream, options.onLine)
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code))
  })
  // Whoever waits for it is told; nobody has to.
  exited.catch(() => undefined)
  return { pid: child.pid, exited, stop: () => end(child, exited) }
}

async function end(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  signalGroup(child, 'SIGTERM')
  const force = setTimeout(() => signalGroup(child, 'SIGKILL'), PATIENCE_MS)
  await exited.catch(() => undefined)
  clearTimeout(force)
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill(signal)
    else process.kill(-child.pid, signal)
  } catch {
    // It ended in between: nothing is left to signal.
  }
}

/** A line longer than this is shown in parts: a program may print without end. */
const LONGEST_LINE = 2000

function passLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line.slice(0, LONGEST_LINE))
    if (rest.length > LONGEST_LINE) {
      onLine(rest)
      rest = ''
    }
  })
  stream.on('end', () => rest !== '' && onLine(rest))
}
