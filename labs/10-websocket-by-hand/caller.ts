/** A WebSocket client that writes its frames byte by byte, and waits for answers no longer than a moment. */
import { createHash, randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import net from 'node:net'
import { HOST, port } from '../kit/cast.ts'

export const CONTINUATION = 0
export const TEXT = 1
export const CLOSE = 8
export const PING = 9

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const HEAD_END = '\r\n\r\n'
/** Milliseconds: a lost segment is repeated within. A server that has been silent once is not given as long again. */
const PATIENCE_MS = 2500
const SECOND_PATIENCE_MS = 400

let patienceMs = PATIENCE_MS

export class Caller {
  readonly #socket = net.connect({ host: HOST, port: port('DOOR'), allowHalfOpen: true })
  readonly #news = new EventEmitter()
  #received = Buffer.alloc(0)
  #isOver = false

  private constructor() {
    const over = () => {
      this.#isOver = true
      this.#news.emit('news')
    }
    this.#socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#news.emit('news')
    })
    this.#socket.on('end', over).on('close', over).on('error', over)
  }

  /** Connects and asks for a WebSocket; undefined, and told, when the answer is not one that a client takes. */
  static async open(name: string): Promise<Caller | undefined> {
    const caller = new Caller()
    const key = randomBytes(16).toString('base64')
    caller.#socket.write(
      [
        'GET /by-hand HTTP/1.1',
        `Host: ${HOST}:${port('DOOR')}`,
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Key: ${key}`,
        'Sec-WebSocket-Version: 13',
        '\r\n',
      ].join('\r\n'),
    )
    await caller.#until(() => caller.#received.includes(HEAD_END))
    const problem = refusal(caller.#received.toString('latin1'), key, caller.#isOver)
    if (problem === undefined) return caller
    console.error(`${name} hangs up: ${problem}`)
    caller.#socket.destroy()
    return undefined
  }

  send(opcode: number, payload: Buffer, { fin = true, masked = true } = {}): void {
    if (!this.#socket.writable) return
    const { length } = payload
    const size = length < 126 ? [length] : [126, length >> 8, length & 0xff]
    const head = Buffer.from([
      (fin ? 0x80 : 0) | opcode,
      (size[0] ?? 0) | (masked ? 0x80 : 0),
      ...size.slice(1),
    ])
    const key = masked ? randomBytes(4) : Buffer.alloc(0)
    const body = masked ? payload.map((byte, i) => byte ^ key.readUInt8(i % 4)) : payload
    this.#socket.write(Buffer.concat([head, key, body]))
  }

  /** Sends a frame, and waits until something comes. */
  async ask(opcode: number, payload: Buffer): Promise<void> {
    const before = this.#received.length
    this.send(opcode, payload)
    await this.#until(() => this.#received.length > before)
  }

  /** Waits for the server to close the connection, as it should be the first to do (RFC 6455 §7.1.1). */
  async ended(): Promise<void> {
    await this.#until(() => this.#isOver)
    this.#socket.end()
    if (!this.#socket.closed) await once(this.#socket, 'close', limit()).catch(() => this.#socket.destroy())
  }

  async #until(isSo: () => boolean): Promise<void> {
    const within = limit()
    while (!isSo() && !this.#isOver) {
      try {
        await once(this.#news, 'news', within)
      } catch {
        patienceMs = SECOND_PATIENCE_MS
        return
      }
    }
  }
}

const limit = () => ({ signal: AbortSignal.timeout(patienceMs) })

/** Why a client can't take this answer to its upgrade. */
function refusal(answer: string, key: string, isOver: boolean): string | undefined {
  const [status = ''] = answer.split('\r\n')
  if (status === '') {
    return isOver ? 'its connection ended before an answer came.' : 'it has waited long enough for an answer.'
  }
  if (!answer.includes(HEAD_END)) return 'the empty line that ends the head of its answer has not come.'
  if (!/^HTTP\/1\.1 101/.test(status)) return `it asked for a WebSocket, and was told ${status}`
  const accept = /^sec-websocket-accept: *(\S*)/im.exec(answer)?.[1]
  if (
    accept ===
    createHash('sha1')
      .update(key + GUID)
      .digest('base64')
  )
    return undefined
  return `Sec-WebSocket-Accept ${accept === undefined ? 'is missing' : 'does not fit its key'}.`
}
