/**
 * The stream in a TCP socket: bytes in and out of a `TcpHandle`, with pressure both ways, and its end. What the
 * reader doesn't take is not reported as consumed, so the receive window closes; a write is called back when
 * the send buffer has taken it, so a window that the peer has closed stops the writer.
 */
import { Duplex } from 'node:stream'
import type { TcpEnd, TcpFailure, TcpHandle, TcpHandler } from '../tcp/connection-api.ts'
import type { Stay } from './attachment.ts'
import { gathered } from './gather.ts'
import { orphan } from './orphan.ts'
import { misuse, socketError } from './socket-error.ts'

export interface TcpStreamOptions {
  /** False (Node's default): our side ends by itself when the peer has ended. */
  readonly allowHalfOpen?: boolean | undefined
  /** Bytes. */
  readonly highWaterMark?: number | undefined
  readonly signal?: AbortSignal | undefined
  /**
   * True: what is written may be changed once `write` has called back, as with a kernel's socket. False (for
   * whoever never does that) saves copying it: the bytes are read until they are acknowledged.
   */
  readonly copyWrites?: boolean | undefined
}

type WriteCallback = (error?: Error | null) => void

interface Writing {
  readonly pieces: Uint8Array[]
  readonly bytes: number
  readonly callback: WriteCallback
}

export abstract class TcpStream extends Duplex {
  /** Told by TCP. */
  protected readonly handler: TcpHandler
  protected handle: TcpHandle | undefined
  protected stay: Stay | undefined
  /** Where `connect` leads, for its errors. */
  protected goal: TcpEnd = { address: '', port: 0 }
  /** RST is wanted instead of FIN. */
  protected resetting = false
  connecting = false
  bytesRead = 0
  readonly #copyWrites: boolean
  #idle: NodeJS.Timeout | undefined
  /** TCP has told that it is over; nothing comes any more. */
  #over = false
  #peerEnded = false
  /** An `end` that came before the connection. */
  #pendingEnd: (() => void) | undefined
  #writing: Writing | undefined
  /** The reader has enough for now. */
  #full = false
  /** What came meanwhile, not consumed yet: TCP's window stays closed by it. */
  #kept: Buffer[] = []
  #taken = 0

  constructor(options: TcpStreamOptions) {
    super({
      allowHalfOpen: options.allowHalfOpen ?? false,
      // 'close' says whether there was an error, which a plain stream's does not.
      emitClose: false,
      autoDestroy: true,
      ...(options.highWaterMark !== undefined && { highWaterMark: options.highWaterMark }),
      ...(options.signal && { signal: options.signal }),
    })
    this.#copyWrites = options.copyWrites ?? true
    this.handler = {
      connected: () => contained(() => this.#connected()),
      data: (bytes) => {
        // Without a closure: called for each segment.
        try {
          this.#received(bytes)
        } catch (error) {
          later(error)
        }
      },
      ended: () => contained(() => this.#ended()),
      writable: () => contained(() => this.#sendOn()),
      closed: (failure) => contained(() => this.#closed(failure)),
    }
  }

  /** As new, for another connection after 'close'. */
  protected beginAgain(): void {
    // Not in the types; `net.Socket` itself does it so.
    const stream = this as unknown as { _undestroy(): void }
    stream._undestroy()
    this.#over = false
    this.#peerEnded = false
    this.#full = false
    this.#kept = []
    this.#taken = 0
    this.bytesRead = 0
  }

  /** Something happened: the idle time begins anew. */
  #active(): void {
    this.#idle?.refresh()
  }

  /** 'timeout' after so many idle milliseconds; 0 for never. */
  protected watchIdle(milliseconds: number): void {
    clearTimeout(this.#idle)
    this.#idle = milliseconds > 0 ? setTimeout(() => this.emit('timeout'), milliseconds).unref() : undefined
  }

  // What TCP tells.

  #connected(): void {
    this.connecting = false
    this.#active()
    this.emit('connect')
    this.emit('ready')
    if (!this.isPaused()) this.read(0)
    this.#sendOn()
    this.#pendingEnd?.()
  }

  #received(bytes: Uint8Array): void {
    this.#active()
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (this.#full) this.#kept.push(chunk)
    else this.#give(chunk)
  }

  /** As a kernel would see it: what is read from it is the program's, whatever the program does with it. */
  #give(chunk: Buffer): void {
    this.bytesRead += chunk.length
    this.handle?.consumed(chunk.length)
    this.#full = !this.push(chunk)
  }

  #ended(): void {
    this.#peerEnded = true
    this.#active()
    if (this.#kept.length > 0) return
    this.push(null)
    // So that 'end' comes also where nobody reads: there is nothing left to read.
    this.read(0)
  }

  #closed(failure: TcpFailure | undefined): void {
    this.#over = true
    if (failure === undefined) {
      // Both have said all: what has arrived may still be read, then the stream closes by itself.
      if (!this.#peerEnded) this.destroy()
      return
    }
    if (failure === 'ECONNABORTED' && !this.connecting) {
      // This host was taken off the network: nothing that went wrong between the two ends.
      this.destroy()
      return
    }
    const error = this.connecting
      ? socketError(failure, 'connect', this.goal)
      : socketError(failure, failure === 'EPIPE' ? 'write' : 'read')
    this.destroy(error)
  }

  // What the stream asks.

  override _read(): void {
    this.#full = false
    const kept = this.#kept
    if (kept.length === 0) return
    while (!this.#full) {
      // Taken out before it is given: whoever gets it may read on from within.
      const chunk = kept.shift()
      if (chunk === undefined) break
      this.#give(chunk)
    }
    if (kept.length === 0 && this.#peerEnded) this.push(null)
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, callback: WriteCallback): void {
    const piece = this.#copyWrites ? Buffer.from(chunk) : chunk
    this.#send({ pieces: [piece], bytes: chunk.length, callback })
  }

  override _writev(chunks: { chunk: Uint8Array }[], callback: WriteCallback): void {
    const all = chunks.map(({ chunk }) => chunk)
    this.#send({ ...gathered(all, this.#copyWrites), callback })
  }

  #send(writing: Writing): void {
    if (this.handle === undefined && !this.connecting) {
      writing.callback(misuse(Error, 'ERR_SOCKET_CLOSED', 'Socket is closed'))
      return
    }
    this.#writing = writing
    this.#sendOn()
  }

  #sendOn(): void {
    const handle = this.handle
    const writing = this.#writing
    if (handle === undefined || writing === undefined || this.connecting) return
    this.#active()
    const { pieces } = writing
    for (let piece = pieces[0]; piece !== undefined; piece = pieces[0]) {
      const taken = handle.write(piece)
      if (taken < piece.length) {
        // TCP says `writable` when there is room.
        pieces[0] = piece.subarray(taken)
        return
      }
      pieces.shift()
    }
    this.#writing = undefined
    this.#taken += writing.bytes
    writing.callback()
  }

  override _final(callback: WriteCallback): void {
    const end = () => {
      this.#pendingEnd = undefined
      this.handle?.end()
      callback()
    }
    if (this.connecting) this.#pendingEnd = end
    else end()
  }

  override _destroy(error: Error | null, callback: WriteCallback): void {
    this.connecting = false
    this.#pendingEnd = undefined
    this.watchIdle(0)
    this.#letGo()
    const writing = this.#writing
    this.#writing = undefined
    writing?.callback(error ?? misuse(Error, 'ERR_SOCKET_CLOSED', 'Socket is closed'))
    callback(error)
    // Node's comes in a later phase of the loop, too: after 'error' and whoever awaited that.
    setImmediate(() => this.emit('close', error !== null))
  }

  /** Leaves the connection to TCP, which ends it in order, or by RST where something was not read. */
  #letGo(): void {
    const { handle, stay } = this
    this.handle = undefined
    this.stay = undefined
    this.#kept = []
    if (stay === undefined) return
    if (handle === undefined || this.#over) {
      stay.leave()
      return
    }
    orphan(handle, stay, this.resetting)
    this.resetting = false
  }

  /** After the peer's FIN our side has ended too, unless `allowHalfOpen`: Node calls a write then EPIPE. */
  override write(...args: unknown[]): boolean {
    const late = this.readableEnded && this.writableEnded && !this.allowHalfOpen && !this.destroyed
    if (!late) return Reflect.apply(Duplex.prototype.write, this, args)
    const error = misuse(Error, 'EPIPE', 'This socket has been ended by the other party')
    const callback = args.find((arg) => typeof arg === 'function')
    if (callback !== undefined) process.nextTick(callback, error)
    this.destroy(error)
    return false
  }

  /** Taken by TCP or still waiting to be. */
  get bytesWritten(): number {
    return this.#taken + this.writableLength
  }

  /** Deprecated in Node, and there undefined without a connection, whatever its type says. */
  get bufferSize(): number {
    return this.writableLength
  }
}

/** TCP is in the middle of a segment: what a listener throws must not end that, but the program, as it would anywhere. */
function contained(work: () => void): void {
  try {
    work()
  } catch (error) {
    later(error)
  }
}

function later(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
