/** The captures that can be looked at: the live one, and files that were opened beside it. */

import { RequestError } from '../errors.ts'
import type { Trace } from '../trace/trace.ts'
import type { CaptureNode } from './api-captures.ts'
import { OpenedFile } from './opened-file.ts'

/** Each holds up to a trace's limit of frames, so there may only be a few. */
const MAX_OPEN = 3

export interface OpenedCapture {
  readonly id: string
  readonly name: string
  readonly trace: Trace
  state: 'reading' | 'ready'
  /** What it says beside its packets. */
  readonly file: OpenedFile
}

/** The live capture as the servers' end of the lab network sees it. */
export interface OtherEnd {
  /** Made when it is first asked for, and then perhaps still taking in what was held. */
  readonly server: Trace
  /** The same, once all is in. */
  wholeServer(): Promise<Trace>
  /** Keeps it until the returned function is called. */
  hold(): () => void
}

export class Captures {
  readonly live: Trace
  /** Undefined on the kernel's network, where both ends are one host. */
  readonly otherEnd: OtherEnd | undefined
  readonly #opened = new Map<string, OpenedCapture>()
  #count = 0

  constructor(live: Trace, otherEnd?: OtherEnd) {
    this.live = live
    this.otherEnd = otherEnd
  }

  get(id = 'live'): Trace | undefined {
    return id === 'live' ? this.live : this.#opened.get(id)?.trace
  }

  /** What an opened file says beside its packets; undefined for the live capture. */
  file(id = 'live'): OpenedFile | undefined {
    return this.#opened.get(id)?.file
  }

  /** Makes room for a file that is about to be read; refuses when too many are open. */
  open(name: string, makeTrace: () => Trace): OpenedCapture {
    if (this.#opened.size >= MAX_OPEN) {
      throw new RequestError(409, {
        code: 'too-many-captures',
        message: `${MAX_OPEN} capture files are open already; close one with DELETE /api/captures/ID first`,
      })
    }
    const trace = makeTrace()
    const opened: OpenedCapture = {
      id: String(++this.#count),
      name,
      trace,
      state: 'reading',
      file: new OpenedFile(trace),
    }
    this.#opened.set(opened.id, opened)
    return opened
  }

  add(trace: Trace, name = 'capture'): string {
    const opened = this.open(name, () => trace)
    opened.state = 'ready'
    return opened.id
  }

  close(id: string): boolean {
    return this.#opened.delete(id)
  }

  isOpen(id: string): boolean {
    return this.#opened.has(id)
  }

  list(): CaptureNode[] {
    const live = { id: 'live', name: 'live', trace: this.live, state: 'live' as const }
    return [captureNode(live), ...[...this.#opened.values()].map(captureNode)]
  }
}

export function captureNode(
  capture: Pick<OpenedCapture, 'id' | 'name' | 'trace'> & {
    state: CaptureNode['state']
    file?: OpenedFile
  },
): CaptureNode {
  const { id, name, trace, state, file } = capture
  return {
    id,
    name,
    state,
    run: trace.run,
    packets: trace.total,
    first: trace.first,
    last: trace.last,
    evicted: trace.evicted,
    bytes: trace.bytes,
    notes: [...(file?.notes ?? [])],
    hosts: file?.hosts ?? {},
    session: file?.session ?? null,
  }
}
