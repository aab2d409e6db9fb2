/** The words of the packet list's info column: whose they are, and what stands beside them. */
import type { Ink } from './ink.ts'
import type { Layer } from './layer.ts'

/** Characters after which messages side by side are no longer added. */
const MOST = 300

export class InfoColumn {
  /** Where a skim found them; read when they are asked for. */
  ink: Ink | undefined
  #text: string | undefined
  /** The layer that wrote last. */
  #layer = -1
  /** What layers before that one, and not around it, had to say. */
  #before = ''

  get text(): string {
    this.#text ??= this.ink?.from(0) ?? ''
    return this.#text
  }

  set text(text: string) {
    this.#text = text
  }

  /** Goes on behind a skim: `layer` stands for what has spoken so far, or for the carrier of what will. */
  goOn(layer: number, skim: { readonly spoken: boolean; readonly info: Ink }): void {
    this.#layer = layer
    if (skim.spoken) this.#text = skim.info.from(0)
  }

  /** What the layer in place `current` says takes the place of its carrier's words, and goes beside those of others. */
  say(text: string, current: number, layers: readonly Layer[]): void {
    if (!this.#isInside(current, layers)) this.#before = this.text
    this.#layer = current
    if (this.#before.length < MOST) this.#text = this.#before === '' ? text : `${this.#before} · ${text}`
  }

  /** Whether the layer that wrote last is this one or carries it, at whatever remove. */
  #isInside(current: number, layers: readonly Layer[]): boolean {
    let at = current
    while (at > this.#layer) at = layers[at]?.parent ?? -1
    return at === this.#layer
  }
}
