/** `-E`: how a line of `-T fields` is put together. */
import { UsageError } from '../errors.ts'

/** tshark's `-E`: how the line is put together. */
export interface LineStyle {
  header: boolean
  separator: string
  /** First, last or all occurrences of a field. */
  occurrence: 'f' | 'l' | 'a'
  aggregator: string
  quote: string
}

/** Reads `-E` options, such as `header=y`. Throws a UsageError. */
export function lineStyle(options: readonly string[]): LineStyle {
  const style: LineStyle = { header: false, separator: '\t', occurrence: 'a', aggregator: ',', quote: '' }
  for (const option of options) {
    const [, name, value = ''] = /^(\w+)=(.*)$/s.exec(option) ?? []
    if (name === 'header' && /^[yn]$/.test(value)) style.header = value === 'y'
    else if (name === 'separator' && value !== '') style.separator = characterOf(value)
    else if (name === 'aggregator' && value !== '') style.aggregator = characterOf(value)
    else if (name === 'occurrence' && (value === 'f' || value === 'l' || value === 'a'))
      style.occurrence = value
    else if (name === 'quote' && /^[dsn]$/.test(value)) style.quote = { d: '"', s: "'" }[value] ?? ''
    else {
      throw new UsageError(
        `-E ${option}: expected header=y|n, separator=/t|/s|CHARACTER, occurrence=f|l|a, ` +
          'aggregator=,|/s|CHARACTER or quote=d|s|n',
      )
    }
  }
  return style
}

function characterOf(value: string): string {
  if (value === '/t') return '\t'
  if (value === '/s') return ' '
  return value
}
