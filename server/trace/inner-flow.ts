/**
 * The stream that a TLS connection carries, once it is opened: a conversation of its own, with the connection's name
 * and ends, whose application is found from its bytes like that of a bare one.
 */
import type { Endpoint, Flow, InnerStream, Message, Piece } from '../protocols/conversation.ts'
import type { StreamProtocol } from '../protocols/protocol.ts'
import { type CuttingContext, MessageCutter } from './message-cutter.ts'

class InnerFlow implements Flow {
  readonly transport = 'tcp'
  readonly index: number
  readonly id: string
  readonly client: Endpoint
  readonly server: Endpoint
  application: StreamProtocol | undefined
  readonly carrier: Flow
  #state: Map<string, unknown> | undefined

  constructor(outer: Flow) {
    this.carrier = outer
    this.index = outer.index
    this.id = outer.id
    this.client = outer.client
    this.server = outer.server
  }

  get initialRtt(): number | undefined {
    return this.carrier.initialRtt
  }

  get state(): Map<string, unknown> {
    this.#state ??= new Map()
    return this.#state
  }

  /** What ends the connection ends this too. */
  get whenEnding(): Flow['whenEnding'] {
    return this.carrier.whenEnding
  }

  set whenEnding(told: Flow['whenEnding']) {
    this.carrier.whenEnding = told
  }

  forget(): void {
    this.#state = undefined
  }
}

export class OpenedStream implements InnerStream {
  readonly #flow: InnerFlow
  /** Undefined once the connection is dropped. */
  #cutters: { readonly client: MessageCutter; readonly server: MessageCutter } | undefined

  constructor(outer: Flow, context: CuttingContext) {
    const flow = new InnerFlow(outer)
    this.#flow = flow
    const inside: CuttingContext = {
      ...context,
      // A port's decree is about the connection, and that is TLS already.
      decreed: () => undefined,
      recognised: context.recognised.filter((protocol) => protocol !== outer.application),
    }
    this.#cutters = {
      client: new MessageCutter(flow, true, inside),
      server: new MessageCutter(flow, false, inside),
    }
  }

  get flow(): Flow {
    return this.#flow
  }

  push(fromClient: boolean, piece: Piece): void {
    this.#cutter(fromClient)?.push(piece)
  }

  end(fromClient: boolean): void {
    this.#cutter(fromClient)?.end()
  }

  next(fromClient: boolean): Message | undefined {
    const cutter = this.#cutter(fromClient)
    return cutter === undefined || cutter.idle ? undefined : cutter.next()
  }

  close(): void {
    this.#cutters?.client.close()
    this.#cutters?.server.close()
    this.#cutters = undefined
    this.#flow.forget()
  }

  #cutter(fromClient: boolean): MessageCutter | undefined {
    return fromClient ? this.#cutters?.client : this.#cutters?.server
  }
}
