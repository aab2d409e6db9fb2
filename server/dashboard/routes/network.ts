/** What carries the packets: on the lab network its hosts and cables, and what is done to frames on purpose. */
import { Type } from 'typebox'
import { ChannelError, RequestError } from '../../errors.ts'
import type { ApiError } from '../api.ts'
import type { NetworkNode, NetworkPatch } from '../api-network.ts'
import type { App, Dependencies } from '../app.ts'
import { CaptureId, traceOf } from '../selection.ts'

const Word = Type.String({ maxLength: 80 })
/** More at once would be no teacher's choice. */
const Names = Type.Array(Word, { maxItems: 50 })
/** The network itself checks names and values, and says what is expected. */
const Settings = Type.Record(Word, Type.Union([Type.Number(), Word]))
const Flow = Type.Object(
  { address: Word, port: Type.Integer({ minimum: 0, maximum: 65_535 }) },
  { additionalProperties: false },
)
const Choice = Type.Object(
  {
    direction: Type.Optional(Word),
    match: Type.Optional(Word),
    flow: Type.Optional(Type.Union([Flow, Type.Literal('any'), Type.Null()])),
    ports: Type.Optional(Type.Union([Type.Array(Type.Number(), { maxItems: 50 }), Type.Null()])),
    nth: Type.Optional(Type.Number()),
    count: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
    fate: Type.Optional(Word),
    delay: Type.Optional(Type.Union([Type.Number(), Word, Type.Null()])),
  },
  { additionalProperties: false },
)
const Patch = Type.Object(
  {
    undo: Type.Optional(Type.Literal(true)),
    preset: Type.Optional(Word),
    up: Type.Optional(Settings),
    down: Type.Optional(Settings),
    cut: Type.Optional(Names),
    plugIn: Type.Optional(Names),
    choose: Type.Optional(Type.Array(Choice, { maxItems: 50 })),
    unchoose: Type.Optional(
      Type.Union([Type.Array(Type.Integer(), { maxItems: 1000 }), Type.Literal('all')]),
    ),
    seed: Type.Optional(Type.Number()),
  },
  { additionalProperties: false, minProperties: 1 },
)

export function networkRoutes(api: App, deps: Dependencies): void {
  const isLab = () => deps.status().network === 'lab'

  const NetworkQuery = Type.Object(
    { capture: CaptureId, time: Type.Optional(Type.String({ pattern: '^\\d{1,10}(\\.\\d{1,9})?$' })) },
    { additionalProperties: false },
  )
  api.get('/network', { schema: { querystring: NetworkQuery } }, async (request): Promise<NetworkNode> => {
    const { capture, time } = request.query
    traceOf(deps.captures, capture)
    const file = deps.captures.file(capture)
    const then = nanoseconds(time)
    // Of an opened file: as it was at a time, or in the end.
    if (file !== undefined) return file.networkAt(then) ?? { network: 'kernel' }
    const known = then === undefined ? undefined : deps.session?.networkAt(then)
    if (known !== undefined) return known
    return isLab() ? deps.bench.network({}) : { network: 'kernel' }
  })

  api.patch('/network', { schema: { body: Patch } }, async (request): Promise<NetworkNode> => {
    if (!isLab()) throw noLab()
    try {
      return await deps.bench.patchNetwork(request.body as NetworkPatch)
    } catch (error) {
      throw error instanceof ChannelError ? refused(error) : error
    }
  })
}

function nanoseconds(time: string | undefined): bigint | undefined {
  if (time === undefined) return undefined
  const [seconds = '', fraction = ''] = time.split('.')
  return BigInt(seconds + fraction.padEnd(9, '0'))
}

/** What the network threw was the request's fault; anything else is somebody else's. */
function refused(error: ChannelError): Error {
  const { code, message, field, expected } = error
  if (code === 'no-lab-network') return noLab()
  if (field === undefined && expected === undefined) return error
  const answer: ApiError = { code, message, ...(field && { field }), ...(expected && { expected }) }
  return new RequestError(400, answer)
}

function noLab(): RequestError {
  const message = "there is no lab network to change: this is the kernel's; start with --network lab"
  return new RequestError(409, { code: 'no-lab-network', message })
}
