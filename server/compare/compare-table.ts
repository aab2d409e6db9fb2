/** The comparison as text: one transport a row, aligned. */
import type { CompareResult, CompareTransport, CompareWire } from '../dashboard/api-compare.ts'

type Column = readonly [heading: string, cell: (transport: CompareTransport) => string]

const LAYERS: readonly (keyof CompareWire['bytes'])[] = [
  'link',
  'ip',
  'transport',
  'framing',
  'session',
  'payload',
]
const UNKNOWN = '?'

const wired = (read: (wire: CompareWire) => string) => (transport: CompareTransport) =>
  transport.wire === null ? UNKNOWN : read(transport.wire)

const COLUMNS: readonly Column[] = [
  ['packets', wired((wire) => String(wire.packets))],
  ...LAYERS.map((layer): Column => [layer, wired((wire) => grouped(wire.bytes[layer]))]),
  ['total', wired((wire) => grouped(wire.bytes.total))],
  ['trips before', wired((wire) => String(wire.roundTripsBefore))],
  ['echo', wired((wire) => milliseconds(wire.echoTime))],
  ['in all', wired((wire) => milliseconds(wire.totalTime))],
  ['program', ({ programTime }) => milliseconds(programTime)],
]

/**
 * Columns: packets; bytes by layer and in total; round trips before the message could be sent; time from the
 * frame with the message to the frame with its echo, from the first frame to the echo, and as the program saw
 * it. What only a capture could tell stands as `?`.
 */
export function renderComparison(result: CompareResult, colour: boolean): string {
  const [bold, dim] = [paint(colour, 1), paint(colour, 2)]
  const ran = result.transports.filter(({ error }) => error === null)
  const nameWidth = Math.max(...result.transports.map(({ name }) => name.length), 'transport'.length)
  const columns = COLUMNS.map(([heading, cell]) => {
    const cells = ran.map(cell)
    return { heading, cells, width: Math.max(heading.length, ...cells.map((text) => text.length)) }
  })
  const shown = result.message.length > 40 ? `${result.message.slice(0, 39)}…` : result.message
  const lines = [
    '',
    `  ${bold(JSON.stringify(shown))} there and back, ${result.messageBytes} ${result.messageBytes === 1 ? 'byte' : 'bytes'} each way`,
    '',
    dim(
      `  ${'transport'.padEnd(nameWidth)}${columns.map(({ heading, width }) => `  ${heading.padStart(width)}`).join('')}`,
    ),
  ]
  ran.forEach(({ name }, row) => {
    const cells = columns.map(({ cells, width }) => `  ${(cells[row] ?? '').padStart(width)}`)
    lines.push(`  ${name.padEnd(nameWidth)}${cells.join('')}`)
  })
  for (const { name, error } of result.transports) {
    if (error !== null) lines.push(`  ${name.padEnd(nameWidth)}  ${error}`)
  }
  lines.push('')
  if (result.captured)
    lines.push(
      dim('  Layers are in bytes, read off the captured frames, from the first SYN to the last FIN.'),
    )
  if (result.note !== null) lines.push(`  ${result.note}`)
  lines.push('')
  return `${lines.filter((line, i) => line !== '' || lines[i - 1] !== '').join('\n')}`
}

function paint(colour: boolean, code: number): (text: string) => string {
  return (text) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text)
}

/** 12,304: digits in threes. */
function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',')
}

function milliseconds(seconds: number | null): string {
  if (seconds === null) return UNKNOWN
  const ms = seconds * 1000
  return `${ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0)} ms`
}
