/** What `wirelab read` writes of each packet. */
import { UsageError } from '../errors.ts'
import type { Packet } from '../protocols/packet.ts'
import { packetDetail } from '../trace/detail.ts'
import { cutInfo } from '../trace/rows.ts'
import type { Trace } from '../trace/trace.ts'
import { WantedFields } from '../trace/wanted-fields.ts'
import { FieldLines } from './read-fields.ts'
import { packetDump } from './read-hex.ts'
import { type Line, writeLine } from './read-line.ts'
import { treeText } from './read-packet.ts'
import { lineStyle } from './read-style.ts'
import type { LineTimes } from './read-times.ts'
import { jsonLine } from './terminal-text.ts'
import type { TextOutput } from './text-output.ts'

/** What must be known of a packet: its line alone, some of its fields, or all of them. */
export type Needs = 'line' | 'all' | WantedFields

/** What is written before the first packet, for each, and after the last. */
export interface Printer {
  readonly needs: Needs
  /** Whether it prints the packet list's words, which cost something to make. */
  readonly lined: boolean
  readonly head: string
  /** `first`: of those that are printed. */
  packet(packet: Packet, trace: Trace, output: TextOutput, first: boolean): void
  /** The same of a line alone, where that is all it needs. */
  line?(line: Line, output: TextOutput): void
  /** A packet that is not printed; `nanos` since the capture's first. */
  pass?(nanos: number): void
  /** After at least one packet, and after none. */
  readonly tail: string
  readonly empty: string
}

export interface PrintOptions {
  readonly format: string
  readonly fields: readonly string[]
  readonly style: readonly string[]
  readonly verbose: boolean
  readonly hex: boolean
  /** The line, even beside a tree or a dump (tshark's `-P`). */
  readonly summary: boolean
  readonly times: LineTimes
}

/** Throws a UsageError. */
export function printerOf(options: PrintOptions): Printer {
  const { format, fields, verbose, hex } = options
  if (format !== 'fields' && fields.length > 0) throw new UsageError('-e needs -T fields')
  if (format !== 'text' && (verbose || hex)) throw new UsageError(`-V and -x go with -T text, not ${format}`)
  switch (format) {
    case 'text':
      return textPrinter(options)
    case 'fields':
      return fieldsPrinter(options)
    case 'json':
      return JSON_PRINTER
    default:
      throw new UsageError(`-T ${format}: expected text, fields or json`)
  }
}

const NO_FIELDS = new WantedFields([])

function textPrinter({ verbose, hex, summary, times }: PrintOptions): Printer {
  const lines = summary || (!verbose && !hex)
  const line = (of: Line, output: TextOutput) => writeLine(output.ink, of, times)
  const pass = (nanos: number) => times.pass(nanos)
  const frame = { head: '', tail: '', empty: '' }
  const packetLine = (packet: Packet, _: Trace, output: TextOutput) => line(lineOf(packet), output)
  if (!verbose && !hex) return { ...frame, needs: 'line', lined: true, line, pass, packet: packetLine }
  return {
    ...frame,
    lined: lines,
    pass,
    needs: verbose ? 'all' : NO_FIELDS,
    packet: (packet, trace, output) => {
      if (lines) packetLine(packet, trace, output)
      if (verbose) output.add(treeText(packet))
      if (hex) output.add(packetDump(packet))
    },
  }
}

/** As `trace.columnsOf`, without the times as text. */
function lineOf(packet: Packet): Line {
  const { number, source, destination, originalLength: length, nanos, surroundings } = packet
  const protocol = packet.column || packet.layers[0]?.protocol.name || 'Frame'
  const { start = 0n } = surroundings
  return { number, source, destination, protocol, length, info: cutInfo(packet.infoText), nanos, start }
}

function fieldsPrinter({ fields, style }: PrintOptions): Printer {
  if (fields.length === 0) throw new UsageError('-T fields needs at least one -e FIELD')
  const styled = lineStyle(style)
  const lines = new FieldLines(fields, styled)
  return {
    needs: lines.wanted,
    lined: lines.lined,
    head: styled.header ? `${fields.join(styled.separator)}\n` : '',
    packet: (packet, trace, output) => lines.write(output.ink, packet, () => trace.columnsOf(packet)),
    tail: '',
    empty: '',
  }
}

const JSON_PRINTER: Printer = {
  needs: 'all',
  lined: true,
  head: '',
  packet: (packet, trace, output, first) => {
    output.add(first ? '[\n' : ',\n')
    output.add(jsonLine(JSON.stringify(packetDetail(packet, trace.rowOf(packet)))))
  },
  tail: '\n]\n',
  empty: '[]\n',
}
