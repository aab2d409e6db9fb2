/** Errors as Node's own sockets give them: the same `code`, `errno`, `syscall` and wording, so that programs need not know. */
import { getSystemErrorMap } from 'node:util'

export interface SocketError extends Error {
  code: string
  /** Negative, as libuv numbers it on this system; left out for a code that it does not know. */
  errno?: number
  syscall: string
  address?: string
  port?: number
  hostname?: string
}

/** libuv's own, for a name that nobody knows (`UV_EAI_NONAME`); the system map does not list it everywhere. */
const EAI_NONAME = -3008

let numbers: Map<string, number> | undefined

function errnoOf(code: string): number | undefined {
  if (code === 'ENOTFOUND') return EAI_NONAME
  numbers ??= new Map([...getSystemErrorMap()].map(([errno, [name]]) => [name, errno]))
  return numbers.get(code)
}

/**
 * `connect ECONNREFUSED 10.0.0.1:4009`, and after a colon what Node could not know. `at` is where it happened;
 * left out for `read` and `write`, as Node does.
 */
export function socketError(
  code: string,
  syscall: string,
  at?: { readonly address: string; readonly port?: number | undefined },
  because?: string,
): SocketError {
  const port = at?.port
  const place = at === undefined ? '' : ` ${at.address}${port === undefined ? '' : `:${port}`}`
  return shaped(`${syscall} ${code}${place}`, because, code, {
    syscall,
    ...(at && { address: at.address }),
    ...(port !== undefined && { port }),
  })
}

/** `getaddrinfo ENOTFOUND example.com`: the lab network has no name service, and says so. */
export function unknownName(hostname: string): SocketError {
  const because = 'the lab network has no names, only addresses such as 10.0.0.1 (and localhost for the lab)'
  return shaped(`getaddrinfo ENOTFOUND ${hostname}`, because, 'ENOTFOUND', {
    syscall: 'getaddrinfo',
    hostname,
  })
}

function shaped(
  text: string,
  because: string | undefined,
  code: string,
  more: Pick<SocketError, 'syscall' | 'address' | 'port' | 'hostname'>,
): SocketError {
  const errno = errnoOf(code)
  const message = because === undefined ? text : `${text}: ${because}`
  return Object.assign(new Error(message), { ...(errno !== undefined && { errno }), code, ...more })
}

/** What Node throws at once for a call that can't be meant: `TypeError` or `RangeError` with its `code`. */
export function misuse(
  Kind: ErrorConstructor | TypeErrorConstructor | RangeErrorConstructor,
  code: string,
  message: string,
): Error & { code: string } {
  return Object.assign(new Kind(message), { code })
}

/** A port as Node takes it: a number, or a string that is one. Throws `ERR_SOCKET_BAD_PORT`. */
export function checkedPort(port: unknown, name = 'Port', zero = true): number {
  const number = typeof port === 'string' && port.trim() !== '' ? Number(port) : port
  if (
    typeof number === 'number' &&
    Number.isInteger(number) &&
    number >= (zero ? 0 : 1) &&
    number <= 0xffff
  ) {
    return number
  }
  const least = zero ? '>= 0' : '> 0'
  throw misuse(
    RangeError,
    'ERR_SOCKET_BAD_PORT',
    `${name} should be ${least} and < 65536. Received ${describeValue(port)}.`,
  )
}

/** `type string ('x')`, roughly as Node says it. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'function') return `function ${value.name}`
  if (typeof value === 'object') return `an instance of ${value.constructor?.name ?? 'Object'}`
  const shown = typeof value === 'string' ? `'${value.slice(0, 25)}'` : String(value)
  return `type ${typeof value} (${shown})`
}
