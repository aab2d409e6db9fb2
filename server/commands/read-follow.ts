/** `--follow`: what the two ends of a conversation said to each other (tshark's `-z follow`). */
import { UsageError } from '../errors.ts'
import type { Flow } from '../protocols/conversation.ts'
import type { Packet } from '../protocols/packet.ts'
import { JoinedStream, type Said } from '../trace/joined-stream.ts'
import { CONTENTS, type Content, TCP } from '../trace/stream-contents.ts'
import type { Trace } from '../trace/trace.ts'
import type { Collector } from './read-collect.ts'
import { endpointText } from './read-flows.ts'
import { followDump } from './read-hex.ts'
import { printable } from './terminal-text.ts'
import type { TextOutput } from './text-output.ts'

const MANNERS = ['text', 'hex', 'raw'] as const
export type Manner = (typeof MANNERS)[number]

export interface Followed {
  readonly content: string
  readonly index: number
}

/** `tcp.0`, `udp.3`, `tls.0`. Throws a UsageError. */
export function parseFollowed(text: string, option = '--follow'): Followed {
  const [, content = '', index] = /^([a-z]+)\.(\d{1,15})$/.exec(text) ?? []
  if (index !== undefined && Object.hasOwn(CONTENTS, content)) return { content, index: Number(index) }
  throw new UsageError(
    `${option} ${text}: expected a stream such as tcp.0, numbered as -e tcp.stream does; ` +
      `there are ${Object.keys(CONTENTS).join(', ')}`,
  )
}

export function parseManner(text = 'text'): Manner {
  const manner = MANNERS.find((each) => each === (text === 'ascii' ? 'text' : text))
  if (manner === undefined) throw new UsageError(`--follow-as ${text}: expected text, hex or raw`)
  return manner
}

export class Follow implements Collector {
  readonly needs: Collector['needs']
  readonly #followed: Followed
  readonly #content: Content
  readonly #manner: Manner
  readonly #joined: JoinedStream
  #flow: Flow | undefined
  /** What was said, written as it comes; `client` first where nobody else spoke before. */
  #text = ''
  #first: boolean | undefined
  readonly #counts = { client: 0, server: 0 }

  constructor(followed: Followed, manner: Manner) {
    this.#followed = followed
    this.#content = CONTENTS[followed.content] ?? TCP
    this.#manner = manner
    this.needs = this.#content.needs
    this.#joined = new JoinedStream(this.#content, (said) => this.#deliver(said))
  }

  packet(packet: Packet): void {
    const { flow, fromClient } = packet
    const { transport } = this.#content
    if (flow?.transport !== transport || flow.index !== this.#followed.index || fromClient === null) return
    this.#flow = flow
    this.#joined.packet(packet)
  }

  #deliver({ number, offset, length, bytes, fromClient }: Said): void {
    if (number === 0 || bytes === undefined) {
      this.#say(Buffer.from(`[${length} bytes missing in capture file]`), fromClient)
    } else this.#say(bytes.subarray(offset, offset + length), fromClient)
  }

  /** Who speaks first is Node 0, whose lines begin at the margin. */
  #say(bytes: Uint8Array, fromClient: boolean): void {
    if (bytes.length === 0) return
    this.#first ??= fromClient
    const indent = fromClient === this.#first ? '' : '\t'
    const side = fromClient ? 'client' : 'server'
    if (this.#manner === 'hex') this.#text += followDump(bytes, this.#counts[side], indent)
    else if (this.#manner === 'raw') this.#text += `${indent}${Buffer.from(bytes).toString('hex')}\n`
    else
      this.#text += `${indent}${bytes.length}\n${printable(Buffer.from(bytes).toString('utf8').replaceAll('\r\n', '\n'))}\n`
    this.#counts[side] += bytes.length
  }

  async finish(_trace: Trace, output: TextOutput): Promise<void> {
    this.#joined.end()
    const { content, index } = this.#followed
    const flow = this.#flow
    if (flow === undefined) throw new UsageError(`there is no stream ${this.#content.transport}.${index}`)
    const [zero, one] = (this.#first ?? true) ? [flow.client, flow.server] : [flow.server, flow.client]
    output.add(`${RULE}Follow: ${content},${this.#manner === 'text' ? 'ascii' : this.#manner}\n`)
    output.add(`Filter: ${this.#content.transport}.stream eq ${index}\n`)
    output.add(`Node 0: ${endpointText(zero)}\nNode 1: ${endpointText(one)}\n`)
    output.add(`${this.#text}${RULE}`)
  }
}

const RULE = `${'='.repeat(67)}\n`
