import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import net from 'node:net'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { io } from 'socket.io-client'
import type { LabDetail } from '../../server/dashboard/api.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { startLab } from '../whole-lab.ts'
import { launch, noBrowser } from './chromium.ts'

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const LIMIT_MS = 15_000

describe('the dashboard in Chromium', () => {
  let lab: Wirelab
  let browser: Browser | undefined
  const missing = noBrowser()

  before(async () => {
    lab = await startLab()
    if (missing === undefined) browser = await launch()
    else console.error(missing)
  })
  after(async () => {
    await browser?.close()
    await lab.close()
  })

  /** A fresh page, or undefined when this machine can't show one: the test is then skipped, loudly. */
  async function open(
    t: TestContext,
    path = '/',
    scheme: 'dark' | 'light' = 'dark',
  ): Promise<Page | undefined> {
    const why = missing ?? (lab.capture.state === 'running' ? undefined : `NOT RUN: ${lab.capture.message}`)
    if (why !== undefined || browser === undefined) {
      t.skip(why ?? 'NOT RUN: no browser')
      return undefined
    }
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: scheme })
    page.setDefaultTimeout(LIMIT_MS)
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(error.message))
    t.after(async () => {
      await page.close()
      assert.deepEqual(errors, [], 'no script error on the page')
    })
    await page.goto(lab.url + path)
    return page
  }

  it('asks a newcomer to guess, sends for them, and counts what came', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    await page.getByText('Nothing has crossed yet.').waitFor()
    await page.getByRole('button', { name: 'Send' }).click()
    await page
      .getByText(/three to meet/)
      .first()
      .waitFor()
  })

  it('a packet sent by a real client appears, is selected, and its field lights its bytes', async (t) => {
    const page = await open(t, `/?filter=${encodeURIComponent(`tcp.port == ${lab.ports['tcp-echo']}`)}`)
    if (page === undefined) return
    const socket = net.connect(lab.ports['tcp-echo']!, '127.0.0.1', () => socket.write('browser test\n'))
    await once(socket, 'data')
    socket.end()

    const row = page.getByRole('row').filter({ hasText: 'Echo request "browser test' }).first()
    await row.click()
    await page.getByRole('tree', { name: 'Fields' }).waitFor()
    assert.match(page.url(), /packet=\d+/)

    const port = page.getByRole('treeitem').filter({ hasText: 'Destination Port' }).first()
    if (!(await port.isVisible())) {
      await page.getByRole('treeitem').filter({ hasText: 'Transmission Control Protocol' }).first().click()
    }
    await port.hover()
    const lit = page.locator('.byte-view__byte.is-lit')
    await lit.first().waitFor()
    const hex = (await lit.allTextContents()).join('').replace(/\s/g, '')
    assert.equal(Number.parseInt(hex, 16), lab.ports['tcp-echo'])
  })

  it('a Socket.IO session shows its heartbeat, and a click on the ladder opens the packet', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    await fetch(`${lab.url}/api/heartbeat`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ pingInterval: 500, pingTimeout: 400 }),
    })
    const client = io(`http://127.0.0.1:${lab.ports.hub}`, { forceNew: true })
    t.after(() => client.disconnect())
    await once(client as never, 'connect')
    const sid = client.io.engine.id.slice(0, 4)
    await page.getByText(`sid ${sid}`).or(page.getByText(sid)).first().waitFor()
    await page.getByText(/RTT/).first().waitFor()
  })

  it('a bad filter is named under the bar, and the page goes on', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    await page.keyboard.press('/')
    await page.keyboard.type('tcp.flagz == 1')
    await page.keyboard.press('Enter')
    await page
      .getByText(/tcp\.flagz/)
      .first()
      .waitFor()
    await page
      .getByText(/did you mean/)
      .first()
      .waitFor()
  })

  it('compares the transports from captured frames', async (t) => {
    const page = await open(t, '/?view=compare')
    if (page === undefined) return
    await page.getByRole('button', { name: /^Run/ }).click()
    await page.getByText(/To carry \d+ bytes/).waitFor()
  })

  it('ticks a lab’s step when the wire shows it', async (t) => {
    const page = await open(t, '/?lab=03-tcp-open-and-close')
    if (page === undefined) return
    await page.getByRole('button', { name: /start/i }).first().click()
    const run = () => fetch(`${lab.url}/api/labs/3`).then(async (r) => ((await r.json()) as LabDetail).run)
    await page
      .getByRole('button', { name: /stop|end/i })
      .first()
      .waitFor()
    const ports = (await run())?.ports
    const socket = net.connect(ports!.TCP!, '127.0.0.1', () => socket.end())
    await page.locator('.lab-step[data-state="done"]').filter({ hasText: 'Open' }).waitFor()
  })

  for (const scheme of ['dark', 'light'] as const) {
    for (const view of ['', '?view=compare', '?lab=all']) {
      it(`axe finds nothing on ${view || 'the live view'}, ${scheme}`, async (t) => {
        const page = await open(t, `/${view}`, scheme)
        if (page === undefined) return
        await page.getByRole('banner').waitFor()
        await page.evaluate(await readFile(axePath, 'utf8'))
        const found = await page.evaluate(async () => {
          const axe = (
            globalThis as unknown as { axe: { run(o: object): Promise<{ violations: AxeViolation[] }> } }
          ).axe
          const { violations } = await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })
          return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`)
        })
        assert.deepEqual(found, [])
      })
    }
  }
})

interface AxeViolation {
  id: string
  nodes: { html: string }[]
}
