/** Initial sequence numbers, RFC 6528: a clock of 4 µs, plus a number that nobody outside can compute. */
import type { Random } from '../random.ts'

const TICK_MS = 0.004

/** HalfSipHash-2-4 (Aumasson and Bernstein's SipHash for 32-bit words) of whole words, keyed by chance. */
export class Isn {
  readonly #key0: number
  readonly #key1: number

  constructor(random: Random) {
    this.#key0 = random.below(0x1_0000_0000) | 0
    this.#key1 = random.below(0x1_0000_0000) | 0
  }

  /** ISN = M + F(local address and port, remote address and port, secret), at `now` ms. */
  number(local: number, localPort: number, remote: number, remotePort: number, now: number): number {
    const clock = Math.floor(now / TICK_MS)
    return (clock + this.hash(local, localPort, remote, remotePort)) >>> 0
  }

  /** F alone: where the connection's timestamps begin (RFC 7323 §7.1), the same for each of the same four. */
  hash(local: number, localPort: number, remote: number, remotePort: number): number {
    const state = new Int32Array([this.#key0, this.#key1, 0x6c796765 ^ this.#key0, 0x74656462 ^ this.#key1])
    for (const word of [local, remote, (localPort << 16) | remotePort, 12 << 24]) {
      state[3] = (state[3] ?? 0) ^ word
      rounds(state, 2)
      state[0] = (state[0] ?? 0) ^ word
    }
    state[2] = (state[2] ?? 0) ^ 0xff
    rounds(state, 4)
    return ((state[1] ?? 0) ^ (state[3] ?? 0)) >>> 0
  }
}

function rounds(v: Int32Array, count: number): void {
  let [v0 = 0, v1 = 0, v2 = 0, v3 = 0] = v
  for (let i = 0; i < count; i++) {
    v0 = (v0 + v1) | 0
    v1 = rotate(v1, 5) ^ v0
    v0 = rotate(v0, 16)
    v2 = (v2 + v3) | 0
    v3 = rotate(v3, 8) ^ v2
    v0 = (v0 + v3) | 0
    v3 = rotate(v3, 7) ^ v0
    v2 = (v2 + v1) | 0
    v1 = rotate(v1, 13) ^ v2
    v2 = rotate(v2, 16)
  }
  v.set([v0, v1, v2, v3])
}

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by))
