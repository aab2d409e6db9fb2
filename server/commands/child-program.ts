/** A command that a command runs for its user: its output is theirs, and what it started ends with it. */
import { spawn } from 'node:child_process'
import { messageOf, systemCode, UsageError } from '../errors.ts'
import type { CommandIo } from './command.ts'

export interface ChildProgram {
  /** How it ended, in words: `exit code 0`, `SIGTERM`. */
  readonly ended: Promise<string>
  readonly running: boolean
  /** Ends it and what it started; resolves when it has ended. */
  stop(): Promise<void>
}

const PATIENCE_MS = 2000

/** Rejects with a UsageError when there is no such command. */
export async function startChild(
  [file = '', ...args]: readonly string[],
  environment: NodeJS.ProcessEnv,
  io: Pick<CommandIo, 'cwd' | 'stdin'>,
): Promise<ChildProgram> {
  // In a group of its own it must not read from the terminal: that would stop it.
  const terminal = 'isTTY' in io.stdin && io.stdin.isTTY === true
  const child = spawn(file, args, {
    cwd: io.cwd,
    env: environment,
    stdio: [terminal ? 'ignore' : 'inherit', 'inherit', 'inherit'],
    detached: process.platform !== 'win32',
  })
  let running = true
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      running = false
      resolve(signal ?? `exit code ${code}`)
    })
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (error) => {
      const missing = systemCode(error) === 'ENOENT'
      reject(new UsageError(missing ? `${file}: no such command` : `${file}: ${messageOf(error)}`))
    })
  })
  child.on('error', () => undefined)
  const signal = (name: NodeJS.Signals) => {
    if (child.pid === undefined) return
    try {
      if (process.platform === 'win32') child.kill(name)
      else process.kill(-child.pid, name)
    } catch {
      // It has ended, with all that it started.
    }
  }
  return {
    ended,
    get running() {
      return running
    },
    async stop() {
      signal('SIGTERM')
      const force = setTimeout(() => signal('SIGKILL'), PATIENCE_MS)
      await ended
      clearTimeout(force)
    },
  }
}
