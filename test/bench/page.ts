/**
 * The page in a real browser while real clients keep the hub busy: what it receives, what holds its thread up, how soon it
 * answers, how it scrolls, what it keeps. `WIRELAB_BENCH_HEAP_SECONDS` shortens the ten minutes for the heap.
 */
import type { ChildProcess } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import type { Status } from '../../server/dashboard/api.ts'
import { messageOf } from '../../server/errors.ts'
import { launch, noBrowser } from '../browser/chromium.ts'
import { startLab } from './hub-load.ts'
import { heapOf, longTasks, notedBy, type WatchedPage, watchPage } from './page-browser.ts'
import { interact, interactionLines } from './page-interactions.ts'
import { scrollLines } from './page-scroll.ts'
import { startLine } from './page-start.ts'
import { startScript, stop } from './processes.ts'

const RATES = [0, 200, 2_000, 20_000]
/** Of packets a second: a class that tries things out. */
const CALM = 200
/** The same: what the goals are about. */
const BUSY = 20_000
const SETTLE_MS = 4_000
const FEED_SECONDS = 10
const TASKS_SECONDS = 30
const A_MILLION = 1_000_000
const FILL_MS = 300_000
const HEAP_SECONDS = Number(process.env.WIRELAB_BENCH_HEAP_SECONDS ?? 600)
const HEAP_SAMPLES = 20
/** Frames and what is known of them: a million of the hub's packets have room. */
const ROOM = ['--limit-mb', '512']

type Lab = Awaited<ReturnType<typeof startLab>>

export async function pageInBrowser(): Promise<string[]> {
  const missing = noBrowser()
  if (missing !== undefined) return [missing]
  // Its scroll bars are there to be dragged.
  const browser = await launch({ ignoreDefaultArgs: ['--hide-scrollbars'] })
  try {
    return [
      ...(await onNetwork(browser, 'kernel', true)),
      ...(await onNetwork(browser, 'lab', false)),
      'a busy machine makes all of these worse: they hold for a quiet one with two processors or more to spare',
    ]
  } finally {
    await browser.close()
  }
}

async function onNetwork(browser: Browser, network: 'kernel' | 'lab', long: boolean): Promise<string[]> {
  const lab = await startLab(['--network', network, ...ROOM])
  const lines: string[] = [`${network} network`]
  const note = async (measure: () => Promise<string[]>) => {
    const found = await measure().catch((error) => [`not measured: ${messageOf(error)}`])
    lines.push(...found)
  }
  try {
    const watched = await watchPage(browser, lab.url)
    await underLoad(lab, CALM, () => note(async () => [await startLine(browser, lab.url)]))
    for (const rate of RATES) await underLoad(lab, rate, () => note(() => feedLine(lab, watched, rate)))
    await underLoad(lab, BUSY, async () => {
      await note(() => tasksLines(lab, watched))
      await note(async () => interactionLines(await interact(watched)))
      if (!long) return
      await filled(lab)
      await note(() => scrollLines(watched))
      await watched.page.keyboard.press('End')
      await note(() => heapLines(lab, watched))
    })
    await watched.page.close()
  } finally {
    await lab.end()
  }
  return lines
}

/** Until a million packets are held, or as many as there are after the longest that one would wait. */
async function filled(lab: Lab): Promise<void> {
  for (const until = performance.now() + FILL_MS; performance.now() < until; await pause(1000)) {
    const { first, last } = await traceOf(lab)
    if (last - first >= A_MILLION) return
  }
}

async function underLoad(lab: Lab, rate: number, measure: () => Promise<void>): Promise<void> {
  const load: ChildProcess | undefined =
    rate === 0 ? undefined : startScript('page-load.ts', [String(lab.ports.hub), String(rate)])
  try {
    await pause(SETTLE_MS)
    await measure()
  } finally {
    if (load !== undefined) await stop(load)
  }
}

async function traceOf(lab: Lab): Promise<Status['trace']> {
  const ask = () => fetch(`${lab.url}/api/status`)
  // A connection that is kept may just have been closed.
  return ((await (await ask().catch(ask)).json()) as Status).trace
}

/** Packets a second while something goes on. */
async function rateDuring(lab: Lab, during: () => Promise<unknown>): Promise<number> {
  const before = await traceOf(lab)
  const began = performance.now()
  await during()
  const seconds = (performance.now() - began) / 1000
  return ((await traceOf(lab)).total - before.total) / seconds
}

const grouped = (value: number) => Math.round(value).toLocaleString('en')

async function feedLine(lab: Lab, { received }: WatchedPage, wanted: number): Promise<string[]> {
  received.clear()
  const rate = await rateDuring(lab, () => pause(FEED_SECONDS * 1000))
  const kilobytes = received.total / 1000 / FEED_SECONDS
  return [
    `feed at ${grouped(rate)} packets/s (asked for ${grouped(wanted)}): ${kilobytes.toFixed(1)} kB/s (goal below 100): ${received.words(FEED_SECONDS)}`,
  ]
}

async function tasksLines(lab: Lab, watched: WatchedPage): Promise<string[]> {
  const before = (await notedBy(watched)).frames.length
  let tasks: Awaited<ReturnType<typeof longTasks>> | undefined
  const rate = await rateDuring(lab, async () => {
    tasks = await longTasks(watched, () => pause(TASKS_SECONDS * 1000))
  })
  if (tasks === undefined) return []
  const frames = (await notedBy(watched)).frames.slice(before)
  const scripts = frames.flatMap((frame) => frame.scripts.filter(({ duration }) => duration > 50))
  return [
    `tasks over 50 ms in ${TASKS_SECONDS} s at ${grouped(rate)} packets/s: ${tasks.byProcessor} in which the page ran so long (worst ${tasks.worstProcessorMs.toFixed(0)} ms; goal none), ${tasks.byClock} by the clock (worst ${tasks.worstClockMs.toFixed(0)} ms: the rest was waiting for a processor)`,
    ...tasks.words.map((words) => `  ${words}`),
    ...scripts
      .slice(0, 5)
      .map(({ name, duration }) => `  script over 50 ms by the clock: ${name} ${duration.toFixed(0)} ms`),
  ]
}

async function heapLines(lab: Lab, watched: WatchedPage): Promise<string[]> {
  const samples: number[] = []
  const before = await traceOf(lab)
  for (let n = 0; n <= HEAP_SAMPLES; n++) {
    if (n > 0) await pause((HEAP_SECONDS * 1000) / HEAP_SAMPLES)
    samples.push((await heapOf(watched)) / 1e6)
  }
  const packets = (await traceOf(lab)).total - before.total
  const third = Math.ceil(samples.length / 3)
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [early, late] = [mean(samples.slice(1, third + 1)), mean(samples.slice(-third))]
  return [
    `heap after garbage collection over ${HEAP_SECONDS} s and ${grouped(packets)} packets: first third ${early.toFixed(1)} MB, last third ${late.toFixed(1)} MB, ${Math.min(...samples).toFixed(1)} to ${Math.max(...samples).toFixed(1)} MB`,
  ]
}
