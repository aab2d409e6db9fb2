/** A command that a command runs for its user: its output is theirs, and what it started ends with it. */
import { spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { messageOf, systemCode, UsageError } from '../errors.ts'
import type { CommandIo } from './command.ts'

export interface ChildProgram {
  /** How it ended, in words: `exit code 0`, `SIGTERM`. */
  readonly ended: Promise<string>
  /** Ends it and what it started, also what it left behind; resolves when that is done. */
  stop(): Promise<void>
}

/** Until force: less than Ctrl-C leaves a command to end in order. */
const PATIENCE_MS = 1000
const LOOK_MS = 20

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
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (error) => {
      const missing = systemCode(error) === 'ENOENT'
      reject(new UsageError(missing ? `${file}: no such command` : `${file}: ${messageOf(error)}`))
    })
  })
  child.on('error', () => undefined)
  /** To the whole group; false when nobody is left in it. 0 only asks. */
  const signal = (name: NodeJS.Signals | 0): boolean => {
    if (child.pid === undefined) return false
    try {
      return process.platform === 'win32' ? child.kill(name) : process.kill(-child.pid, name)
    } catch {
      return false
    }
  }
  return {
    ended,
    async stop() {
      if (!signal('SIGTERM')) return
      const deadline = performance.now() + PATIENCE_MS
      while (signal(0) && performance.now() < deadline) await pause(LOOK_MS)
      signal('SIGKILL')
      await ended
    },
  }
}
