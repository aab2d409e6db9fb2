/**
 * Typed requests, replies and notices over a MessagePort. Each side serves an interface of methods with one
 * argument, and calls the other's: `ask` waits for the answer, `tell` does not.
 */
import { ChannelError, messageOf, NetworkError } from './errors.ts'

/** Methods of one argument each; `never`, since we only pass on what the other side sent. */
type Methods<T> = { [K in keyof T]: (argument: never) => unknown }
type Argument<T, K extends keyof T> = T[K] extends (argument: infer A) => unknown ? A : never
type Answer<T, K extends keyof T> = T[K] extends (argument: never) => infer R ? Awaited<R> : never

type Message =
  | { kind: 'ask'; id: number; method: string; argument: unknown }
  | { kind: 'tell'; method: string; argument: unknown }
  | { kind: 'answer'; id: number; value: unknown }
  | { kind: 'error'; id: number; error: Failure }

interface Failure {
  code: string
  message: string
  field?: string | undefined
  expected?: string | undefined
}

/** What we need of a MessagePort; a `Worker` or `parentPort` would do too. */
export interface Port {
  postMessage(value: unknown): void
  on(event: 'message', listener: (value: Message) => void): unknown
  on(event: 'close', listener: () => void): unknown
  close(): void
}

export interface Channel<Theirs> {
  /** Rejects with a ChannelError: what the other side threw, or `channel-closed`. */
  ask<K extends keyof Theirs & string>(method: K, argument: Argument<Theirs, K>): Promise<Answer<Theirs, K>>
  /** Without an answer; silently nothing once the channel is closed. */
  tell<K extends keyof Theirs & string>(method: K, argument: Argument<Theirs, K>): void
  /** Requests that wait for their answer. */
  readonly pending: number
  close(): void
  /** Settles when either side has closed it. */
  readonly closed: Promise<void>
}

/** Opens our end: `ours` answers what the other side asks and tells. */
export function openChannel<Ours extends Methods<Ours>, Theirs extends Methods<Theirs>>(
  port: Port,
  ours: Ours,
): Channel<Theirs> {
  const waiting = new Map<number, { resolve(value: never): void; reject(error: Error): void }>()
  let last = 0
  let open = true
  let settleClosed: () => void
  const closed = new Promise<void>((resolve) => {
    settleClosed = resolve
  })

  const shut = () => {
    if (!open) return
    open = false
    for (const { reject } of waiting.values()) reject(gone())
    waiting.clear()
    settleClosed()
  }
  const send = (message: Message) => {
    if (open) port.postMessage(message)
  }
  const serve = async (method: string, argument: unknown): Promise<unknown> => {
    if (!Object.hasOwn(ours, method)) throw new ChannelError(`no such request: ${method}`, 'no-such-request')
    return ours[method as keyof Ours](argument as never)
  }

  port.on('message', (message) => {
    switch (message.kind) {
      case 'tell':
        // Nobody waits for a notice's failure; a handler that fails is a defect and must be heard.
        void serve(message.method, message.argument)
        break
      case 'ask':
        serve(message.method, message.argument)
          .then((value) => send({ kind: 'answer', id: message.id, value }))
          .catch((error) => send({ kind: 'error', id: message.id, error: describe(error) }))
        break
      case 'answer':
        settle(message.id)?.resolve(message.value as never)
        break
      case 'error':
        settle(message.id)?.reject(new ChannelError(message.error.message, message.error.code, message.error))
        break
    }
  })
  port.on('close', shut)

  function settle(id: number) {
    const found = waiting.get(id)
    waiting.delete(id)
    return found
  }

  return {
    ask(method, argument) {
      if (!open) return Promise.reject(gone())
      const id = ++last
      return new Promise((resolve, reject) => {
        send({ kind: 'ask', id, method, argument })
        waiting.set(id, { resolve, reject })
      })
    },
    tell: (method, argument) => send({ kind: 'tell', method, argument }),
    get pending() {
      return waiting.size
    },
    close() {
      shut()
      port.close()
    },
    closed,
  }
}

const gone = () => new ChannelError('the other thread is gone', 'channel-closed')

function describe(error: unknown): Failure {
  if (error instanceof NetworkError) {
    const { code, message, field, expected } = error
    return { code, message, field, expected }
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return { code: typeof code === 'string' ? code : 'internal', message: messageOf(error) }
}
