/** One conversation by itself: its bytes, where its segments and messages lie in them, and both ends' states. */
import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Type } from 'typebox'
import { ACK, FIN, PSH, RST, SYN } from '../../protocols/tcp-segment.ts'
import { type Course, inferStates, type ToldState, toldCourse } from '../../trace/connection-states.ts'
import type { Heard, SaidLine, StreamIndex } from '../../trace/stream-index.ts'
import { type ConversationReading, type PlacedSegment, readingOf } from '../../trace/stream-reading.ts'
import { search } from '../../trace/stream-search.ts'
import { formatTime } from '../../trace/time.ts'
import type { Trace } from '../../trace/trace.ts'
import type { SampleNode } from '../api-network.ts'
import type {
  EndStates,
  FlowStates,
  SegmentNode,
  SegmentPage,
  StreamContent,
  StreamLine,
  StreamMatches,
  StreamPage,
  TcpStateName,
} from '../api-stream.ts'
import type { App, Dependencies } from '../app.ts'
import { badRequest, notFound } from '../refusals.ts'
import { At, CaptureId, SLICE_MS, traceAt } from '../selection.ts'

/** A long conversation is answered with what was read of it by then, and the page asks again. */
const PATIENCE_MS = 400
const SEARCH_PATIENCE_MS = 5000
const MOST_LINES = 500
const MOST_SEGMENTS = 2000
const MOST_MATCHES = 200
const DATAGRAMS = 'UDP keeps no state to tell of: each datagram is sent and forgotten.'

export function streamRoutes(api: App, deps: Dependencies): void {
  const Params = Type.Object({ id: Type.String({ pattern: '^(tcp|udp)\\.[0-9]{1,15}$' }) })
  const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
  const Place = { capture: CaptureId, at: At }
  const What = {
    ...Place,
    content: Type.Optional(
      Type.Union([Type.Literal('tcp'), Type.Literal('tls'), Type.Literal('websocket'), Type.Literal('udp')]),
    ),
    direction: Type.Optional(Type.Union([Type.Literal('client'), Type.Literal('server')])),
    view: Type.Optional(Type.Union([Type.Literal('text'), Type.Literal('hex')])),
  }

  const known = async (id: string, capture: string | undefined, at: At) => {
    const trace = await traceAt(deps.captures, capture, at)
    const [flow, reading] = [trace.flows.get(id), readingOf(trace, id)]
    if (flow === undefined || reading === undefined)
      throw notFound(`there is no conversation ${id}, or it is no longer held`)
    return { trace, flow, reading }
  }

  const LineQuery = Type.Object(
    {
      ...What,
      line: Type.Optional(Count),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_LINES })),
    },
    { additionalProperties: false },
  )
  api.get(
    '/flows/:id/stream',
    { schema: { params: Params, querystring: LineQuery } },
    async (request): Promise<StreamPage> => {
      const { capture, at, direction = 'both', view = 'text', limit = 100 } = request.query
      const { trace, flow, reading } = await known(request.params.id, capture, at)
      const complete = await readOn(reading, PATIENCE_MS, request.signal)
      const { content, index } = streamOf(reading, request.query.content ?? flow.transport)
      const total = index.total(direction, view)
      const line = request.query.line ?? Math.max(0, total - limit)
      const times = new Map<number, string | null>()
      const timeOf = (number: number) => {
        const time = times.get(number) ?? timeIn(trace, number)
        times.set(number, time)
        return time
      }
      return {
        flow: flow.id,
        content,
        contents: [...reading.streams.keys()],
        total,
        first: index.firstHeld(direction, view, trace.first),
        bytes: { ...index.bytes },
        beheaded: reading.beheaded,
        complete,
        line,
        lines: index.lines(direction, view, line, limit).map((said) => lineNode(said, timeOf)),
      }
    },
  )

  const FindQuery = Type.Object(
    {
      ...What,
      text: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
      hex: Type.Optional(Type.String({ pattern: '^([0-9a-fA-F]{2}[ :]?){1,200}$' })),
    },
    { additionalProperties: false },
  )
  api.get(
    '/flows/:id/stream/find',
    { schema: { params: Params, querystring: FindQuery } },
    async (request): Promise<StreamMatches> => {
      const { capture, at, direction = 'both', view = 'text', text, hex } = request.query
      if ((text === undefined) === (hex === undefined))
        throw badRequest('text', 'give either text or hex', 'text')
      const wanted =
        text === undefined ? Buffer.from((hex ?? '').replace(/[ :]/g, ''), 'hex') : Buffer.from(text, 'utf8')
      const { flow, reading } = await known(request.params.id, capture, at)
      const complete = await readOn(reading, SEARCH_PATIENCE_MS, request.signal)
      const { index } = streamOf(reading, request.query.content ?? flow.transport)
      const { found, more } = await search(index, wanted, {
        heard: direction,
        view,
        limit: MOST_MATCHES,
        sliceMs: SLICE_MS,
        patienceMs: SEARCH_PATIENCE_MS,
        signal: request.signal,
      })
      return {
        matches: found.map(({ fromClient, offset, line }) => ({
          direction: fromClient ? 'client' : 'server',
          offset,
          length: wanted.length,
          line,
        })),
        more: more || !complete,
      }
    },
  )

  const { view: _view, ...Said } = What
  const RawQuery = Type.Object(Said, { additionalProperties: false })
  api.get(
    '/flows/:id/stream.raw',
    { schema: { params: Params, querystring: RawQuery } },
    async (request, reply) => {
      const { capture, at, direction = 'both' } = request.query
      const { flow, reading } = await known(request.params.id, capture, at)
      const { content, index } = streamOf(reading, request.query.content ?? flow.transport)
      const name = `${flow.id}-${content}${direction === 'both' ? '' : `-${direction}`}.bin`
      return reply
        .type('application/octet-stream')
        .header('content-disposition', `attachment; filename="${name}"`)
        .send(Readable.from(rawBytes(reading, index, direction, request.signal), { objectMode: false }))
    },
  )

  const SegmentQuery = Type.Object(
    {
      ...Place,
      after: Type.Optional(Count),
      before: Type.Optional(Count),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_SEGMENTS })),
    },
    { additionalProperties: false },
  )
  api.get(
    '/flows/:id/segments',
    { schema: { params: Params, querystring: SegmentQuery } },
    async (request): Promise<SegmentPage> => {
      const { capture, at, after = 0, before, limit = 500 } = request.query
      const { flow, reading } = await known(request.params.id, capture, at)
      if (flow.transport === 'udp')
        throw badRequest('id', 'datagrams make no stream, and have no segments in it', 'tcp.0')
      const read = await readOn(reading, PATIENCE_MS, request.signal)
      const all = reading.segments
      const end = before === undefined ? all.length : placeBehind(all, before - 1)
      const from = before === undefined ? placeBehind(all, after) : Math.max(0, end - limit)
      const segments = all.slice(from, Math.min(end, from + limit))
      const newest = segments.at(-1)?.number ?? after
      const last = from + segments.length < all.length ? newest : reading.last
      const messages = reading.messages.slice(
        placeBehind(reading.messages, (segments[0]?.number ?? last + 1) - 1),
        placeBehind(reading.messages, last),
      )
      return {
        flow: flow.id,
        last,
        complete: read && last === reading.last,
        beheaded: reading.beheaded,
        earlier: from,
        segments: segments.map(segmentNode),
        messages: messages.map(({ side, ...message }) => ({ direction: side, ...message })),
      }
    },
  )

  const PlaceQuery = Type.Object(Place, { additionalProperties: false })
  api.get(
    '/flows/:id/states',
    { schema: { params: Params, querystring: PlaceQuery } },
    async (request): Promise<FlowStates> => {
      const { capture, at } = request.query
      const { flow, reading } = await known(request.params.id, capture, at)
      if (flow.transport === 'udp')
        return { flow: flow.id, client: NOTHING, server: NOTHING, note: DATAGRAMS }
      await readOn(reading, PATIENCE_MS, request.signal)
      const inferred = inferStates(reading.moving())
      const file = deps.captures.file(capture)
      const samples =
        file === undefined ? deps.samples : file.session?.network === 'lab' ? file.samples : undefined
      const since = Number(flow.firstTime) * 1000
      const told = (end: 'client' | 'server', other: 'client' | 'server') =>
        samples?.of(flow[end], flow[other], since) ?? []
      return {
        flow: flow.id,
        client: endStates(inferred.client, told('client', 'server')),
        server: endStates(inferred.server, told('server', 'client')),
        note: null,
      }
    },
  )
}

const NOTHING: EndStates = { start: 'CLOSED', source: 'inferred', steps: [] }

function endStates(inferred: Course, samples: readonly SampleNode[]): EndStates {
  const told = samples.map(
    ({ time, state }): ToldState => ({
      time: BigInt(Math.round(time * 1e6)),
      state: state as TcpStateName,
    }),
  )
  const { start, steps } = toldCourse(told, inferred)
  return {
    start,
    source: told.length > 0 ? 'told' : 'inferred',
    steps: steps.map((step) => ({ ...step, time: formatTime(step.time) })),
  }
}

/** Reads on, in slices, until all is read, the time is up or nobody waits any more; true when all is read. */
async function readOn(reading: ConversationReading, limitMs: number, signal?: AbortSignal): Promise<boolean> {
  const until = performance.now() + limitMs
  while (!reading.advance(SLICE_MS)) {
    if (performance.now() > until || signal?.aborted) return false
    await nextTurn()
  }
  return true
}

function streamOf(
  reading: ConversationReading,
  content: StreamContent,
): { content: StreamContent; index: StreamIndex } {
  const index = reading.streams.get(content)
  if (index !== undefined) return { content, index }
  const known = [...reading.streams.keys()].join(', ')
  throw badRequest('content', `nothing of it can be followed as ${content}; there is ${known}`, known)
}

function timeIn(trace: Trace, number: number): string | null {
  const frame = number === 0 ? undefined : trace.frame(number)
  return frame === undefined ? null : formatTime(frame.time)
}

function lineNode(
  { piece, from, to, bytes }: SaidLine,
  timeOf: (number: number) => string | null,
): StreamLine {
  const { number } = piece
  return {
    direction: piece.fromClient ? 'client' : 'server',
    offset: piece.start + from,
    length: to - from,
    number: number === 0 ? null : number,
    time: timeOf(number),
    begins: from === 0,
    again: piece.again,
    base64: bytes === null ? '' : Buffer.from(bytes).toString('base64'),
    lost: bytes !== null ? null : number === 0 ? 'missed' : 'evicted',
  }
}

/** All that is held of what was said, piece by piece. */
async function* rawBytes(
  reading: ConversationReading,
  index: StreamIndex,
  heard: Heard,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  await readOn(reading, Number.POSITIVE_INFINITY, signal)
  const pieces = index.pieces(heard)
  const { length } = pieces
  let until = performance.now() + SLICE_MS
  for (let at = 0; at < length; at++) {
    const piece = pieces[at]
    const bytes = piece && index.read(piece)
    if (bytes !== undefined) yield bytes
    if (performance.now() < until) continue
    await nextTurn()
    until = performance.now() + SLICE_MS
  }
}

/** In a list in the order of packets, the place of the first behind a packet. */
function placeBehind(list: readonly { readonly number: number }[], after: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle]?.number ?? 0) <= after) low = middle + 1
    else high = middle
  }
  return low
}

const LETTERS = [
  [SYN, 'S'],
  [FIN, 'F'],
  [RST, 'R'],
  [PSH, 'P'],
  [ACK, 'A'],
] as const

function segmentNode({ side, flags, payloadAt, time, ...segment }: PlacedSegment): SegmentNode {
  return {
    ...segment,
    time: formatTime(time),
    direction: side,
    flags: LETTERS.filter(([bit]) => flags & bit)
      .map(([, letter]) => letter)
      .join(''),
  }
}
