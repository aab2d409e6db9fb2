/** Options of tshark's that `wirelab read` has not: what does the same here. */
import { systemCode, UsageError } from '../errors.ts'

const CAPTURE = 'packets are captured by wirelab start, and written by wirelab record'
const FIELDS_BY_NAME = 'fields are named by -e with -T fields, and -V shows those of a packet'

const ELSEWHERE: Readonly<Record<string, string>> = {
  '-i': CAPTURE,
  '-f': CAPTURE,
  '-a': CAPTURE,
  '-b': CAPTURE,
  '-D': CAPTURE,
  '-s': CAPTURE,
  '-2': 'a file is read once here; opened on the page, packets show what came later as well',
  '-R': 'the filter here is -Y',
  '-F': '-w writes pcapng',
  '-G': FIELDS_BY_NAME,
  '-O': '-V shows every layer',
  '-j': FIELDS_BY_NAME,
  '-J': FIELDS_BY_NAME,
  '-N': 'names are never looked up',
  '-X': 'Engine.IO and Socket.IO are read without a plugin',
  '--export-objects': '--follow http.N shows the bodies of a connection, inflated',
  '--color': 'lines are plain',
}

/** The same error in words that help, if it is about such an option; else the error itself. */
export function inOurWords(error: unknown): unknown {
  if (systemCode(error) !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION' || !(error instanceof Error)) return error
  const [, option = ''] = /^Unknown option '(-[^']*)'/.exec(error.message) ?? []
  const instead = Object.hasOwn(ELSEWHERE, option) ? ELSEWHERE[option] : undefined
  return new UsageError(
    instead === undefined ? `there is no option ${option}` : `${option} is tshark's alone: ${instead}`,
  )
}
