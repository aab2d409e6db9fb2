/** The dashboard's server without its port: the REST API, the page, and who may have either. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify'
import type { BenchRequests } from '../control.ts'
import { CaptureError, ChannelError, FilterError, LabError, RequestError } from '../errors.ts'
import type { Submission } from '../labs/labs.ts'
import type { Samples } from '../trace/samples.ts'
import { type Access, isInterface, SECURITY_HEADERS } from './access.ts'
import type { ApiError, Status } from './api.ts'
import type { LabDetail, LabSummary, RunRequest } from './api-labs.ts'
import type { Captures } from './captures.ts'
import { servePage } from './page.ts'
import type { Recorder } from './recorder.ts'
import { beatRoutes } from './routes/beats.ts'
import { captureRoutes } from './routes/captures.ts'
import { compareRoutes } from './routes/compare.ts'
import { exportRoutes } from './routes/export.ts'
import { filterRoutes } from './routes/filter.ts'
import { flowRoutes } from './routes/flows.ts'
import { labRoutes } from './routes/labs.ts'
import { networkRoutes } from './routes/network.ts'
import { packetRoutes } from './routes/packets.ts'
import { recordingRoutes } from './routes/recording.ts'
import { secretRoutes } from './routes/secrets.ts'
import { seriesRoutes } from './routes/series.ts'
import { statusRoutes } from './routes/status.ts'
import { streamRoutes } from './routes/stream.ts'
import { timeRoutes } from './routes/time.ts'
import type { SessionLog } from './session-log.ts'
import { validatorCompiler } from './validation.ts'

/** The labs, as the dashboard needs them. */
export interface LabDesk {
  list(): LabSummary[]
  detail(id: string): LabDetail | undefined
  /** Rejects with a LabError where it can't be shown. */
  start(id: string, request?: RunRequest): Promise<LabDetail>
  /** Ends the lab's run; where one is named, that one alone. */
  stop(id: string, run?: string): Promise<LabDetail>
  programs(id: string, pids: readonly number[]): LabDetail
  reset(id: string): Promise<LabDetail>
  runProgram(id: string, program: string): Promise<LabDetail>
  submission(id: string): Promise<Submission>
  answer(id: string, step: string, answer: string): LabDetail
  /** Returns what ends the listening. */
  onChange(listener: (lab: LabDetail) => void): () => void
}

export interface Dependencies {
  captures: Captures
  status(): Status
  bench: BenchRequests
  labs: LabDesk
  /** The built page; a page that says how to build it is served where it is missing. */
  webRoot: string
  access: Access
  /** What hosts of the lab network tell of their connections; left out on the kernel's. */
  samples?: Samples | undefined
  /** How the lab stood from its start on: goes along with its packets into files. */
  session?: SessionLog | undefined
  /** Writes what is seen to files; left out where nothing may be. */
  recorder?: Recorder | undefined
  /** Frames held for each opened capture file, in bytes. */
  captureLimitBytes: number
}

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** JSON bodies are a message or an answer; capture files have a bound of their own. */
const BODY_LIMIT = 256 * 1024

export function buildApp(deps: Dependencies): FastifyInstance {
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 100 },
    // For the whole of a request to come in, a capture file too; a client that never ends one is let go.
    requestTimeout: 300_000,
    keepAliveTimeout: 10_000,
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setErrorHandler(answerError)

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS)
    // The route decides, not the look of the path: `/%61pi/status` and `http://any/api/status` reach the API too.
    const path = request.routeOptions.url ?? request.url
    const refusal =
      deps.access.refuse(request.headers, request.method, path) ??
      (isInterface(path) ? deps.access.refuseBearer(request.headers.authorization) : undefined)
    if (refusal === undefined) return
    const { status, ...answer } = refusal
    throw new RequestError(status, answer)
  })

  app.register(
    async (scope) => {
      // What it shows changes from one moment to the next.
      scope.addHook('onSend', async (_request, reply) => {
        reply.header('cache-control', 'no-store')
      })
      const api = scope.withTypeProvider<TypeBoxTypeProvider>()
      statusRoutes(api, deps)
      networkRoutes(api, deps)
      packetRoutes(api, deps)
      timeRoutes(api, deps)
      flowRoutes(api, deps)
      streamRoutes(api, deps)
      seriesRoutes(api, deps)
      beatRoutes(api, deps)
      exportRoutes(api, deps)
      recordingRoutes(api, deps)
      filterRoutes(api)
      compareRoutes(api, deps)
      labRoutes(api, deps)
      secretRoutes(api, deps)
      await api.register(async (uploads) =>
        captureRoutes(uploads.withTypeProvider<TypeBoxTypeProvider>(), deps),
      )
    },
    { prefix: '/api' },
  )
  servePage(app, deps.webRoot)
  return app
}

/** Every failure leaves in the API's shape; what we did not foresee is ours to mend, and says so. */
function answerError(error: FastifyError | Error, _request: unknown, reply: FastifyReply): FastifyReply {
  const [status, answer] = describeError(error)
  return reply.code(status).type('application/json; charset=utf-8').send(answer)
}

export function describeError(error: FastifyError | Error): [status: number, answer: ApiError] {
  if (error instanceof RequestError) return [error.status, error.answer]
  if (error instanceof FilterError) {
    const { message, at, expected } = error
    return [
      400,
      { code: 'bad-filter', field: 'filter', message, at, ...(expected !== undefined && { expected }) },
    ]
  }
  if (error instanceof CaptureError) return [400, { code: 'bad-capture', message: error.message }]
  if (error instanceof LabError) return [400, { code: 'bad-request', message: error.message }]
  // The services' thread could not do it: its own words say why.
  if (error instanceof ChannelError) return [502, { code: error.code, message: error.message }]
  const status = 'statusCode' in error ? error.statusCode : undefined
  if (status !== undefined && status >= 400 && status < 500) {
    return [status, { code: HTTP_CODES[status] ?? 'bad-request', message: error.message }]
  }
  return [500, { code: 'internal', message: `a defect in the dashboard: ${error.message}` }]
}

const HTTP_CODES: Readonly<Record<number, string>> = {
  413: 'too-large',
  415: 'unsupported-media-type',
}
