/** Parts of the page that are loaded when they are opened: late, not at all, and ahead of it. */
import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { Wirelab } from '../../server/wirelab.ts'
import { startLab } from '../whole-lab.ts'
import { axeFindsNothing } from './axe.ts'
import { launch, noBrowser, openOwnPage, sayTo, untilTrue } from './chromium.ts'

const PANELS = /\/assets\/panels-[^/]+\.js$/
/** All but those that the page begins with, which come from the browser's own memory by then. */
const SCRIPTS = /\/assets\/[^/]+\.js$/

describe('parts that are loaded later', { skip: noBrowser() }, () => {
  let lab: Wirelab
  let browser: Browser
  before(async () => {
    ;[lab, browser] = await Promise.all([startLab(), launch()])
    // Whoever comes to traffic is not greeted.
    await sayTo(lab.ports['tcp-echo'] ?? 0, 'hello\n')
  })
  after(async () => {
    await browser.close()
    await lab.close()
  })

  /** A page of which `parts` don't come before `bring` is called, or never where they are `lost`. */
  async function openWithout(t: TestContext, options: Parameters<typeof openOwnPage>[2] = {}) {
    const page = await openOwnPage(t, browser, options)
    let bring: () => void = () => undefined
    const wanted = new Promise<void>((resolve) => {
      bring = resolve
    })
    let lost = false
    await page.route(PANELS, async (route) => {
      if (lost) return route.abort()
      await wanted
      await route.continue()
    })
    const go = async () => {
      await page.goto(lab.url)
      await page.locator('.packet-list__row').first().waitFor()
    }
    return {
      page,
      go,
      bring,
      lose: async () => {
        lost = true
        await go()
      },
      find: () => page.unroute(PANELS),
    }
  }

  const focusIn = (page: Page, where: string) => page.locator(`${where}:focus-within`).waitFor()

  it('the keys come late, take the focus, and give it back', async (t) => {
    const { page, go, bring } = await openWithout(t)
    await go()
    const button = page.getByRole('button', { name: 'Keys' })
    await button.focus()
    await page.keyboard.press('Enter')
    assert.equal(await page.getByRole('dialog').count(), 0)
    bring()
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await focusIn(page, 'dialog.keys')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.locator('.top-bar__icon[aria-label="Keys"]:focus').waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).getByRole('button', { name: 'Close' }).press('Enter')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.locator('.top-bar__icon[aria-label="Keys"]:focus').waitFor()
  })

  it('captures come late and take the focus; Esc closes them and gives it back', async (t) => {
    const { page, go, bring } = await openWithout(t)
    await go()
    const button = page.getByRole('button', { name: 'Captures', exact: true })
    await button.focus()
    await page.keyboard.press('Enter')
    bring()
    await focusIn(page, '#captures-panel')
    await page.keyboard.press('Escape')
    await page.locator('#captures-panel').waitFor({ state: 'detached' })
    await page.locator('.top-bar__captures:focus').waitFor()
  })

  for (const colorScheme of ['dark', 'light'] as const) {
    it(`what can't be loaded is said, and comes when it is asked for again, ${colorScheme}`, async (t) => {
      const { page, lose, find } = await openWithout(t, { colorScheme })
      await lose()
      const status = page.locator('.top-bar__capture')
      const said = page.getByRole('alert').filter({ hasText: 'could not be loaded' })
      await status.press('Enter')
      await said.waitFor()
      await axeFindsNothing(page, { looks: { [colorScheme]: { colorScheme } } })
      await status.press('Enter')
      await said.waitFor({ state: 'detached' })
      await status.press('Enter')
      await said.waitFor()
      await find()
      await said.getByRole('button', { name: 'Try again' }).press('Enter')
      await page.getByRole('complementary', { name: 'Services and capture' }).waitFor()
      await said.waitFor({ state: 'detached' })
      await page.keyboard.press('Escape')
      await page.locator('#status-panel').waitFor({ state: 'detached' })
    })
  }

  it('all of it is there before it is opened, also when nothing can be loaded any more', async (t) => {
    const page = await openOwnPage(t, browser)
    await page.goto(lab.url)
    await untilTrue(page, () =>
      performance.getEntriesByType('resource').some(({ name }) => name.includes('/picture-export')),
    )
    await page.route(SCRIPTS, (route) => route.abort())
    const bar = page.getByRole('banner')
    await bar.getByRole('button', { name: 'Compare' }).click()
    await page.getByRole('heading', { name: 'The same message, five ways' }).waitFor()
    await bar.getByRole('button', { name: 'Live' }).click()
    await bar.getByRole('button', { name: 'Labs' }).click()
    await page.getByRole('complementary', { name: 'Labs' }).waitFor()
    await page.getByRole('button', { name: 'Who heard', exact: true }).click()
    await page.getByRole('region', { name: 'Who heard' }).first().waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  })
})
