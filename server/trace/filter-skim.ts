/** What a filter asks of a packet that was skimmed and all of whose wanted fields are at hand: no packet is made for it. */
import type { Skim } from '../protocols/skim.ts'
import { PROTOCOLS } from '../protocols/stack.ts'
import type { FilterName } from './filter-fields.ts'
import { type Key, keyOf } from './filter-values.ts'
import { valueAt } from './wanted-fields.ts'

/**
 * As `Source`'s `keys` and `isIn`, of a skim. What `keys` gives is lent until it is called again; a protocol has none, since
 * its bytes are known of packets alone.
 */
export interface OfSkim {
  keys?(s: Skim): readonly Key[]
  isIn(s: Skim): boolean
}

/** Undefined for what the frame itself has. */
export function ofSkim(name: FilterName): OfSkim | undefined {
  if (name.type === 'protocol' && name.bits !== 0) return { isIn: (s) => stands(s, name.name) }
  const { fields, type } = name
  if (fields === undefined) return undefined
  const places = PROTOCOLS.flatMap((protocol) =>
    [...protocol.atHand].flatMap(([field, place]) => (fields.has(field) ? [{ protocol, field, place }] : [])),
  )
  const found: Key[] = []
  const keys = (s: Skim) => {
    found.length = 0
    for (let i = 0; i < s.marked; i++) {
      const mark = s.marks[i]
      if (mark === undefined) break
      for (const each of places) {
        const value = each.protocol === mark.protocol ? valueAt(each, s, mark) : undefined
        if (value !== undefined) found.push(keyOf(type, value))
      }
    }
    return found
  }
  return { keys, isIn: (s) => keys(s).length > 0 }
}

function stands({ marks, marked }: Skim, id: string): boolean {
  for (let i = 0; i < marked; i++) if (marks[i]?.protocol.id === id) return true
  return false
}
