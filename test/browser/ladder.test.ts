import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import net from 'node:net'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { PacketPage } from '../../server/dashboard/api.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { within } from '../services/waiting.ts'
import { startLab } from '../whole-lab.ts'
import { axeFindsNothing } from './axe.ts'
import { LIMIT_MS, launch, noBrowser, openPage } from './chromium.ts'

/** So many lines and their echoes are more than any window of the ladder holds. */
const LINES = 1200

describe('the ladder in Chromium', () => {
  let lab: Wirelab
  let browser: Browser | undefined
  let long: { port: number; packets: number; first: number }
  const missing = noBrowser()

  before(async () => {
    lab = await startLab(['--network', 'lab'])
    if (missing === undefined) browser = await launch()
    else console.error(missing)
    const port = await talk(LINES)
    long = { port, ...(await packetsOf(port)) }
  })
  after(async () => {
    await browser?.close()
    await lab.close()
  })

  /** Lines to the TCP echo, each written when its predecessor has come back, and the end of the connection. */
  async function talk(lines: number): Promise<number> {
    const socket = net.connect(lab.ports['tcp-echo']!, '127.0.0.1')
    const gone = once(socket, 'close')
    await within(once(socket, 'connect'), 'the connection', LIMIT_MS)
    const port = socket.localPort!
    let said = 0
    const say = () => (said < lines ? socket.write(`line ${said++}\n`) : socket.end())
    socket.on('data', say)
    say()
    await within(gone, 'the end of the connection', LIMIT_MS)
    return port
  }

  /** How many packets a conversation has, and the number of its first, once its last is there. */
  async function packetsOf(port: number): Promise<{ packets: number; first: number }> {
    const filter = encodeURIComponent(`tcp.port == ${port}`)
    const page = async (place: string) => {
      const answer = await fetch(`${lab.url}/api/packets?limit=4&${place}&filter=${filter}`)
      return (await answer.json()) as PacketPage
    }
    const limit = Date.now() + LIMIT_MS
    while (Date.now() < limit) {
      const { packets, total } = await page('before=1000000')
      if (packets.filter(({ label }) => label === 'FIN ACK').length < 2) continue
      return { packets: total, first: (await page('index=0')).packets[0]!.number }
    }
    throw new Error(`the conversation of port ${port} did not end`)
  }

  async function open(t: TestContext, path: string): Promise<Page | undefined> {
    if (missing !== undefined || browser === undefined) {
      t.skip(missing)
      return undefined
    }
    return openPage(t, browser, lab.url + path, { colorScheme: 'dark' })
  }

  async function choose(page: Page, port: number): Promise<void> {
    await page
      .locator('.connections__item')
      .filter({ hasText: `:${port}` })
      .click()
    await page
      .locator('.ladder__address')
      .filter({ hasText: String(port) })
      .waitFor()
  }

  const marks = (page: Page) => page.locator('.ladder__mark--packet')
  const scroll = (page: Page, to: 'top' | 'middle') =>
    page.locator('.ladder__scroll').evaluate((element, where) => {
      const area = element as unknown as { scrollTop: number; scrollHeight: number }
      area.scrollTop = where === 'top' ? 0 : area.scrollHeight / 2
    }, to)

  it('goes through the whole of a conversation, and draws only what is in sight of it', async (t) => {
    const page = await open(t, '/')
    if (page === undefined) return
    await choose(page, long.port)
    await page
      .getByRole('treeitem', { name: /FIN ACK/ })
      .first()
      .waitFor()
    await scroll(page, 'top')
    await page.getByRole('treeitem', { name: /, SYN, TCP/ }).waitFor()
    assert.ok((await page.locator('.ladder__mark').count()) < 100)
    await scroll(page, 'middle')
    await page
      .getByRole('treeitem', { name: /"line [3-8]\d\d"/ })
      .first()
      .waitFor()
    const place = Number(
      await page.locator('.ladder__mark--packet .ladder__ground').first().getAttribute('aria-posinset'),
    )
    assert.ok(place > long.packets / 4 && place < (long.packets * 3) / 4, `${place} of ${long.packets}`)
    await page.getByRole('button', { name: 'To the newest' }).first().click()
    await page
      .getByRole('treeitem', { name: /FIN ACK/ })
      .first()
      .waitFor()
  })

  it('the wheel brings earlier packets, one step after the other', async (t) => {
    const page = await open(t, '/')
    if (page === undefined) return
    await choose(page, long.port)
    const last = page.getByRole('treeitem', { name: /FIN ACK/ }).first()
    await last.waitFor()
    await page.locator('.ladder__scroll').hover()
    const earlier = page.getByRole('treeitem', { name: /"line [4-8]\d\d"/ }).first()
    // What is turned while earlier packets are still on their way moves nothing.
    for (const limit = Date.now() + LIMIT_MS; !(await earlier.isVisible()) && Date.now() < limit; )
      await page.mouse.wheel(0, -1000)
    assert.ok(await earlier.isVisible())
    assert.ok((await page.locator('.ladder__mark').count()) < 100)
  })

  it('a row pointed at is lit on the ladder, in the connections and on the map, and nothing is drawn anew', async (t) => {
    const port = await talk(1)
    const page = await open(t, `/?filter=${encodeURIComponent(`tcp.port == ${port}`)}`)
    if (page === undefined) return
    await choose(page, port)
    const row = page.getByRole('row').filter({ hasText: 'Echo request' }).first()
    const number = await row.getAttribute('data-packet')
    await page.locator(`.ladder__mark[data-packet="${number}"]`).waitFor()
    await page.evaluate(watchLadder)
    // What the server still says of the connection is drawn as well: of several tries one falls where it is silent.
    let changes: string[] = []
    for (let tries = 0; tries < 10 && changes.join() !== 'data-pointed'; tries++) {
      await page.locator('.ladder__heads').hover()
      await page.locator('[data-pointed]').first().waitFor({ state: 'detached' })
      await page.evaluate(() => (globalThis as unknown as Watched).ladderChanges.splice(0))
      await row.hover()
      await page.locator(`.ladder__mark[data-packet="${number}"][data-pointed]`).waitFor()
      changes = await page.evaluate(() => [...(globalThis as unknown as Watched).ladderChanges])
    }
    assert.deepEqual(changes, ['data-pointed'])
    await page
      .locator('.connections__item[data-pointed]')
      .filter({ hasText: `:${port}` })
      .waitFor()
    assert.equal(await page.locator('.map__mark--server[data-pointed]').count(), 1)
    assert.equal(await page.locator('.map__mark--client[data-pointed]').count(), 1)
  })

  it('the arrow keys on the ladder light the same packet in the list', async (t) => {
    const port = await talk(1)
    const page = await open(t, `/?filter=${encodeURIComponent(`tcp.port == ${port}`)}`)
    if (page === undefined) return
    await choose(page, port)
    await marks(page).first().waitFor()
    await page.locator('.ladder__ground[tabindex="0"]').focus()
    await page.keyboard.press('Home')
    for (const step of ['ArrowDown', 'ArrowDown']) {
      await page.keyboard.press(step)
      const focused = page.locator('.ladder__mark:has(:focus)')
      const number = await focused.getAttribute('data-packet')
      if (number !== null)
        await page.locator(`.packet-list__row[data-packet="${number}"][data-pointed]`).waitFor()
    }
    await page.keyboard.press('Enter')
    await page.waitForURL(/packet=\d+/)
  })

  it('what was lost is broken where it fell, and what was sent again names it', async (t) => {
    const page = await open(t, '/')
    if (page === undefined) return
    await fetch(`${lab.url}/api/network`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ choose: [{ direction: 'up', match: 'data', nth: 1, count: 1, fate: 'lost' }] }),
    })
    const port = await talk(1)
    await choose(page, port)
    const again = page.getByRole('treeitem', { name: /sent again: packet \d+/ }).first()
    await again.waitFor()
    const lost = /sent again: packet (\d+)/.exec((await again.getAttribute('aria-label')) ?? '')?.[1]
    await page.locator(`.ladder__mark[data-packet="${lost}"] .ladder__wire--lost`).waitFor()
    await page.locator('.ladder__link').first().waitFor({ state: 'attached' })
    await page.locator('.ladder__state').filter({ hasText: 'ESTABLISHED' }).first().waitFor()
  })

  it('is saved as a picture that stands alone', async (t) => {
    const page = await open(t, '/')
    if (page === undefined) return
    const port = await talk(1)
    await choose(page, port)
    await marks(page).first().waitFor()
    await page.locator('#pane-ladder').getByRole('button', { name: 'Save' }).click()
    const download = page.waitForEvent('download')
    await page.getByRole('menuitem', { name: /SVG/ }).click()
    const text = await readFile(await (await download).path(), 'utf8')
    assert.match(text, /^<\?xml|^<svg/)
    assert.match(text, /SYN ACK/)
    assert.match(text, new RegExp(`:${port}`))
  })

  it('axe finds nothing on a ladder with a packet chosen', async (t) => {
    const page = await open(t, `/?packet=${long.first}`)
    if (page === undefined) return
    await page.locator(`.ladder__mark.is-selected[data-packet="${long.first}"]`).waitFor()
    await axeFindsNothing(page, { part: '#pane-ladder' })
  })
})

interface Watched {
  ladderChanges: string[]
}

/** Notes what changes on the ladder from now on: names of attributes, and `childList` where something was drawn. */
function watchLadder(): void {
  const { document, MutationObserver } = globalThis as unknown as {
    document: { querySelector(selector: string): unknown }
    MutationObserver: new (
      note: (records: { type: string; attributeName: string | null }[]) => void,
    ) => { observe(target: unknown, options: object): void }
  }
  const changes: string[] = []
  Object.assign(globalThis, { ladderChanges: changes })
  new MutationObserver((records) => {
    for (const { type, attributeName } of records) changes.push(attributeName ?? type)
  }).observe(document.querySelector('.ladder'), { subtree: true, childList: true, attributes: true })
}
