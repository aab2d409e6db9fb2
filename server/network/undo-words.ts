/** What undoing a change of the cables would do, as one says it to somebody: `back to Café Wi-Fi`, `plug the cable in again`. */
import type { Impairments } from './impairments.ts'
import { impairmentsText } from './impairments-text.ts'
import { presetOf, sameImpairments } from './presets.ts'

/** How things stood before the change, or how they stand after it. */
export interface Standing {
  readonly up: Impairments
  readonly down: Impairments
  /** Names of cables. */
  readonly cut: ReadonlySet<string>
  readonly seed: number
  /** Chosen fates. */
  readonly choices: readonly number[]
}

/** Empty where nothing differs. `impaired` are the cables that a preset cuts or plugs in. */
export function undoWords(before: Standing, after: Standing, impaired: readonly string[]): string {
  const cables = [...new Set([...before.cut, ...after.cut])].filter(
    (cable) => before.cut.has(cable) !== after.cut.has(cable),
  )
  const there = !sameImpairments(before.up, after.up)
  const back = !sameImpairments(before.down, after.down)
  const wasCut = impaired.length > 0 && impaired.every((cable) => before.cut.has(cable))
  const preset = presetOf(before.up, before.down, wasCut)
  const words: string[] = []
  if ((there || back) && preset !== undefined) words.push(`back to ${preset.name}`)
  else if (there && back && sameImpairments(before.up, before.down)) {
    words.push(`back to ${impairmentsText(before.up)}`)
  } else {
    if (there) words.push(`to the server back to ${impairmentsText(before.up)}`)
    if (back) words.push(`to the client back to ${impairmentsText(before.down)}`)
  }
  for (const cable of cables) {
    // A preset says that itself.
    if ((there || back) && preset !== undefined && impaired.includes(cable)) continue
    const which = cable === 'server' ? 'the cable' : cable
    words.push(before.cut.has(cable) ? `cut ${which} again` : `plug ${which} in again`)
  }
  const more = after.choices.filter((id) => !before.choices.includes(id)).length
  const fewer = before.choices.filter((id) => !after.choices.includes(id)).length
  if (more > 0) words.push(`take ${choices(more)} away`)
  if (fewer > 0) words.push(`bring ${choices(fewer)} back`)
  if (before.seed !== after.seed) words.push(`back to seed ${before.seed}`)
  return words.join(', ')
}

const choices = (count: number) => (count === 1 ? 'the chosen fate' : `${count} chosen fates`)
