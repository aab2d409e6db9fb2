/** Debian's Chromium, driven by playwright-core; tests that can't have it say so. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import net from 'node:net'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type LaunchOptions,
  type Page,
} from 'playwright-core'
import { within } from '../services/waiting.ts'

/** How long a test waits for anything. */
export const LIMIT_MS = 15_000

const { PATH: path, FLAGS }: { PATH: string; FLAGS: readonly string[] } = await import(
  new URL('../../scripts/chromium.mjs', import.meta.url).href
)

/** Why there is no browser here, or undefined when there is one. */
export function noBrowser(): string | undefined {
  try {
    accessSync(path, constants.X_OK)
    return undefined
  } catch {
    return `NOT RUN: no Chromium at ${path} (Debian: sudo apt-get install chromium)`
  }
}

export function launch(options: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({
    ...options,
    executablePath: path,
    args: [...FLAGS, ...(options.args ?? [])],
  })
}

export type Looks = Pick<
  BrowserContextOptions,
  'viewport' | 'colorScheme' | 'reducedMotion' | 'contrast' | 'forcedColors'
>

const VIEWPORT = { width: 1440, height: 900 }
export const MEDIA = {
  colorScheme: 'light',
  reducedMotion: 'no-preference',
  contrast: 'no-preference',
  forcedColors: 'none',
} as const

/** Pages whose tests have ended: to open one anew takes four times as long as to go on with one. */
const rested = new WeakMap<Browser, Page[]>()

/** A page at `url` that remembers nothing, the test's own until it ends, in which no script may fail. */
export async function openPage(
  t: TestContext,
  browser: Browser,
  url: string,
  { viewport, ...media }: Looks = {},
): Promise<Page> {
  const page = rested.get(browser)?.pop() ?? (await browser.newPage())
  await page.setViewportSize(viewport ?? VIEWPORT)
  await page.emulateMedia({ ...MEDIA, ...media })
  const errors = expectNoErrors(page)
  t.after(async () => {
    await rest(browser, page)
    assert.deepEqual(errors, [], 'no script error on the page')
  })
  await page.goto(url)
  return page
}

/** The same, of which nothing is left to others: for tests that keep something from it. */
export async function openOwnPage(t: TestContext, browser: Browser, looks: Looks = {}): Promise<Page> {
  const page = await browser.newPage({ viewport: VIEWPORT, ...looks })
  const errors = expectNoErrors(page)
  t.after(async () => {
    await page.close()
    assert.deepEqual(errors, [], 'no script error on the page')
  })
  return page
}

function expectNoErrors(page: Page): readonly string[] {
  page.setDefaultTimeout(LIMIT_MS)
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  return errors
}

/** Takes from a page all that its test left there. One that can't be brought to rest is closed. */
async function rest(browser: Browser, page: Page): Promise<void> {
  try {
    if (page.url().startsWith('http')) await page.evaluate('localStorage.clear(); sessionStorage.clear()')
    await page.mouse.move(-1, -1)
    await page.goto('about:blank')
    await page.removeAllListeners(undefined, { behavior: 'wait' })
    rested.set(browser, [...(rested.get(browser) ?? []), page])
  } catch {
    await page.close()
  }
}

/** Until it is true on the page. Asked from here: the page's own policy refuses what is evaluated in it later. */
export async function untilTrue<A>(
  page: Page,
  what: string | ((argument: A) => unknown),
  argument?: A,
): Promise<void> {
  for (const limit = Date.now() + LIMIT_MS; Date.now() < limit; await pause(20)) {
    if (await page.evaluate(what as never, argument)) return
  }
  throw new Error(`never true: ${what}`)
}

/** A line to a TCP echo, its answer read and the connection closed; the client's port. */
export async function sayTo(port: number, line: string): Promise<number> {
  const socket = net.connect(port, '127.0.0.1', () => socket.write(line))
  await within(once(socket, 'data'), 'the echo', LIMIT_MS)
  const own = socket.localPort ?? 0
  const gone = within(once(socket, 'close'), 'the end of the connection', LIMIT_MS)
  socket.end()
  await gone
  return own
}
