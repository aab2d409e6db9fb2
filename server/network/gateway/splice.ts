/**
 * Two TCP connections made one (RFC 3135 §2.4): the kernel's, by its socket, and the lab network's. What comes in
 * by one goes out by the other, and so does how it ends: FIN as FIN, so that a half-closed connection stays half
 * open, and RST as RST.
 *
 * Neither side may run away from the other. Towards the lab one read of the kernel's (64 KiB) waits here when TCP's
 * send buffer is full, and the socket is not read until there is room. Towards the kernel at most `HIGH_WATER` waits
 * in the socket; above it nothing is reported as consumed, so the lab's receive window closes and the sender stops.
 */
import type net from 'node:net'
import type { Pressure } from '../pressure.ts'
import type { TcpFailure, TcpHandle, TcpHandler } from '../tcp/connection-api.ts'

/** Bytes that wait for a program which reads slowly, before the window closes. */
const HIGH_WATER = 256 * 1024
/** Segments of one turn go to the kernel in writes of so many bytes: a system call for each costs more than the copy. */
const BATCH = 64 * 1024

export class Splice implements TcpHandler {
  readonly #socket: net.Socket
  readonly #over: (() => void) | undefined
  readonly #pressure: Pressure | undefined
  /** The socket is not read until the pressure has eased. */
  #pressed = false
  #handle: TcpHandle | undefined
  #connected = false
  /** The kernel's side: what TCP had no room for yet, and whether its FIN came. */
  #rest: Uint8Array | undefined
  #socketEnded = false
  /** The lab's side: whether its FIN came, and whether TCP has nothing more to say. */
  #labEnded = false
  #labClosed = false
  /** What came in this turn: the first segment as it is, and copied together from the second on. */
  #first: Uint8Array | undefined
  #batch: Uint8Array | undefined
  #used = 0
  #flushing = false
  #slow = false
  #withheld = 0

  /** The socket stays open when one side has ended (`allowHalfOpen`). `over` is called when the lab's connection is over. */
  constructor(socket: net.Socket, over?: () => void, pressure?: Pressure) {
    this.#socket = socket
    this.#over = over
    this.#pressure = pressure
    socket.on('data', (bytes) => this.#offer(bytes))
    socket.on('end', () => {
      this.#socketEnded = true
      this.#endIfSaid()
    })
    socket.on('drain', () => this.#drained())
    // 'close' follows, and says the same.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      const orderly = this.#socketEnded && this.#labEnded
      if (!orderly && !this.#labClosed) this.#handle?.abort()
    })
  }

  /** The lab's connection, whose handler this is. It may be attached before it is established. */
  attach(handle: TcpHandle): void {
    this.#handle = handle
    if (this.#socket.destroyed) handle.abort()
    else if (handle.state === 'CLOSED') this.#socket.resetAndDestroy()
    else if (handle.state !== 'SYN-SENT' && handle.state !== 'SYN-RECEIVED') this.connected()
  }

  // What TCP tells.

  connected(): void {
    if (this.#connected) return
    this.#connected = true
    this.#sendOn()
  }

  data(bytes: Uint8Array): void {
    if (this.#first === undefined && this.#batch === undefined) this.#first = bytes
    else this.#gather(bytes)
    if (!this.#flushing) {
      this.#flushing = true
      process.nextTick(this.#flush)
    }
    if (this.#slow) this.#withheld += bytes.length
    else this.#handle?.consumed(bytes.length)
  }

  ended(): void {
    this.#labEnded = true
    this.#flush()
    this.#socket.end()
  }

  writable(): void {
    this.#sendOn()
  }

  closed(failure: TcpFailure | undefined): void {
    this.#labClosed = true
    this.#flush()
    if (failure !== undefined) this.#socket.resetAndDestroy()
    else if (!this.#labEnded) this.#socket.destroy()
    this.#over?.()
  }

  // Towards the lab.

  #offer(bytes: Uint8Array): void {
    const taken = this.#connected && this.#rest === undefined ? (this.#handle?.write(bytes) ?? 0) : 0
    if (taken === bytes.length) {
      this.#waitIfPressed()
      return
    }
    this.#rest = bytes.subarray(taken)
    this.#socket.pause()
  }

  #waitIfPressed(): void {
    if (this.#pressed || !this.#pressure?.high) return
    this.#pressed = true
    this.#socket.pause()
    this.#pressure.eased(() => {
      this.#pressed = false
      if (this.#rest === undefined) this.#socket.resume()
    })
  }

  #sendOn(): void {
    const rest = this.#rest
    if (rest !== undefined) {
      const taken = this.#handle?.write(rest) ?? 0
      if (taken < rest.length) {
        this.#rest = rest.subarray(taken)
        return
      }
      this.#rest = undefined
      this.#waitIfPressed()
      if (!this.#pressed) this.#socket.resume()
    }
    this.#endIfSaid()
  }

  #endIfSaid(): void {
    if (this.#socketEnded && this.#connected && this.#rest === undefined) this.#handle?.end()
  }

  // Towards the kernel.

  #gather(bytes: Uint8Array): void {
    const first = this.#first
    if (first !== undefined) {
      this.#first = undefined
      this.#copy(first)
    }
    this.#copy(bytes)
  }

  #copy(bytes: Uint8Array): void {
    if (this.#used + bytes.length > BATCH) this.#write()
    if (bytes.length > BATCH) {
      this.#pass(bytes)
      return
    }
    this.#batch ??= Buffer.allocUnsafeSlow(BATCH)
    this.#batch.set(bytes, this.#used)
    this.#used += bytes.length
  }

  readonly #flush = (): void => {
    this.#flushing = false
    this.#write()
  }

  #write(): void {
    const bytes = this.#first ?? this.#batch?.subarray(0, this.#used)
    this.#first = undefined
    this.#batch = undefined
    this.#used = 0
    if (bytes !== undefined) this.#pass(bytes)
  }

  #pass(bytes: Uint8Array): void {
    if (this.#socket.destroyed) return
    this.#socket.write(bytes)
    if (this.#socket.writableLength >= HIGH_WATER) this.#slow = true
  }

  #drained(): void {
    this.#slow = false
    const bytes = this.#withheld
    this.#withheld = 0
    if (bytes > 0 && !this.#labClosed) this.#handle?.consumed(bytes)
  }
}
