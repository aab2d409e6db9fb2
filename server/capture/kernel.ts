/**
 * The kernel's own packets, by dumpcap or tcpdump as a child process. The child writes them straight to the
 * observer's socket, so packet bytes never pass this thread; what it says on stderr is read here.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import os from 'node:os'
import type { CaptureStatus } from '../dashboard/api.ts'
import { messageOf } from '../errors.ts'
import { type ChildReport, captureCommand, newReport, readReport } from './capture-command.ts'
import { openLastWord } from './last-word.ts'
import { type CapturePermission, checkCapture, type ToolName } from './permission.ts'

/** What this thread knows of the capture; the observer counts the packets. */
export type KernelStatus = Omit<CaptureStatus, 'packets' | 'droppedByUs'>

export interface CaptureOptions {
  readonly tool: 'auto' | ToolName | 'off'
  /** `lo`, or `any` where other machines may talk to the lab: see `captureInterface`. */
  readonly interface: string
  /** Left out by the capture itself: the dashboard's port, since the observer is never its own subject. */
  readonly excludePorts: readonly number[]
  /** A new connection to the observer, for each child anew: every child begins a capture of its own. */
  output(): Promise<Socket>
  /** Told at each change; the first time during `startCapture`. */
  onStatus(status: KernelStatus): void
  readonly env: NodeJS.ProcessEnv
  /** Milliseconds before each new try, in order; when they are used up, it stays failed. */
  readonly restartMs?: readonly number[]
}

export interface Capture {
  /** Resolves when no child is left; at most half a second for one that does not listen. */
  stop(): Promise<void>
}

const RESTART_MS = [1_000, 4_000, 16_000]
/** A child that ran this long was well: the next failure is counted from the beginning. */
const STABLE_MS = 60_000
const KILL_MS = 500
/** How often tcpdump is asked for its counts. */
const COUNTS_MS = 3_000

/** The name of the interface that carries loopback traffic here, or of all of them. */
export function captureInterface(everywhere: boolean, platform: NodeJS.Platform = os.platform()): string {
  if (platform === 'linux') return everywhere ? 'any' : 'lo'
  return platform === 'win32' ? '\\Device\\NPF_Loopback' : 'lo0'
}

export function startCapture(options: CaptureOptions): Capture {
  const capture = new KernelCapture(options)
  capture.begin()
  return capture
}

class KernelCapture implements Capture {
  readonly #options: CaptureOptions
  #status: KernelStatus
  #stopped = false
  #failures = 0
  /** Lost by children that have ended. */
  #droppedBefore = 0
  #child: ChildProcess | undefined
  #timer: NodeJS.Timeout | undefined
  #closeLastWord: (() => void) | undefined
  /** What is under way, so that `stop` can wait for it. */
  #work: Promise<void> = Promise.resolve()

  constructor(options: CaptureOptions) {
    this.#options = options
    this.#status = {
      source: null,
      state: 'starting',
      interface: options.interface,
      message: `Looking for a capture tool for ${options.interface}.`,
      remedy: [],
      droppedByKernel: 0,
    }
  }

  begin(): void {
    if (this.#options.tool === 'off') {
      this.#tell({ state: 'off', interface: null, message: 'Capture is switched off (--capture off).' })
      return
    }
    this.#tell({})
    this.#work = this.#attempt()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    const child = this.#child
    if (child !== undefined) end(child)
    await this.#work
    this.#closeLastWord?.()
  }

  /** One child, from looking for the tool to the child's end. Never rejects. */
  async #attempt(): Promise<void> {
    const { tool, env } = this.#options
    if (tool === 'off') return
    try {
      const permission = await checkCapture({ tool, interface: this.#options.interface, env })
      if (permission.choice === undefined) {
        const { message, remedy } = permission
        this.#tell({ source: null, state: 'unavailable', message, remedy: [...remedy] })
        return
      }
      if (this.#stopped) return
      await this.#run(permission.choice)
    } catch (error) {
      this.#failed(messageOf(error))
    }
  }

  async #run({ name, path }: NonNullable<CapturePermission['choice']>): Promise<void> {
    const device = this.#options.interface
    this.#closeLastWord ??= await openLastWord()
    const socket = await this.#options.output()
    if (this.#stopped) {
      socket.destroy()
      return
    }
    this.#tell({ source: name, state: 'starting', message: `Starting ${name} on ${device}.`, remedy: [] })
    const child = spawn(path, captureCommand(name, device, this.#options.excludePorts), {
      stdio: ['ignore', socket, 'pipe'],
      env: this.#options.env,
      // In a group of its own, so that Ctrl-C in the terminal reaches us alone and we end it in our order.
      detached: true,
    })
    // The child has its own; with ours open, the observer would never see the end of the stream.
    socket.destroy()
    this.#child = child
    const startedAt = Date.now()
    const report = newReport()
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(`could not be started: ${error.message}`))
      child.once('close', (code, signal) =>
        resolve(signal === null ? `exit code ${code}` : `signal ${signal}`),
      )
    })
    child.stderr?.setEncoding('utf8')
    child.stderr?.on('data', (text: string) => this.#hear(name, report, text))
    const asking = setInterval(() => {
      if (name === 'tcpdump' && report.capturing) child.kill('SIGUSR1')
    }, COUNTS_MS)
    asking.unref()
    const how = await ended
    clearInterval(asking)
    this.#child = undefined
    this.#droppedBefore += report.dropped
    if (Date.now() - startedAt >= STABLE_MS) this.#failures = 0
    if (this.#stopped) this.#tell({ state: 'off', message: 'Capture has ended.' })
    else this.#failed([`${name} ended (${how})`, ...report.lastWords].join(': '))
  }

  #hear(name: ToolName, report: ChildReport, text: string): void {
    const before = { ...report }
    readReport(report, text)
    if (report.capturing && !before.capturing) {
      this.#tell({ state: 'running', message: `${name} captures on ${this.#options.interface}.` })
    }
    if (report.dropped === before.dropped) return
    const lost = this.#droppedBefore + report.dropped
    const more = name === 'tcpdump' ? '; dumpcap, if it were installed, keeps up better' : ''
    this.#tell({
      droppedByKernel: lost,
      message: `${name} captures on ${this.#options.interface}, but has lost ${lost} packets${more}.`,
    })
  }

  #failed(why: string): void {
    if (this.#stopped) return
    const delays = this.#options.restartMs ?? RESTART_MS
    const delay = delays[this.#failures++]
    if (delay === undefined) {
      const times = this.#failures
      this.#tell({
        state: 'failed',
        message: `${why}; that was the ${ordinal(times)} time, so it is not started again.`,
        remedy: ['wirelab doctor  # says what is missing; then try again from the dashboard'],
      })
      return
    }
    const when = delay >= 1000 ? `${Math.round(delay / 1000)} s` : `${delay} ms`
    this.#tell({ state: 'failed', message: `${why}; starting it again in ${when}.` })
    this.#timer = setTimeout(() => {
      this.#work = this.#attempt()
    }, delay)
    this.#timer.unref()
  }

  #tell(change: Partial<KernelStatus>): void {
    this.#status = { ...this.#status, ...change }
    this.#options.onStatus(this.#status)
  }
}

/** Asks it to finish what it has, and does not ask twice. */
function end(child: ChildProcess): void {
  child.kill('SIGINT')
  const kill = setTimeout(() => child.kill('SIGKILL'), KILL_MS)
  child.once('exit', () => clearTimeout(kill))
}

function ordinal(n: number): string {
  return ['', 'first', 'second', 'third', 'fourth', 'fifth'][n] ?? `${n}th`
}
