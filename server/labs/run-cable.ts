/**
 * What a lab does to the cable in one run: what its first open step asks for, as long as that is the first. The
 * bench keeps it, and takes it back by itself when the time is over, the run ends, or the observer dies.
 */
import type { Sighting, StepCable, WireStep } from '../../labs/kit/lab.ts'
import type { BenchRequests } from '../control.ts'
import { messageOf } from '../errors.ts'
import type { LabRun } from './run.ts'

export interface RunCableOptions {
  readonly run: LabRun
  readonly bench: Pick<BenchRequests, 'holdCable'>
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Something else is to be told of it: it is held, or its time is over. */
  readonly onChange: () => void
}

/** So that its own timer, which is another thread's, has done it when we say so. */
const GRACE_MS = 50

export class RunCable {
  readonly #options: RunCableOptions
  #step: WireStep | undefined
  /** Conversations for which it was done in this step; the empty name for the step itself. */
  readonly #done = new Set<string>()
  #state: 'waits' | 'held' | 'over' = 'waits'
  #failed: string | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: RunCableOptions) {
    this.#options = options
  }

  /** Takes the step that is the first open one now; undefined when all are done. Returns at once. */
  follow(step: WireStep | undefined): void {
    if (this.#closed) return
    if (step?.id !== this.#step?.id) {
      this.#end(step)
      this.#step = step
    }
    const cable = step?.cable
    if (step === undefined || cable === undefined || this.#state === 'held') return
    const packet = this.#awaited(cable)
    if (cable.when !== undefined && packet === undefined) return
    const name = packet?.flow ?? ''
    if (this.#done.has(name)) return
    this.#done.add(name)
    this.#state = 'held'
    void this.#hold(step.id, cable, packet)
  }

  #awaited(cable: StepCable): Sighting | undefined {
    try {
      return cable.when?.(this.#options.run)
    } catch (error) {
      this.#failed = `its check is at fault: ${messageOf(error)}`
      return undefined
    }
  }

  /** What the learner is told of a step's cable; null for one whose turn it isn't. */
  words(step: WireStep): string | null {
    if (step.id !== this.#step?.id || step.cable === undefined) return null
    if (this.#failed !== undefined) return `The lab could not change the cable: ${this.#failed}`
    const { before = null, during, after = null } = step.cable.words
    return { waits: before, held: during, over: after }[this.#state]
  }

  /** Another text whenever `words` may say something else. */
  get standing(): string {
    return `${this.#step?.id} ${this.#state} ${this.#failed}`
  }

  /** The run is over, and the bench lets go with it. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  async #hold(id: string, cable: StepCable, packet: Sighting | undefined): Promise<void> {
    const { run, bench, now, onChange } = this.#options
    const { up, down, cut, plugIn, choose, forSeconds } = cable
    const wanted = {
      ...(up && { up }),
      ...(down && { down }),
      ...(cut && { cut }),
      ...(plugIn && { plugIn }),
      ...(choose && { choose }),
    }
    const forMs = forSeconds === undefined ? undefined : forSeconds * 1000
    try {
      const { since } = await bench.holdCable({
        id: run.id,
        cable: wanted,
        ...(forMs !== undefined && { forMs }),
      })
      const until = forMs === undefined ? Number.POSITIVE_INFINITY : (since + forMs) / 1000
      run.addHeld(id, { packet: packet ?? null, since: since / 1000, until })
      if (this.#closed || this.#step?.id !== id) return
      if (forMs !== undefined) this.#timer = setTimeout(() => this.#over(), since + forMs - now() + GRACE_MS)
      this.#timer?.unref()
    } catch (error) {
      if (this.#step?.id === id) this.#failed = messageOf(error)
    }
    if (!this.#closed) onChange()
  }

  #over(): void {
    this.#state = 'over'
    this.#options.onChange()
  }

  /** The step's turn is over; where the next one's hold follows at once, that takes the place of this. */
  #end(next: WireStep | undefined): void {
    clearTimeout(this.#timer)
    const { run, bench } = this.#options
    // If the run is over meanwhile, the bench has let go already.
    const follows = next?.cable !== undefined && next.cable.when === undefined
    if (this.#state === 'held' && !follows)
      bench.holdCable({ id: run.id, cable: null }).catch(() => undefined)
    this.#state = 'waits'
    this.#failed = undefined
    this.#done.clear()
  }
}
