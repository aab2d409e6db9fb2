/** How the capture tools are called, and what their stderr says. */
import type { ToolName } from './permission.ts'

/** Arguments that make the tool write every packet of the interface to its stdout, at once or nearly so. */
export function captureCommand(
  tool: ToolName,
  device: string,
  excludePorts: readonly number[],
): readonly string[] {
  const filter = excludePorts.map((port) => `not port ${port}`).join(' and ')
  if (tool === 'dumpcap') {
    // Buffer in MiB. It hands packets over every 250 ms at the latest, and loses none doing so.
    return ['-i', device, '-B', '32', '-q', '-w', '-', ...(filter === '' ? [] : ['-f', filter])]
  }
  return [
    ...['-i', device, '-U', '--immediate-mode', '--time-stamp-precision=nano'],
    // Buffer in KiB.
    ...['-B', '65536', '-w', '-', ...(filter === '' ? [] : [filter])],
  ]
}

/** What a child has said so far. */
export interface ChildReport {
  /** Whether it has opened the interface: packets from now on are seen. */
  capturing: boolean
  /** Lost by the kernel's buffer, as it last counted. */
  dropped: number
  /** The last lines that were not of the usual kind: why it ended, if it did. */
  lastWords: string[]
  /** The beginning of a line whose end has not come. */
  rest: string
}

const MAX_LINE = 1_000
const MAX_WORDS = 3

/** dumpcap names its output file once it captures, tcpdump its link type. */
const CAPTURING = /^(File: |(tcpdump: )?listening on )/
const DROPPED = /dropped on interface '[^']*': \d+\/(\d+)|(\d+) packets? dropped by kernel/
/** Lines that say nothing about what is wrong. */
const USUAL =
  /^(Capturing on|Packets captured:|.*packets? (captured|received by filter|dropped by)|dropped privs|.*verbose output suppressed|$)/

export function newReport(): ChildReport {
  return { capturing: false, dropped: 0, lastWords: [], rest: '' }
}

/** Reads more of a child's stderr, cut anywhere. */
export function readReport(report: ChildReport, text: string): void {
  // dumpcap's counts are set off by carriage returns, for a terminal.
  const lines = (report.rest + text).split(/[\r\n]+/)
  report.rest = (lines.pop() ?? '').slice(0, MAX_LINE)
  for (const line of lines) {
    const dropped = DROPPED.exec(line)
    if (dropped !== null) report.dropped = Number(dropped[1] ?? dropped[2])
    else if (CAPTURING.test(line)) report.capturing = true
    else if (!USUAL.test(line)) report.lastWords = [...report.lastWords, line].slice(-MAX_WORDS)
  }
}
