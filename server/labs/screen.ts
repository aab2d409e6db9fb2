/**
 * Where watch mode shows itself. A terminal is a page that is painted anew, with the learner's typing kept; anything
 * else is a record, to which only what is new is added.
 */
import type { Interface } from 'node:readline'
import { columnsOf, fold } from './fold.ts'
import { isFrameBelow } from './program.ts'

export interface Shown {
  /** What is going on: the lab's file, and whether it runs. */
  readonly head: string
  readonly board: string
  /** Below the board: right answers, the solution's place, what was asked for. */
  readonly notes: readonly string[]
  /** What can be typed. */
  readonly keys: string
}

export interface Screen {
  show(shown: Shown): void
  /** A line that the learner's program has printed. */
  program(line: string): void
  /** A new round: what the program printed in the last one is gone. */
  round(): void
  close(): void
}

/** Clears what can be seen, and leaves alone what was scrolled away. */
const CLEAR = '\x1b[2J\x1b[H'
const PROGRAM_LINES = 12
const MOST_KEPT = 1000
/** Of one line: five rows of a usual terminal. */
const MOST_CHARACTERS = 400
/** Before what a program has printed. */
const GUTTER = '  │ '
/** A program may print a thousand lines a second; nobody reads as many pages. */
const PAINT_MS = 80

export function terminalScreen(out: NodeJS.WritableStream, input: Interface): Screen {
  let shown: Shown | undefined
  let printed: string[] = []
  let pending: NodeJS.Timeout | undefined
  const paint = () => {
    pending = undefined
    if (shown === undefined) return
    const hidden = printed.length - PROGRAM_LINES
    const lines = [
      ...(hidden > 0 ? [`${GUTTER}…`] : []),
      ...printed.slice(-PROGRAM_LINES).flatMap((line) => gutter(cut(line), columnsOf(out))),
    ]
    const program = lines.length > 0 ? `\n${lines.join('\n')}\n` : ''
    const notes = shown.notes.map((note) => `\n${note}\n`).join('')
    out.write(`${CLEAR}${shown.head}\n${program}${shown.board}${notes}\n${shown.keys}\n`)
    // With what was typed so far.
    input.prompt(true)
  }
  const wake = () => {
    pending ??= setTimeout(paint, PAINT_MS)
  }
  return {
    show(now) {
      shown = now
      wake()
    },
    program(line) {
      if (isFrameBelow(line)) return
      printed.push(line)
      if (printed.length > MOST_KEPT) printed = printed.slice(-PROGRAM_LINES)
      wake()
    },
    round() {
      printed = []
      wake()
    },
    close() {
      if (pending === undefined) return
      clearTimeout(pending)
      paint()
    },
  }
}

function gutter(line: string, columns: number | undefined): string[] {
  const room = columns === undefined ? undefined : columns - GUTTER.length
  return fold(line, room)
    .split('\n')
    .map((row) => GUTTER + row)
}

function cut(line: string): string {
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line
}

export function recordScreen(out: NodeJS.WritableStream, talk: (line: string) => void): Screen {
  let last: Shown | undefined
  return {
    show(now) {
      if (now.head !== last?.head) talk(now.head)
      if (now.board !== last?.board) out.write(now.board)
      for (const note of now.notes) if (!last?.notes.includes(note)) out.write(`\n${note}\n`)
      last = now
    },
    program: (line) => talk(GUTTER + line),
    round: () => undefined,
    close: () => undefined,
  }
}
