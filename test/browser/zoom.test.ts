import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { Wirelab } from '../../server/wirelab.ts'
import { startLab } from '../whole-lab.ts'
import { axeFindsNothing } from './axe.ts'
import { launch, noBrowser, openPage, sayTo } from './chromium.ts'

/** A pane that fills the page covers the others. */
describe('a pane that fills the page', () => {
  let lab: Wirelab
  let browser: Browser | undefined
  const missing = noBrowser()

  before(async () => {
    lab = await startLab()
    if (missing === undefined) browser = await launch()
  })
  after(async () => {
    await browser?.close()
    await lab.close()
  })

  async function open(t: TestContext): Promise<Page | undefined> {
    if (missing !== undefined || browser === undefined) {
      t.skip(missing ?? 'NOT RUN: no browser')
      return undefined
    }
    const page = await openPage(t, browser, lab.url, { colorScheme: 'dark' })
    await page.locator('.packet-list__row').first().waitFor()
    // It comes last, and takes its height from the panes.
    await page.locator('.time-bar').waitFor()
    return page
  }

  const say = (line: string) => sayTo(lab.ports['tcp-echo']!, line)

  it('leaves nothing of the others to see, to read or to reach, and gives them back as they were', async (t) => {
    await say('before\n')
    const page = await open(t)
    if (page === undefined) return
    const list = page.getByRole('grid', { name: 'Packets' })
    await list.evaluate((element) => element.setAttribute('data-the-same', ''))
    await list.focus()
    await page.keyboard.press('1')
    await page.locator('#pane-ladder.is-zoomed').waitFor()
    for (const name of ['Map', 'Connections', 'Inspector', 'Packets'])
      assert.equal(await page.getByRole('region', { name, exact: true }).count(), 0, name)
    assert.equal(await list.count(), 0)
    assert.equal(await page.getByRole('separator').count(), 0)
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press('Tab')
      const covered: string | undefined = await page.evaluate(
        () => document.activeElement?.closest('.is-covered')?.id,
      )
      assert.equal(covered, undefined)
    }
    const box = await page.locator('#pane-ladder').boundingBox()
    assert.ok((box?.width ?? 0) > 1000 && (box?.x ?? -1) === 0)
    // Wherever the Tabs have led: in the filter bar Escape has another meaning.
    await page.locator('.ladder__scroll').press('Escape')
    await list.waitFor()
    assert.equal(await page.locator('[data-the-same]').count(), 1)
    assert.equal(await page.locator('.is-covered').count(), 0)
  })

  it('stops the others until they are seen again, and then they show what is', async (t) => {
    await say('first\n')
    const page = await open(t)
    if (page === undefined) return
    await page.locator('.packet-list__row').first().click()
    await page.getByRole('tree', { name: 'Fields' }).waitFor()
    const chosen = Number(new URL(page.url()).searchParams.get('packet'))
    await page.locator('body').press('1')
    await page.locator('#pane-packets.is-covered').waitFor()
    await page.evaluate(() => {
      const pane = document.querySelector('#pane-packets')
      const watched = globalThis as unknown as { changes: number }
      watched.changes = 0
      new MutationObserver((list) => (watched.changes += list.length)).observe(pane, {
        subtree: true,
        childList: true,
        characterData: true,
      })
    })
    const port = await say('meanwhile\n')
    await page.locator('body').press('j')
    await page.waitForURL((url) => Number(url.searchParams.get('packet')) === chosen + 1)
    assert.equal(await page.evaluate(() => (globalThis as unknown as { changes: number }).changes), 0)
    await page.locator('body').press('1')
    await page.locator(`#packet-${chosen + 1}.is-selected`).waitFor()
    await page
      .locator('.connections__item')
      .filter({ hasText: `:${port}` })
      .waitFor()
    await page.locator('.packet-list__scroller').focus()
    await page.keyboard.press('End')
    await page
      .locator('.packet-list__row')
      .filter({ hasText: `${port} ` })
      .first()
      .waitFor()
  })

  it('passes from one to the other, also from the column at the left', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    const box = (pane: string) => page.locator(pane).boundingBox()
    for (const [key, pane] of [
      ['4', 'connections'],
      ['7', 'map'],
      ['5', 'heartbeats'],
      ['6', 'events'],
      ['3', 'inspector'],
    ]) {
      await page.locator('body').press(key!)
      await page.locator(`#pane-${pane}.is-zoomed`).waitFor()
      assert.deepEqual(await box(`#pane-${pane}`), await box('.shell__main'))
      assert.equal(await page.locator('.pane:not(.is-covered)').count(), 1)
      const seen: string | undefined = await page.evaluate(
        () => document.elementFromPoint(700, 300)?.closest('.pane')?.id,
      )
      assert.equal(seen, `pane-${pane}`)
    }
    await axeFindsNothing(page)
  })
})

/** As much of the page's document as the test looks at: the tests' own types are Node's. */
interface Pane {
  closest(selector: string): { id: string } | null
}
declare const document: {
  activeElement: Pane | null
  querySelector(selector: string): Pane
  elementFromPoint(x: number, y: number): Pane | null
}
declare class MutationObserver {
  constructor(take: (list: unknown[]) => void)
  observe(of: Pane, what: object): void
}
