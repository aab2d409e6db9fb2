/** A line of the packet list as the first pass leaves it: its words are bytes until somebody wants them as text. */
import type { Ink } from '../protocols/ink.ts'
import { type Columns, cutInfo } from './rows.ts'
import { formatTime } from './time.ts'

/** One object for all packets of a trace: lent until the next frame is taken. */
export class LentColumns implements Columns {
  number = 0
  /** Nanoseconds since the capture's first packet, and when that was, since 1970. */
  nanos = 0
  start = 0n
  /** Whose time it is, which as a double is exact for 104 days only. */
  frame: { readonly time: bigint } = { time: 0n }
  source = ''
  destination = ''
  protocol = ''
  length = 0
  /** The words of the info column, where they are bytes. */
  ink: Ink | undefined
  #info = ''

  get time(): string {
    return formatTime(this.frame.time)
  }

  get timeRelative(): number {
    return this.nanos / 1e9
  }

  get info(): string {
    return this.ink === undefined ? this.#info : cutInfo(this.ink.from(0))
  }

  /** Words that are text already. */
  set info(text: string) {
    this.ink = undefined
    this.#info = text
  }
}
