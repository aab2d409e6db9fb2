/** The name that somebody who wrote a wrong one most likely meant. */
import { filterName, filterNames } from './filter-fields.ts'

export function nearestName(wrong: string): string | undefined {
  const lower = wrong.toLowerCase()
  if (filterName(lower) !== undefined) return lower
  const names = filterNames().map(({ name }) => name)
  // The end of a name whose protocol was left out: `syn` for `tcp.flags.syn`.
  const ending = names.find((name) => name.endsWith(`.${lower}`))
  if (ending !== undefined) return ending
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(lower.length / 4)) + 1
  for (const name of names) {
    const distance = editDistance(lower, name, bestDistance)
    if (distance < bestDistance) [best, bestDistance] = [name, distance]
  }
  return best ?? names.find((name) => name.startsWith(lower))
}

/** Damerau and Levenshtein's: insertions, deletions, substitutions and swaps of neighbours; `limit` or more is cut off. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(
        (previous[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (previous[j - 1] ?? 0) + (same ? 0 : 1),
      )
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      row.push(cost)
    }
    if (Math.min(...row) >= limit) return limit
    before = previous
    previous = row
  }
  return previous[b.length] ?? limit
}
