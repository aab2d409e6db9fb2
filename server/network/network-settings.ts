/** How the impaired cables stand: impairments, cuts, chosen fates, the seed; and the way back from each change. */
import type { CableHold, ChosenFateNode, NetworkPatch } from '../dashboard/api-network.ts'
import { NetworkError } from '../errors.ts'
import { ChosenFates, type Rule } from './chosen-fates.ts'
import type { Clock } from './clock.ts'
import { Holds } from './holds.ts'
import { type Impairments, UNIMPAIRED } from './impairments.ts'
import { choiceNode, type PatchRead, readPatch, readSeed } from './network-patch.ts'
import { presetOf, sameImpairments } from './presets.ts'
import type { Direction } from './tap.ts'
import { type Standing, undoWords } from './undo-words.ts'

/** What must follow when settings change. */
export interface SettingsOwner {
  /** The cables that may be cut, now. */
  cables(): readonly string[]
  /** Those of them that lead to servers: what a preset cuts or plugs in. */
  impairedCables(): readonly string[]
  /** Impairments or cuts have changed. */
  settled(): void
  /** Chance begins anew. */
  seeded(seed: number): void
  /** Anything that `describe` shows has changed. */
  changed(): void
}

interface State {
  readonly up: Impairments
  readonly down: Impairments
  readonly cut: ReadonlySet<string>
  readonly seed: number
  readonly rules: Readonly<Record<Direction, readonly Rule[]>>
}

interface Step {
  /** How things stood before. */
  readonly before: State
  /** What going back to it does, in words. */
  readonly words: string
  /** Which settings it changed: a slider that is dragged is one step. */
  readonly touched: string
  time: number
}

const MOST_STEPS = 50
/** A patch of the same settings within this is the same movement of the hand. */
const SAME_MOVE_MS = 1000
/** At once, of both directions; those that are done make room. */
const MOST_CHOICES = 100

export class NetworkSettings {
  readonly chosen: Readonly<Record<Direction, ChosenFates>>
  readonly #clock: Clock
  readonly #owner: SettingsOwner
  readonly #history: Step[] = []
  readonly #holds = new Holds()
  /** The user's own settings; what others hold lies on top of them. */
  #up: Impairments = UNIMPAIRED
  #down: Impairments = UNIMPAIRED
  #cut = new Set<string>()
  #seed: number
  #nextId = 1

  constructor(clock: Clock, seed: number, owner: SettingsOwner) {
    this.#clock = clock
    this.#owner = owner
    this.#seed = readSeed(seed)
    this.chosen = {
      up: new ChosenFates(true, () => owner.changed()),
      down: new ChosenFates(false, () => owner.changed()),
    }
  }

  get seed(): number {
    return this.#seed
  }

  /** As the cable has it, which may be more than the user has set. */
  impairments(direction: Direction): Impairments {
    return this.#holds.impairments(direction, direction === 'up' ? this.#up : this.#down)
  }

  isCut(cable: string): boolean {
    return this.#holds.isCut(cable, this.#cut.has(cable))
  }

  get preset(): string | null {
    const cut = this.#owner.impairedCables().every((name) => this.isCut(name))
    return presetOf(this.impairments('up'), this.impairments('down'), cut)?.id ?? null
  }

  /** What undoing would do, in words. */
  get undo(): string | null {
    return this.#history.at(-1)?.words ?? null
  }

  choices(): ChosenFateNode[] {
    return [
      ...this.chosen.up.list().map((state) => choiceNode('up', state)),
      ...this.chosen.down.list().map((state) => choiceNode('down', state)),
    ].sort((a, b) => a.id - b.id)
  }

  /** Throws a NetworkError, and nothing has changed, when a value can't be. */
  patch(patch: NetworkPatch): void {
    const read = readPatch(patch, this.#owner.cables())
    if (read.undo && this.#history.length === 0) {
      throw new NetworkError('undo: nothing has been changed yet', 'nothing-to-undo', { field: 'undo' })
    }
    this.#makeRoom(read.choose.length)
    if (read.undo) this.#undo()
    const before = this.#state()
    const gaveWay = this.#holds.giveWay(read)
    this.#apply(read)
    this.#remember(before)
    this.#follow(before, gaveWay)
  }

  /**
   * Somebody else than the user does something to the cables until they let go, instead of what they held before.
   * Throws a NetworkError, and nothing has changed, when a value can't be.
   */
  hold(by: string, wanted: CableHold): void {
    const read = readPatch(wanted, this.#owner.cables())
    this.#makeRoom(read.choose.length)
    this.#drop(by)
    const first = this.#nextId
    for (const { direction, choice } of read.choose) this.chosen[direction].add(this.#nextId++, choice)
    this.#holds.set(
      by,
      read,
      read.choose.map((_, at) => first + at),
    )
    this.#owner.settled()
    this.#owner.changed()
  }

  /** Everything is again as the user has it. Nothing happens where nothing was held by them. */
  letGo(by: string): void {
    if (!this.#drop(by)) return
    this.#owner.settled()
    this.#owner.changed()
  }

  #drop(by: string): boolean {
    const rules = this.#holds.delete(by)
    for (const id of rules ?? []) {
      this.chosen.up.remove(id)
      this.chosen.down.remove(id)
    }
    return rules !== undefined
  }

  /** The cable is gone, and what was said of it. */
  forget(cable: string): void {
    this.#cut.delete(cable)
  }

  #apply(read: PatchRead): void {
    if (read.preset !== undefined) {
      this.#up = read.preset.up
      this.#down = read.preset.down
      for (const cable of this.#owner.impairedCables()) this.#setCut(cable, read.preset.cut)
    }
    this.#up = { ...this.#up, ...read.up }
    this.#down = { ...this.#down, ...read.down }
    for (const cable of read.cut) this.#setCut(cable, true)
    for (const cable of read.plugIn) this.#setCut(cable, false)
    for (const { direction, choice } of read.choose) this.chosen[direction].add(this.#nextId++, choice)
    const gone = read.unchoose === 'all' ? this.choices().map(({ id }) => id) : read.unchoose
    for (const id of gone) {
      this.chosen.up.remove(id)
      this.chosen.down.remove(id)
    }
    if (read.seed !== undefined) this.#seed = read.seed
    if (read.seed !== undefined) this.#owner.seeded(read.seed)
  }

  #setCut(cable: string, cut: boolean): void {
    if (cut) this.#cut.add(cable)
    else this.#cut.delete(cable)
  }

  #state(): State {
    return {
      up: this.#up,
      down: this.#down,
      cut: new Set(this.#cut),
      seed: this.#seed,
      rules: { up: this.#ownRules('up'), down: this.#ownRules('down') },
    }
  }

  #ownRules(direction: Direction): readonly Rule[] {
    return this.chosen[direction].rules().filter(({ id }) => !this.#holds.has(id))
  }

  #remember(before: State): void {
    const touched = this.#changes(before).join()
    if (touched === '') return
    const time = this.#clock.now()
    const last = this.#history.at(-1)
    const sameMove = last !== undefined && last.touched === touched && /^(up|down)(,down)?$/.test(touched)
    if (sameMove && time - last.time < SAME_MOVE_MS) {
      last.time = time
      return
    }
    const words = undoWords(standing(before), standing(this.#state()), this.#owner.impairedCables())
    this.#history.push({ before, touched, time, words })
    if (this.#history.length > MOST_STEPS) this.#history.shift()
  }

  /** What is other than it was. */
  #changes(before: State): ('up' | 'down' | 'cut' | 'chosen' | 'seed')[] {
    const ids = (state: State) => standing(state).choices.join()
    const changed = {
      up: !sameImpairments(before.up, this.#up),
      down: !sameImpairments(before.down, this.#down),
      cut: this.#owner.cables().some((cable) => before.cut.has(cable) !== this.#cut.has(cable)),
      chosen: ids(before) !== ids(this.#state()),
      seed: before.seed !== this.#seed,
    }
    return (['up', 'down', 'cut', 'chosen', 'seed'] as const).filter((what) => changed[what])
  }

  #undo(): void {
    const step = this.#history.pop()
    if (step === undefined) return
    const { before } = step
    const seedChanges = before.seed !== this.#seed
    this.#up = before.up
    this.#down = before.down
    // Cables may have come and gone since.
    this.#cut = new Set([...before.cut].filter((cable) => this.#owner.cables().includes(cable)))
    for (const direction of ['up', 'down'] as const) {
      for (const { id } of this.#ownRules(direction)) this.chosen[direction].remove(id)
      for (const rule of before.rules[direction]) this.chosen[direction].restore(rule)
    }
    this.#seed = before.seed
    if (seedChanges) this.#owner.seeded(before.seed)
    this.#owner.settled()
    this.#owner.changed()
  }

  #follow(before: State, gaveWay: boolean): void {
    const changes = this.#changes(before)
    const settled = changes.some((what) => what === 'up' || what === 'down' || what === 'cut')
    if (settled || gaveWay) this.#owner.settled()
    if (changes.length > 0 || gaveWay) this.#owner.changed()
  }

  #makeRoom(wanted: number): void {
    if (wanted === 0) return
    const all = this.choices()
    const done = all.filter(({ nth, count, matched }) => count !== null && matched >= nth + count - 1)
    let over = all.length + wanted - MOST_CHOICES
    if (over > done.length) {
      const expected = `at most ${MOST_CHOICES} chosen fates at once`
      throw new NetworkError(`choose: expected ${expected}; take some away first`, 'too-many-choices', {
        field: 'choose',
        expected,
      })
    }
    for (const { id } of done) {
      if (over-- <= 0) return
      this.chosen.up.remove(id)
      this.chosen.down.remove(id)
    }
  }
}

function standing({ up, down, cut, seed, rules }: State): Standing {
  return { up, down, cut, seed, choices: [...rules.up, ...rules.down].map(({ id }) => id) }
}
