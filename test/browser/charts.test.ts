import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import net from 'node:net'
import { after, before, describe, it, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, Locator, Page } from 'playwright-core'
import type { FlowList, FlowNode } from '../../server/dashboard/api.ts'
import type { SegmentSeries } from '../../server/dashboard/api-series.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { within } from '../services/waiting.ts'
import { startLab } from '../whole-lab.ts'
import { axeFindsNothing } from './axe.ts'
import { LIMIT_MS, launch, noBrowser, openPage, untilTrue } from './chromium.ts'

const BYTES = 400_000
const RANGE = "document.querySelector('.flow-charts__range').textContent"

describe('the charts of a conversation', () => {
  let lab: Wirelab
  let browser: Browser | undefined
  let tcp: FlowNode
  let udp: FlowNode
  const missing = noBrowser()

  before(async () => {
    lab = await startLab(['--seed', '7'])
    const cable = { loss: '3%', delay: '20ms', rate: '20mbit' }
    await fetch(`${lab.url}/api/network`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ up: cable, down: cable }),
    })
    const launching = missing === undefined ? launch() : undefined
    const ticking = tick()
    await transfer()
    await ticking
    browser = await launching
    if (missing !== undefined) console.error(missing)
    tcp = await flow(({ transport, state }) => transport === 'tcp' && state === 'closed')
    udp = await flow(({ transport }) => transport === 'udp')
  })
  after(async () => {
    await browser?.close()
    await lab.close()
  })

  /** So many bytes to the TCP echo and back, over a cable that loses some. */
  async function transfer(): Promise<void> {
    const socket = net.connect(lab.ports['tcp-echo'] ?? 0, '127.0.0.1')
    socket.resume()
    const gone = within(once(socket, 'close'), 'the whole echo', 2 * LIMIT_MS)
    socket.end(`${'x'.repeat(BYTES - 1)}\n`)
    await gone
  }

  async function tick(): Promise<void> {
    const socket = dgram.createSocket('udp4')
    for (let i = 0; i < 20; i++) {
      socket.send(`tick ${i}`, lab.ports['udp-echo'], '127.0.0.1')
      await pause(10)
    }
    socket.close()
  }

  async function flow(wanted: (one: FlowNode) => boolean): Promise<FlowNode> {
    for (const limit = Date.now() + LIMIT_MS; Date.now() < limit; await pause(20)) {
      const { flows } = (await (await fetch(`${lab.url}/api/flows`)).json()) as FlowList
      const found = flows.find(wanted)
      if (found !== undefined) return found
    }
    throw new Error('no such conversation')
  }

  async function open(t: TestContext, id: string): Promise<Page | undefined> {
    if (browser === undefined) {
      t.skip(missing ?? 'NOT RUN: no browser')
      return undefined
    }
    const page = await openPage(t, browser, `${lab.url}/?flow=${id}`, { colorScheme: 'dark' })
    await page.locator('.chart__axes .chart-grid').first().waitFor({ state: 'attached' })
    // Of an echo both say as much: whose packets are shown first is a toss-up.
    await page.getByRole('group', { name: 'What was sent by' }).getByRole('radio', { name: 'client' }).check()
    return page
  }

  const plot = (page: Page, name: string): Locator => page.locator(`[data-chart="${name}"] .chart__plot`)
  const range = (page: Page): Promise<string> => page.locator('.flow-charts__range').innerText()
  const changed = (page: Page, before: string) => untilTrue(page, `${RANGE} !== ${JSON.stringify(before)}`)
  const isBack = (page: Page, before: string) => untilTrue(page, `${RANGE} === ${JSON.stringify(before)}`)
  /** What a chart reads, once it is like that. */
  async function read(page: Page, name: string, like: RegExp): Promise<string> {
    const text = `document.querySelector('[data-chart="${name}"] .chart__plot')?.getAttribute('aria-valuetext')`
    await untilTrue(page, `${like}.test(${text})`)
    return (await plot(page, name).getAttribute('aria-valuetext')) ?? ''
  }

  it('show slow start, fast retransmission and recovery, in the numbers of the capture', async (t) => {
    const page = await open(t, tcp.id)
    if (page === undefined) return
    const series = (await (await fetch(`${lab.url}/api/flows/${tcp.id}/series`)).json()) as SegmentSeries
    const { totals } = series.client
    assert.equal(totals.fresh, BYTES)
    assert.ok(totals.fast > 0, 'some of the lost were sent again at once')
    const caption = page.locator('[data-chart="time-sequence"] figcaption')
    const said = (await caption.innerText()).replaceAll('\u202f', '')
    assert.match(
      said,
      new RegExp(
        `sent 400 kB in .*, in ${totals.packets} segments\\. ${totals.resent} (was|were) sent again: ${totals.fast} by fast`,
      ),
    )
    const bands = page.locator('[data-chart="window"] .chart-bands rect')
    await bands.first().waitFor({ state: 'attached' })
    const inks = await bands.evaluateAll((all) => all.map((one) => one.getAttribute('class') ?? ''))
    assert.match(inks[0] ?? '', /slow-start/)
    assert.ok(inks.some((ink) => ink.includes('fast-recovery')))
    assert.match(
      await page.locator('[data-chart="window"] .is-own').innerText(),
      /the client’s own state, never on the wire/,
    )
    assert.match(
      await page.locator('[data-chart="throughput"] figcaption').innerText(),
      /crossed the wire for 400 kB .* sent again/,
    )
    for (const name of ['time-sequence', 'window', 'round-trip', 'throughput']) {
      await untilTrue(
        page,
        `(() => {
        const canvas = document.querySelector('[data-chart="${name}"] canvas')
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
        return data.some((value) => value !== 0)
      })()`,
      )
    }
  })

  it('are read point by point, zoomed and left by key alone', async (t) => {
    const page = await open(t, tcp.id)
    if (page === undefined) return
    await page.getByRole('radio', { name: 'tcptrace' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.locator('[data-chart="time-sequence"]').getByText('a segment’s first byte').waitFor()
    // Past how it is read, and how it is saved.
    for (let i = 0; i < 3; i++) await page.keyboard.press('Tab')
    assert.equal(
      await page.locator('.chart__plot:focus').getAttribute('aria-label'),
      'Time and sequence, point by point',
    )
    await page.keyboard.press('ArrowRight')
    await read(page, 'time-sequence', /^packet \d+, at the start: SYN/)
    await page.keyboard.press('ArrowRight')
    const text = await read(page, 'time-sequence', /: bytes /)
    const number = /^packet (\d+),.*bytes /.exec(text)?.[1]
    assert.ok(number, text)
    await page
      .locator(`[data-chart="time-sequence"] [data-pointed="${number}"]`)
      .waitFor({ state: 'attached' })

    const whole = await range(page)
    await page.keyboard.press('+')
    await changed(page, whole)
    assert.equal(await read(page, 'time-sequence', /bytes/), text)
    const near = await range(page)
    await page.keyboard.press('Shift+ArrowRight')
    await changed(page, near)
    await page.keyboard.press('0')
    await isBack(page, whole)
    await page.keyboard.press('Home')
    await page.keyboard.press('Enter')
    await page.waitForURL(/packet=\d+/)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await page.waitForURL((url) => !url.search.includes('flow='))
  })

  it('share one time: wheel, drag and pointer move all of them', async (t) => {
    const page = await open(t, tcp.id)
    if (page === undefined) return
    const sequence = plot(page, 'time-sequence')
    await sequence.scrollIntoViewIfNeeded()
    const box = await sequence.boundingBox()
    assert.ok(box)
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
    const whole = await range(page)
    await page.mouse.move(x, y)
    // One pointer, one rule in each chart.
    await untilTrue(page, "document.querySelectorAll('.chart-rule--pointer').length === 4")
    await page.mouse.wheel(0, -400)
    await changed(page, whole)
    const near = await range(page)
    await page.mouse.down()
    await page.mouse.move(x + 60, y, { steps: 3 })
    await page.locator('[data-chart="time-sequence"] .chart-range').waitFor({ state: 'attached' })
    await page.mouse.up()
    await changed(page, near)
    const ticks = await page.locator('.chart-x').evaluateAll((all) => all.map((one) => one.textContent))
    assert.equal(new Set(ticks).size, 1, 'the same times stand under each chart')
    await page.mouse.dblclick(x, y)
    await isBack(page, whole)
  })

  it('tell how they are read, and are saved with all that is on the canvas', async (t) => {
    const page = await open(t, tcp.id)
    if (page === undefined) return
    const chart = page.locator('[data-chart="window"]')
    await chart.getByRole('button', { name: 'How to read this' }).click()
    await page
      .getByRole('region', { name: /How to read Windows/ })
      .getByText(/RFC 5681/)
      .first()
      .waitFor()
    await page.keyboard.press('Escape')
    await chart.getByRole('button', { name: /Save/ }).click()
    const downloading = page.waitForEvent('download')
    await page.getByRole('menuitem', { name: /SVG/ }).click()
    const saved = await readFile(await (await downloading).path(), 'utf8')
    assert.match(saved, /<title[^>]*>Windows<\/title>/)
    assert.match(saved, /cwnd \(the sender’s own, never on the wire\)/)
    assert.ok((saved.match(/<path/g)?.length ?? 0) > 5)
    assert.doesNotMatch(saved, /NaN|undefined/)
  })

  it('of datagrams show arrivals, gaps and throughput', async (t) => {
    const page = await open(t, udp.id)
    if (page === undefined) return
    await page.getByRole('heading', { name: 'Gaps and jitter' }).waitFor()
    assert.match(
      await page.locator('[data-chart="arrivals"] figcaption').innerText(),
      /^20 datagrams of the client’s/,
    )
    await plot(page, 'gaps').focus()
    await page.keyboard.press('End')
    await read(page, 'gaps', /after the one before, jitter/)
  })

  it('keep to WCAG 2.2 AA', async (t) => {
    const page = await open(t, tcp.id)
    if (page === undefined) return
    await page.locator('.flow-charts').waitFor()
    await axeFindsNothing(page, { part: '.flow-charts', more: ['best-practice'] })
  })
})
