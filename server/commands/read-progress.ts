/** How far a long read has come, on a terminal that shows nothing else. */

import type { CommandIo } from './command.ts'
import { isTerminal } from './terminal.ts'

const FIRST_MS = 1000
const EACH_MS = 250
const CLEAR_LINE = '\r\u001b[K'

export class Progress {
  readonly #stderr: NodeJS.WritableStream
  readonly #shown: boolean
  readonly #size: number
  readonly #now: () => number
  readonly #began: number
  #last = 0
  #written = false

  /** `size`: bytes of the file; 0 where that isn't known. `now`: a clock in milliseconds. */
  constructor(
    { stdout, stderr }: Pick<CommandIo, 'stdout' | 'stderr'>,
    size: number,
    now: () => number = () => performance.now(),
  ) {
    this.#now = now
    this.#began = now()
    this.#stderr = stderr
    this.#size = size
    // Lines that scroll by on the same terminal are progress enough.
    this.#shown = isTerminal(stderr) && !isTerminal(stdout)
  }

  /** Said at most four times a second, and not at all of a read that is soon over. */
  at(bytes: number, packets: number): void {
    if (!this.#shown) return
    const now = this.#now()
    if (now - this.#began < FIRST_MS || now - this.#last < EACH_MS) return
    this.#last = now
    this.#written = true
    const share = this.#size === 0 ? '' : `${Math.min(100, Math.floor((bytes / this.#size) * 100))} %, `
    this.#stderr.write(`${CLEAR_LINE}${share}${packets.toLocaleString('en')} packets`)
  }

  end(): void {
    if (this.#written) this.#stderr.write(CLEAR_LINE)
    this.#written = false
  }
}
