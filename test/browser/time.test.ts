/** Time in the dashboard: real packets, gone through back and forth, as one does with the keyboard or the pointer. */
import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import type { PacketPage, Row } from '../../server/dashboard/api.ts'
import type { CaptureNode } from '../../server/dashboard/api-captures.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { startLab } from '../whole-lab.ts'
import { axeFindsNothing } from './axe.ts'
import { LIMIT_MS, launch, noBrowser, openOwnPage, openPage, sayTo } from './chromium.ts'
import { gate, holdFeed } from './gate.ts'

/** One way over the cable: long enough for a frame to be on it when a packet is seen. */
const DELAY = '40ms'

describe('time, in Chromium', () => {
  let lab: Wirelab
  let browser: Browser | undefined
  const missing = noBrowser()

  before(async () => {
    lab = await startLab()
    await ask('network', {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ up: { delay: DELAY }, down: { delay: DELAY } }),
    })
    if (missing === undefined) browser = await launch()
    else console.error(missing)
  })
  after(async () => {
    await browser?.close()
    await lab.close()
  })

  const ask = (path: string, init?: RequestInit) => fetch(`${lab.url}/api/${path}`, init)

  /** A line said to the echo, and the packets of that conversation, all of them. */
  async function say(line: string): Promise<Row[]> {
    const port = await sayTo(lab.ports['tcp-echo']!, line)
    for (const limit = Date.now() + LIMIT_MS; Date.now() < limit; await pause(20)) {
      const answer = await ask(`packets?filter=${encodeURIComponent(`tcp.port == ${port}`)}`)
      const { packets } = (await answer.json()) as PacketPage
      const fins = packets.filter(({ info }) => info.includes('FIN')).length
      if (fins === 2 && packets.at(-1)?.info.includes('[ACK]') && packets.at(-1)?.fromClient) return packets
    }
    throw new Error('waited in vain for the end of the conversation')
  }

  async function open(t: TestContext, path = '/', options = {}): Promise<Page | undefined> {
    if (browser === undefined) {
      t.skip(missing ?? 'NOT RUN: no browser')
      return undefined
    }
    const page = await openPage(t, browser, `${lab.url}${path}`, options)
    await page.getByRole('slider', { name: 'Time', exact: true }).waitFor()
    return page
  }

  const stands = (page: Page, number: number) =>
    page.locator('.time-bar__where', { hasText: new RegExp(`packet ${number}\\b`) }).waitFor()

  const numbersOn = (page: Page, selector: string) =>
    page.locator(selector).evaluateAll((all) => all.map((one) => Number(one.getAttribute('data-packet'))))

  it('the arrow keys go from packet to packet, and everything is as it was then', async (t) => {
    const packets = await say('hello\n')
    const page = await open(t)
    if (page === undefined) return
    const synAck = packets.find(({ label }) => label.startsWith('SYN ACK'))!.number
    const slider = page.getByRole('slider', { name: 'Time', exact: true })
    await slider.focus()
    await page.keyboard.press('Home')
    await stands(page, 1)
    for (let number = 2; number <= synAck; number++) {
      await page.keyboard.press('ArrowRight')
      await stands(page, number)
    }
    // The client has just learnt that the server agreed; the server does not know that yet.
    await page.locator('.connections', { hasText: '2 packets' }).waitFor()
    const ends = page.locator('.tcp-ends')
    await ends.filter({ hasText: 'SYN-RECEIVED' }).waitFor()
    assert.doesNotMatch(await ends.innerText(), /CLOSE|FIN/)
    await page.locator(`#packet-${synAck}.is-now`).waitFor()
    assert.ok((await page.locator('.packet-list__row.is-later').count()) > 3)
    await page.locator(`.ladder__picture [data-packet="${synAck}"]`).waitFor()
    const drawn = await numbersOn(page, '.ladder__picture [data-packet]')
    assert.equal(Math.max(...drawn), synAck)
    await page
      .getByRole('status')
      .filter({ hasText: `Packet ${synAck}, ` })
      .waitFor({ state: 'attached' })
    await page.locator('#pane-inspector', { hasText: `packet ${synAck}` }).waitFor()
    assert.match((await slider.getAttribute('aria-valuetext')) ?? '', new RegExp(`^packet ${synAck}, .* of `))
    await page.locator('.map__frames', { hasText: 'SYN ACK' }).waitFor()

    await page.keyboard.press('ArrowLeft')
    await stands(page, synAck - 1)
    await page.locator('.connections', { hasText: '1 packet' }).waitFor()
    await page.locator('.connections', { hasText: 'opening' }).waitFor()
    await page.locator(`.ladder__picture [data-packet="${synAck}"]`).waitFor({ state: 'detached' })
  })

  it('what comes while time stands still is stored, counted, and there on the way back', async (t) => {
    await say('before\n')
    const page = await open(t)
    if (page === undefined) return
    // The conversations are counted once the feed has told them.
    await page.locator('.connections [data-flow]').first().waitFor()
    const known = await page.locator('.connections [data-flow]').count()
    await page.keyboard.press('Space')
    await page.locator('.time-bar.is-held').waitFor()
    const packets = await say('meanwhile\n')
    const newer = page.locator('.time-bar__newer')
    await newer.filter({ hasText: `${packets.length} newer` }).waitFor()
    assert.equal(await page.locator('.connections [data-flow]').count(), known)
    await page.getByRole('button', { name: /^Live/ }).last().click()
    await page.locator('.time-bar:not(.is-held)').waitFor()
    await page.locator(`#packet-${packets.at(-1)!.number}`).waitFor()
    await page.locator('.connections [data-flow]').nth(known).waitFor()
    assert.doesNotMatch(page.url(), /time=/)
  })

  it('steps go by the packets that match the filter', async (t) => {
    const packets = await say('filtered\n')
    const page = await open(
      t,
      `/?filter=${encodeURIComponent(`tcp.stream == ${packets[0]!.flow!.slice(4)} && tcp.len > 0`)}`,
    )
    if (page === undefined) return
    const [asked, answered] = packets.filter(({ info }) => info.includes('Echo'))
    await page.locator(`#packet-${answered!.number}`).waitFor()
    await page.keyboard.press(',')
    await stands(page, answered!.number)
    await page.keyboard.press(',')
    await stands(page, asked!.number)
    await page.keyboard.press('.')
    await stands(page, answered!.number)
  })

  it('plays again what is stored, frames over their cable, until it is at the newest', async (t) => {
    const packets = await say('again\n')
    // From the conversation's begin: what went before it takes as long to play as it took.
    const page = await open(t, `/?time=${packets[0]!.time}`)
    if (page === undefined) return
    await stands(page, packets[0]!.number)
    // What moves a moment later must be drawn by then.
    await page.locator('.map__host').first().waitFor()
    await page.getByLabel('Speed of playing').selectOption('1/10×')
    const moving = page.locator('.map__frames', { hasText: 'again' }).waitFor()
    const played = page.getByRole('status').filter({ hasText: 'Played to the newest packet.' })
    await page.locator('body').press('Shift+Space')
    await page.getByRole('button', { name: 'Stop playing' }).waitFor()
    await moving
    await played.waitFor({ state: 'attached' })
    await stands(page, packets.at(-1)!.number)
  })

  it('a link leads to a time, with all that was then', async (t) => {
    const packets = await say('linked\n')
    const syn = packets[0]!
    const page = await open(t, `/?packet=${syn.number}&time=${syn.time}`)
    if (page === undefined) return
    await stands(page, syn.number)
    await page.locator('.connections', { hasText: 'opening' }).first().waitFor()
    await page.locator(`#packet-${syn.number}.is-now`).waitFor()
    const past = await open(t, '/?time=1700000000.000000000')
    await past?.locator('.time-bar', { hasText: 'not stored' }).waitFor()
  })

  it('the pointer goes to any time, also of a file', async (t) => {
    await say('filed\n')
    const bytes = await (await ask('capture.pcapng')).arrayBuffer()
    const headers = { 'content-type': 'application/octet-stream' }
    const opened = await ask('captures?name=filed.pcapng', { method: 'POST', headers, body: bytes })
    const { id, last } = (await opened.json()) as CaptureNode
    const page = await open(t, `/?capture=${id}`)
    if (page === undefined) return
    await page.locator('.packet-list__row').first().waitFor()
    assert.equal(await page.locator('.time-bar__live').count(), 0)
    const track = page.locator('.time-bar__track')
    const box = (await track.boundingBox())!
    await page.mouse.move(box.x + box.width / 2, box.y + 10)
    await page.mouse.down()
    await page.locator('.time-bar.is-held').waitFor()
    await page.mouse.move(box.x, box.y + 10)
    await page.mouse.up()
    await stands(page, 1)
    await track.press('End')
    await stands(page, last)
    await track.press('Home')
    await stands(page, 1)
    await page.keyboard.press('.')
    await stands(page, 2)
    await page.waitForURL(/time=/)
    await page.reload()
    await stands(page, 2)
    await ask(`captures/${id}`, { method: 'DELETE' })
  })

  it('axe finds nothing while time stands still; and it fits a small screen', async (t) => {
    await say('axe\n')
    const page = await open(t, '/')
    if (page === undefined) return
    await page.keyboard.press(',')
    await page.locator('.packet-list__row.is-now').waitFor()
    await axeFindsNothing(page)
    await page.setViewportSize({ width: 390, height: 844 })
    const track = (await page.locator('.time-bar__track').boundingBox())!
    const live = (await page.locator('.time-bar__live').boundingBox())!
    assert.ok(track.width >= 80 && live.x + live.width <= 390, 'the bar fits')
    await page.getByRole('button', { name: 'One packet back' }).click()
    assert.match(page.url(), /time=/)
  })

  it('what is pressed before the live feed is open holds when it is', async (t) => {
    const newest = (await say('early\n')).at(-1)!.number
    if (browser === undefined) return t.skip(missing)
    const page = await openOwnPage(t, browser)
    const feed = await holdFeed(page)
    await page.goto(lab.url)
    const slider = page.getByRole('slider', { name: 'Time', exact: true })
    await slider.focus()
    await page.keyboard.press('ArrowLeft')
    await stands(page, newest - 1)
    feed.open()
    // Told by the feed alone.
    const later = await say('later\n')
    await page.locator('.time-bar__newer', { hasText: `${later.length + 1} newer` }).waitFor()
    await stands(page, newest - 1)
    await slider.and(page.locator(':focus')).waitFor()
    await page.keyboard.press('ArrowLeft')
    await stands(page, newest - 2)
  })

  for (const [key, what] of [
    [',', 'a step back'],
    ['Space', 'time held'],
  ] as const)
    it(`before the first packets are there, ${what} is from the newest`, async (t) => {
      const newest = (await say('unknown\n')).at(-1)!.number
      if (browser === undefined) return t.skip(missing)
      const page = await openOwnPage(t, browser)
      const [told, first, asked] = [gate(), gate(), gate()]
      const feed = await holdFeed(page)
      await page.route(
        (url) => /^\/api\/packets(\/at)?$/.test(url.pathname),
        async (route) => {
          const before = new URL(route.request().url()).searchParams.get('limit') === '24'
          if (!before) asked.open()
          await (before ? first : told).opened
          await route.continue()
        },
      )
      await page.goto(lab.url)
      await page.locator('.top-bar').waitFor()
      await page.keyboard.press(key)
      await asked.opened
      feed.open()
      // What was asked before is answered when the feed has told the newest rows.
      await page.locator('.packet-list__row').first().waitFor()
      told.open()
      await stands(page, newest)
      first.open()
      await stands(page, newest)
    })
})
