/** Capture files opened beside the live capture. They come as bytes, never as a path. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Type } from 'typebox'
import { FrameReader } from '../../capture/frame-reader.ts'
import { unpacked } from '../../capture/gunzip.ts'
import { RequestError } from '../../errors.ts'
import { Trace } from '../../trace/trace.ts'
import type { CaptureList, CaptureNode } from '../api-captures.ts'
import type { App, Dependencies } from '../app.ts'
import { captureNode, type OpenedCapture } from '../captures.ts'
import { notFound } from '../refusals.ts'
import { SLICE_MS } from '../selection.ts'

export const MAX_UPLOAD_BYTES = 1024 ** 3
const TYPES = ['application/octet-stream', 'application/vnd.tcpdump.pcap', 'application/x-pcapng']

/** In a scope of its own: only here is a body a stream of bytes. */
export function captureRoutes(api: App, deps: Dependencies, maxBytes = MAX_UPLOAD_BYTES): void {
  const { captures } = deps
  api.removeAllContentTypeParsers()
  api.addContentTypeParser(TYPES, (_request, payload, done) => done(null, payload))
  api.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume()
    const message = `send the file's bytes as they are, with Content-Type: ${TYPES[0]}`
    done(new RequestError(415, { code: 'unsupported-media-type', message, expected: TYPES.join(', ') }))
  })

  api.get('/captures', (): CaptureList => ({ captures: captures.list() }))

  const UploadQuery = Type.Object(
    { name: Type.Optional(Type.String({ maxLength: 200 })) },
    { additionalProperties: false },
  )
  const options = { schema: { querystring: UploadQuery }, bodyLimit: maxBytes }
  api.post('/captures', options, async (request, reply): Promise<CaptureNode> => {
    const body = request.body
    if (!isByteStream(body)) {
      throw new RequestError(400, { code: 'bad-request', message: 'the body is empty: send a capture file' })
    }
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
    const opened = captures.open(request.query.name ?? 'capture', () => {
      const limitBytes = deps.captureLimitBytes
      return new Trace({ limitBytes, provenance: 'captured', eventsFromWire: 'at the end' })
    })
    try {
      await readInto(opened, body, maxBytes)
    } catch (error) {
      captures.close(opened.id)
      // What is still to come of a file that was refused is not worth reading.
      reply.header('connection', 'close')
      throw error
    }
    // Its secrets may stand behind the packets that they open.
    if (opened.trace.secrets.late) await opened.trace.readAgain()
    else opened.trace.events.settle()
    opened.state = 'ready'
    return reply.code(201).send(captureNode(opened))
  })

  const Params = Type.Object({ id: Type.String({ maxLength: 20 }) }, { additionalProperties: false })
  api.delete('/captures/:id', { schema: { params: Params } }, (request, reply) => {
    const { id } = request.params
    if (id === 'live') {
      throw new RequestError(409, { code: 'conflict', message: 'the live capture cannot be closed' })
    }
    if (!captures.close(id)) throw notFound(`no capture ${JSON.stringify(id)} is open`)
    return reply.code(204).send()
  })
}

async function readInto(
  opened: OpenedCapture,
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<void> {
  const { file } = opened
  const handlers = file.handlers()
  const reader = new FrameReader(handlers)
  const cut = () => handlers.note?.({ message: 'the file is cut short in what is packed with gzip' })
  let sliceEnd = performance.now() + SLICE_MS
  // Bounded as it comes, and again unpacked: a little of gzip may be very much.
  for await (const chunk of bounded(unpacked(bounded(body, maxBytes), cut), maxBytes)) {
    reader.push(chunk)
    if (performance.now() < sliceEnd) continue
    await nextTurn()
    sliceEnd = performance.now() + SLICE_MS
  }
  reader.end()
}

async function* bounded(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let received = 0
  for await (const chunk of body) {
    received += chunk.length
    if (received > maxBytes) throw tooLarge(maxBytes)
    yield chunk
  }
}

function isByteStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}

function tooLarge(maxBytes: number): RequestError {
  const message = `the file is larger than ${maxBytes} bytes; cut it with editcap, or read it with wirelab read`
  return new RequestError(413, { code: 'too-large', message })
}
