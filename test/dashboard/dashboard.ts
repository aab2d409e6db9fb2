/** A dashboard around a trace of its own, for tests: as the observer puts it together, without a bench. */
import { join } from 'node:path'
import type { BenchRequests } from '../../server/control.ts'
import { Access } from '../../server/dashboard/access.ts'
import type { Status } from '../../server/dashboard/api.ts'
import type { LabDetail } from '../../server/dashboard/api-labs.ts'
import type { NetworkNode } from '../../server/dashboard/api-network.ts'
import { buildApp, type Dependencies, type LabDesk } from '../../server/dashboard/app.ts'
import { Captures } from '../../server/dashboard/captures.ts'
import { LiveFeed } from '../../server/dashboard/live.ts'
import { Recorder } from '../../server/dashboard/recorder.ts'
import { echo } from '../../server/protocols/echo.ts'
import type { ApplicationEvent } from '../../server/services/application-events.ts'
import { listen } from '../../server/services/service.ts'
import { Samples } from '../../server/trace/samples.ts'
import { Trace } from '../../server/trace/trace.ts'
import { TwoEnds } from '../../server/trace/two-ends.ts'
import { START_TIME, TcpConversation } from '../frames.ts'

export interface TestDashboard {
  trace: Trace
  captures: Captures
  access: Access
  status: Status
  /** What the live feed is told of the network. */
  network: { node: NetworkNode | undefined }
  /** Set on a lab network: what its cables tell goes in here. */
  ends: TwoEnds | undefined
  app: ReturnType<typeof buildApp>
  bench: BenchRequests
  /** Every request made of the bench, in order. */
  asked: unknown[]
  tellLab(lab: LabDetail): void
}

export interface DashboardOptions {
  token?: string
  webRoot?: string
  labs?: LabDesk
  bench?: Partial<BenchRequests>
  limitBytes?: number
  network?: 'kernel' | 'lab'
  /** Left out where nothing is recorded. */
  recordFolder?: string
}

export function testDashboard(options: DashboardOptions = {}): TestDashboard {
  const limitBytes = options.limitBytes ?? 64 * 1024 * 1024
  const trace = new Trace({ limitBytes, decodeAs: [{ table: 'tcp.port', port: 4001, protocol: echo }] })
  const lab = options.network === 'lab'
  const ends = lab ? new TwoEnds({ client: trace, samples: new Samples() }) : undefined
  const captures = new Captures(trace, ends)
  const access = new Access({ hosts: ['127.0.0.1', '::1'], token: options.token })
  access.setPort(3000)
  const listeners = new Set<(lab: LabDetail) => void>()
  const labs: LabDesk = options.labs ?? {
    list: () => [],
    detail: () => undefined,
    start: () => Promise.reject(new Error('no labs here')),
    stop: () => Promise.reject(new Error('no labs here')),
    answer: () => {
      throw new Error('no labs here')
    },
    programs: () => {
      throw new Error('no labs here')
    },
    reset: () => Promise.reject(new Error('no labs here')),
    runProgram: () => Promise.reject(new Error('no labs here')),
    submission: () => Promise.reject(new Error('no labs here')),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const network: TestDashboard['network'] = { node: undefined }
  const asked: unknown[] = []
  const ask = async (name: string, request: unknown) => {
    asked.push([name, request])
  }
  const bench: BenchRequests = {
    openRun: () => Promise.reject(new Error('no runs here')),
    closeRun: () => Promise.resolve(),
    runProgram: () => Promise.resolve(),
    holdCable: () => Promise.reject(new Error('no runs here')),
    exchange: () => Promise.reject(new Error('no exchanges here')),
    setHeartbeat: (request) => ask('setHeartbeat', request),
    retryCapture: (request) => ask('retryCapture', request),
    network: () => Promise.reject(new Error('no lab network here')),
    patchNetwork: () => Promise.reject(new Error('no lab network here')),
    ...options.bench,
  }
  const status = { ...testStatus(trace), network: options.network ?? 'kernel' }
  const deps: Dependencies = {
    captures,
    status: () => ({
      ...status,
      trace: {
        ...status.trace,
        total: trace.total,
        first: trace.first,
        last: trace.last,
        bytes: trace.bytes,
      },
    }),
    bench,
    labs,
    webRoot: options.webRoot ?? join(import.meta.dirname, 'no-page-is-here'),
    access,
    samples: ends?.samples,
    ...(options.recordFolder !== undefined && {
      recorder: new Recorder({ folder: options.recordFolder, onChange: () => undefined }),
    }),
    captureLimitBytes: limitBytes,
  }
  const app = buildApp(deps)
  const tellLab = (lab: LabDetail) => {
    for (const listener of listeners) listener(lab)
  }
  const live = new LiveFeed(app.server, {
    captures,
    status: deps.status,
    labs,
    access,
    network: () => network.node,
  })
  app.addHook('preClose', async () => live.close())
  return { trace, captures, access, status, network, ends, app, bench, asked, tellLab }
}

/** The same, listening on a free port of 127.0.0.1. */
export async function listeningDashboard(
  options: DashboardOptions = {},
): Promise<TestDashboard & { url: string; port: number; close(): Promise<void> }> {
  const dashboard = testDashboard(options)
  await dashboard.app.ready()
  const door = await listen(dashboard.app.server, { hosts: ['127.0.0.1'], port: 0 })
  dashboard.access.setPort(door.port)
  return {
    ...dashboard,
    port: door.port,
    url: `http://127.0.0.1:${door.port}`,
    async close() {
      await dashboard.app.close()
      await door.close()
    },
  }
}

function testStatus(trace: Trace): Status {
  return {
    run: trace.run,
    version: '0.0.0',
    startedAt: '1700000000.000000000',
    network: 'kernel',
    services: [
      {
        name: 'tcp-echo',
        title: 'TCP echo',
        protocol: 'TCP',
        host: '127.0.0.1',
        port: 4001,
        state: 'listening',
        lab: null,
        tryIt: 'nc 127.0.0.1 4001',
        note: null,
      },
    ],
    capture: {
      source: 'dumpcap',
      state: 'running',
      interface: 'lo',
      message: 'Capturing on lo.',
      remedy: [],
      packets: 0,
      droppedByKernel: 0,
      droppedByUs: 0,
    },
    trace: { total: 0, first: 0, last: 0, evicted: 0, bytes: 0, limitBytes: trace.limitBytes },
    heartbeat: { pingInterval: 5000, pingTimeout: 5000 },
    lag: { last: 0, worst: 0 },
    eventsDropped: 0,
  }
}

/** The hub's `hello` to everybody, over one Engine.IO session. */
export function emitted(eioSid = 'sid'): ApplicationEvent {
  return {
    time: START_TIME,
    service: 'hub',
    kind: 'emit',
    remoteAddress: null,
    remotePort: null,
    eioSid,
    socket: null,
    nsp: '/',
    direction: 'out',
    index: 0,
    event: 'hello',
    args: '[]',
    listeners: null,
    rooms: null,
    reason: null,
  }
}

/** A conversation of its handshake, so many times `hello` and back, and its close. */
export function talkOf(exchanges: number): TcpConversation {
  const talk = new TcpConversation()
  talk.handshake()
  for (let n = 0; n < exchanges; n++) {
    talk.send('client', 'hello\n')
    talk.send('server', 'hello\n')
  }
  talk.close()
  return talk
}
