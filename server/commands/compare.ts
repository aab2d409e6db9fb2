/** `wirelab compare`: one message over every transport, measured on the wire. */
import { parseArgs } from 'node:util'
import { renderComparison } from '../compare/compare-table.ts'
import type { CompareResult, TransportId } from '../dashboard/api-compare.ts'
import { LabError, messageOf, UsageError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { type LabAddress, withLab } from '../private-lab.ts'
import type { CommandIo } from './command.ts'

export const summary = 'one message over every transport, side by side'

const TRANSPORTS: readonly TransportId[] = [
  'tcp',
  'udp',
  'websocket',
  'socket.io-polling',
  'socket.io-websocket',
]

const USAGE = `wirelab compare [MESSAGE] [options]

Sends the message (default: hello) to the echo services and back, and shows what each transport made of it:
packets, bytes by layer, round trips before the first byte, time of the echo.

  --transport NAME   only this one; may be repeated: ${TRANSPORTS.join(', ')}
  --json             the result as the API gives it
  --url URL          the running lab to use (default: the one that runs, else a private one)
  --token TOKEN      for a lab that was started with --host
  -h, --help         this text
`

export async function run(argv: string[], io: CommandIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      transport: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
      url: { type: 'string' },
      token: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    io.stdout.write(USAGE)
    return 0
  }
  const [message = 'hello', ...more] = positionals
  if (more.length > 0)
    throw new UsageError(`${more[0]}: expected one message; put quotes around several words`)
  const transports = values.transport?.map(transportNamed)

  const talk = (line: string) => void io.stderr.write(`${line}\n`)
  const result = await withLab({ url: values.url, token: values.token, io, talk }, (lab) =>
    ask(lab, { message, ...(transports !== undefined && { transports }) }, io.signal),
  )
  io.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : renderComparison(result, io.colour))
  return result.transports.every(({ error }) => error === null) ? 0 : 1
}

function transportNamed(name: string): TransportId {
  const found = TRANSPORTS.find((transport) => transport === name)
  if (found !== undefined) return found
  const close = nearest(name, TRANSPORTS)
  const hint = close === undefined ? '' : `; did you mean ${close}?`
  throw new UsageError(`--transport: expected ${TRANSPORTS.join(', ')}; found ${JSON.stringify(name)}${hint}`)
}

async function ask(
  { url, token }: LabAddress,
  request: { message: string; transports?: TransportId[] },
  signal: AbortSignal,
): Promise<CompareResult> {
  const headers = {
    'content-type': 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  }
  const body = JSON.stringify(request)
  let response: Response
  try {
    response = await fetch(`${url}/api/compare`, { method: 'POST', headers, body, signal })
  } catch (error) {
    if (signal.aborted) throw new LabError('interrupted')
    throw new LabError(`no lab answers at ${url} (${messageOf(error)}); is it running?`, { cause: error })
  }
  const answer: unknown = await response.json()
  if (response.ok) return answer as CompareResult
  const message = typeof answer === 'object' && answer !== null && 'message' in answer ? answer.message : ''
  throw new LabError(`${url} says: ${String(message)}`)
}
