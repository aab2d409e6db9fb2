/** Spoils bytes in the ways that captures are spoilt: bits that fell over, lengths that lie, pieces missing or repeated. */
import type { Random } from '../../server/network/random.ts'
import { concat } from '../frames.ts'

/** Values at which lengths and counters break. */
const EDGES = [0, 1, 0x7f, 0x80, 0xfe, 0xff]
const MOST_CHANGES = 8

type Change = (bytes: Uint8Array, random: Random) => Uint8Array

const CHANGES: readonly Change[] = [
  (bytes, random) => {
    const at = random.below(bytes.length)
    const changed = bytes.slice()
    changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8))
    return changed
  },
  (bytes, random) => {
    const changed = bytes.slice()
    const [from, to] = range(bytes, random)
    changed.fill(EDGES[random.below(EDGES.length)] ?? 0, from, Math.min(to, from + 4))
    return changed
  },
  (bytes, random) => bytes.slice(0, random.below(bytes.length)),
  (bytes, random) => {
    const [from, to] = range(bytes, random)
    return concat(bytes.subarray(0, from), bytes.subarray(to))
  },
  (bytes, random) => {
    const [from, to] = range(bytes, random)
    return concat(bytes.subarray(0, to), bytes.subarray(from))
  },
  (bytes, random) => {
    const [from, to] = range(bytes, random)
    const noise = Uint8Array.from({ length: to - from }, () => random.below(256))
    return concat(bytes.subarray(0, from), noise, bytes.subarray(from))
  },
]

function range(bytes: Uint8Array, random: Random): [number, number] {
  const from = random.below(bytes.length)
  return [from, Math.min(bytes.length, from + 1 + random.below(64))]
}

/** The bytes with one to eight changes. */
export function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  let changed = bytes
  for (let left = 1 + random.below(MOST_CHANGES); left > 0 && changed.length > 0; left--) {
    const change = CHANGES[random.below(CHANGES.length)]
    if (change !== undefined) changed = change(changed, random)
  }
  return changed
}

/** The list with some of its members spoilt, lost, repeated or exchanged. */
export function mutatedList(list: readonly Uint8Array[], random: Random): Uint8Array[] {
  const out: Uint8Array[] = []
  for (const each of list) {
    const chance = random.below(20)
    if (chance === 0) continue
    const kept = chance < 4 ? mutated(each, random) : each
    if (chance === 4) out.splice(random.below(out.length + 1), 0, kept)
    else out.push(kept)
    if (chance === 5) out.push(kept)
  }
  return out
}
