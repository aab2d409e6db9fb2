/** Every error that a user may meet, with the code that scripts and the dashboard go by. */
import type { ApiError } from './dashboard/api.ts'

/** A capture that can't be read: no capture at all, or damaged. */
export class CaptureError extends Error {
  readonly code = 'bad-capture'
  /** Where in the capture, in bytes from its beginning. */
  readonly offset: number
  constructor(message: string, offset: number) {
    super(message)
    this.name = 'CaptureError'
    this.offset = offset
  }
}

/** Wrong words on the command line or wrong settings: the program ends with code 2. Every problem at once. */
export class UsageError extends Error {
  readonly code = 'bad-usage'
  readonly problems: readonly string[]
  constructor(problems: string | readonly string[]) {
    const list = typeof problems === 'string' ? [problems] : problems
    super(list.join('\n'))
    this.name = 'UsageError'
    this.problems = list
  }
}

/** A port that was asked for by number, and somebody else has it. */
export class PortInUseError extends Error {
  readonly code = 'port-in-use'
  readonly port: number
  constructor(message: string, port: number) {
    super(message)
    this.name = 'PortInUseError'
    this.port = port
  }
}

/** Something is wrong with a lab, or with what was asked of it. */
export class LabError extends Error {
  readonly code = 'bad-lab-request'
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LabError'
  }
}

/** The other thread answered a request with an error, or is gone: `code` is what it said, or `channel-closed`. */
export class ChannelError extends Error {
  readonly code: string
  /** A NetworkError's, where the other side threw one. */
  readonly field: string | undefined
  readonly expected: string | undefined
  constructor(
    message: string,
    code: string,
    at: { field?: string | undefined; expected?: string | undefined } = {},
  ) {
    super(message)
    this.name = 'ChannelError'
    this.code = code
    this.field = at.field
    this.expected = at.expected
  }
}

/** The services can't start or go on, and it is nobody's wrong word. */
export class StartError extends Error {
  readonly code = 'cannot-start'
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StartError'
  }
}

/** What is wrong with a request to the dashboard: answered as `answer` with this HTTP status. */
export class RequestError extends Error {
  readonly code: string
  readonly status: number
  readonly answer: ApiError
  constructor(status: number, answer: ApiError) {
    super(answer.message)
    this.name = 'RequestError'
    this.code = answer.code
    this.status = status
    this.answer = answer
  }
}

/**
 * The lab network can't do what was asked of it. `code` is Node's where it has one for this, such as `EADDRINUSE`,
 * else ours, such as `bad-impairment`.
 */
export class NetworkError extends Error {
  readonly code: string
  /** What was wrong, as the API and the command line name it: `up.loss`. */
  readonly field: string | undefined
  /** What could have stood there. */
  readonly expected: string | undefined
  constructor(message: string, code: string, at: { field?: string; expected?: string } = {}) {
    super(message)
    this.name = 'NetworkError'
    this.code = code
    this.field = at.field
    this.expected = at.expected
  }
}

/** What was waited for on a wire did not come; the message says what came instead. */
export class NotSeenError extends Error {
  readonly code = 'not-seen'
  /** How often it came. */
  readonly found: number
  constructor(message: string, found: number) {
    super(message)
    this.name = 'NotSeenError'
    this.found = found
  }
}

/** `EADDRINUSE` and its like, of an error that Node threw. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** What to show of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** A display filter that can't be understood. */
export class FilterError extends Error {
  readonly code = 'bad-filter'
  /** The character at fault, from 0. */
  readonly at: number
  /** What could have stood there. */
  readonly expected: string | undefined
  constructor(message: string, at: number, expected?: string) {
    super(message)
    this.name = 'FilterError'
    this.at = at
    this.expected = expected
  }
}
