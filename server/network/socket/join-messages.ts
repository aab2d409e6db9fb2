/**
 * What a program that is a host of its own and the lab say to each other over their local socket: each message
 * is a header of four bytes and a body.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     kind      |                 length of body                |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * Kind 1 is one Ethernet frame, without preamble and FCS; kind 2 is JSON. The program says `hello` first and is
 * answered by `welcome` or `refused`; frames go both ways after that.
 */
import type { TcpEnd, TcpSample } from '../tcp/connection-api.ts'

export const JOIN_VERSION = 1
export const FRAME = 1
export const CONTROL = 2
const HEADER_BYTES = 4
/** The longest IPv4 packet in its Ethernet frame, with room to spare; no message is longer. */
export const MAX_BODY = 0x1_0000 + 64

export interface Hello {
  readonly type: 'hello'
  readonly version: number
  readonly role: 'client' | 'server'
  /** Shown on the map. */
  readonly name: string
  readonly pid: number
  /** The lab run that it was started in. */
  readonly run?: string
}

/** Where a port of the host computer leads on the lab network. */
export interface LabPort {
  /** Dotted decimal. */
  readonly address: string
  readonly port: number
}
/** By the port's number. */
export type PortMap = Readonly<Record<string, LabPort>>

export interface PortMaps {
  readonly tcp: PortMap
  readonly udp: PortMap
}

export interface Welcome {
  readonly type: 'welcome'
  readonly address: string
  readonly mac: string
  readonly prefix: number
  readonly gateway?: string
  /** The lab's own server. */
  readonly server: string
  readonly mtu: number
  readonly ports: PortMaps
}

export interface Refused {
  readonly type: 'refused'
  /** What the user is told. */
  readonly message: string
}

/** The lab's ports have changed. */
export interface Ports {
  readonly type: 'ports'
  readonly ports: PortMaps
}

/** The program listens at a port of its host, or does no longer. */
export interface Listening {
  readonly type: 'listening'
  readonly transport: 'tcp' | 'udp'
  readonly port: number
  readonly on: boolean
}

/** What TCP in the program knows of itself; `time` is epoch milliseconds, and null stands for Infinity or undefined. */
export interface Sample {
  readonly type: 'sample'
  readonly local: TcpEnd
  readonly remote: TcpEnd
  readonly sample: Record<keyof TcpSample, string | number | null>
}

/** The program goes, and has said all it had to say. */
export interface Bye {
  readonly type: 'bye'
}

export type FromProgram = Hello | Listening | Sample | Bye
export type FromLab = Welcome | Refused | Ports

/** A header and what follows it. */
export function header(kind: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES)
  bytes.writeUInt32BE(kind * 0x100_0000 + length, 0)
  return bytes
}

export function control(message: FromProgram | FromLab): Buffer {
  const body = Buffer.from(JSON.stringify(message))
  return Buffer.concat([header(CONTROL, body.length), body])
}

export interface MessageHandler {
  /** The bytes are the receiver's to keep. */
  frame(bytes: Uint8Array): void
  /** Any JSON value. */
  control(value: unknown): void
}

/**
 * Cuts a stream of bytes into messages. `take` throws at the first that is malformed, with what was expected;
 * nothing after it can be understood.
 */
export class MessageReader {
  readonly #handler: MessageHandler
  /** Bytes that must be there before looking again makes sense. */
  #wanted = HEADER_BYTES
  /** Came while a message was incomplete. */
  #more: Buffer[] = []
  #held = 0

  constructor(handler: MessageHandler) {
    this.#handler = handler
  }

  /** `chunk` is kept: frames are views of it. */
  take(chunk: Buffer): void {
    let bytes = chunk
    if (this.#held > 0) {
      this.#more.push(chunk)
      this.#held += chunk.length
      if (this.#held < this.#wanted) return
      bytes = Buffer.concat(this.#more, this.#held)
      this.#more = []
      this.#held = 0
    }
    let at = 0
    while (bytes.length - at >= HEADER_BYTES) {
      const word = bytes.readUInt32BE(at)
      const kind = word >>> 24
      const length = word & 0xff_ffff
      if ((kind !== FRAME && kind !== CONTROL) || length > MAX_BODY) {
        throw new Error(
          `expected a message of kind ${FRAME} or ${CONTROL} and at most ${MAX_BODY} bytes, found kind ${kind}, ${length} bytes`,
        )
      }
      const end = at + HEADER_BYTES + length
      if (end > bytes.length) break
      const body = bytes.subarray(at + HEADER_BYTES, end)
      at = end
      if (kind === FRAME) this.#handler.frame(body)
      else this.#handler.control(parsed(body))
    }
    this.#keep(bytes.subarray(at))
  }

  #keep(rest: Buffer): void {
    if (rest.length === 0) return
    this.#more.push(rest)
    this.#held = rest.length
    this.#wanted = HEADER_BYTES + (rest.length < HEADER_BYTES ? 0 : rest.readUInt32BE(0) & 0xff_ffff)
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new Error(
      `expected JSON in a control message, found ${JSON.stringify(body.toString('latin1', 0, 40))}`,
    )
  }
}
