/** A dashboard in headless Chromium, and what can be read off it: bytes received, long tasks, heap, frames. */
import type { Browser, CDPSession, Page } from 'playwright-core'

const LIMIT_MS = 5_000

export interface WatchedPage {
  readonly page: Page
  readonly cdp: CDPSession
  readonly received: Received
}

/** Bytes that came by the live feed and in answer to requests, in all and by what they were. */
export class Received {
  total = 0
  readonly by = new Map<string, number>()

  add(what: string, bytes: number): void {
    this.total += bytes
    this.by.set(what, (this.by.get(what) ?? 0) + bytes)
  }

  /** Starts to count anew. */
  clear(): void {
    this.total = 0
    this.by.clear()
  }

  /** What most of it was, in kB a second. */
  words(seconds: number): string {
    const most = [...this.by].sort(([, a], [, b]) => b - a).slice(0, 5)
    return most.map(([what, bytes]) => `${what} ${(bytes / 1000 / seconds).toFixed(1)}`).join(', ')
  }
}

export async function watchPage(browser: Browser, url: string): Promise<WatchedPage> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  const cdp = await page.context().newCDPSession(page)
  const received = new Received()
  const paths = new Map<string, string>()
  await cdp.send('Network.enable')
  cdp.on('Network.webSocketFrameReceived', ({ response }) => {
    const bytes = Buffer.byteLength(response.payloadData, response.opcode === 2 ? 'base64' : 'utf8')
    received.add(/^42\/live,\["(\w+)"/.exec(response.payloadData)?.[1] ?? 'socket', bytes)
  })
  cdp.on('Network.responseReceived', ({ requestId, response }) =>
    paths.set(requestId, new URL(response.url).pathname.replace(/\d+/g, 'N')),
  )
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    received.add(paths.get(requestId) ?? 'other', encodedDataLength)
    paths.delete(requestId)
  })
  page.setDefaultTimeout(LIMIT_MS)
  await page.addInitScript(OBSERVERS)
  await page.goto(url)
  await page.getByRole('banner').waitFor()
  return { page, cdp, received }
}

/** What the page notes of itself from its start on. */
export interface Noted {
  /** Milliseconds. */
  tasks: { start: number; duration: number }[]
  /** Frames that took longer than 50 ms, with the scripts that ran in them. */
  frames: { start: number; duration: number; scripts: { name: string; duration: number }[] }[]
  /** Of each interaction, from the event to the paint after it. */
  interactions: Record<string, number>
}

const OBSERVERS = `
  const noted = (window.noted = { tasks: [], frames: [], interactions: {} })
  const observe = (type, take, more) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, ...more })
  observe('longtask', ({ startTime, duration }) => noted.tasks.push({ start: startTime, duration }))
  observe('long-animation-frame', (frame) =>
    noted.frames.push({
      start: frame.startTime,
      duration: frame.duration,
      scripts: frame.scripts.map((script) => ({
        name: script.invoker + ' ' + script.sourceFunctionName,
        duration: script.duration,
      })),
    }))
  observe('event', ({ interactionId, duration }) => {
    if (interactionId) noted.interactions[interactionId] = Math.max(noted.interactions[interactionId] ?? 0, duration)
  }, { durationThreshold: 16 })
`

export function notedBy({ page }: WatchedPage): Promise<Noted> {
  return page.evaluate('noted') as Promise<Noted>
}

/** Bytes of the page's heap once all garbage is gone. */
export async function heapOf({ cdp }: WatchedPage): Promise<number> {
  await cdp.send('HeapProfiler.collectGarbage')
  return (await cdp.send('Runtime.getHeapUsage')).usedSize
}

export interface LongTasks {
  /** Tasks that took more than 50 ms by the clock. */
  readonly byClock: number
  /** Those in which the page's own thread ran for more than 50 ms: the rest of the time it waited for a processor. */
  readonly byProcessor: number
  readonly worstClockMs: number
  readonly worstProcessorMs: number
  /** What ran in those, the longest first. */
  readonly words: string[]
}

interface TraceEvent {
  name: string
  ph: string
  pid: number
  tid: number
  ts: number
  dur?: number
  tdur?: number
  args?: { data?: { functionName?: string; type?: string }; name?: string }
}

const LONG_MS = 50

/** Traces the page while `during` goes on. */
export async function longTasks({ cdp }: WatchedPage, during: () => Promise<unknown>): Promise<LongTasks> {
  const events: TraceEvent[] = []
  const take = ({ value }: { value: object[] }) => void events.push(...(value as TraceEvent[]))
  cdp.on('Tracing.dataCollected', take)
  await cdp.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: {
      includedCategories: ['devtools.timeline', 'disabled-by-default-devtools.timeline', '__metadata'],
      recordMode: 'recordContinuously',
      traceBufferSizeInKb: 200_000,
    },
  })
  await during()
  const ended = new Promise((resolve) => cdp.once('Tracing.tracingComplete', resolve))
  await cdp.send('Tracing.end')
  await ended
  cdp.off('Tracing.dataCollected', take)
  return fromTrace(events)
}

function fromTrace(events: readonly TraceEvent[]): LongTasks {
  // The page's own thread: of all that are called so, the one in which frames are laid out most.
  const layouts = new Map<string, number>()
  for (const event of events)
    if (event.name === 'UpdateLayoutTree')
      layouts.set(threadOf(event), (layouts.get(threadOf(event)) ?? 0) + 1)
  const [page] = [...layouts].sort(([, a], [, b]) => b - a)[0] ?? []
  const mine = events.filter((event) => threadOf(event) === page && event.ph === 'X')
  const tasks = mine.filter(({ name }) => name === 'RunTask')
  const long = tasks.filter(({ dur = 0 }) => dur > LONG_MS * 1000)
  const ours = long.filter(({ tdur = 0 }) => tdur > LONG_MS * 1000)
  const worst = (pick: (event: TraceEvent) => number) => Math.max(0, ...tasks.map(pick)) / 1000
  return {
    byClock: long.length,
    byProcessor: ours.length,
    worstClockMs: worst(({ dur = 0 }) => dur),
    worstProcessorMs: worst(({ tdur = 0 }) => tdur),
    words: ours
      .sort((a, b) => (b.tdur ?? 0) - (a.tdur ?? 0))
      .slice(0, 5)
      .map((task) => `${((task.tdur ?? 0) / 1000).toFixed(0)} ms: ${partsOf(task, mine)}`),
  }
}

const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`

function partsOf(task: TraceEvent, events: readonly TraceEvent[]): string {
  const end = task.ts + (task.dur ?? 0)
  const inside = events.filter(({ name, ts }) => name !== 'RunTask' && ts >= task.ts && ts < end)
  const parts = new Map<string, number>()
  for (const { name, args, tdur = 0 } of inside) {
    const what = `${name} ${args?.data?.functionName ?? args?.data?.type ?? ''}`.trim()
    parts.set(what, (parts.get(what) ?? 0) + tdur / 1000)
  }
  const most = [...parts].sort(([, a], [, b]) => b - a).slice(0, 5)
  return most.map(([what, ms]) => `${what} ${ms.toFixed(0)}`).join(', ')
}
