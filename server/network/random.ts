/** Chance that can be repeated: the same seed gives the same numbers, on every machine. */

export interface Random {
  /** At least 0 and less than 1. */
  next(): number
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number
  /** Normally distributed, mean 0, standard deviation 1. */
  normal(): number
  /** A source of its own that depends on this one's seed and the name alone, not on what was drawn before. */
  fork(name: string): Random
}

/** A seeded source: sfc32 (PractRand's small fast counter), 128 bits of state filled by splitmix32. */
export function seeded(seed: number): Random {
  let mix = seed | 0
  const fill = () => {
    mix = (mix + 0x9e3779b9) | 0
    let z = mix
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return z ^ (z >>> 15)
  }
  let a = fill()
  let b = fill()
  let c = fill()
  let d = 1
  const next = () => {
    const sum = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return (sum >>> 0) / 0x1_0000_0000
  }
  for (let i = 0; i < 12; i++) next()
  return {
    next,
    below: (below) => Math.floor(next() * below),
    // Box and Muller; 1 - next() is never 0.
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    fork: (name) => seeded(hash(name, seed)),
  }
}

/** FNV-1a, started from the seed. */
function hash(name: string, seed: number): number {
  let value = 0x811c9dc5 ^ seed
  for (let i = 0; i < name.length; i++) value = Math.imul(value ^ name.charCodeAt(i), 0x01000193)
  return value
}
