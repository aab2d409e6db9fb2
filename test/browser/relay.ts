/** A way to a server that can be made slow, be held, and be broken: bytes are passed on as they come, and as it is told. */
import { once } from 'node:events'
import net from 'node:net'

export class Relay {
  /** Bytes a second each way; undefined for as fast as they come. */
  rate: number | undefined
  /** Seconds that each byte takes, each way. */
  delay = 0
  readonly #server: net.Server
  readonly #ways = new Set<Way>()
  #held = false

  private constructor(target: net.NetConnectOpts) {
    this.#server = net.createServer((inside) => {
      const outside = net.connect(target)
      for (const [from, to] of [
        [inside, outside],
        [outside, inside],
      ] as const) {
        const way = new Way(from, to, this)
        this.#ways.add(way)
        if (this.#held) from.pause()
        from.on('error', () => undefined)
        from.once('close', () => {
          this.#ways.delete(way)
          to.destroy()
        })
      }
    })
  }

  static async start(listen: net.ListenOptions, target: net.NetConnectOpts): Promise<Relay> {
    const relay = new Relay(target)
    relay.#server.listen(listen)
    await once(relay.#server, 'listening')
    return relay
  }

  /** Nothing passes any more, and nobody is told. What opens from then on is held as well. */
  hold(): void {
    this.#held = true
    for (const { from } of this.#ways) from.pause()
  }

  /** Breaks all that is open; what opens from then on passes again. */
  cut(): void {
    this.#held = false
    for (const { from } of this.#ways) from.destroy()
  }

  /** Bytes on their way. */
  get inside(): number {
    let bytes = 0
    for (const way of this.#ways) bytes += way.inside
    return bytes
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

class Way {
  readonly from: net.Socket
  inside = 0
  /** When the last byte that is inside will have left, epoch milliseconds. */
  #free = 0

  constructor(from: net.Socket, to: net.Socket, relay: Relay) {
    this.from = from
    from.on('data', (bytes) => {
      const now = performance.now()
      const takes = relay.rate === undefined ? 0 : (bytes.length / relay.rate) * 1000
      this.#free = Math.max(now, this.#free) + takes
      this.inside += bytes.length
      const pass = () => {
        this.inside -= bytes.length
        if (!to.destroyed) to.write(bytes)
      }
      const after = this.#free - now + relay.delay * 1000
      if (after <= 0) pass()
      else setTimeout(pass, after)
    })
  }
}
