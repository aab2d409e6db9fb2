/** The tally as text. */
import type { ComparedField } from './fields.ts'
import { add, agreement, type Count, type Tally } from './tally.ts'

/** Values longer than this are cut in the list of differences: a payload says no more in full. */
const SHOWN = 100

/** Tables by protocol and by field, the first differences, and the overall figure on the last line. */
export function report(tally: Tally, fields: readonly ComparedField[], everyField: boolean): string {
  const protocolOf = new Map(fields.map(({ name, protocol }) => [name, protocol]))
  const byProtocol = new Map<string, Count>()
  for (const [name, count] of tally.fields) {
    const protocol = protocolOf.get(name) ?? '?'
    const sum = byProtocol.get(protocol) ?? { compared: 0, equal: 0, explained: 0 }
    byProtocol.set(protocol, sum)
    add(sum, count)
  }
  let out = `${table('protocol', [...byProtocol])}\n`
  const shown = [...tally.fields].filter(([, count]) => everyField || count.equal < count.compared)
  if (shown.length > 0) out += `${table(everyField ? 'field' : 'field that differs', shown)}\n`
  if (tally.differences.length > 0) out += `first differences\n${differences(tally)}\n`
  for (const [{ reason, fields: names }, values] of tally.explanations) {
    out += `explained, ${values} values of ${names.join(', ')}: ${reason}\n`
  }
  for (const line of [...tally.refused, ...tally.miscounted]) out += `${line}\n`
  return out + verdict(tally)
}

function verdict(tally: Tally): string {
  const { total } = tally
  const left = total.compared - total.equal - total.explained
  const equal = percent({ ...total, explained: 0 })
  return (
    `${tally.packets} packets, ${total.compared} values compared: ${total.equal} equal (${equal}), ` +
    `${total.explained} explained, ${left} different; agreement ${percent(total)}\n`
  )
}

function differences(tally: Tally): string {
  return tally.differences
    .map(
      ({ capture, packet, field, ours, theirs }) =>
        `  ${capture} #${packet} ${field}\n    ours   ${listed(ours)}\n    tshark ${listed(theirs)}\n`,
    )
    .join('')
}

function listed(values: readonly string[]): string {
  if (values.length === 0) return '(none)'
  const text = values.join(' | ')
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${text.length} characters)` : text
  // Text from the network must not write on the terminal.
  return JSON.stringify(shown).slice(1, -1)
}

function table(what: string, rows: readonly (readonly [string, Count])[]): string {
  const width = Math.max(what.length, ...rows.map(([name]) => name.length))
  const line = (name: string, ...cells: string[]) =>
    `${name.padEnd(width)}${cells.map((cell) => cell.padStart(11)).join('')}\n`
  const lines = rows.map(([name, count]) =>
    line(name, String(count.compared), String(count.equal), String(count.explained), percent(count)),
  )
  return line(what, 'compared', 'equal', 'explained', 'agreement') + lines.join('')
}

/** Never rounded up: 100 % means all of them. */
function percent(count: Count): string {
  const share = agreement(count)
  return `${(Math.floor(share * 100_000) / 1000).toFixed(3)} %`
}
