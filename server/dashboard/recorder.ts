/** What the lab sees, to files on its own machine, as it comes: started and stopped from the dashboard. */
import { basename, join } from 'node:path'
import { RotatingFile } from '../capture/rotating-file.ts'
import { messageOf, RequestError, systemCode } from '../errors.ts'
import { epochNow } from '../services/application-events.ts'
import { compileFilter } from '../trace/filter.ts'
import { formatTime } from '../trace/time.ts'
import type { RecordingNode, RecordingRequest } from './api-captures.ts'
import { type CaptureExportOptions, captureExport } from './capture-export.ts'
import { type ExportProgress, exported } from './export-stream.ts'
import { otherEndOf } from './selection.ts'

const DEFAULT_ROTATE = 100_000_000
const DEFAULT_KEEP = 10
/** A recording that was told to end is given so long for what it still has. */
const END_WITHIN_MS = 1000

export interface RecorderOptions {
  /** Where the files go; made when the first begins. */
  readonly folder: string
  /** The state has changed: cheap to be told. */
  onChange(): void
}

export type RecorderSources = CaptureExportOptions['deps']

interface Run {
  readonly ending: AbortController
  readonly progress: ExportProgress
  readonly startedAt: bigint
  file: RotatingFile | undefined
  done: Promise<void>
}

export class Recorder {
  readonly #options: RecorderOptions
  #run: Run | undefined
  #node: RecordingNode

  constructor(options: RecorderOptions) {
    this.#options = options
    this.#node = {
      state: 'off',
      folder: options.folder,
      file: null,
      files: 0,
      bytes: 0,
      packets: 0,
      missed: 0,
      startedAt: null,
      endedAt: null,
      problem: null,
    }
  }

  /** Of the file that is written to, or was last. */
  get path(): string | undefined {
    const { folder, file } = this.node()
    return file === null ? undefined : join(folder, file)
  }

  node(): RecordingNode {
    const run = this.#run
    if (run?.file === undefined) return this.#node
    const { file, progress } = run
    return {
      ...this.#node,
      file: basename(file.path),
      files: file.paths.length,
      bytes: file.bytes,
      packets: file.packets,
      missed: progress.missed,
    }
  }

  /** Rejects with a RequestError when one is running, or the first file can't be made. */
  async start(request: RecordingRequest, sources: RecorderSources): Promise<RecordingNode> {
    if (this.#run !== undefined) {
      const message = 'a recording is running already; DELETE /api/recording ends it'
      throw new RequestError(409, { code: 'conflict', message })
    }
    const { at = 'client', filter: text = '', rotate = DEFAULT_ROTATE, keep = DEFAULT_KEEP } = request
    const filter = text.trim() === '' ? undefined : compileFilter(text.trim())
    const end = at === 'server' ? otherEndOf(sources.captures, undefined) : undefined
    const startedAt = epochNow()
    const progress = { packets: 0, missed: 0 }
    const ending = new AbortController()
    const run: Run = { ending, progress, startedAt, file: undefined, done: Promise.resolve() }
    this.#run = run
    try {
      const path = join(this.#options.folder, `${nameAt(new Date())}.pcapng`)
      run.file = await RotatingFile.createIn({ path, overwrite: false, rotate, keep })
    } catch (error) {
      this.#run = undefined
      const message = `no recording can begin in ${this.#options.folder}: ${messageOf(error)}`
      throw new RequestError(systemCode(error) === 'EEXIST' ? 409 : 500, { code: 'no-recording', message })
    }
    const none = { file: null, files: 0, bytes: 0, packets: 0, missed: 0, endedAt: null, problem: null }
    this.#node = { ...this.#node, ...none, state: 'running', startedAt: formatTime(startedAt) }
    const release = end?.hold()
    const write = async () => {
      const trace = end === undefined ? sources.captures.live : await end.wholeServer()
      const parts = captureExport({ trace, deps: sources, live: true, at, filtered: filter !== undefined })
      const blocks = exported({ ...parts, trace, filter, follow: ending.signal, progress })
      for await (const chunk of blocks) {
        await run.file?.append(chunk)
        this.#options.onChange()
      }
    }
    run.done = write()
      .then(
        () => this.#end(run, null),
        (error) => this.#end(run, whatWentWrong(error)),
      )
      .finally(release)
    this.#options.onChange()
    return this.node()
  }

  /** Ends the recording, if there is one, with all that was seen until now. */
  async stop(): Promise<RecordingNode> {
    const run = this.#run
    if (run === undefined) return this.#node
    this.#node = { ...this.#node, state: 'stopping' }
    run.ending.abort()
    this.#options.onChange()
    await Promise.race([run.done, new Promise((resolve) => setTimeout(resolve, END_WITHIN_MS).unref())])
    return this.node()
  }

  async #end(run: Run, problem: string | null): Promise<void> {
    const trouble = await run.file?.close().then(
      () => null,
      (error) => whatWentWrong(error),
    )
    const said = problem ?? trouble ?? null
    this.#node = {
      ...this.node(),
      state: said === null ? 'off' : 'failed',
      endedAt: formatTime(epochNow()),
      problem: said,
    }
    this.#run = undefined
    this.#options.onChange()
  }
}

function whatWentWrong(error: unknown): string {
  switch (systemCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'The disk is full. What was written until then can be read.'
    default:
      return messageOf(error)
  }
}

/** The local date and time, without characters that file systems dislike. */
function nameAt(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `wirelab-${day}T${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`
}
