/** The views of a trace, each shared by all who ask with the same filter; those asked for last are kept. */
import type { CompiledFilter } from './filter.ts'
import type { Trace } from './trace.ts'
import { View } from './view.ts'

const KEPT = 16

export class Views {
  readonly #trace: Trace
  readonly #views = new Map<string, View>()

  constructor(trace: Trace) {
    this.#trace = trace
  }

  of(filter: CompiledFilter | undefined): View {
    const key = filter?.text ?? ''
    const view = this.#views.get(key) ?? new View(this.#trace, filter)
    this.#views.delete(key)
    this.#views.set(key, view)
    if (this.#views.size > KEPT) {
      const [oldest] = this.#views.keys()
      if (oldest !== undefined) this.#views.delete(oldest)
    }
    return view
  }

  /** A packet has become another one. */
  revise(number: number): void {
    for (const view of this.#views.values()) view.revise(number)
  }

  clear(): void {
    this.#views.clear()
  }
}
