/** One packet against the other reader's, field by field, value by value. */
import { uncovered } from './fields.ts'
import type { ReadPacket } from './read-packet.ts'

/** How one field of one packet compares. */
export interface FieldResult {
  readonly packet: number
  readonly field: string
  /** The longer list's length. */
  readonly compared: number
  readonly equal: number
  readonly ours: readonly string[]
  readonly theirs: readonly string[]
}

const NONE: readonly string[] = []
const BEHIND = /^(eth|vlan|sll)\.(padding|padding_bad|trailer|fcs|fcs\.status)$/
/** What Wirelab wrote for people: it comes back as `link.*`, events and settings. */
const OUR_COMMENT = /^(link\.fate=|event: |network: |lab: )/
/** Longer lists are compared without regard to their order: the table would be too big. */
const MAX_TABLE = 1 << 20

/** Results of every field that at least one of the two has. */
export function comparePacket(ours: ReadPacket, theirs: ReadPacket, fields: Iterable<string>): FieldResult[] {
  const beyond = uncovered(theirs.protocols)
  const results: FieldResult[] = []
  for (const field of fields) {
    let mine = ours.values.get(field) ?? NONE
    let its = theirs.values.get(field) ?? NONE
    const inside = ours.inside?.get(field)
    if (field === 'frame.comment') its = its.filter((comment) => !OUR_COMMENT.test(comment))
    if (mine.length === 0 && its.length === 0) continue
    // tshark leaves empty values out where others stand beside them.
    if (mine.length > its.length) mine = mine.filter((value) => value !== '' || its.includes(value))
    // In a protocol that it has not, it sees as much as looks like one that it has.
    if (inside !== undefined && its.length > mine.length) mine = [...mine, ...inside]
    // tshark prints one empty value as it prints none.
    if (mine.length === 1 && mine[0] === '' && its.length === 0) its = mine
    // What tshark found inside a tunnel stands behind what is outside it.
    if (beyond.carrying && its.length > mine.length) its = its.slice(0, mine.length)
    // Whose end only a protocol tells that we don't read, or what it holds.
    if (beyond.some && (field.startsWith('data.') || (BEHIND.test(field) && mine.length === 0))) continue
    const compared = Math.max(mine.length, its.length)
    if (compared === 0) continue
    const equal = sameValues(mine, its)
    results.push({ packet: theirs.number, field, compared, equal, ours: mine, theirs: its })
  }
  return results
}

/** How many values the two lists have in common, in the same order. */
export function sameValues(a: readonly string[], b: readonly string[]): number {
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  const shorter = Math.min(a.length, b.length) - start
  while (end < shorter && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  const restA = a.slice(start, a.length - end)
  const restB = b.slice(start, b.length - end)
  if (restA.length === 0 || restB.length === 0) return start + end
  return start + end + (restA.length * restB.length > MAX_TABLE ? inCommon : longestCommon)(restA, restB)
}

function longestCommon(a: readonly string[], b: readonly string[]): number {
  let row = new Uint32Array(b.length + 1)
  for (const value of a) {
    const next = new Uint32Array(b.length + 1)
    for (let j = 1; j <= b.length; j++) {
      const before = row[j - 1] ?? 0
      next[j] = b[j - 1] === value ? before + 1 : Math.max(row[j] ?? 0, next[j - 1] ?? 0)
    }
    row = next
  }
  return row[b.length] ?? 0
}

function inCommon(a: readonly string[], b: readonly string[]): number {
  const counts = new Map<string, number>()
  for (const value of a) counts.set(value, (counts.get(value) ?? 0) + 1)
  let equal = 0
  for (const value of b) {
    const left = counts.get(value) ?? 0
    if (left === 0) continue
    counts.set(value, left - 1)
    equal++
  }
  return equal
}
