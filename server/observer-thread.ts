/**
 * The observer's thread, seen from the main one: started, watched, and started anew when it dies. The
 * services know nothing of it and go on.
 */
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { MessageChannel, Worker } from 'node:worker_threads'
import { type Channel, openChannel } from './channel.ts'
import type { BenchNotices, BenchRequests, ObserverNotices, ObserverStart } from './control.ts'
import { messageOf } from './errors.ts'

export type Ready = Parameters<ObserverNotices['ready']>[0]
export type ObserverChannel = Channel<BenchNotices>

export interface ObserverOptions {
  /** What it is told at each start, such as the services as they are then. */
  begin(attempt: number): Omit<ObserverStart, 'port'>
  bench: BenchRequests
  /** It listens: at the first start, and at each one after a death. */
  onReady(ready: Ready, channel: ObserverChannel): void
  /** The thread's program; our own observer when left out. */
  entry?: URL | undefined
  /** It died; `again` is false when it has died too often to be started once more. */
  onDeath(cause: string, again: boolean): void
}

const MAX_DEATHS = 5
const DEATHS_WITHIN_MS = 60_000
const CLOSE_WITHIN_MS = 400

/** The same language as this file: TypeScript when run from the sources, JavaScript when built. */
const ending = extname(fileURLToPath(import.meta.url))
const entry = new URL(`./observer${ending}`, import.meta.url)

/** Most of what a packet needs is garbage at once: a larger nursery is emptied less often. */
const YOUNG_GENERATION_MB = 64

/**
 * Frames lie outside the heap; what is known of each packet (0.5 to 1.5 kB) inside. Past this the thread ends, and
 * is started anew, before the machine is short of memory.
 */
const HEAP_FOR_EACH_BYTE = 8
const OTHER_HEAP_MB = 768
const MEGABYTE = 1024 * 1024

function openWorker(program: URL, workerData: ObserverStart): Worker {
  // Else the observer's garbage is collected by helper threads, which would take the services' processor time.
  setFlagsFromString('--no-parallel-scavenge')
  const options = {
    // What the main thread is told to load first is not for this one.
    execArgv: [],
    workerData,
    transferList: [
      workerData.port,
      workerData.keyLog,
      ...(workerData.labFrames === null ? [] : [workerData.labFrames]),
    ],
    resourceLimits: {
      maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
      maxOldGenerationSizeMb:
        Math.ceil((HEAP_FOR_EACH_BYTE * workerData.limitBytes) / MEGABYTE) + OTHER_HEAP_MB,
    },
  }
  if (extname(program.pathname) === '.js') return new Worker(program, options)
  // A thread does not inherit tsx's hooks (tsx registers them in the main thread alone), so it brings its own.
  const [tsx, observer] = [import.meta.resolve('tsx/esm/api'), program.href].map((url) => JSON.stringify(url))
  const code = `import(${tsx}).then(({ register }) => { register(); return import(${observer}) })`
  return new Worker(code, { ...options, eval: true })
}

export class ObserverThread {
  readonly #options: ObserverOptions
  #worker: Worker | undefined
  #channel: ObserverChannel | undefined
  #attempt = 0
  #deaths: number[] = []
  #closing = false

  constructor(options: ObserverOptions) {
    this.#options = options
  }

  /** Undefined while there is none. */
  get channel(): ObserverChannel | undefined {
    return this.#channel
  }

  /** Resolves when the dashboard listens. Rejects with an error whose `code` is Node's, such as EADDRINUSE. */
  start(): Promise<Ready> {
    const attempt = ++this.#attempt
    const { port1, port2 } = new MessageChannel()
    return new Promise((resolve, reject) => {
      let ready = false
      let cause = 'it ended'
      const failed = ({ code, message }: { code: string; message: string }) => {
        cause = message
        if (!ready) reject(Object.assign(new Error(`the dashboard can't start: ${message}`), { code }))
      }
      const channel = openChannel<BenchRequests & ObserverNotices, BenchNotices>(port1, {
        ...this.#options.bench,
        failed,
        ready: (told) => {
          ready = true
          this.#channel = channel
          this.#options.onReady(told, channel)
          resolve(told)
        },
      })
      const start: ObserverStart = { ...this.#options.begin(attempt), port: port2 }
      const worker = openWorker(this.#options.entry ?? entry, start)
      this.#worker = worker
      worker.on('error', (error) => {
        cause = messageOf(error)
      })
      worker.on('exit', () => {
        channel.close()
        this.#channel = undefined
        if (this.#closing) return resolve({ run: '', port: 0, hosts: [] })
        if (ready) this.#mourn(cause)
        else failed({ code: 'internal', message: cause })
      })
    })
  }

  #mourn(cause: string): void {
    const now = performance.now()
    this.#deaths = [...this.#deaths.filter((time) => now - time < DEATHS_WITHIN_MS), now]
    const again = this.#deaths.length <= MAX_DEATHS
    this.#options.onDeath(cause, again)
    if (again) this.start().catch((error) => !this.#closing && this.#mourn(messageOf(error)))
  }

  /** It ends by itself, if it can: Node 20 may abort the process where a thread is stopped amid parsing a request. */
  async close(): Promise<void> {
    this.#closing = true
    const worker = this.#worker
    const asked = this.#channel?.ask('close', {}).catch(() => undefined)
    if (worker === undefined) return
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    const late = new Promise((resolve) => setTimeout(resolve, CLOSE_WITHIN_MS).unref())
    if (asked !== undefined) await Promise.race([ended, late])
    await worker.terminate()
  }
}
