/** The forms in which a `dgram.Socket` may be told to send, bind and connect, brought to one. Throws as Node does. */
import { isIPv4 } from 'node:net'
import { checkedPort, describeValue, misuse } from './socket-error.ts'

export type SendCallback = (error: Error | null, bytes: number) => void

export interface SendArguments {
  readonly bytes: Uint8Array
  /** Undefined on a connected socket, where it may not be said. */
  readonly port: number | undefined
  readonly address: string | undefined
  readonly callback: SendCallback | undefined
}

/**
 * `(msg, [offset, length], [port], [address], [callback])`: two words after the message are port and address, more
 * begin with offset and length. Where `connected` there is no port and no address.
 */
export function sendArguments(args: readonly unknown[], connected: boolean): SendArguments {
  const [message, ...rest] = args
  const last = rest.findLastIndex((arg) => arg !== undefined)
  const callback = typeof rest[last] === 'function' ? (rest[last] as SendCallback) : undefined
  const words = callback === undefined ? rest.slice(0, last + 1) : rest.slice(0, last)
  const [first, second, third] = words

  const sliced = words.length >= (connected ? 2 : 3)
  const bytes = sliced ? part(message, first, second) : bytesOf(message)
  if (connected) {
    if (sliced ? words.length > 2 : words.length > 0) {
      throw misuse(Error, 'ERR_SOCKET_DGRAM_IS_CONNECTED', 'Already connected')
    }
    return { bytes, port: undefined, address: undefined, callback }
  }
  const port = checkedPort(sliced ? third : first, 'Port', false)
  const address = sliced ? words[3] : second
  if (address !== undefined && address !== null && typeof address !== 'string') {
    throw wrongArgument('address', 'string', address)
  }
  return { bytes, port, address: address || undefined, callback }
}

function part(message: unknown, offset: unknown, length: unknown): Uint8Array {
  const whole = bytesOf(message)
  const from = Number(offset)
  const count = Number(length)
  if (!(Number.isInteger(from) && from >= 0 && from <= whole.length)) {
    throw misuse(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', '"offset" is outside of buffer bounds')
  }
  if (!(Number.isInteger(count) && count >= 0 && from + count <= whole.length)) {
    throw misuse(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', '"length" is outside of buffer bounds')
  }
  return whole.subarray(from, from + count)
}

/** A string, any view of bytes, or an array of these. */
function bytesOf(message: unknown): Uint8Array {
  if (typeof message === 'string') return Buffer.from(message)
  if (ArrayBuffer.isView(message)) return Buffer.from(message.buffer, message.byteOffset, message.byteLength)
  if (Array.isArray(message)) return Buffer.concat(message.map(bytesOf))
  throw wrongArgument('buffer', 'string or an instance of Buffer, TypedArray, DataView or Array', message)
}

export interface BindArguments {
  readonly port: number
  readonly callback: (() => void) | undefined
}

/** `(port?, address?, callback?)`, `(options, callback?)`. A lab host has one address: what is said must be able to mean it. */
export function bindArguments(
  args: readonly unknown[],
): BindArguments & { readonly address: string | undefined } {
  const [first, second] = args
  const callback = args.find((arg) => typeof arg === 'function') as (() => void) | undefined
  const given: Readonly<Record<string, unknown>> =
    typeof first === 'object' && first !== null
      ? { ...first }
      : { port: typeof first === 'function' ? undefined : first, address: second }
  const { port, address } = given
  return {
    port: port === undefined || port === null ? 0 : checkedPort(port),
    address: typeof address === 'string' && address !== '' ? address : undefined,
    callback,
  }
}

/** `(port, address?, callback?)`. */
export function connectDatagramArguments(args: readonly unknown[]): BindArguments & {
  readonly address: string | undefined
} {
  const [port, address] = args
  const callback = args.find((arg) => typeof arg === 'function') as (() => void) | undefined
  return {
    port: checkedPort(port, 'Port', false),
    address: typeof address === 'string' && address !== '' ? address : undefined,
    callback,
  }
}

/** `udp4`, or options that say so. */
export function checkedType(type: unknown): void {
  if (type === 'udp4') return
  const message =
    type === 'udp6'
      ? 'Bad socket type specified: the lab network carries IPv4 alone, use udp4'
      : `Bad socket type specified. Valid types are: udp4. Received ${describeValue(type)}`
  throw misuse(TypeError, 'ERR_SOCKET_BAD_TYPE', message)
}

/** A lab host's socket may be bound to everything, to this computer, or to the host's own address. */
export const meansAll = (address: string | undefined): boolean =>
  address === undefined ||
  address === '0.0.0.0' ||
  address === '::' ||
  (isIPv4(address) && address.startsWith('127.'))

function wrongArgument(name: string, expected: string, found: unknown): Error {
  const message = `The "${name}" argument must be of type ${expected}. Received ${describeValue(found)}`
  return misuse(TypeError, 'ERR_INVALID_ARG_TYPE', message)
}
