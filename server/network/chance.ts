/**
 * What chance has in store for the frames of one direction. Each frame takes the same number of draws from the
 * source, whatever the impairments are and whatever becomes of it: so the n-th frame meets the same fate again with
 * the same seed, also when another slider stands elsewhere.
 */
import type { Impairments } from './impairments.ts'
import type { Random } from './random.ts'

export class Chance {
  readonly #random: Random
  /** In a burst of losses: the bad state of Gilbert and Elliott. */
  #bad = false
  /** The latest frame's draws; see `draw`. */
  lost = false
  duplicated = false
  corrupted = false
  reordered = false
  /** Where the bit stands that turns over if one does: 0 the first, nearly 1 the last. */
  where = 0
  /** Normally distributed, in standard deviations; 0 while there is no jitter. */
  jitter = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** Seven draws for one frame. */
  draw(impairments: Impairments): void {
    const random = this.#random
    this.lost = this.#loses(random.next(), impairments)
    this.duplicated = random.next() < impairments.duplicate
    this.corrupted = random.next() < impairments.corrupt
    this.where = random.next()
    this.reordered = random.next() < impairments.reorder
    if (impairments.jitter > 0) {
      this.jitter = random.normal()
    } else {
      // As many as `normal` takes, without its logarithm and cosine.
      random.next()
      random.next()
      this.jitter = 0
    }
  }

  /**
   * Losses one by one, or in Gilbert's two states, of which the bad one loses everything: left with 1 / burst, its
   * mean length is `burst` frames; entered so often that it makes up the share `loss` of all frames.
   */
  #loses(draw: number, { loss, burst }: Impairments): boolean {
    if (burst <= 1 || loss <= 0 || loss >= 1) {
      this.#bad = false
      return draw < loss
    }
    let leave = 1 / burst
    let enter = (leave * loss) / (1 - loss)
    if (enter > 1) {
      // More than burst / (burst + 1) is lost: with one frame between bursts they must be longer than asked for.
      enter = 1
      leave = (1 - loss) / loss
    }
    this.#bad = this.#bad ? draw >= leave : draw < enter
    return this.#bad
  }
}
