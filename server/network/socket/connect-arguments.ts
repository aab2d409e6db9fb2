/** The forms in which `connect` and `listen` may be called (Node's `net`), brought to one. */
import { checkedPort, describeValue, misuse } from './socket-error.ts'

export type LookupCallback = (
  error: Error | null,
  address: string | readonly { readonly address: string }[],
  family?: number,
) => void
export type Lookup = (hostname: string, options: object, callback: LookupCallback) => void

export interface ConnectOptions {
  /** What `address` is another name of. */
  readonly host?: string | undefined
  readonly port: number
  readonly localPort?: number | undefined
  readonly lookup?: Lookup | undefined
  readonly noDelay?: boolean | undefined
  readonly keepAlive?: boolean | undefined
  readonly keepAliveInitialDelay?: number | undefined
  readonly timeout?: number | undefined
}

export interface ListenOptions {
  readonly port: number
  readonly host: string | undefined
  readonly backlog: number | undefined
  readonly signal: AbortSignal | undefined
}

type Listener = (...args: unknown[]) => void
type Given = Readonly<Record<string, unknown>>

/** `(options, listener?)`, `(port, host?, listener?)`. Throws as Node does; a local path means nothing on the lab network. */
export function connectArguments(args: readonly unknown[]): {
  options: ConnectOptions
  listener: Listener | undefined
} {
  const [first, second] = args
  const listener = lastFunction(args)
  if (typeof first === 'object' && first !== null) return { options: connectOptions({ ...first }), listener }
  if (typeof first === 'string' && !isPortText(first)) throw noPath(first)
  const host = typeof second === 'string' ? second : undefined
  return { options: connectOptions({ port: first, host }), listener }
}

function connectOptions(given: Given): ConnectOptions {
  const { port, path, lookup } = given
  const host = given.host ?? given.address
  if (port === undefined) {
    if (typeof path === 'string') throw noPath(path)
    throw misuse(TypeError, 'ERR_MISSING_ARGS', 'The "options" or "port" argument must be specified')
  }
  if (typeof port !== 'number' && typeof port !== 'string') {
    throw wrongType('options.port', 'number or string', port)
  }
  if (host !== undefined && host !== null && typeof host !== 'string') {
    throw wrongType('options.host', 'string', host)
  }
  if (lookup !== undefined && typeof lookup !== 'function')
    throw wrongType('options.lookup', 'function', lookup)
  const localPort = given.localPort === undefined ? undefined : checkedPort(given.localPort, 'localPort')
  return {
    host: host || undefined,
    port: checkedPort(port),
    localPort,
    lookup: lookup as Lookup | undefined,
    noDelay: asBoolean(given.noDelay),
    keepAlive: asBoolean(given.keepAlive),
    keepAliveInitialDelay: asNumber(given.keepAliveInitialDelay),
    timeout: asNumber(given.timeout),
  }
}

/** `(port?, host?, backlog?, listener?)`, `(options, listener?)`. */
export function listenArguments(args: readonly unknown[]): {
  options: ListenOptions
  listener: Listener | undefined
} {
  const [first, ...rest] = args
  const listener = lastFunction(args)
  if (typeof first === 'object' && first !== null) return { options: listenOptions({ ...first }), listener }
  if (typeof first === 'string' && !isPortText(first)) throw noPath(first)
  const port = typeof first === 'function' ? undefined : first
  const host = rest.find((arg) => typeof arg === 'string' && !isPortText(arg))
  const backlog = rest.find((arg) => typeof arg === 'number')
  return { options: listenOptions({ port, host, backlog }), listener }
}

function listenOptions(given: Given): ListenOptions {
  const { port, path, host, backlog, signal } = given
  if (port === undefined && typeof path === 'string') throw noPath(path)
  if (host !== undefined && host !== null && typeof host !== 'string') {
    throw wrongType('options.host', 'string', host)
  }
  return {
    port: port === undefined || port === null ? 0 : checkedPort(port, 'options.port'),
    host: host || undefined,
    backlog: asNumber(backlog),
    signal: signal instanceof AbortSignal ? signal : undefined,
  }
}

function lastFunction(args: readonly unknown[]): Listener | undefined {
  const last = args.findLast((arg) => typeof arg === 'function')
  return last as Listener | undefined
}

const asNumber = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
const asBoolean = (value: unknown): boolean | undefined => (value === undefined ? undefined : Boolean(value))
const isPortText = (text: string): boolean => text.trim() !== '' && Number.isFinite(Number(text))

export function wrongType(name: string, expected: string, found: unknown): Error {
  const message = `The "${name}" property must be of type ${expected}. Received ${describeValue(found)}`
  return misuse(TypeError, 'ERR_INVALID_ARG_TYPE', message)
}

function noPath(path: string): Error {
  const message = `the lab network has no local sockets: expected a port, found the path ${JSON.stringify(path)}`
  return misuse(TypeError, 'ERR_INVALID_ARG_VALUE', message)
}
