/**
 * What somebody else than the user does to the cables for a while, such as a lab in one of its steps. It lies on top
 * of the user's own settings and never becomes one of them: when it is let go, they are as they were, whatever has
 * happened in between; and it is no step to undo. What the user sets meanwhile is the user's, and holds from then on.
 */
import type { Impairments } from './impairments.ts'
import type { PatchRead } from './network-patch.ts'
import type { Direction } from './tap.ts'

interface Hold {
  readonly up: Partial<Impairments>
  readonly down: Partial<Impairments>
  /** Whether it is cut, by cable. */
  readonly cut: Map<string, boolean>
  /** Ids of its chosen fates. */
  readonly rules: readonly number[]
}

export class Holds {
  readonly #holds = new Map<string, Hold>()

  /** By somebody, instead of what they held before; `rules` are the fates that were chosen for it. */
  set(by: string, { up, down, cut, plugIn }: PatchRead, rules: readonly number[]): void {
    this.#holds.set(by, {
      up: { ...up },
      down: { ...down },
      cut: new Map([
        ...cut.map((cable) => [cable, true] as const),
        ...plugIn.map((c) => [c, false] as const),
      ]),
      rules,
    })
  }

  /** Lets go, and returns the fates to be taken away; undefined if nothing was held by them. */
  delete(by: string): readonly number[] | undefined {
    const rules = this.#holds.get(by)?.rules
    this.#holds.delete(by)
    return rules
  }

  /** Whether a chosen fate is one of these, and so none of the user's. */
  has(rule: number): boolean {
    for (const { rules } of this.#holds.values()) if (rules.includes(rule)) return true
    return false
  }

  /** The user's own, with what is held on top. The same object when that is nothing. */
  impairments(direction: Direction, own: Impairments): Impairments {
    let all = own
    for (const hold of this.#holds.values()) {
      if (Object.keys(hold[direction]).length > 0) all = { ...all, ...hold[direction] }
    }
    return all
  }

  isCut(cable: string, own: boolean): boolean {
    let cut = own
    for (const hold of this.#holds.values()) cut = hold.cut.get(cable) ?? cut
    return cut
  }

  /** The user has set something: of that nothing is held any more. True if something was. A preset sets everything. */
  giveWay({ preset, up, down, cut, plugIn }: PatchRead): boolean {
    const before = this.#extent()
    for (const hold of this.#holds.values()) {
      for (const [held, given] of [
        [hold.up, up],
        [hold.down, down],
      ] as const) {
        for (const name of Object.keys(preset === undefined ? given : held) as (keyof Impairments)[]) {
          delete held[name]
        }
      }
      if (preset !== undefined) hold.cut.clear()
      for (const cable of [...cut, ...plugIn]) hold.cut.delete(cable)
    }
    return this.#extent() < before
  }

  /** How many settings are held. */
  #extent(): number {
    let settings = 0
    for (const { up, down, cut } of this.#holds.values()) {
      settings += Object.keys(up).length + Object.keys(down).length + cut.size
    }
    return settings
  }
}
