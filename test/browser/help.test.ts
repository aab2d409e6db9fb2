/** Help in place: filters by menu, pictures and packets as files, keys, themes, the first minutes' chat; axe in every look. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Browser, Download, Page } from 'playwright-core'
import type { PacketDetail } from '../../server/dashboard/api.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { startLab } from '../whole-lab.ts'
import { axeFindsNothing } from './axe.ts'
import { type Looks, launch, noBrowser, openPage, sayTo } from './chromium.ts'

const missing = noBrowser()

describe('help in place', { skip: missing }, () => {
  let lab: Wirelab
  let browser: Browser
  let echoPort = 0
  before(async () => {
    ;[lab, browser] = await Promise.all([startLab(), launch()])
    echoPort = lab.ports['tcp-echo'] ?? 0
    // Whoever comes to traffic is not greeted.
    await sayTo(echoPort, 'say "hello"\n')
  })
  after(async () => {
    await browser.close()
    await lab.close()
  })

  const open = async (t: TestContext, query = '/', options: Looks = {}) => {
    const page = await openPage(t, browser, `${lab.url}${query}`, options)
    await page.getByRole('banner').waitFor()
    return page
  }
  const filterOf = (page: Page) => page.locator('[data-key="filter"]').inputValue()
  const inForce = (page: Page, filter: string) =>
    page.waitForURL((url) => url.searchParams.get('filter') === filter)

  it('whatever is on a row becomes a filter, and one goes with another', async (t) => {
    const page = await open(t)
    const row = page.getByRole('row').filter({ hasText: 'Echo request' }).first()
    await row.locator('[data-filter^="ip.src"]').click({ button: 'right' })
    const menu = page.getByRole('menu', { name: 'Filter on this' })
    await menu.getByRole('menuitemradio', { name: 'ip.addr == 10.0.0.100' }).click()
    await menu.getByRole('menuitem', { name: 'Use as filter' }).click()
    await inForce(page, 'ip.addr == 10.0.0.100')
    await row.locator('[data-filter="echo"]').click({ button: 'right' })
    await menu.getByRole('menuitem', { name: 'And both hold' }).click()
    await inForce(page, 'ip.addr == 10.0.0.100 && echo')
    await page.getByText(/^\d+ match(es)?$/).waitFor()
  })

  it('by key the row in focus offers all of its cells, and a field its value', async (t) => {
    const page = await open(t)
    await page.locator('.packet-list__row').first().waitFor()
    await page.locator('.packet-list__scroller').focus()
    await page.keyboard.press('Home')
    await page.locator('.packet-list__row.is-selected').waitFor()
    await page.keyboard.press('Shift+F10')
    const menu = page.getByRole('menu', { name: 'Filter on this' })
    await menu.getByRole('menuitemradio', { name: 'frame.number == 1' }).waitFor()
    await page.keyboard.press('u')
    await page.locator('[role="menuitem"]:focus').waitFor()
    await page.keyboard.press('Escape')
    await menu.waitFor({ state: 'detached' })
    await page.locator('.packet-list__scroller:focus').waitFor()
    await page.keyboard.press('Enter')
    await page.locator('[role="treeitem"]:focus').press('ContextMenu')
    await menu.waitFor()
    await menu.getByRole('menuitem', { name: 'Not this' }).click()
    await page.waitForURL((url) => url.searchParams.get('filter')?.startsWith('!(') === true)
  })

  it('the empty bar has examples, and remembers what was in force until it is told to forget', async (t) => {
    const page = await open(t)
    await page.keyboard.press('/')
    await page.keyboard.press('ArrowUp')
    const choices = page.getByRole('listbox', { name: 'Filters' })
    await choices.getByRole('option', { name: /tcp\.flags\.syn == 1.*how connections begin/ }).waitFor()
    await page.keyboard.press('Enter')
    await inForce(page, 'tcp.flags.syn == 1')
    await page.getByRole('button', { name: 'Clear the filter' }).click()
    await inForceNone(page)
    await page.keyboard.press('ArrowUp')
    const lately = page.getByRole('group', { name: 'Lately' }).getByRole('option')
    assert.deepEqual(await lately.allTextContents(), ['tcp.flags.syn == 1'])
    await page.keyboard.press('Delete')
    await page.getByText('is forgotten.', { exact: false }).first().waitFor()
    assert.equal(await lately.count(), 0)
    await page.keyboard.press('Control+z')
    await lately.waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.type('echo')
    await page.keyboard.press('Enter')
    await inForce(page, 'echo')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Shift+Enter')
    await inForce(page, 'echo && tcp.flags.syn == 1')
    assert.equal(await filterOf(page), 'echo && tcp.flags.syn == 1')
  })

  it('a picture is saved so that it stands alone, as SVG and as PNG', async (t) => {
    const page = await open(t)
    await page.locator('.ladder__mark').first().waitFor()
    const saved = async (kind: 'SVG' | 'PNG'): Promise<Download> => {
      await page.locator('#pane-ladder').getByRole('button', { name: 'Save' }).click()
      const download = page.waitForEvent('download')
      await page.getByRole('menuitem', { name: kind }).click()
      return download
    }
    const svg = await saved('SVG')
    assert.equal(svg.suggestedFilename(), 'wirelab-ladder.svg')
    const text = await readFile(await svg.path(), 'utf8')
    assert.match(text, /^<svg xmlns=/)
    assert.match(text, /<title id="title">Ladder<\/title>/)
    assert.match(text, /font-family="&quot;IBM Plex/)
    assert.match(text, /@font-face/)
    const alone = await openPage(t, browser, `data:image/svg+xml,${encodeURIComponent(text)}`)
    await alone.getByText('The client says', { exact: false }).first().waitFor()
    assert.doesNotMatch(text, /var\(--|class=|tabindex/)
    const png = await saved('PNG')
    const bytes = await readFile(await png.path())
    assert.equal(bytes.subarray(1, 4).toString(), 'PNG')
    const [, width] = /<svg[^>]* width="(\d+)"/.exec(text) ?? []
    assert.equal(bytes.readUInt32BE(16), 2 * Number(width))
  })

  it('how to read a picture opens beside it, and gives the focus back', async (t) => {
    const page = await open(t)
    const button = page.locator('#pane-ladder').getByRole('button', { name: 'How to read this' })
    await button.click()
    await page.getByRole('region', { name: 'How to read Ladder' }).waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.picture-tools__read:focus').waitFor()
    assert.equal(await button.getAttribute('aria-expanded'), 'false')
  })

  it('what is shown is saved with all its fields, and a link leads to a field', async (t) => {
    const page = await open(t, '/?filter=echo')
    await page.getByText(/^\d+ match(es)?$/).waitFor()
    await page.locator('.pane--packets').getByRole('button', { name: 'Save' }).click()
    const download = page.waitForEvent('download')
    await page.getByRole('menuitem', { name: /^JSON/ }).click()
    const details: PacketDetail[] = JSON.parse(await readFile(await (await download).path(), 'utf8'))
    assert.ok(details.length > 0)
    for (const { layers } of details) assert.ok(layers.some(({ protocol }) => protocol === 'echo'))
    await page.goto(`${lab.url}/?packet=${details[0]?.number}&field=tcp.srcport`)
    await page.locator('[role="treeitem"].is-lit').filter({ hasText: 'Source Port' }).waitFor()
    await page.getByRole('treeitem').filter({ hasText: 'Destination Port' }).click()
    await page.waitForURL(/field=tcp\.dstport/)
  })

  it('the keys are listed, and do what is said of them', async (t) => {
    const page = await open(t)
    await page.keyboard.press('?')
    const dialog = page.getByRole('dialog', { name: 'Keys' })
    await dialog.getByText('for a projector').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    await page.keyboard.press('p')
    await page.locator('html[data-projector]').waitFor()
    await page.locator('.pane--packets').waitFor({ state: 'detached' })
    await page.keyboard.press('p')
    await page.locator('html:not([data-projector])').waitFor()
    await page.getByRole('button', { name: 'How the page looks' }).press('ArrowDown')
    await page.getByRole('menuitemradio', { name: 'Light' }).press('Enter')
    await page.locator('html[data-theme="light"]').waitFor()
    await page.reload()
    await page.locator('html[data-theme="light"]').waitFor()
  })

  it('two tabs of the chat talk through the hub, and each knows who it is', async (t) => {
    const url = `http://127.0.0.1:${lab.ports.hub}/`
    const [one, two] = await Promise.all([openPage(t, browser, url), openPage(t, browser, url)])
    const name = async (page: Page) => {
      await page.getByText('not connected yet').waitFor({ state: 'detached' })
      return page.locator('#me').textContent()
    }
    const [speaker] = await Promise.all([name(one), name(two)])
    await one.getByRole('textbox').fill('Is anybody there?')
    await one.keyboard.press('Enter')
    await two.getByText(`${speaker} says: Is anybody there?`).waitFor()
    await one.getByText('You say: Is anybody there?').waitFor()
    await axeFindsNothing(two)
  })

  it('nothing is wider than a screen of 320 px', async (t) => {
    const page = await open(t, '/', { viewport: { width: 320, height: 640 } })
    await page.getByRole('tab', { name: 'Packets' }).click()
    await page.locator('.packet-list__row').first().waitFor()
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
    assert.ok(wide <= 320, `${wide} px`)
    const bar = await page.getByRole('banner').boundingBox()
    assert.ok(bar!.height < 100, 'the bar and the filter under it are a line each')
    await page.getByRole('button', { name: /^More/ }).press('ArrowDown')
    await page.getByRole('menuitem', { name: 'Captures' }).press('Enter')
    await page.getByRole('complementary', { name: 'Captures' }).waitFor()
  })

  it('axe finds nothing on a conversation, the comparison and what opens beside a page, in the rarer looks', async (t) => {
    const page = await open(t, '/?flow=tcp.0', LOOKS[RARER[0]!])
    const looks = Object.fromEntries(RARER.map((name) => [name, LOOKS[name]!]))
    const nothingIn = (part: string, what: string) => axeFindsNothing(page, { part, what, looks })
    await page.locator('.follow-stream__line').first().waitFor()
    await page.locator('.byte-ruler__mark').first().waitFor()
    await page.locator('.chart__plot').first().waitFor()
    await nothingIn('.pane--flow', 'the conversation')
    await page.keyboard.press('Escape')
    await page.keyboard.press('c')
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByText(/To carry \d+ bytes/).waitFor()
    await nothingIn('.compare', 'the comparison')
    await page.keyboard.press('c')
    const bar = page.getByRole('banner')
    const cable = async () => {
      await bar.locator('.cable-menu').getByRole('button').first().click()
      await page.getByRole('menuitem', { name: /settings/i }).click()
    }
    for (const [name, show] of [
      ['Labs', () => bar.getByRole('button', { name: 'Labs' }).click()],
      ['Captures', () => bar.getByRole('button', { name: 'Captures' }).click()],
      ['Services and capture', () => bar.locator('.top-bar__capture').click()],
      ['Cable', cable],
    ] as const) {
      await show()
      const beside = page.getByRole('complementary', { name })
      await beside.getByRole('heading').first().waitFor()
      await nothingIn('aside', name)
      await page.keyboard.press('Escape')
      await beside.waitFor({ state: 'detached' })
    }
  })

  it('axe finds nothing in any look', async (t) => {
    const page = await open(t, '/?filter=echo')
    const nothingIn = (part: string, what: string) => axeFindsNothing(page, { part, what, looks: LOOKS })
    const row = page.getByRole('row').filter({ hasText: 'Echo request' }).first()
    await row.click()
    await page.getByRole('tree', { name: 'Fields' }).waitFor()
    await page.locator('.picture-tools__read').first().click()
    await page.locator('.how-to-read').waitFor()
    await nothingIn('html', 'the page, with how to read a picture')
    await row.click({ button: 'right' })
    await page.getByRole('menu').waitFor()
    await nothingIn('.menu', 'the menu')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Filters that were in force' }).click()
    await page.getByRole('option').first().waitFor()
    await nothingIn('.filter-bar', 'the filter’s history')
    await page.keyboard.press('Escape')
    await page.locator('.packet-list__scroller').focus()
    await page.keyboard.press('?')
    await page.getByRole('dialog').waitFor()
    await nothingIn('.keys', 'the keys')
  })
})

const LOOKS: Readonly<Record<string, Looks>> = {
  dark: { colorScheme: 'dark' },
  light: { colorScheme: 'light' },
  'dark of high contrast': { colorScheme: 'dark', contrast: 'more' },
  'light of high contrast': { colorScheme: 'light', contrast: 'more' },
  'the colours of the system’s own': { forcedColors: 'active' },
}
/** The others are looked at view by view elsewhere. */
const RARER = Object.keys(LOOKS).slice(2)

const inForceNone = (page: Page) => page.waitForURL((url) => !url.searchParams.has('filter'))
