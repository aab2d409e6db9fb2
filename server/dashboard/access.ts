/**
 * Who may talk to the dashboard (DESIGN.md, principle 8). Loopback alone keeps nobody out: any page in the
 * user's browser can send requests to 127.0.0.1, and a foreign name can be made to resolve to it (DNS
 * rebinding). So each request and upgrade must name us as its `Host` and come from a page of ours, if from
 * a page at all.
 */
import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { ApiError } from './api.ts'

export interface AccessOptions {
  /** Addresses and names by which a browser may call us; `localhost` is always one. */
  hosts: readonly string[]
  /** Asked for on API and `/live` when set. */
  token?: string | undefined
}

/** What a caller without the right gets: never more than the reason. */
export interface Refusal extends ApiError {
  status: 401 | 403
}

export class Access {
  #allowed: ReadonlySet<string>
  readonly #names: readonly string[]
  readonly #token: Buffer | undefined

  constructor(options: AccessOptions) {
    this.#names = [...new Set(['localhost', ...options.hosts])].map(bracketed)
    this.#token = options.token === undefined ? undefined : Buffer.from(options.token)
    this.#allowed = new Set()
  }

  /** Called once the port is known. Until then everybody is refused. */
  setPort(port: number): void {
    const names = this.#names.map((name) => `${name}:${port}`)
    // A browser leaves the port out of `Host` where it is the scheme's own.
    this.#allowed = new Set(port === 80 ? [...names, ...this.#names] : names)
  }

  /** Why a request or upgrade must not be answered; `undefined` when it may be. */
  refuse(headers: IncomingHttpHeaders, method = 'GET', path = '/api'): Refusal | undefined {
    const host = headers.host?.toLowerCase()
    if (host === undefined || !this.#allowed.has(host)) {
      return {
        status: 403,
        code: 'foreign-host',
        field: 'Host',
        message: `this dashboard does not answer to the host name ${quoted(headers.host)}`,
        expected: [...this.#allowed].join(', '),
      }
    }
    const { origin } = headers
    if (origin !== undefined && origin.toLowerCase() !== `http://${host}`) return foreignPage(origin)
    // Where a browser sends no Origin (an image, a script, a frame) it still says where the page was from.
    // A plain link to our page is no harm, so that alone is let through.
    const site = headers['sec-fetch-site']
    if (site === 'cross-site' || site === 'same-site') {
      const link = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
      if (!link || method !== 'GET' || isInterface(path)) return foreignPage(undefined)
    }
    return undefined
  }

  /** Whether the API may answer this `Authorization` header; always when no token is set. */
  refuseBearer(authorization: string | undefined): Refusal | undefined {
    const [scheme, token] = (authorization ?? '').split(' ')
    return this.hasToken(scheme?.toLowerCase() === 'bearer' ? token : undefined) ? undefined : NO_TOKEN
  }

  /** Compares in constant time, so that the answer's delay tells nothing of the token. */
  hasToken(given: unknown): boolean {
    if (this.#token === undefined) return true
    if (typeof given !== 'string') return false
    const bytes = Buffer.from(given)
    return bytes.length === this.#token.length && timingSafeEqual(bytes, this.#token)
  }
}

const NO_TOKEN: Refusal = {
  status: 401,
  code: 'token-required',
  message: 'open the address with #token=… that Wirelab printed, or send Authorization: Bearer TOKEN',
}

/** Paths that carry data, as against the page and its assets. */
export function isInterface(path: string): boolean {
  return (
    path === '/api' || path.startsWith('/api/') || path.startsWith('/api?') || path.startsWith('/socket.io')
  )
}

/**
 * Nothing is loaded from elsewhere, no page may frame ours, and no response is taken for another type than
 * it says. `'self'` covers our WebSocket too (CSP Level 3 §6.7.2.8).
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
}

function foreignPage(origin: string | undefined): Refusal {
  return {
    status: 403,
    code: 'foreign-origin',
    field: 'Origin',
    message: `a page of another origin${origin === undefined ? '' : `, ${quoted(origin)},`} may not use this dashboard`,
  }
}

function bracketed(name: string): string {
  return (name.includes(':') && !name.startsWith('[') ? `[${name}]` : name).toLowerCase()
}

function quoted(text: string | undefined): string {
  return JSON.stringify((text ?? '').slice(0, 100))
}
