/**
 * Conversations that no two programs would have: segments lost, repeated, overlapping, out of order, with windows,
 * blocks and flags as they come. Whoever reads them must count as Wireshark does.
 */
import type { Endpoint } from '../../server/protocols/conversation.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { concat, START_TIME, type TcpOptions, tcpFrame } from '../frames.ts'

/** Nobody reads what port 9 discards, so that both readers call it data. */
const SERVER: Endpoint = { address: '10.0.0.2', port: 9 }
const FIRST_PORT = 20_000

/** A stream of numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Side {
  readonly isn: number
  next: number
  /** What it acknowledges. */
  ack: number
  window: number
  readonly shift: number | undefined
  readonly sent: { start: number; length: number }[]
}

export class RandomSegments {
  readonly frames: Frame[] = []
  readonly #random: () => number
  /** Microseconds, as the capture file holds them. */
  #time = 0
  #port = FIRST_PORT

  constructor(seed: number) {
    this.#random = randomNumbers(seed)
  }

  conversation(): void {
    if (!this.#chance(0.1)) this.#port++
    const sides = [this.#side(), this.#side()] as const
    sides[0].ack = sides[1].next
    sides[1].ack = sides[0].next
    const step = this.#one([100, 1000, 10_000, 100_000])
    if (this.#chance(0.7)) this.#handshake(sides, step)
    const oneWay = this.#chance(0.1)
    for (let left = this.#integer(3, 60); left > 0; left--) {
      this.#wait(step)
      const from = oneWay || this.#chance(0.5) ? 0 : 1
      this.#something(from, sides[from], sides[1 - from] as Side)
    }
  }

  #side(): Side {
    const isn = this.#one([this.#integer(1, 2 ** 32 - 1), 0xffff_ff00, 100])
    const shift = this.#one([undefined, 0, 3, 7])
    return { isn, next: isn, ack: 0, window: 1000, shift, sent: [] }
  }

  #handshake([client, server]: readonly [Side, Side], step: number): void {
    const options = ({ shift }: Side) =>
      shift === undefined ? Uint8Array.of(2, 4, 5, 0xb4) : Uint8Array.of(2, 4, 5, 0xb4, 3, 3, shift, 1)
    for (let left = this.#one([1, 1, 1, 2]); left > 0; left--) {
      this.#send(0, { seq: client.isn, flags: 'S', window: 1000, options: options(client) })
      this.#wait(step)
    }
    if (this.#chance(0.1)) this.#send(1, { seq: 0, ack: client.isn + 1, flags: 'RA', window: 0 })
    client.next = client.isn + 1
    server.next = server.isn + 1
    client.ack = server.next
    server.ack = client.next
    if (this.#chance(0.9)) {
      const seq = this.#chance(0.97) ? server.isn : server.isn + 99
      this.#send(1, { seq, ack: server.ack, flags: 'SA', window: 65_535, options: options(server) })
      this.#wait(step)
      if (this.#chance(0.9)) this.#send(0, { seq: client.next, ack: client.ack, flags: 'A', window: 1000 })
    }
  }

  #something(from: 0 | 1, own: Side, other: Side): void {
    const { window, ack, next: seq } = own
    const plain = { seq, ack, window, flags: 'A' }
    const options = this.#chance(0.15) ? { options: this.#sack(own) } : {}
    const kind = this.#random()
    if (kind < 0.35) {
      const length = this.#one([1, 1, 2, 10, 100, 500, 1000])
      const flags = this.#chance(0.5) ? 'PA' : 'A'
      this.#send(from, { ...plain, ...options, flags, payload: new Uint8Array(length) })
      own.sent.push({ start: seq, length })
      own.next += length
    } else if (kind < 0.42) own.next += this.#one([1, 100, 500])
    else if (kind < 0.52) this.#repeat(from, own, options)
    else if (kind < 0.72) {
      if (this.#chance(0.6)) own.ack = other.next - (this.#chance(0.3) ? this.#integer(0, 300) : 0)
      this.#send(from, { ...plain, ...options, ack: own.ack })
    } else if (kind < 0.79) {
      for (let left = this.#integer(2, 4); left > 0; left--) {
        this.#send(from, { ...plain, ...options })
        this.#time += 50
      }
      const wanted = { seq: ack, ack: other.ack, window: other.window, flags: 'PA' }
      if (this.#chance(0.6)) {
        this.#send(from === 0 ? 1 : 0, { ...wanted, payload: new Uint8Array(this.#one([10, 100])) })
      }
    } else if (kind < 0.84) {
      own.window = this.#one([0, 0, 1000, 2000, 65_535])
      this.#send(from, { ...plain, window: own.window })
    } else if (kind < 0.88) {
      this.#send(from, { ...plain, seq: seq - 1, payload: new Uint8Array(this.#one([0, 0, 1])) })
      const answer = { seq: other.next, ack: other.ack, window: other.window, flags: 'A' }
      if (this.#chance(0.7)) this.#send(from === 0 ? 1 : 0, answer)
    } else if (kind < 0.91) {
      own.ack = other.next + this.#integer(1, 300)
      this.#send(from, { ...plain, ack: own.ack })
    } else if (kind < 0.93) {
      const room = other.ack + other.window * 2 ** (other.shift ?? 0) - seq
      const length = Math.min(1000, Math.max(1, room))
      this.#send(from, { ...plain, payload: new Uint8Array(length) })
      own.next += length
    } else if (kind < 0.945) {
      this.#send(from, { ...plain, flags: 'FA', payload: new Uint8Array(this.#one([0, 0, 10])) })
      own.next++
    } else if (kind < 0.955) {
      this.#send(from, { ...plain, flags: this.#one(['R', 'RA']), ack: this.#one([0, ack]) })
    } else if (kind < 0.975) {
      const flags = this.#one(['', 'A', 'PA', 'S', 'SA', 'F', 'UA'])
      this.#send(from, { ...plain, seq: seq + this.#integer(-2000, 2000), flags })
    } else this.#send(0, { seq: this.#integer(1, 2 ** 32 - 1), flags: 'S', window: 1000 })
  }

  #repeat(from: 0 | 1, own: Side, options: { options?: Uint8Array }): void {
    const last = own.sent.slice(-4)
    const again = last[this.#integer(0, last.length - 1)]
    if (again === undefined) return
    const length = again.length + (this.#chance(0.2) ? this.#integer(1, 50) : 0)
    const { ack, window } = own
    const segment = { seq: again.start, ack, window, flags: 'PA', payload: new Uint8Array(length) }
    this.#send(from, { ...segment, ...options })
  }

  #sack({ ack }: Side): Uint8Array {
    const count = this.#integer(1, 4)
    const bytes = new Uint8Array(2 + 8 * count)
    bytes.set([5, bytes.length])
    const view = new DataView(bytes.buffer)
    for (let i = 0; i < count; i++) {
      const left = ack + this.#integer(-300, 1500)
      view.setUint32(2 + 8 * i, left >>> 0)
      view.setUint32(6 + 8 * i, (left + this.#integer(1, 500)) >>> 0)
    }
    return concat(Uint8Array.of(1, 1), bytes)
  }

  #send(from: 0 | 1, segment: TcpOptions): void {
    const client = { address: '10.0.0.1', port: this.#port }
    const [source, destination] = from === 0 ? [client, SERVER] : [SERVER, client]
    const wrapped = { ...segment, seq: segment.seq >>> 0, ack: (segment.ack ?? 0) >>> 0 }
    const time = START_TIME + BigInt(this.#time) * 1000n
    this.frames.push(tcpFrame(source, destination, { ...wrapped, time }))
  }

  #wait(step: number): void {
    this.#time += Math.round(this.#one([0, this.#random() * step, step, 5 * this.#random() * step]))
  }

  #chance(of: number): boolean {
    return this.#random() < of
  }

  #integer(from: number, to: number): number {
    return from + Math.floor(this.#random() * (to - from + 1))
  }

  #one<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T
  }
}
